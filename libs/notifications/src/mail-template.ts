import type { Template } from 'liquidjs';

import { variantsOf } from './message-examples.js';
import type { MailLanguage } from './message-facts.js';
import type { TemplateFault } from './template-engine.js';
import { faultOfError, longestTemplate, parseTemplate, writeTemplate } from './template-engine.js';
import { faultsOfFields } from './template-fields.js';
import type { TemplateKind } from './template-kinds.js';
import { fieldsOf } from './template-kinds.js';

/** A template that may be used: its first line, and its text before and after `{{ content }}` (layout only). */
export interface MailTemplate {
  readonly title: Template[];
  readonly body: Template[];
  readonly closing: Template[];
}

export interface TemplateFaults {
  readonly faults: readonly TemplateFault[];
}

const MOST_FAULTS = 20;
const LONGEST_TRIALS_MS = 200;
const content = /^ *\{\{ *content *\}\} *$/;

/**
 * Compiles a template, or says everything that is wrong with it: what is no Liquid, a field its kind of
 * message does not have, one that may be absent and is used as if it were not, a text without end.
 */
export function compileTemplate(
  source: string,
  kind: TemplateKind,
  language: MailLanguage,
): MailTemplate | TemplateFaults {
  const parts = partsOf(source, kind);
  if ('faults' in parts) return parts;
  const parsed = parse(parts, language);
  if ('faults' in parsed) return parsed;
  const templates = [...parsed.title, ...parsed.body, ...parsed.closing];
  const faults = faultsOfFields(templates, fieldsOf(kind));
  if (faults.length === 0) faults.push(...faultsOfTrials(parsed, kind, language));
  return faults.length === 0 ? parsed : { faults: faults.slice(0, MOST_FAULTS) };
}

/** As `compileTemplate`, of what was found right when it was saved: only that it still compiles is looked at. */
export function parsedTemplate(
  source: string,
  kind: TemplateKind,
  language: MailLanguage,
): MailTemplate | TemplateFaults {
  const parts = partsOf(source, kind);
  return 'faults' in parts ? parts : parse(parts, language);
}

/** As compiled when it was saved; for what is known to be right. */
export function trustedTemplate(source: string, kind: TemplateKind, language: MailLanguage): MailTemplate {
  const parsed = parsedTemplate(source, kind, language);
  if (!('faults' in parsed)) return parsed;
  throw new Error(`the template ${language}/${kind} does not compile: ${sentenceOf(parsed.faults[0])}`);
}

export function sentenceOf(fault: TemplateFault | undefined): string {
  return fault === undefined ? '' : `line ${fault.line}, column ${fault.column}: ${fault.message}`;
}

interface Parts {
  readonly title: string;
  readonly body: string;
  readonly closing: string;
}

/** Each part keeps the empty lines of those before it, so that lines count as in the whole. */
function partsOf(source: string, kind: TemplateKind): Parts | TemplateFaults {
  const fault = (line: number, message: string): TemplateFaults => ({
    faults: [{ line, column: 1, message }],
  });
  if (source.length > longestTemplate)
    return fault(1, `it has ${source.length} characters; a template has at most ${longestTemplate}`);
  const lines = source.replace(/^\uFEFF/, '').split(/\r\n?|\n/);
  const broken = lines.findIndex((line) => /(?!\t)\p{Cc}|\p{Cs}|[\ufdd0-\ufdef\ufffe\uffff]/u.test(line));
  if (broken !== -1) return fault(broken + 1, 'it holds a control character or one that is no text');
  const title = lines[0] ?? '';
  if (!/^# +\S/.test(title))
    return fault(1, 'the first line is the subject, after "# ": for example "# Report {{ report }} is due"');
  const rest = lines.slice(1);
  if (rest.join('').trim() === '') return fault(2, 'below the subject stands the text of the mail');
  const at = kind === 'layout' ? rest.findIndex((line) => content.test(line)) : rest.length;
  if (at === -1) return fault(1, 'a layout has a line of {{ content }}, where the messages come');
  return {
    title,
    body: `\n${rest.slice(0, at).join('\n')}`,
    closing: '\n'.repeat(at + 2) + rest.slice(at + 1).join('\n'),
  };
}

function parse(parts: Parts, language: MailLanguage): MailTemplate | TemplateFaults {
  try {
    return {
      title: parseTemplate(parts.title, language),
      body: parseTemplate(parts.body, language),
      closing: parseTemplate(parts.closing, language),
    };
  } catch (error) {
    return { faults: [faultOfError(error)] };
  }
}

/** Writes it out for examples in which each field that may be absent is absent once, alone and with all others. */
function faultsOfTrials(template: MailTemplate, kind: TemplateKind, language: MailLanguage): TemplateFault[] {
  const faults = new Map<string, TemplateFault>();
  const start = performance.now();
  for (const facts of variantsOf(kind)) {
    // One that goes on for ever in this example does so in the others.
    if (faults.size > 0 && performance.now() - start > LONGEST_TRIALS_MS) break;
    for (const part of [template.title, template.body, template.closing]) {
      const fault = trial(part, facts, language);
      if (fault !== null) faults.set(sentenceOf(fault), fault);
    }
  }
  return [...faults.values()];
}

function trial(part: Template[], facts: object, language: MailLanguage): TemplateFault | null {
  try {
    writeTemplate(part, facts, language, []);
    return null;
  } catch (error) {
    return faultOfError(error);
  }
}
