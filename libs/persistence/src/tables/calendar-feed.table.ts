import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { bytes, instant, key, optional, text } from './columns.js';

/** The address of a calendar feed, by the SHA-256 of its secret. */
export interface CalendarFeedRow {
  hash: Buffer;
  person: string;
  name: string | null;
  created: Instant;
  revoked: Instant | null;
  lastUsedAt: Instant | null;
}

export const calendarFeedTable = new EntitySchema<CalendarFeedRow>({
  name: 'calendar-feed',
  tableName: 'calendar_feeds',
  columns: {
    hash: key(bytes('hash')),
    person: text('person'),
    name: optional(text('name')),
    created: instant('created'),
    revoked: optional(instant('revoked')),
    lastUsedAt: optional(instant('last_used_at')),
  },
});
