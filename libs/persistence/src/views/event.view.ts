import type { DataSource } from 'typeorm';

import type { EventType, GrantEvent } from '#domain/events.js';

import { type ChainedEvent, hashOf } from '../event-log.js';
import { type Page, type PageRequest, pageOf } from './page.js';
import { instantText } from './sql-text.js';

/** An event with its place in the chain: `hash` is its own SHA-256, `previousHash` that of the event before it. */
export type EventRead = ChainedEvent & { readonly hash: string };

/** The event that brought something into its state, as an explanation names it. */
export interface EventNamed {
  readonly sequence: number;
  readonly type: EventType;
  readonly actor: string;
}

/** The log of one stream. Who may read the stream is asked before. */
export class EventView {
  constructor(private readonly database: DataSource) {}

  async list(stream: string, page: PageRequest): Promise<Page<EventRead>> {
    const rows: ChainedEvent[] = await this.database.query(
      `SELECT stream, sequence, type, version, data, actor, reason, command_id AS "commandId",
              ${instantText('occurred_at')} AS "occurredAt", encode(previous_hash, 'hex') AS "previousHash"
         FROM events WHERE stream = $1 AND sequence > $2 ORDER BY sequence LIMIT ${page.limit + 1}`,
      [stream, Number(page.after?.[0] ?? 0)],
    );
    const events = rows.map((event) => ({ ...event, hash: hashOf(event) }));
    return pageOf(events, page.limit, ({ sequence }) => [String(sequence)]);
  }

  /** The whole log of a grant, for folding it anew; empty where there is none. */
  async ofGrant(code: string): Promise<GrantEvent[]> {
    const rows: GrantEvent[] = await this.database.query(
      `SELECT stream, sequence, type, version, data, actor, reason, command_id AS "commandId",
              ${instantText('occurred_at')} AS "occurredAt"
         FROM events WHERE stream = $1 ORDER BY sequence`,
      [`grant:${code}`],
    );
    return rows;
  }

  /** Events of a stream by their sequences. */
  async named(stream: string, sequences: readonly number[]): Promise<Map<number, EventNamed>> {
    const rows: EventNamed[] = await this.database.query(
      'SELECT sequence, type, actor FROM events WHERE stream = $1 AND sequence = ANY ($2)',
      [stream, [...new Set(sequences)]],
    );
    return new Map(rows.map((row) => [row.sequence, row]));
  }
}
