import { EntitySchema } from 'typeorm';

import type { EventType } from '#domain/events.js';

import { cents, key, text } from './columns.js';

/** An event whose effects are not written yet. */
export interface OutboxRow {
  eventId: bigint;
  type: EventType;
}

export const outboxTable = new EntitySchema<OutboxRow>({
  name: 'outbox',
  tableName: 'outbox',
  columns: {
    eventId: key(cents('event_id')),
    type: text('type'),
  },
});
