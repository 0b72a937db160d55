import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { cents, instant, key, optional, text } from './columns.js';

/** A notification that was decided to be sent. */
export interface MessageRow {
  eventId: bigint;
  recipient: string;
  kind: string;
  subject: string | null;
  at: Instant;
}

export const messageTable = new EntitySchema<MessageRow>({
  name: 'message',
  tableName: 'messages',
  columns: {
    eventId: key(cents('event_id')),
    recipient: key(text('recipient')),
    kind: key(text('kind')),
    subject: optional(text('subject')),
    at: instant('at'),
  },
});
