import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { cents, instant, integer, key, optional, text } from './columns.js';

/** Something an event leads to, once. */
export interface EffectRow {
  eventId: bigint;
  reaction: string;
  target: string;
  createdAt: Instant;
  rungAt: Instant | null;
  attempts: number;
  lastError: string | null;
  doneAt: Instant | null;
}

export const effectTable = new EntitySchema<EffectRow>({
  name: 'effect',
  tableName: 'effects',
  columns: {
    eventId: key(cents('event_id')),
    reaction: key(text('reaction')),
    target: key(text('target')),
    createdAt: instant('created_at'),
    rungAt: optional(instant('rung_at')),
    attempts: integer('attempts'),
    lastError: optional(text('last_error')),
    doneAt: optional(instant('done_at')),
  },
});
