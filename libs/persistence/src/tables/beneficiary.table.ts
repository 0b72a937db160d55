import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { bytes, instant, integer, key, optional, text } from './columns.js';

/** Who is paid; owner of the stream `beneficiary:<id>`. */
export interface BeneficiaryRow {
  id: string;
  name: string;
  kbo: string;
  createdAt: Instant;
  sequence: number;
  lastEventAt: Instant | null;
  headHash: Buffer | null;
}

export const beneficiaryTable = new EntitySchema<BeneficiaryRow>({
  name: 'beneficiary',
  tableName: 'beneficiaries',
  columns: {
    id: key(text('id')),
    name: text('name'),
    kbo: text('kbo'),
    createdAt: instant('created_at'),
    sequence: integer('sequence'),
    lastEventAt: optional(instant('last_event_at')),
    headHash: optional(bytes('head_hash')),
  },
});
