import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { instant, key, text } from './columns.js';

/** A worker's answer to a health check that went through the queue. */
export interface CanaryRow {
  id: string;
  answeredAt: Instant;
}

export const canaryTable = new EntitySchema<CanaryRow>({
  name: 'canary',
  tableName: 'canaries',
  columns: {
    id: key(text('id')),
    answeredAt: instant('answered_at'),
  },
});
