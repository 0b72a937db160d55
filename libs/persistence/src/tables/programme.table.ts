import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { instant, key, text } from './columns.js';

/** A scheme under which grants are awarded. */
export interface ProgrammeRow {
  code: string;
  title: string;
  createdAt: Instant;
}

export const programmeTable = new EntitySchema<ProgrammeRow>({
  name: 'programme',
  tableName: 'programmes',
  columns: {
    code: key(text('code')),
    title: text('title'),
    createdAt: instant('created_at'),
  },
});
