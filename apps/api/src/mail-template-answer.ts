import { setMailTemplate } from '#lifecycle/mail-template-writes.js';
import type { MailTemplateSetting } from '#lifecycle/mail-template-writes.js';
import type { RegisterWrite } from '#lifecycle/registers.js';
import { refuse } from '#domain/refusal.js';
import type { Fault } from '#domain/faults.js';
import { compileTemplate, sentenceOf } from '#notifications/mail-template.js';
import { exampleOf, variantsOf } from '#notifications/message-examples.js';
import {
  type Field,
  type Fields,
  type MailLanguage,
  type MessageFacts,
  nameOf,
} from '#notifications/message-facts.js';
import { faultOfFacts, mailLanguages } from '#notifications/message-facts.js';
import { type WrittenMail, render } from '#notifications/render.js';
import { type TemplateKind, fieldsOf, templateKindOf, templateKinds } from '#notifications/template-kinds.js';
import { MailTemplates, shippedSource } from '#notifications/templates.js';
import type { MailTemplateFailed, MailTemplateSaved } from '#persistence/views/mail-template.view.js';

/** Which text of a mail: its kind (an event type, `digest` or `layout`) and its language. */
export interface TemplateName {
  readonly kind: TemplateKind;
  readonly language: MailLanguage;
}

/** Null where there is none of this kind and language. */
export function templateNameOf(kind: string, language: string): TemplateName | null {
  const knownKind = templateKindOf(kind);
  const knownLanguage = mailLanguages.find((known) => known === language);
  return knownKind === null || knownLanguage === undefined
    ? null
    : { kind: knownKind, language: knownLanguage };
}

/** One row of the list of templates. */
export interface TemplateListed extends TemplateName {
  /** Whether the agency's own text is in force, or the one that comes with the service. */
  readonly own: boolean;
  /** How often it was saved or reset; 0: never. */
  readonly version: number;
  readonly setBy: string | null;
  readonly setAt: string | null;
  /** The first time that the agency's text in force failed when a mail was to be written by it; null: it never did. */
  readonly failed: MailTemplateFailed | null;
}

export interface TemplateShown extends TemplateListed {
  /** The text in force. */
  readonly source: string;
  /** The text that comes with the service. */
  readonly shipped: string;
  readonly fields: readonly TemplateField[];
}

/** A field that a text may name: `waiting[].amount`. */
export interface TemplateField {
  readonly name: string;
  /** text, link, date, amount, share, count, flag, list, or the words it is one of. */
  readonly type: string;
  /** Whether it may be absent, so that it is used within an `if`. */
  readonly mayBeAbsent: boolean;
}

export function listTemplates(saved: readonly MailTemplateSaved[]): TemplateListed[] {
  return templateKinds.flatMap((kind) => mailLanguages.map((language) => listed({ kind, language }, saved)));
}

function listed(name: TemplateName, saved: readonly MailTemplateSaved[]): TemplateListed {
  const row = savedOf(name, saved);
  const { version = 0, setBy = null, setAt = null, source = null, failed = null } = row ?? {};
  return { ...name, own: source !== null, version, setBy, setAt, failed };
}

function savedOf(
  { kind, language }: TemplateName,
  saved: readonly MailTemplateSaved[],
): MailTemplateSaved | undefined {
  return saved.find((row) => row.kind === kind && row.language === language);
}

export function showTemplate(name: TemplateName, saved: readonly MailTemplateSaved[]): TemplateShown {
  const shipped = shippedSource(name.kind, name.language);
  const source = savedOf(name, saved)?.source ?? shipped;
  return { ...listed(name, saved), source, shipped, fields: describeFields(fieldsOf(name.kind), '') };
}

function describeFields(fields: Fields, above: string): TemplateField[] {
  return Object.entries(fields).flatMap(([key, field]) => {
    const name = `${above}${nameOf(key)}`;
    const own = { name, type: typeOf(field), mayBeAbsent: key.endsWith('?') };
    return typeof field === 'object' && 'list' in field
      ? [own, ...describeFields(field.list, `${name}[].`)]
      : [own];
  });
}

function typeOf(field: Field): string {
  if (typeof field === 'string') return field;
  return 'list' in field ? 'list' : field.words.join(' | ');
}

/** Everything wrong with a text, each with its line and column; empty where it may be saved. */
export function faultsOfSource({ kind, language }: TemplateName, source: string): Fault[] {
  const compiled = compileTemplate(source, kind, language);
  if (!('faults' in compiled)) return [];
  return compiled.faults.map((fault) => ({ path: 'source', message: sentenceOf(fault) }));
}

/** Saves a text, or refuses it with everything that is wrong with it; the old one stays in force. */
export function checkedTemplate(
  by: string,
  name: TemplateName,
  source: string | null,
): RegisterWrite<{ kind: string; language: string; version: number }> {
  const faults = source === null ? [] : faultsOfSource(name, source);
  const setting: MailTemplateSetting = { ...name, source };
  if (faults.length === 0) return setMailTemplate(by, setting);
  const [first] = faults;
  return () => Promise.resolve(refuse('invalid', { path: first?.path, message: first?.message, faults }));
}

/**
 * A mail as these texts write it, with example facts or those of a message: `source` is tried in the place of
 * the one in force. A layout is shown around three messages.
 */
export function previewMail(
  { kind, language }: TemplateName,
  templates: MailTemplates,
  { source, facts }: { readonly source?: string | undefined; readonly facts?: MessageFacts | undefined },
): WrittenMail {
  const tried = source === undefined ? templates : new MailTemplates([{ kind, language, source }], templates);
  return render(previewed(kind, facts), language, tried);
}

function previewed(kind: TemplateKind, facts: MessageFacts | undefined): MessageFacts[] {
  if (facts !== undefined) return [facts];
  if (kind !== 'layout') return [exampleOf(kind)];
  const overdue = variantsOf('reminder.sent').find((variant) => variant['overdue'] === true);
  return [exampleOf('reminder.sent'), exampleOf('report.returned'), overdue as unknown as MessageFacts];
}

/** Facts of a message as they were recorded, where a mail can be written from them. */
export function usableFacts(facts: { readonly kind: string } | null): MessageFacts | null {
  return facts === null || faultOfFacts(facts) !== null ? null : (facts as MessageFacts);
}
