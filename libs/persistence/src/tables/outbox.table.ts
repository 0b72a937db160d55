import { EntitySchema } from 'typeorm';

import type { EventType } from '#domain/events.js';

import { cents, key, optional, text } from './columns.js';

/** An event whose effects are not written yet. */
export interface OutboxRow {
  eventId: bigint;
  type: EventType;
  /** Whom a reminder or an escalation goes to; null for other events. */
  told: string | null;
}

export const outboxTable = new EntitySchema<OutboxRow>({
  name: 'outbox',
  tableName: 'outbox',
  columns: {
    eventId: key(cents('event_id')),
    type: text('type'),
    told: optional(text('told')),
  },
});
