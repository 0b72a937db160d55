/**
 * Values of facts on their way into a mail. A template's text is Markdown; a value never is: it passes
 * through Liquid and Markdown as a numbered mark between two noncharacters (Unicode sets U+FDD0–U+FDEF
 * aside for such use) and is written, escaped, where the mark comes out. So no value can start a list, a
 * link or a tag, and what Markdown makes of a template can be kept and used for the next mail's values.
 */
export const markStart = '\uFDD0';
export const markEnd = '\uFDD1';
/** Start of a mark that begins, or lies further on in, the target of a link. */
export const linkStart = '\uFDD2';
export const insideLinkStart = '\uFDD3';

/** A value that a template printed; told apart from the template's own text by its class. */
export class Printed {
  constructor(readonly text: string) {}
}

/**
 * Free text as a mail may hold it: no control characters, no noncharacters or lone surrogates, no marks
 * that change the direction of what follows, line ends as `\n` and never more than one empty line.
 */
export function cleanText(value: string): string {
  if (/^[\x20-\x7e\u00a0-\u024f]*$/.test(value)) return value;
  return value
    .replaceAll(/\p{Cs}/gu, '\ufffd')
    .replaceAll(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replaceAll(/(?![\n\t])\p{Cc}/gu, '')
    .replaceAll(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufdd0-\ufdef\ufffe\uffff]/g, '')
    .replaceAll('\t', ' ')
    .replaceAll(/ *\n */g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

/** The same on one line. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe between tags and within a quoted attribute. */
export function escapeHtml(text: string): string {
  return /[&<>"']/.test(text) ? text.replaceAll(/[&<>"']/g, (found) => entities[found] ?? '') : text;
}

/** A web address that a mail may lead to; null for anything else, `javascript:` included. */
export function safeAddress(text: string): string | null {
  return /^https?:\/\/[^\s"'<>\\]+$/i.test(text) ? text : null;
}
