/** From the text of a scenario file to plain data, before any of its rules are looked at. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { Lexer, isPair, isScalar, parseDocument, visit } from 'yaml';
import type { Document, YAMLError } from 'yaml';

import type { Fault } from '#domain/faults.js';

const MOST_BYTES = 5_000_000;
/** Nobody writes deeper by hand; a deeper file is made to exhaust the reader. */
const DEEPEST = 60;
const DEEPEST_INDENTATION = /^[ ?-]{121}/m;
/** Bounds what anchors can blow up: the uses of one, times the aliases within it. */
const MOST_ALIASES = 1000;

/**
 * Reads YAML 1.2 (core schema) or JSON. The numbers of `share` come as their source text, since a
 * percentage is read from its text; dates are text in YAML 1.2. Refuses more than 5 MB, keys given
 * twice, tags, several documents, deep nesting and alias bombs; the path of such a fault is its line.
 */
export function readScenarioText(
  text: string,
): { readonly document: unknown } | { readonly faults: readonly Fault[] } {
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES)
    return refused('file', `${bytes} bytes are too many; a scenario file has at most ${MOST_BYTES}`);
  if (nestsTooDeep(text))
    return refused('file', 'it is nested too deep; a scenario needs fewer than ten levels');
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    prettyErrors: true,
  });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) return { faults: problems.map(faultOf) };
  keepSharesAsText(document);
  try {
    return { document: document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const unknown = error.message.startsWith('Unresolved alias');
    return refused(
      'file',
      unknown
        ? `${error.message}; an alias (*name) repeats what an anchor (&name) above it marked`
        : 'its aliases (*name) stand for too much; write out what they repeat',
    );
  }
}

function refused(path: string, message: string): { readonly faults: readonly Fault[] } {
  return { faults: [{ path, message }] };
}

function faultOf(problem: YAMLError): Fault {
  const place = problem.linePos?.[0];
  const path = place === undefined ? 'file' : `line ${place.line}, column ${place.col}`;
  // Beyond the first line the message draws the place, which the path already names.
  const what = (problem.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
  if (problem.code === 'DUPLICATE_KEY')
    return { path, message: 'this field is given twice in one object; keep one of them' };
  if (problem.code === 'TAG_RESOLVE_FAILED')
    return { path, message: `${what}; write the value without a tag (!…)` };
  if (problem.code === 'MULTIPLE_DOCS')
    return { path, message: 'a second document begins here; a scenario file holds one' };
  return { path, message: `${what}; the file is YAML 1.2 or JSON` };
}

function keepSharesAsText(document: Document.Parsed): void {
  visit(document, {
    Pair(_, pair) {
      if (!isPair(pair) || !isScalar(pair.key) || pair.key.value !== 'share') return;
      const { value } = pair;
      if (isScalar(value) && typeof value.value === 'number' && value.source !== undefined)
        value.value = value.source;
    },
  });
}

/**
 * Whether the text nests too deep to be handed to the parser, which calls itself for each level: past some
 * thousand levels it does not throw but ends the process. The lexer only counts. Block levels cost at least
 * half a character of indentation each, so a bound on that bounds them.
 */
function nestsTooDeep(text: string): boolean {
  if (DEEPEST_INDENTATION.test(text)) return true;
  let open = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') open += 1;
    else if (token === ']' || token === '}') open -= 1;
    if (open > DEEPEST) return true;
  }
  return false;
}

/** The most that a bank file beside a scenario holds; the service itself takes far larger ones. */
const MOST_BANK_BYTES = 5_000_000;

/**
 * Puts the content of every bank file that a happening names (`do: import-bank-file, file: bank/july.xml`) in
 * its place; the path is relative to the scenario's own file. Gives the faults of those that cannot be read; a
 * scenario that has no file of its own (`directory` null) holds the content itself.
 */
export function readBankFiles(document: unknown, directory: string | null): readonly Fault[] {
  const { happenings } = (document ?? {}) as { readonly happenings?: unknown };
  if (!Array.isArray(happenings)) return [];
  return happenings.flatMap((happening: unknown, index): Fault[] => {
    const named = happening as { do?: unknown; file?: unknown; content?: unknown } | null;
    if (named?.do !== 'import-bank-file' || named.content !== undefined) return [];
    if (typeof named.file !== 'string') return [];
    const path = `happenings[${index}].file`;
    if (directory === null)
      return [{ path, message: 'this scenario lies in no folder; give the bank file as "content"' }];
    try {
      const file = resolve(directory, named.file);
      if (statSync(file).size > MOST_BANK_BYTES)
        return [{ path, message: `a bank file of a scenario has at most ${MOST_BANK_BYTES} bytes` }];
      named.content = readFileSync(file, 'utf8');
      return [];
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const why =
        code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? String(error)})`;
      return [{ path, message: `${named.file}: ${why}; the path is relative to the scenario's own file` }];
    }
  });
}

/** The folder a scenario's paths are relative to; null where it comes from standard input. */
export function folderOf(file: string): string | null {
  return file === '-' ? null : dirname(resolve(file));
}
