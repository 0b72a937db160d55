import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { instant, integer, key, text } from './columns.js';

/** A grant whose due moments could not be decided, until the sweep succeeds with it. */
export interface DueFailureRow {
  grantCode: string;
  since: Instant;
  attempts: number;
  lastError: string;
}

export const dueFailureTable = new EntitySchema<DueFailureRow>({
  name: 'dueFailure',
  tableName: 'due_failures',
  columns: {
    grantCode: key(text('grant_code')),
    since: instant('since'),
    attempts: integer('attempts'),
    lastError: text('last_error'),
  },
});
