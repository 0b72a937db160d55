import { randomUUID } from 'node:crypto';

import { eventAnswer, refusedCommand, registerProblem } from '#api/answer.js';
import type { ProblemAnswer } from '#api/problem.js';
import { environment } from '#config/environment.js';
import { type CommandName, parseInput, shapeOf } from '#domain/commands.js';
import type { Fault, Reading } from '#domain/faults.js';
import type { Role } from '#domain/people.js';
import type { Accepted, CommandRequest, Outcome } from '#lifecycle/outcome.js';
import { onlyFor } from '#lifecycle/person-writes.js';
import type { RegisterWrite } from '#lifecycle/registers.js';
import type { Page, PageRequest } from '#persistence/views/page.js';

import type { ActingOptions } from './program-finance.js';
import type { Acting } from './signed-in.js';
import { UsageFault } from './usage-fault.js';

export type { Acting } from './signed-in.js';

const rowsTogether = 200;
const idReused = 'This --id was given before with other content; give the same again, or take another --id.';

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

/** How the fields of a command are written on the command line, where that is not --field-name. */
export type Places = Readonly<Record<string, string>>;

/**
 * The fields of a command as options gave them. Throws UsageFault, a line for each fault, before anything is
 * opened.
 */
export function inputOf(
  name: CommandName,
  given: Readonly<Record<string, unknown>>,
  places: Places = {},
): CommandRequest['input'] {
  const input = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parsed = parseInput(name, input);
  if (!('faults' in parsed)) return input;
  throw faultsHere(parsed.faults, places);
}

function faultsHere(faults: readonly Fault[], places: Places): UsageFault {
  const lines = faults.map(({ path, message }) => lineOf({ path: places[path] ?? optionOf(path), message }));
  return new UsageFault(lines.join('\n'));
}

function lineOf({ path, message }: Fault): string {
  return `${path}: ${message}`;
}

/** `executeOn` as it is written on the command line. */
function optionOf(field: string): string {
  return `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Throws UsageFault, a line for each, where reading the call found faults; their paths are as they were written. */
export function refuseFaults({ faults }: Reading): void {
  if (faults.length > 0) throw new UsageFault(faults.map(lineOf).join('\n'));
}

/** A whole number from the command line. Throws UsageFault for anything else. */
export function numberOf(what: string, text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new UsageFault(`${what}: "${text}" is no number, as in the list`);
  return Number(text);
}

/**
 * The accepted outcome. Throws UsageFault where what was given is wrong, else CommandRefused, with the sentence
 * that the API answers with: a day that is past by now is the caller's fault only where the command takes one.
 */
export function acceptedOf(
  outcome: Outcome,
  command: CommandName,
  subject: string,
  places: Places = {},
): Accepted {
  if (outcome.accepted) return outcome;
  const about = { command, subject, giveReason: 'give it with --reason' };
  const { problem } = refusedCommand(outcome.refused, about);
  const { required, optional } = shapeOf(command);
  const given: readonly string[] = [...required, ...optional, ...Object.keys(places)];
  const other = problem.faults?.find(({ path }) => !given.includes(path));
  throw other === undefined
    ? refusedHere(problem, places)
    : new CommandRefused(`${subject}: ${other.message}`);
}

/** What to throw for a refusal: UsageFault for faults of the input, a line for each, else CommandRefused. */
export function refusedHere(
  { code, detail, faults }: ProblemAnswer['problem'],
  places: Places = {},
): CommandRefused | UsageFault {
  if (faults !== undefined) return faultsHere(faults, places);
  return new CommandRefused(code === 'command-reused' ? idReused : detail);
}

/**
 * Changes a register as the person, for whoever holds one of `roles`; `replayed` where it was done before under this
 * --id. Throws as `refusedHere` does.
 */
export async function registered<T>(
  { registers, person, commandId }: Acting,
  name: string,
  roles: readonly Role[],
  input: unknown,
  write: RegisterWrite<T>,
  places: Places = {},
): Promise<{ readonly result: T; readonly replayed: boolean }> {
  const outcome = await registers.register(commandId, person, name, input, onlyFor(person, roles, write));
  if (!outcome.accepted) throw refusedHere(registerProblem(outcome.refused).problem, places);
  return outcome;
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
