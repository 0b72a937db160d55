import { readFileSync } from 'node:fs';

import { registerProblem } from '#api/answer.js';
import {
  type TemplateListed,
  type TemplateName,
  checkedTemplate,
  faultsOfSource,
  listTemplates,
  previewMail,
  showTemplate,
  templateNameOf,
  usableFacts,
} from '#api/mail-template-answer.js';
import { keeps } from '#api/permissions.js';
import { onlyFor } from '#lifecycle/person-writes.js';
import { KeptTemplates } from '#notifications/kept-templates.js';
import type { MessageFacts } from '#notifications/message-facts.js';
import { mailLanguages } from '#notifications/message-facts.js';
import { templateKinds } from '#notifications/template-kinds.js';

import { type Acting, CommandRefused, acting, numberOf, refusedHere } from './acting.js';
import type { ActingOptions } from './program-finance.js';
import type {
  TemplateListOptions,
  TemplatePreviewOptions,
  TemplateSetOptions,
  TemplateShowOptions,
} from './program-templates.js';
import { UsageFault } from './usage-fault.js';

/** `sluis template list` */
export async function listAll(options: TemplateListOptions): Promise<void> {
  await acting(options, async (me) => {
    me.mayRead('mail-templates');
    const rows = listTemplates(await me.views.mailTemplates.saved());
    for (const row of rows.filter(({ own }) => own || options.own !== true)) {
      const { kind, language, own, version, setBy, setAt, failed } = row;
      const words = own ? `own  version ${version}  ${setBy}  ${setAt}${failureOf(failed)}` : 'as it comes';
      process.stdout.write(options.json ? `${JSON.stringify(row)}\n` : `${language}  ${kind}  ${words}\n`);
    }
  });
}

function failureOf(failed: TemplateListed['failed']): string {
  return failed === null
    ? ''
    : `  failed ${failed.at}, mails go with the service’s own text: ${failed.fault}`;
}

/** `sluis template show`: what it prints can be saved again. */
export async function show(kind: string, language: string, options: TemplateShowOptions): Promise<void> {
  const name = nameOf(kind, language);
  await acting(options, async (me) => {
    me.mayRead('mail-templates');
    const shown = showTemplate(name, await me.views.mailTemplates.saved());
    const lines = shown.fields.map(
      ({ name: field, type, mayBeAbsent }) => `${field}  ${type}${mayBeAbsent ? '  may be absent' : ''}\n`,
    );
    const text = options.shipped ? shown.shipped : shown.source;
    process.stdout.write(
      options.json ? `${JSON.stringify(shown)}\n` : options.fields ? lines.join('') : text,
    );
  });
}

/** `sluis template set`: refused with line and field; the one in force stays. */
export async function set(kind: string, language: string, options: TemplateSetOptions): Promise<void> {
  const name = nameOf(kind, language);
  const source = textOf(options.file);
  await save(name, source, options, (version) => `${said(name)} is saved, version ${version}.`);
}

/** `sluis template reset` */
export async function reset(kind: string, language: string, options: ActingOptions): Promise<void> {
  const name = nameOf(kind, language);
  await save(name, null, options, () => `${said(name)} is as it comes with the service.`);
}

async function save(
  name: TemplateName,
  source: string | null,
  options: ActingOptions,
  sentence: (version: number) => string,
): Promise<void> {
  await acting(options, async ({ registers, person, commandId }) => {
    const write = onlyFor(person, keeps['mail-templates'], checkedTemplate(person.id, name, source));
    const outcome = await registers.register(
      commandId,
      person,
      'set-mail-template',
      { ...name, source },
      write,
    );
    if (!outcome.accepted) throw refusedHere(registerProblem(outcome.refused).problem, { source: '--file' });
    const { result } = outcome;
    process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${sentence(result.version)}\n`);
  });
}

/** `sluis template preview` */
export async function preview(
  kind: string,
  language: string,
  options: TemplatePreviewOptions,
): Promise<void> {
  const name = nameOf(kind, language);
  const source = options.file === undefined ? undefined : textOf(options.file);
  const faults = source === undefined ? [] : faultsOfSource(name, source);
  if (faults.length > 0) throw new UsageFault(faults.map(({ message }) => `--file: ${message}`).join('\n'));
  await acting(options, async (me) => {
    me.mayRead('mail-templates');
    const facts = options.message === undefined ? undefined : await factsOf(me, options.message, name);
    const templates = await new KeptTemplates(me.views.mailTemplates).current();
    const { subject, text, html } = previewMail(name, templates, { source, facts });
    const plain = options.html ? html : `Subject: ${subject}\n\n${text}`;
    process.stdout.write(options.json ? `${JSON.stringify({ subject, text, html })}\n` : plain);
  });
}

async function factsOf(me: Acting, message: string, { kind }: TemplateName): Promise<MessageFacts> {
  const facts = usableFacts(await me.views.mailTemplates.factsOf(String(numberOf('--message', message))));
  if (facts === null) throw new CommandRefused(`There is no message ${message} to write a mail from.`);
  if (kind !== 'layout' && facts.kind !== kind)
    throw new UsageFault(`--message: message ${message} is a ${facts.kind}, not a ${kind}`);
  return facts;
}

function nameOf(kind: string, language: string): TemplateName {
  const name = templateNameOf(kind, language);
  if (name !== null) return name;
  throw new UsageFault(
    mailLanguages.some((known) => known === language)
      ? `"${kind}" is no kind of message; there are ${templateKinds.join(', ')}`
      : `"${language}" is no language of mails; there are ${mailLanguages.join(', ')}`,
  );
}

function said({ kind, language }: TemplateName): string {
  return `The ${language} text of ${kind}`;
}

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? process.stdin.fd : file, 'utf8');
  } catch (error) {
    throw new UsageFault(
      `${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
    );
  }
}
