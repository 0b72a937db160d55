import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { cents, identity, instant, json, optional, text } from './columns.js';

/** What one person is told because of one event, or (without one) in a digest; `facts` as of then. */
export interface MessageRow {
  id: bigint;
  eventId: bigint | null;
  recipient: string;
  kind: string;
  subject: string | null;
  facts: Readonly<Record<string, unknown>>;
  at: Instant;
  /** The mail that carries it; null where mails are not put together, as in a simulation. */
  mail: bigint | null;
}

export const messageTable = new EntitySchema<MessageRow>({
  name: 'message',
  tableName: 'messages',
  columns: {
    id: identity('id'),
    eventId: optional(cents('event_id')),
    recipient: text('recipient'),
    kind: text('kind'),
    subject: optional(text('subject')),
    facts: json('facts'),
    at: instant('at'),
    mail: optional(cents('mail')),
  },
});
