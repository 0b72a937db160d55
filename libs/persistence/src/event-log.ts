/**
 * The event log: one chain of hashes per stream. Each event carries the SHA-256 of the event before it
 * and the stream's owner (the row of a grant, a batch …) that of the last one, so that a changed, dropped,
 * inserted or cut-off event shows.
 */
import { hash } from 'node:crypto';

import type { Instant } from '#domain/civil-date.js';
import type { RecordedEvent } from '#domain/events.js';

import { canonicalJson } from './canonical-json.js';
import type { Client } from './client.js';
import { instantOf } from './database-values.js';

/** An event as its stream holds it; the hash is lowercase hex, null for the first event. */
export type ChainedEvent = RecordedEvent & { readonly previousHash: string | null };

/** A place where a stream is not what was written. */
export interface ChainFault {
  readonly stream: string;
  readonly sequence: number;
  readonly fault: string;
}

/** Where a stream ends according to its owner; sequence 0 and null where it has no events. */
export interface StreamHead {
  readonly stream: string;
  readonly sequence: number;
  readonly hash: string | null;
}

/**
 * SHA-256, in hex, over every column of an event, the previous hash included. Only the identity `id`
 * is left out: it says in which order rows were delivered, and is given out after the hash is made.
 */
export function hashOf(event: ChainedEvent): string {
  const { stream, sequence, type, version, data, actor, reason, commandId, occurredAt, previousHash } = event;
  const json = canonicalJson;
  // `canonicalJson` of these columns, whose order is known: a decision made its hash in half of the time.
  return hash(
    'sha256',
    `{"actor":${json(actor)},"commandId":${json(commandId)},"data":${json(data)},"occurredAt":${json(occurredAt)},` +
      `"previousHash":${json(previousHash)},"reason":${json(reason)},"sequence":${json(sequence)},"stream":${json(stream)},` +
      `"type":${json(type)},"version":${json(version)}}`,
  );
}

/**
 * Checks one stream, given whole and in order, against its head. Empty where nothing is wrong; after the
 * first fault the rest of the chain is not looked at, since everything after it hangs on it.
 */
export function verifyChain(events: readonly ChainedEvent[], head: StreamHead): ChainFault[] {
  const { stream } = head;
  let previous: ChainedEvent | undefined;
  for (const [index, event] of events.entries()) {
    const { sequence } = event;
    if (sequence !== index + 1)
      return [{ stream, sequence, fault: `event ${index + 1} is missing: the next one is ${sequence}` }];
    const expected = previous === undefined ? null : hashOf(previous);
    if (event.previousHash !== expected) {
      const fault = `the hash it carries is not that of event ${index}: one of the two was changed`;
      return [{ stream, sequence, fault }];
    }
    previous = event;
  }
  const last = previous?.sequence ?? 0;
  if (last !== head.sequence) {
    const fault = `the stream ends at event ${last}, its owner says ${head.sequence}: its end was cut off or added to`;
    return [{ stream, sequence: last, fault }];
  }
  const hash = previous === undefined ? null : hashOf(previous);
  if (hash === head.hash) return [];
  return [
    { stream, sequence: last, fault: 'the last event was changed: its owner holds another hash of it' },
  ];
}

const columns = `stream, sequence, type, version, data, actor, reason, command_id, occurred_at,
  encode(previous_hash, 'hex') AS previous_hash`;

interface EventRecord {
  stream: string;
  sequence: number;
  type: string;
  version: number;
  data: object;
  actor: string;
  reason: string | null;
  command_id: string;
  occurred_at: Date;
  previous_hash: string | null;
}

/** All events of a stream, in order. */
export async function readStream(client: Client, stream: string): Promise<ChainedEvent[]> {
  return (await readStreams(client, [stream])).get(stream) ?? [];
}

/** All events of several streams, each in order; a stream without events is absent. */
export async function readStreams(
  client: Client,
  streams: readonly string[],
): Promise<Map<string, ChainedEvent[]>> {
  const { rows } = await client.query({
    text: `SELECT ${columns} FROM events WHERE stream = ANY ($1) ORDER BY stream, sequence`,
    values: [streams],
  });
  const read = new Map<string, ChainedEvent[]>();
  for (const row of rows as EventRecord[]) {
    const event = eventOf(row);
    const events = read.get(event.stream);
    if (events === undefined) read.set(event.stream, [event]);
    else events.push(event);
  }
  return read;
}

/** A part of a stream: what one command brought about. */
export interface Slice {
  readonly stream: string;
  /** Exclusive. */
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

/** The events of several slices, in their order, in one round trip; none where there are no slices. */
export async function readSlices(client: Client, slices: readonly Slice[]): Promise<ChainedEvent[][]> {
  if (slices.length === 0) return [];
  const { rows } = await client.query({
    text: `SELECT s.place, ${columns} FROM events
      JOIN unnest($1::text[], $2::int[], $3::int[]) WITH ORDINALITY AS s (of, first, last, place)
        ON stream = s.of AND sequence > s.first AND sequence <= s.last
      ORDER BY s.place, sequence`,
    values: [
      slices.map(({ stream }) => stream),
      slices.map(({ first }) => first),
      slices.map(({ last }) => last),
    ],
  });
  const read: ChainedEvent[][] = slices.map(() => []);
  for (const { place, ...row } of rows as (EventRecord & { place: string })[])
    read[Number(place) - 1]?.push(eventOf(row));
  return read;
}

/**
 * Where every stream ends according to the rows it belongs to, by stream name, after `afterStream`
 * (exclusive; '' from the start), at most `limit`. Streams of all kinds alike.
 */
export async function readHeads(client: Client, afterStream: string, limit: number): Promise<StreamHead[]> {
  const { rows } = await client.query({
    text: `SELECT * FROM (
       SELECT 'grant:' || code AS stream, sequence, encode(head_hash, 'hex') AS hash FROM grants
       UNION ALL
       SELECT 'beneficiary:' || id, sequence, encode(head_hash, 'hex') FROM beneficiaries
       UNION ALL
       SELECT 'batch:' || no, sequence, encode(head_hash, 'hex') FROM batches
       UNION ALL
       SELECT 'bank-file:' || no, sequence, encode(head_hash, 'hex') FROM bank_files
       UNION ALL
       SELECT 'deadline-move:' || no, sequence, encode(head_hash, 'hex') FROM deadline_moves
       UNION ALL
       SELECT 'person:' || id, sequence, encode(head_hash, 'hex') FROM people
     ) heads WHERE stream COLLATE "C" > $1 ORDER BY stream COLLATE "C" LIMIT $2`,
    values: [afterStream, limit],
  });
  return rows as StreamHead[];
}

/** Streams that hold events but belong to no row any more. */
export async function readOrphanedStreams(client: Client): Promise<string[]> {
  const { rows } = await client.query({
    text: `SELECT DISTINCT stream FROM events
     WHERE NOT EXISTS (SELECT 1 FROM grants WHERE stream = 'grant:' || code)
       AND NOT EXISTS (SELECT 1 FROM beneficiaries WHERE stream = 'beneficiary:' || beneficiaries.id)
       AND NOT EXISTS (SELECT 1 FROM batches WHERE stream = 'batch:' || no)
       AND NOT EXISTS (SELECT 1 FROM bank_files WHERE stream = 'bank-file:' || no)
       AND NOT EXISTS (SELECT 1 FROM deadline_moves WHERE stream = 'deadline-move:' || no)
       AND NOT EXISTS (SELECT 1 FROM people WHERE stream = 'person:' || people.id)
     ORDER BY stream`,
  });
  return (rows as { stream: string }[]).map(({ stream }) => stream);
}

function eventOf(row: EventRecord): ChainedEvent {
  const { command_id: commandId, occurred_at: occurredAt, previous_hash: previousHash, ...rest } = row;
  return { ...rest, commandId, occurredAt: instantOf(occurredAt), previousHash } as unknown as ChainedEvent;
}

/** Lays events on the end of a stream in memory: numbers, dates and chains them. */
export class StreamTail {
  constructor(
    readonly stream: string,
    public sequence: number,
    public hash: string | null,
    public lastEventAt: Instant | null,
  ) {}

  /** The event as it will stand in the stream. Its time never runs backwards, whatever the clock does. */
  append(
    event: Pick<RecordedEvent, 'type' | 'data' | 'actor' | 'reason' | 'version'>,
    commandId: string,
    now: Instant,
  ): ChainedEvent {
    const occurredAt = this.lastEventAt !== null && this.lastEventAt > now ? this.lastEventAt : now;
    const { type, data, actor, reason, version } = event;
    const chained = {
      stream: this.stream,
      sequence: this.sequence + 1,
      type,
      version,
      data,
      actor,
      reason,
      commandId,
      occurredAt,
      previousHash: this.hash,
    } as ChainedEvent;
    this.sequence = chained.sequence;
    this.hash = hashOf(chained);
    this.lastEventAt = occurredAt;
    return chained;
  }
}
