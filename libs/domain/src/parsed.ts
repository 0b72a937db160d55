/**
 * What reading one piece of input gives: the value, or a sentence that says what is wrong and what
 * would be right. A fault is an expected answer and therefore no exception.
 */
export type Parsed<T> = { readonly value: T } | { readonly fault: string };

const LONGEST_QUOTE = 60;

/** The input was right: wraps what was read from it. */
export function value<T>(read: T): Parsed<T> {
  return { value: read };
}

/** The input was wrong: wraps the sentence that says how, and what would be right. */
export function fault(sentence: string): { readonly fault: string } {
  return { fault: sentence };
}

/** True where reading failed; narrows the result to its sentence. */
export function isFault<T>(parsed: Parsed<T>): parsed is { readonly fault: string } {
  return 'fault' in parsed;
}

/**
 * Any input as it may stand in a sentence: text in quotes, other things by their kind, and never
 * longer than a line, so that a hostile megabyte does not come back in the answer.
 */
export function quoted(input: unknown): string {
  if (typeof input === 'string') {
    const whole = input.length <= LONGEST_QUOTE;
    return JSON.stringify(whole ? input : `${input.slice(0, LONGEST_QUOTE)}…`);
  }
  if (input === undefined) return 'nothing';
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'number' || typeof input === 'boolean') return String(input);
  return typeof input === 'object' ? 'an object' : `a ${typeof input}`;
}
