import MarkdownIt from 'markdown-it';
import type { Token } from 'markdown-it';

import { escapeHtml, insideLinkStart, linkStart, markEnd, markStart, safeAddress } from './mail-values.js';

/**
 * What Markdown makes of a template's text: the text and the HTML of a mail, with the places of its values.
 * It depends on the template and on which branches were taken, not on the values.
 */
export interface Piece {
  readonly html: readonly Slot[];
  readonly text: readonly Slot[];
}

/** Some fixed text, and the value that follows it; the last has none. */
interface Slot {
  readonly fixed: string;
  readonly value: number | null;
  readonly as: 'html' | 'text' | 'link' | 'inside-link';
  /** What each further line of the value begins with, in the text. */
  readonly indent: string;
}

// Only what a letter needs. Off beside HTML: images (a mail loads nothing), code, tables, and references.
const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false }).disable([
  'image',
  'code',
  'fence',
  'table',
  'lheading',
  'reference',
  'autolink',
  'strikethrough',
]);
const isOurs = (url: string): boolean => url.includes(markStart);
const { normalizeLink } = markdown;
markdown.normalizeLink = (url) => (isOurs(url) ? url : normalizeLink(url));
markdown.validateLink = (url) =>
  isOurs(url) ? /^(\uFDD0|https?:\/\/|mailto:)/i.test(url) : /^(https?:\/\/|mailto:)/i.test(url);

// Colours are left to the reader's own, light or dark, except where one stands on another.
const styles: Readonly<Record<string, string>> = {
  p: 'margin:0 0 16px',
  ul: 'margin:0 0 16px;padding:0 0 0 24px',
  ol: 'margin:0 0 16px;padding:0 0 0 24px',
  li: 'margin:0 0 4px',
  blockquote: 'margin:0 0 16px;padding:4px 0 4px 16px;border-left:4px solid #767676',
  hr: 'border:0;border-top:1px solid #767676;margin:24px 0',
};
const button =
  'display:inline-block;padding:12px 20px;border-radius:4px;background-color:#0b4f8a;color:#ffffff;font-weight:bold;text-decoration:none';

const kept = new Map<string, Piece>();
const MOST_KEPT = 1000;
const LONGEST_KEPT = 16_384;

/** Reads Markdown with marks in it. The result is kept: a mail of the same shape costs no parsing. */
export function pieceOf(source: string): Piece {
  const known = kept.get(source);
  if (known !== undefined) return known;
  const piece = read(source);
  if (source.length <= LONGEST_KEPT) {
    if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? '');
    kept.set(source, piece);
  }
  return piece;
}

function read(source: string): Piece {
  const tokens = markdown.parse(source, {});
  for (const token of tokens) {
    const style = token.tag === 'p' && token.level > 0 ? 'margin:0 0 4px' : styles[token.tag];
    if (style !== undefined && token.nesting >= 0) token.attrSet('style', style);
    if (token.tag.startsWith('h') && token.type.startsWith('heading')) token.tag = 'h3';
    if (token.type === 'inline') markLinks(token.children ?? []);
  }
  const html = markdown.renderer.render(tokens, markdown.options, {});
  return { html: slotsOf(html, 'html'), text: slotsOf(textOf(tokens), 'text') };
}

/** A link that stands alone in its paragraph is what there is to do: it becomes a button. */
function markLinks(children: Token[]): void {
  const alone = isLoneLink(children);
  for (const token of children) {
    if (token.type !== 'link_open') continue;
    if (alone) token.attrSet('style', button);
    const target = String(token.attrGet('href') ?? '');
    token.attrSet(
      'href',
      target.replaceAll(markStart, (_, at: number) => (at === 0 ? linkStart : insideLinkStart)),
    );
  }
}

function isLoneLink(children: readonly Token[]): boolean {
  return (
    children[0]?.type === 'link_open' &&
    children.at(-1)?.type === 'link_close' &&
    children.filter(({ type }) => type === 'link_open').length === 1
  );
}

interface Margin {
  first: string;
  readonly rest: string;
}

/** The plain text of a parsed mail: list marks and quotes stay, emphasis goes, links show their address. */
function textOf(tokens: readonly Token[]): string {
  const margins: Margin[] = [];
  const counts: number[] = [];
  const lines: string[] = [];
  const write = (text: string): void => {
    for (const line of text.split('\n')) {
      lines.push(margins.map((margin) => take(margin)).join('') + line);
    }
  };
  const gap = (): void => {
    if (lines.length > 0 && lines.at(-1)?.trim() !== '') lines.push('');
  };
  for (const token of tokens) {
    if (token.type === 'inline') write(inlineText(token.children ?? []));
    else if (token.type === 'hr') write('---');
    else if (token.type === 'blockquote_open') margins.push({ first: '> ', rest: '> ' });
    else if (token.type === 'ordered_list_open') counts.push(Number(token.attrGet('start') ?? 1));
    else if (token.type === 'bullet_list_open') counts.push(Number.NaN);
    else if (token.type === 'list_item_open') margins.push(itemMargin(counts));
    else if (token.type === 'list_item_close' || token.type === 'blockquote_close') margins.pop();
    else if (token.type.endsWith('list_close')) counts.pop();
    if (
      token.nesting <= 0 &&
      token.block &&
      !token.hidden &&
      token.type !== 'inline' &&
      token.type !== 'list_item_close'
    )
      gap();
  }
  return lines.join('\n').trim();
}

function take(margin: Margin): string {
  const { first } = margin;
  margin.first = margin.rest;
  return first;
}

function itemMargin(counts: number[]): Margin {
  const count = counts.pop() ?? Number.NaN;
  counts.push(count + 1);
  const first = Number.isNaN(count) ? '- ' : `${count}. `;
  return { first, rest: ' '.repeat(first.length) };
}

function inlineText(children: readonly Token[]): string {
  const separator = isLoneLink(children) ? [': ', ''] : [' (', ')'];
  let target = '';
  return children
    .map((token) => {
      if (token.type === 'link_open') target = String(token.attrGet('href') ?? '');
      if (token.type === 'link_close') return separator.join(target.replace(/^mailto:/, ''));
      if (token.type === 'softbreak') return ' ';
      return token.type === 'hardbreak' ? '\n' : token.content;
    })
    .join('');
}

const mark = new RegExp(`([${markStart}${linkStart}${insideLinkStart}])(\\d+)${markEnd}`);

function slotsOf(rendered: string, form: 'html' | 'text'): Slot[] {
  const parts = rendered.split(mark);
  const slots: Slot[] = [];
  let line = '';
  for (let at = 0; at < parts.length; at += 3) {
    const fixed = parts[at] ?? '';
    line = fixed.includes('\n') ? fixed.slice(fixed.lastIndexOf('\n') + 1) : line + fixed;
    const start = parts[at + 1];
    const as =
      start === insideLinkStart ? 'inside-link' : form === 'html' && start === linkStart ? 'link' : form;
    const indent = /^(?:> |- |\d+\. | )*/.exec(line)?.[0].replaceAll(/[^> ]/g, ' ') ?? '';
    slots.push({ fixed, value: start === undefined ? null : Number(parts[at + 2]), as, indent });
  }
  return slots;
}

/** A piece with its values written in. */
export function fill(slots: readonly Slot[], values: readonly string[]): string {
  let filled = '';
  for (const { fixed, value, as, indent } of slots) {
    filled += fixed;
    if (value !== null) filled += written(values[value] ?? '', as, indent);
  }
  return filled;
}

function written(value: string, as: Slot['as'], indent: string): string {
  if (as === 'text') return value.includes('\n') ? value.replaceAll('\n', `\n${indent}`) : value;
  if (as === 'html') return escapeHtml(value).replaceAll('\n', '<br>');
  if (as === 'link') return escapeHtml(safeAddress(value) ?? '#');
  return encodeURIComponent(value);
}
