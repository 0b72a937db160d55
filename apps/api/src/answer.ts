import type { Response } from 'express';

import type { EventType, RecordedEvent } from '#domain/events.js';
import type { Fault } from '#domain/faults.js';
import type { Refusal } from '#domain/refusal.js';
import type { RegisterOutcome } from '#lifecycle/registers.js';
import type { Accepted } from '#lifecycle/run-commands.js';

import { v1 } from './command-paths.js';
import { tagOf } from './entity-tag.js';
import { ProblemAnswer, invalid, notFound } from './problem.js';
import { conflictSentence, notFoundSentence, refusalSentence } from './refusal-sentence.js';
import type { About } from './refusal-sentence.js';

/** What a command answers: what happened, when, and where its stream then stood. */
export interface CommandAnswer {
  readonly at: string;
  readonly sequence: number;
  readonly events: readonly EventAnswer[];
}

export type EventAnswer = Pick<
  RecordedEvent,
  'stream' | 'sequence' | 'type' | 'actor' | 'reason' | 'occurredAt'
> & { readonly data: Readonly<Record<string, unknown>> };

/** An event in an answer. Data in the order of names: a repeated answer reads it from the record, which has its own. */
export function eventAnswer(event: RecordedEvent): EventAnswer {
  const { stream, sequence, type, actor, reason, occurredAt } = event;
  const data = Object.fromEntries(Object.entries(event.data).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { stream, sequence, type, data, actor, reason, occurredAt };
}

/** Where what a command made lies, by the event that made it. */
const madeAt: Readonly<Partial<Record<EventType, string>>> = {
  'grant.drafted': 'grants',
  'batch.built': 'batches',
  'bank-file.imported': 'bank-files',
};

/** An accepted command as it is answered, with the tag of its stream and the address of what it made. */
export function acceptedCommand(outcome: Accepted, response: Response): CommandAnswer {
  const { events, now: at, sequence, replayed } = outcome;
  markReplayed(response, replayed);
  response.setHeader('ETag', tagOf(sequence));
  const [first] = events;
  const made = first === undefined ? undefined : madeAt[first.type];
  if (first !== undefined && made !== undefined)
    response.location(
      `/${v1}/${made}/${encodeURIComponent(first.stream.slice(first.stream.indexOf(':') + 1))}`,
    );
  return { at, sequence, events: events.map(eventAnswer) };
}

/** A refused command as the problem it is answered with. */
export function refusedCommand(refusal: Refusal, about: About): ProblemAnswer {
  const { code, facts } = refusal;
  if (code === 'not-found') return new ProblemAnswer(code, { detail: notFoundSentence(facts), facts });
  if (code === 'invalid') return invalid(faultsOf(refusal));
  const stale = code === 'conflict' && facts['found'] !== undefined;
  const detail = refusalSentence(refusal, about);
  return new ProblemAnswer(stale ? 'stale' : code, { detail, facts });
}

/** Marks a repeated answer. */
export function markReplayed(response: Response, replayed: boolean): void {
  if (replayed) response.setHeader('Idempotency-Replayed', 'true');
}

/** What a register answered, or its refusal thrown as a problem. */
export function registered<T>(outcome: RegisterOutcome<T>, response: Response): T {
  markReplayed(response, outcome.replayed);
  if (outcome.accepted) return outcome.result;
  throw registerProblem(outcome.refused);
}

/** A refused change of a register as the problem it is answered with. */
export function registerProblem(refused: Refusal): ProblemAnswer {
  const { code, facts } = refused;
  if (code === 'invalid') return invalid(faultsOf(refused));
  if (code === 'not-found') return notFound(facts);
  if (code === 'conflict')
    return new ProblemAnswer(code, { detail: `Refused: ${conflictSentence(facts)}.`, facts });
  if (code === 'not-allowed')
    return new ProblemAnswer(code, {
      detail: `${String(facts['by'])} may not do this: it takes the role ${String(facts['needed'])}.`,
      facts,
    });
  if (code === 'wrong-state')
    return new ProblemAnswer(code, {
      detail: `Refused: it is ${String(facts['state'])}; it would have to be ${[facts['needed']].flat().join(' or ')}.`,
      facts,
    });
  return new ProblemAnswer(code, { facts });
}

function faultsOf({ facts }: Refusal): readonly Fault[] {
  if (Array.isArray(facts['faults'])) return facts['faults'] as Fault[];
  return [{ path: String(facts['path'] ?? ''), message: String(facts['message'] ?? 'not valid') }];
}
