import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { EventData, EventType } from '#domain/events.js';

import { bytes, identity, instant, integer, json, optional, text } from './columns.js';

/** A row of the event log; never changed. */
export interface EventRow {
  id: bigint;
  stream: string;
  sequence: number;
  type: EventType;
  version: number;
  data: EventData[EventType];
  actor: string;
  reason: string | null;
  commandId: string;
  occurredAt: Instant;
  previousHash: Buffer | null;
}

export const eventTable = new EntitySchema<EventRow>({
  name: 'event',
  tableName: 'events',
  columns: {
    id: identity('id'),
    stream: text('stream'),
    sequence: integer('sequence'),
    type: text('type'),
    version: integer('version'),
    data: json('data'),
    actor: text('actor'),
    reason: optional(text('reason')),
    commandId: text('command_id'),
    occurredAt: instant('occurred_at'),
    previousHash: optional(bytes('previous_hash')),
  },
});
