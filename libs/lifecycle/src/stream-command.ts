import { setTimeout as wait } from 'node:timers/promises';

import type { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { Input } from '#domain/commands.js';
import type { NewEvent } from '#domain/events.js';
import { eventVersion } from '#domain/events.js';
import { type Refused, isRefused, refuse } from '#domain/refusal.js';
import { type Client, inTransaction } from '#persistence/client.js';
import { instantOf } from '#persistence/database-values.js';
import { type ChainedEvent, type StreamTail, readSlices } from '#persistence/event-log.js';
import { GrantChanges } from '#persistence/grant-changes.js';

import { isConnectionLost, isLostRace } from './failures.js';
import type { CommandRequest, Outcome } from './outcome.js';
import { type Prepared, keptInput, prepare, staleHash } from './prepared-command.js';

/** What a command came to on a stream of its own: its events, and how the rows they fold into are saved. */
export interface StreamWork {
  readonly tail: StreamTail;
  readonly events: readonly NewEvent[];
  /** Called once the events are chained; `tail` then is where the stream stands. */
  readonly save: (chained: readonly ChainedEvent[]) => Promise<void>;
}

/** A refusal may name the stream it concerns. */
export type StreamRefused = Refused & { readonly stream?: string };

/** Looks up, locks and decides, on the connection of the command's transaction. */
export type DecideOnStream = (
  client: Client,
  now: Instant,
  input: Input,
) => Promise<StreamWork | StreamRefused>;

const mostAttempts = 6;
const firstPauseMs = 20;

/**
 * Runs a command on a stream that is neither a grant's nor a beneficiary's: one transaction with its id, its
 * decision, its events and its rows, or its refusal. Given again under its id it answers as it did; with other
 * content it is refused as `command-reused` (I4). Throws what is broken infrastructure, after bounded retries.
 */
export async function runOnStream(
  source: DataSource,
  request: CommandRequest,
  decide: DecideOnStream,
): Promise<Outcome> {
  const prepared = prepare(request);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(source, (client) => once(client, prepared, decide));
    } catch (error) {
      const passing = isLostRace(error) || isConnectionLost(error);
      if (!passing || attempt === mostAttempts) throw error;
      await wait(firstPauseMs * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

interface Known {
  readonly now: Date;
  readonly hash: string | null;
  readonly stream: string | null;
  readonly at: Date;
  readonly first: number | null;
  readonly last: number | null;
  readonly code: Refused['refused']['code'] | null;
  readonly facts: Refused['refused']['facts'];
}

async function once(client: Client, prepared: Prepared, decide: DecideOnStream): Promise<Outcome> {
  const { request, input, recordable } = prepared;
  const { rows } = await client.query({
    text: `SELECT sluis_now() AS now, encode(c.input_hash, 'hex') AS hash, c.stream, c.at,
        c.first_sequence AS first, c.last_sequence AS last, r.code, r.facts
      FROM (SELECT) one LEFT JOIN commands c ON c.id = $1
      LEFT JOIN refusals r ON r.command_id = c.id AND r.input_hash = c.input_hash`,
    values: [recordable ? request.id : ''],
  });
  const known = rows[0] as Known;
  const now = instantOf(known.now);
  if (known.hash !== null) return answerAgain(client, prepared, known, now);
  await client.query({ text: 'SAVEPOINT decided' });
  const work = isRefused(input) ? input : await decide(client, now, input);
  if (!isRefused(work)) {
    const { expectedSequence: expected } = prepared.request;
    const found = work.tail.sequence;
    if (expected === undefined || expected === found) return accept(client, prepared, work, now);
    await client.query({ text: 'ROLLBACK TO SAVEPOINT decided' });
    return stale(client, prepared, { expected, found }, work.tail.stream, now);
  }
  // What was written on the way to the refusal goes; the refusal itself stays.
  await client.query({ text: 'ROLLBACK TO SAVEPOINT decided' });
  return refused(client, prepared, work, now);
}

async function answerAgain(client: Client, prepared: Prepared, known: Known, now: Instant): Promise<Outcome> {
  if (known.hash !== prepared.hash) {
    const message = 'this command id was given before, with other content; take a new one';
    const changes = new GrantChanges();
    const { refused: refusal } = refuse('command-reused', { message });
    changes.refusal(refusalRecord(prepared, refusal, null, now));
    await changes.write(client);
    return { accepted: false, refused: refusal, now, replayed: false };
  }
  const at = instantOf(known.at);
  const { stream, first, last, code, facts } = known;
  if (code !== null) return { accepted: false, refused: { code, facts }, now: at, replayed: true };
  if (stream === null || first === null || last === null)
    throw new Error(`command ${prepared.request.id} is on record without its stream`);
  const [events] = await readSlices(client, [{ stream, first, last }]);
  return { accepted: true, events: events ?? [], now: at, sequence: last, replayed: true };
}

async function accept(
  client: Client,
  prepared: Prepared,
  { tail, events, save }: StreamWork,
  now: Instant,
): Promise<Outcome> {
  const { id } = prepared.request;
  const first = tail.sequence;
  const chained = events.map((event) => tail.append({ ...event, version: eventVersion }, id, now));
  await save(chained);
  const changes = new GrantChanges();
  changes.events(chained);
  changes.command({
    ...commandRecord(prepared, now),
    stream: tail.stream,
    refused: false,
    firstSequence: first,
    lastSequence: tail.sequence,
  });
  await changes.write(client);
  return { accepted: true, events: chained, now, sequence: tail.sequence, replayed: false };
}

async function refused(
  client: Client,
  prepared: Prepared,
  { refused: refusal, stream }: StreamRefused,
  now: Instant,
): Promise<Outcome> {
  if (prepared.recordable) {
    const changes = new GrantChanges();
    changes.command({
      ...commandRecord(prepared, now),
      stream: stream ?? null,
      refused: true,
      firstSequence: null,
      lastSequence: null,
    });
    changes.refusal(refusalRecord(prepared, refusal, stream ?? null, now));
    await changes.write(client);
  }
  return { accepted: false, refused: refusal, now, replayed: false };
}

/** A stale If-Match: on record, but not as what the id came to; it may be sent again by who has read again. */
async function stale(
  client: Client,
  prepared: Prepared,
  facts: { readonly expected: number; readonly found: number },
  stream: string,
  now: Instant,
): Promise<Outcome> {
  const { refused: refusal } = refuse('conflict', facts);
  const changes = new GrantChanges();
  changes.refusal({ ...refusalRecord(prepared, refusal, stream, now), inputHash: staleHash(prepared) });
  await changes.write(client);
  return { accepted: false, refused: refusal, now, replayed: false };
}

function commandRecord({ request, hash }: Prepared, now: Instant) {
  return { id: request.id, inputHash: hash, name: request.name, actor: request.actor.id, at: now };
}

function refusalRecord(prepared: Prepared, refusal: Refused['refused'], stream: string | null, at: Instant) {
  const { request, hash } = prepared;
  const { id: commandId, name: command } = request;
  const input = keptInput(prepared);
  return { commandId, inputHash: hash, command, stream, actor: request.actor.id, refusal, input, at };
}
