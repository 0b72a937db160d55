import { fill, pieceOf } from './mail-markdown.js';
import { escapeHtml, onOneLine } from './mail-values.js';
import type { MailTemplate, TemplateFaults } from './mail-template.js';
import { sentenceOf } from './mail-template.js';
import type { TemplateKind } from './template-kinds.js';
import type { MailLanguage, MessageFacts } from './message-facts.js';
import { faultOfError, writeTemplate } from './template-engine.js';
import type { TemplateFault } from './template-engine.js';
import type { MailTemplates, TemplatesInForce } from './templates.js';

/** A mail as it is handed over. */
export interface WrittenMail {
  /** One line, at most 200 characters. */
  readonly subject: string;
  readonly text: string;
  /** A whole document; loads nothing. */
  readonly html: string;
  /** Saved templates that failed on these facts; the one that came with the service was used instead. */
  readonly faults: readonly FailedTemplate[];
}

/** A saved template that failed, with the first thing that is wrong with it. */
export interface FailedTemplate extends TemplateFault {
  readonly kind: TemplateKind;
  /** Null where it was never saved, only tried. */
  readonly version: number | null;
}

const LONGEST_SUBJECT = 200;

interface Part {
  readonly text: string;
  readonly html: string;
}

interface Item extends Part {
  readonly title: string;
}

/** What a template makes of facts; the layout's closing stands below its items. */
interface Whole extends Item {
  readonly closing: Part;
}

/**
 * Writes one mail of one or more messages to one person, in their language: each item by the template of
 * its kind, the layout around them. One source gives both forms; no value can add to the template's form
 * (mail-values.ts). With one item its title is the subject; with several the layout's.
 *
 * @throws where `items` is empty, or a template that came with the service fails on the facts.
 */
export function render(
  items: readonly MessageFacts[],
  language: MailLanguage,
  templates: MailTemplates,
): WrittenMail {
  const [first] = items;
  if (first === undefined) throw new Error('a mail without messages is not written');
  const faults: FailedTemplate[] = [];
  const write = (kind: TemplateKind, facts: object): Whole =>
    writeByOwnOrShipped(kind, templates.inForce(kind, language), facts, language, faults);
  const written = items.map((item) => write(item.kind, item));
  const title = written[0]?.title ?? '';
  const layout = write('layout', layoutFacts(items, title));
  const subject = shortened(items.length === 1 ? title : layout.title);
  return {
    subject,
    text: textOf(layout, written),
    html: documentOf(language, subject, layout, written),
    faults,
  };
}

function layoutFacts(items: readonly MessageFacts[], title: string): object {
  const [first] = items;
  const contact = (item: MessageFacts | undefined): readonly (string | undefined)[] =>
    item === undefined || item.kind === 'digest' ? [] : [item.contact, item.contactMail];
  const [name, mail] = contact(first);
  const isShared = items.every((item) => contact(item)[0] === name && contact(item)[1] === mail);
  const asks = isShared && name != null && name !== first?.recipient;
  return {
    kind: 'layout',
    recipient: first?.recipient,
    audience: first?.audience,
    count: items.length,
    others: items.length - 1,
    first: title,
    digest: first?.kind === 'digest',
    ...(asks ? { contact: name } : {}),
    ...(asks && mail != null ? { contactMail: mail } : {}),
  };
}

function writeByOwnOrShipped(
  kind: TemplateKind,
  { own, shipped }: TemplatesInForce,
  facts: object,
  language: MailLanguage,
  faults: FailedTemplate[],
): Whole {
  if (own !== null) {
    const written = writtenOrFault(own.template, facts, language);
    if (!('fault' in written)) return written;
    faults.push({ kind, version: own.version, ...written.fault });
  }
  const written = writtenOrFault(shipped, facts, language);
  if (!('fault' in written)) return written;
  throw new Error(`the template ${language}/${kind} failed: ${sentenceOf(written.fault)}`);
}

function writtenOrFault(
  template: MailTemplate | TemplateFaults,
  facts: object,
  language: MailLanguage,
): Whole | { readonly fault: TemplateFault } {
  if ('faults' in template) {
    const [fault = { line: 1, column: 1, message: 'it does not compile' }] = template.faults;
    return { fault };
  }
  try {
    return writeItem(template, facts, language);
  } catch (error) {
    return { fault: faultOfError(error) };
  }
}

function writeItem(template: MailTemplate, facts: object, language: MailLanguage): Whole {
  return {
    // The layout's first line is the subject of a mail of several; one item's own is read at once.
    title: isUntitled(facts) ? '' : titleOf(template, facts, language),
    ...partOf(template.body, facts, language),
    closing: partOf(template.closing, facts, language),
  };
}

function isUntitled(facts: object): boolean {
  return 'others' in facts && facts.others === 0;
}

function titleOf(template: MailTemplate, facts: object, language: MailLanguage): string {
  const values: string[] = [];
  const written = writeTemplate(template.title, facts, language, values);
  const filled = written.replaceAll(/\uFDD0(\d+)\uFDD1/g, (_, at) => values[Number(at)] ?? '');
  return onOneLine(filled.slice(1));
}

function partOf(template: MailTemplate['body'], facts: object, language: MailLanguage): Part {
  if (template.length === 0) return nothing;
  const values: string[] = [];
  const piece = pieceOf(writeTemplate(template, facts, language, values));
  return { text: fill(piece.text, values), html: fill(piece.html, values) };
}

const nothing: Part = { text: '', html: '' };

/** Cut between characters as a reader sees them, so that no half an emoji is left. */
function shortened(subject: string): string {
  if (subject.length <= LONGEST_SUBJECT) return subject;
  let cut = '';
  for (const { segment } of new Intl.Segmenter().segment(subject)) {
    if (cut.length + segment.length >= LONGEST_SUBJECT) break;
    cut += segment;
  }
  return `${cut.trimEnd()}…`;
}

function textOf(layout: Part & { readonly closing: Part }, items: readonly Item[]): string {
  const isOne = items.length === 1;
  const blocks = items.map((item) =>
    isOne ? item.text : `${item.title}\n${'-'.repeat(Math.min(item.title.length, 72))}\n\n${item.text}`,
  );
  return `${[layout.text, ...blocks, layout.closing.text].filter((block) => block !== '').join('\n\n')}\n`;
}

const frame = {
  body: 'margin:0;padding:0',
  page: 'max-width:640px;margin:0 auto;padding:24px 16px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5',
  title: 'margin:0 0 16px;font-size:22px;line-height:1.3',
  itemTitle: 'margin:0 0 12px;font-size:18px;line-height:1.3',
  item: 'margin:0 0 24px;padding:16px;border:1px solid #767676;border-radius:4px',
  closing: 'margin:24px 0 0;padding:16px 0 0;border-top:1px solid #767676',
};

/** No images, no scripts, no colours of its own but the button's: a reader's dark mode stays right. */
function documentOf(
  language: MailLanguage,
  subject: string,
  layout: Part & { readonly closing: Part },
  items: readonly Item[],
): string {
  const title = escapeHtml(subject);
  const isOne = items.length === 1;
  // What a mail of several is about stands above each of them; its subject would say the first twice.
  const heading = isOne ? `<h1 style="${frame.title}">${title}</h1>\n` : '';
  const content = isOne ? (items[0]?.html ?? '') : items.map(section).join('\n');
  return `<!doctype html>
<html lang="${language}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${title}</title>
<style>:root{color-scheme:light dark}</style>
</head>
<body style="${frame.body}">
<div role="article" aria-roledescription="email" aria-label="${title}" lang="${language}" style="${frame.page}">
${heading}${layout.html}${content}
<div style="${frame.closing}">
${layout.closing.html}</div>
</div>
</body>
</html>
`;
}

function section(item: Item): string {
  return `<div style="${frame.item}">
<h2 style="${frame.itemTitle}">${escapeHtml(item.title)}</h2>
${item.html}</div>`;
}
