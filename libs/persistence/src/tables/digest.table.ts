import { EntitySchema } from 'typeorm';

import type { CivilDate, Instant } from '#domain/civil-date.js';

import { date, instant, json, key, optional, text } from './columns.js';

/** That a person's digest of a day was decided; `facts` is null where nothing waited. */
export interface DigestRow {
  person: string;
  day: CivilDate;
  decidedAt: Instant;
  facts: object | null;
}

export const digestTable = new EntitySchema<DigestRow>({
  name: 'digest',
  tableName: 'digests',
  columns: {
    person: key(text('person')),
    day: key(date('day')),
    decidedAt: instant('decided_at'),
    facts: optional(json('facts')),
  },
});
