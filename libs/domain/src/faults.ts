/**
 * Reading a document of which every fault is wanted, not just the first: each reader adds what is
 * wrong to one list and goes on with what it could read. What was read counts only while that list is empty.
 */
import { type Parsed, fault, isFault, quoted, value } from './parsed.js';

/** What is wrong at one place of a document, such as `programme.tranches[1].share`, and what would be right. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** The fields of an object that were given; one that is absent, or null as an empty YAML value, is not among them. */
export type Given = Readonly<Record<string, unknown>>;

export interface ObjectShape {
  /** As it stands in a sentence: "a tranche". */
  readonly what: string;
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** Comparing names costs time, and nobody reads a hundredth guess. */
const MOST_GUESSES = 100;
const MOST_LISTED = 12;
const LONGEST_GUESSED = 64;

/** The path of a field of the thing at `path`. */
export function fieldPath(path: string, name: string): string {
  const plain = /^[A-Za-z_][\w-]*$/.test(name);
  if (!plain) return `${path}[${quoted(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}

/** The path of an item of the list at `path`; items count from 0. */
export function itemPath(path: string, index: number): string {
  return `${path}[${index}]`;
}

/** Collects the faults of one document while it is read. */
export class Reading {
  readonly faults: Fault[] = [];
  private guesses = 0;

  /** The document itself, path '', is called `file`. */
  add(path: string, message: string): void {
    this.faults.push({ path: path === '' ? 'file' : path, message });
  }

  /** The value read, or undefined with its fault added at `path`. */
  take<T>(path: string, parsed: Parsed<T>): T | undefined {
    if (!isFault(parsed)) return parsed.value;
    this.add(path, parsed.fault);
    return undefined;
  }

  /** Reads one field of an object; undefined where it was not given, or where it is faulty. */
  field<T>(path: string, given: Given, name: string, read: (input: unknown) => Parsed<T>): T | undefined {
    const input = given[name];
    return input === undefined ? undefined : this.take(fieldPath(path, name), read(input));
  }

  /** The given fields of an object of any fields; undefined, with a fault, for anything else. */
  record(path: string, input: unknown, what: string): Given | undefined {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      this.add(path, `${quoted(input)} is not ${what}; write its fields, each with a value`);
      return undefined;
    }
    return Object.fromEntries(
      Object.entries(input).filter(([, inside]) => inside !== null && inside !== undefined),
    );
  }

  /** As `record`, of an object whose fields are known: adds those that are missing and those it does not have. */
  object(path: string, input: unknown, shape: ObjectShape): Given | undefined {
    const given = this.record(path, input, shape.what);
    if (given === undefined) return undefined;
    const known = [...shape.required, ...shape.optional];
    for (const name of Object.keys(input as object)) {
      if (known.includes(name)) continue;
      this.add(fieldPath(path, name), this.unknown(`is no field of ${shape.what}`, name, known));
    }
    this.need(path, given, shape.what, shape.required);
    return given;
  }

  /** Adds a fault for each required field that was not given. */
  need(path: string, given: Given, what: string, required: readonly string[]): void {
    for (const name of required)
      if (given[name] === undefined) this.add(fieldPath(path, name), `${what} needs "${name}"`);
  }

  /** The items of a list field with their paths; none where it was not given, or is no list. */
  list(path: string, given: Given, name: string, of: string): { path: string; input: unknown }[] {
    const input = given[name];
    if (input === undefined) return [];
    const listPath = fieldPath(path, name);
    if (Array.isArray(input))
      return input.map((item: unknown, index) => ({ path: itemPath(listPath, index), input: item }));
    this.add(listPath, `${quoted(input)} is not a list; write a list of ${of}`);
    return [];
  }

  /** Adds a fault where a name was given before; `seen` maps the names so far to their paths. */
  once(seen: Map<string, string>, path: string, what: string, name: string): void {
    const first = seen.get(name);
    if (first === undefined) seen.set(name, path);
    else this.add(path, `${what} ${quoted(name)} is given twice, first at ${first}; each has its own`);
  }

  /** A sentence on a name that is not among the known ones, with the nearest of them. */
  unknown(isNo: string, name: string, names: Iterable<string>): string {
    this.guesses += 1;
    const near = this.guesses > MOST_GUESSES ? null : nearest(name, names);
    const meant = near === null ? '' : `; did you mean ${quoted(near)}?`;
    return `${quoted(name)} ${isNo}${meant}${near === null ? '; ' : ' '}${listed(names)}`;
  }
}

function listed(names: Iterable<string>): string {
  const shown: string[] = [];
  for (const name of names) {
    if (shown.length === MOST_LISTED) return `Known: ${shown.join(', ')} and more`;
    shown.push(name);
  }
  return shown.length === 0 ? 'There are none' : `Known: ${shown.join(', ')}`;
}

/** The known name that `name` was probably meant to be; null where none is near. */
export function nearest(name: string, known: Iterable<string>): string | null {
  if (name.length > LONGEST_GUESSED) return null;
  const wanted = name.toLowerCase();
  let best: string | null = null;
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    if (candidate.length > LONGEST_GUESSED || Math.abs(candidate.length - name.length) >= fewest) continue;
    const typos = typosBetween(wanted, candidate.toLowerCase());
    if (typos < fewest) [best, fewest] = [candidate, typos];
  }
  return best;
}

/** Letters to insert, drop, replace or swap with their neighbour (optimal string alignment). */
function typosBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const typos = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(swapped ? Math.min(typos, beforeLast[j - 2]! + 1) : typos);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}

/** Reads one of a few words. */
export function oneOf<T extends string>(options: readonly T[]): (input: unknown) => Parsed<T> {
  return (input) =>
    options.includes(input as T)
      ? value(input as T)
      : fault(`${quoted(input)} is none of the possible ones: ${options.join(', ')}`);
}

/** Reads a text of 1 to `longest` characters that is not blank. */
export function textUpTo(longest: number): (input: unknown) => Parsed<string> {
  return (input) => {
    if (typeof input !== 'string') return fault(`${quoted(input)} is not text; put it in quotes`);
    if (input.trim() === '' || input.length > longest)
      return fault(
        `${quoted(input)} has ${input.length} characters; write a text of 1 to ${longest}, not blank`,
      );
    return value(input);
  };
}

/** Reads a code or id: letters, digits and . _ -, beginning and ending with a letter or digit. */
export function codeUpTo(longest: number): (input: unknown) => Parsed<string> {
  return (input) => {
    if (typeof input !== 'string') return fault(`${quoted(input)} is not text; put the code in quotes`);
    if (input.length <= longest && /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/.test(input)) return value(input);
    return fault(
      `${quoted(input)} is no code; write 1 to ${longest} letters, digits and . _ -, beginning and ending with a letter or digit`,
    );
  };
}

export function flag(input: unknown): Parsed<boolean> {
  return typeof input === 'boolean' ? value(input) : fault(`${quoted(input)} is neither true nor false`);
}

/** Reads a whole number within bounds, both included. */
export function wholeWithin(least: number, most: number): (input: unknown) => Parsed<number> {
  return (input) =>
    typeof input === 'number' && Number.isInteger(input) && input >= least && input <= most
      ? value(input)
      : fault(`${quoted(input)} is not a whole number from ${least} to ${most}`);
}
