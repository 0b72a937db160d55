import { randomUUID } from 'node:crypto';

import { eventAnswer, refusedCommand } from '#api/answer.js';
import { environment } from '#config/environment.js';
import { type CommandName, parseInput } from '#domain/commands.js';
import type { Accepted, CommandRequest, Outcome } from '#lifecycle/outcome.js';
import type { Page, PageRequest } from '#persistence/views/page.js';

import type { ActingOptions } from './program-finance.js';
import type { Acting } from './signed-in.js';
import { UsageFault } from './usage-fault.js';

export type { Acting } from './signed-in.js';

const rowsTogether = 200;

/** The record refuses: said as the API says it; exit code 1. */
export class CommandRefused extends Error {}

/**
 * Runs work as the person behind --token or SLUIS_TOKEN. The record is opened, and what it needs loaded, only
 * here: faults of the call come before.
 */
export async function acting<T>(
  { token: given, id = `cli-${randomUUID()}` }: ActingOptions,
  work: (acting: Acting) => Promise<T>,
): Promise<T> {
  const token = given ?? environment().token;
  if (token === null)
    throw new UsageFault(
      'Who are you? Give --token or set SLUIS_TOKEN; sluis token create --person ID makes one.',
    );
  if (!/^[\x20-\x7e]{1,200}$/.test(id)) throw new UsageFault('--id: has 1 to 200 printable characters');
  const { signedIn } = await import('./signed-in.js');
  return signedIn(token, id, work);
}

/**
 * The fields of a command as options gave them. Throws UsageFault, a line for each fault, before anything is
 * opened: `places` says how the fields are written on the command line where that is not --field-name.
 */
export function inputOf(
  name: CommandName,
  given: Readonly<Record<string, unknown>>,
  places: Readonly<Record<string, string>> = {},
): CommandRequest['input'] {
  const input = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parsed = parseInput(name, input);
  if (!('faults' in parsed)) return input;
  const lines = parsed.faults.map(({ path, message }) => `${places[path] ?? optionOf(path)}: ${message}`);
  throw new UsageFault(lines.join('\n'));
}

/** `executeOn` as it is written on the command line. */
function optionOf(field: string): string {
  return `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A whole number from the command line. Throws UsageFault for anything else. */
export function numberOf(what: string, text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new UsageFault(`${what}: "${text}" is no number, as in the list`);
  return Number(text);
}

/** The accepted outcome. Throws CommandRefused with the sentence that the API answers with. */
export function acceptedOf(outcome: Outcome, command: CommandName, subject: string): Accepted {
  if (outcome.accepted) return outcome;
  throw new CommandRefused(refusedCommand(outcome.refused, { command, subject }).problem.detail);
}

/** Says what happened: the answer of the API as one JSON object, or a sentence. */
export function sayAccepted(
  { events, now: at, sequence }: Accepted,
  json: true | undefined,
  sentence: string,
): void {
  const answer = { at, sequence, events: events.map(eventAnswer) };
  process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${sentence}\n`);
}

/** Every row of a list, page by page. */
export async function* everyRow<T>(list: (page: PageRequest) => Promise<Page<T>>): AsyncGenerator<T> {
  for (let after: readonly string[] | null = null; ;) {
    const { items, next }: Page<T> = await list({ after, limit: rowsTogether });
    yield* items;
    if (next === null) return;
    after = next;
  }
}
