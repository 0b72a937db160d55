import { Context, Liquid, LiquidError, toValueSync } from 'liquidjs';
import type { Template } from 'liquidjs';

import { formatsOf } from './language-formats.js';
import { Printed, cleanText, markEnd, markStart } from './mail-values.js';
import { mailLanguages } from './message-facts.js';
import type { MailLanguage } from './message-facts.js';

/** Where a template is wrong, and how. Lines and columns count from 1. */
export interface TemplateFault {
  readonly line: number;
  readonly column: number;
  /** The field it names, where the fault is about one. */
  readonly field?: string;
  readonly message: string;
}

// A template of the service writes a few kilobytes in under a millisecond. These bounds are for one that
// loops for ever: it is refused when saved, and costs a worker no more than this if it gets in otherwise. Far
// above what a busy machine makes of a millisecond: nothing that is right is refused for being slow.
export const longestTemplate = 65_536;
const LONGEST_TEXT = 262_144;
const MOST_MILLISECONDS = 2_000;
const MOST_MEMORY = 1_000_000;

/** What a template may do: choose, repeat, name, and leave a remark. Nothing reads other files. */
const knownTags = ['if', 'unless', 'case', 'for', 'break', 'continue', 'assign', 'comment', '#', 'raw'];
const knownFilters = [
  'append',
  'at_least',
  'at_most',
  'capitalize',
  'default',
  'downcase',
  'first',
  'join',
  'last',
  'minus',
  'plus',
  'prepend',
  'size',
  'truncate',
  'upcase',
];
const ownFilters = ['date', 'plain_date', 'amount', 'share', 'plural'];
export const filterNames: readonly string[] = [...ownFilters, ...knownFilters];
export const tagNames: readonly string[] = knownTags;

function engineOf(language: MailLanguage): Liquid {
  const engine = new Liquid({
    strictFilters: true,
    strictVariables: true,
    lenientIf: true,
    ownPropertyOnly: true,
    // Without files: `render`, `include` and `layout` are gone as well.
    templates: {},
    parseLimit: longestTemplate + 1,
    outputEscape: printed as unknown as (value: unknown) => string,
  });
  for (const name of Object.keys(engine.tags)) if (!knownTags.includes(name)) delete engine.tags[name];
  for (const name of Object.keys(engine.filters))
    if (!knownFilters.includes(name)) engine.unregisterFilter(name);
  const formats = formatsOf(language);
  engine.registerFilter('date', formats.date);
  engine.registerFilter('plain_date', formats.plainDate);
  engine.registerFilter('amount', formats.amount);
  engine.registerFilter('share', formats.share);
  engine.registerFilter('plural', (count: unknown, one: unknown, more: unknown) =>
    formats.isOne(count) ? one : more,
  );
  return engine;
}

/** The last step of every `{{ }}`: the value leaves as one thing, never as text of the template. */
function printed(value: unknown): Printed {
  if (typeof value === 'string') return new Printed(cleanText(value));
  if (typeof value === 'number') return new Printed(String(value));
  if (value === null || value === undefined) throw new Error('it has no value here');
  throw new Error('a list, or true or false, is not written out: use for or if');
}

const engines = Object.fromEntries(mailLanguages.map((language) => [language, engineOf(language)])) as {
  readonly [L in MailLanguage]: Liquid;
};

/** Parsed Liquid; throws a LiquidError. */
export function parseTemplate(source: string, language: MailLanguage): Template[] {
  return engines[language].parse(source);
}

/** Collects what a template writes: its own text as it is, each value as a mark. */
class Writing {
  buffer = '';

  constructor(readonly values: string[]) {}

  write(part: unknown): void {
    if (part instanceof Printed) {
      this.buffer += `${markStart}${this.values.length}${markEnd}`;
      this.values.push(part.text);
    } else if (typeof part === 'string') this.buffer += part;
    if (this.buffer.length + this.values.length * 16 > LONGEST_TEXT)
      throw new Error(`it writes more than ${LONGEST_TEXT} characters`);
  }
}

/** Markdown with marks; the values behind the marks are added to `values`. Throws a LiquidError. */
export function writeTemplate(
  templates: Template[],
  facts: object,
  language: MailLanguage,
  values: string[],
): string {
  const liquid = engines[language];
  const limits = { sync: true, renderLimit: MOST_MILLISECONDS, memoryLimit: MOST_MEMORY };
  const context = new Context(facts, liquid.options, limits, { liquid });
  const writing = new Writing(values);
  toValueSync(liquid.renderer.renderTemplates(templates, context, writing));
  return writing.buffer;
}

/** What the engine has against a template, in words for whoever wrote it. */
export function faultOfError(error: unknown): TemplateFault {
  if (!LiquidError.is(error)) return { line: 1, column: 1, message: (error as Error).message };
  const token = (error as unknown as { token?: { getPosition?: () => number[] } }).token;
  const [line = 1, column = 1] = token?.getPosition?.() ?? [];
  const said = (error as Error).message.replace(/,? ?(file:.*)?,? line:\d+, col:\d+$/s, '');
  const field = /^undefined variable: (.+)$/.exec(said)?.[1];
  return field === undefined
    ? { line, column, message: inWords(said) }
    : { line, column, field, message: mayBeAbsent(field) };
}

function mayBeAbsent(field: string): string {
  return `${field} may be absent: write it within {% if ${field} %} … {% endif %}`;
}

function inWords(said: string): string {
  const filter = /^undefined filter: (.+)$/.exec(said)?.[1];
  if (filter !== undefined) return `there is no filter "${filter}"; there are ${filterNames.join(', ')}`;
  const tag = /^tag "?([^"]+)"? not found$/.exec(said)?.[1];
  if (tag !== undefined) return `there is no tag "${tag}"; there are ${knownTags.join(', ')}`;
  if (said === 'template render limit exceeded')
    return `it takes longer than ${MOST_MILLISECONDS} ms: does it loop for ever?`;
  if (said === 'memory alloc limit exceeded') return 'it needs too much memory: does it loop for ever?';
  return said;
}
