import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { instant, integer, json, key, text } from './columns.js';

/** A plan as it was entered; never changed. */
export interface PlanVersionRow {
  programme: string;
  version: number;
  document: unknown;
  createdBy: string;
  createdAt: Instant;
}

export const planVersionTable = new EntitySchema<PlanVersionRow>({
  name: 'plan-version',
  tableName: 'plan_versions',
  columns: {
    programme: key(text('programme')),
    version: key(integer('version')),
    document: json('document'),
    createdBy: text('created_by'),
    createdAt: instant('created_at'),
  },
});
