import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { flag, instant, key, optional } from './columns.js';

/** The moment at which a demo's or a simulation's clock stands; null: time flows. One row. */
export interface ClockRow {
  onlyRow: boolean;
  standsAt: Instant | null;
}

export const clockTable = new EntitySchema<ClockRow>({
  name: 'clock',
  tableName: 'clock',
  columns: {
    onlyRow: key(flag('only_row')),
    standsAt: optional(instant('stands_at')),
  },
});
