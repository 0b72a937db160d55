import { EntitySchema } from 'typeorm';

import type { PayeeCheckResult } from '#domain/account.js';
import type { CivilDate, Instant } from '#domain/civil-date.js';
import type { PostalAddress } from '#domain/payment.js';

import { date, instant, integer, json, key, optional, text } from './columns.js';

/** A version of a beneficiary's bank account; the last one is in force. */
export interface AccountRow {
  beneficiary: string;
  version: number;
  iban: string;
  enteredBy: string;
  enteredAt: Instant;
  verifiedBy: string | null;
  verifiedAt: Instant | null;
  holder: string | null;
  address: PostalAddress | null;
  validFrom: CivilDate | null;
  validUntil: CivilDate | null;
  payeeCheck: PayeeCheckResult | null;
  payeeSuggested: string | null;
  payeeCheckedBy: string | null;
  payeeCheckedAt: Instant | null;
  overriddenBy: string | null;
  overriddenAt: Instant | null;
  overrideReason: string | null;
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
    holder: optional(text('holder')),
    address: optional(json('address')),
    validFrom: optional(date('valid_from')),
    validUntil: optional(date('valid_until')),
    payeeCheck: optional(text('payee_check')),
    payeeSuggested: optional(text('payee_suggested')),
    payeeCheckedBy: optional(text('payee_checked_by')),
    payeeCheckedAt: optional(instant('payee_checked_at')),
    overriddenBy: optional(text('overridden_by')),
    overriddenAt: optional(instant('overridden_at')),
    overrideReason: optional(text('override_reason')),
  },
});
