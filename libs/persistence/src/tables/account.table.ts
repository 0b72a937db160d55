import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { instant, integer, key, optional, text } from './columns.js';

/** A version of a beneficiary's bank account; the last one is in force. */
export interface AccountRow {
  beneficiary: string;
  version: number;
  iban: string;
  enteredBy: string;
  enteredAt: Instant;
  verifiedBy: string | null;
  verifiedAt: Instant | null;
}

export const accountTable = new EntitySchema<AccountRow>({
  name: 'account',
  tableName: 'accounts',
  columns: {
    beneficiary: key(text('beneficiary')),
    version: key(integer('version')),
    iban: text('iban'),
    enteredBy: text('entered_by'),
    enteredAt: instant('entered_at'),
    verifiedBy: optional(text('verified_by')),
    verifiedAt: optional(instant('verified_at')),
  },
});
