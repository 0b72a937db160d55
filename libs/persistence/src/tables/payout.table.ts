import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { PayoutStatus } from '#domain/grant.js';

import { cents, instant, integer, key, optional, text } from './columns.js';

/** The instruction to pay a tranche, and its fate. */
export interface PayoutRow {
  grantCode: string;
  tranche: number;
  attempt: number;
  position: number;
  endToEndId: string;
  amountCents: bigint;
  accountVersion: number;
  status: PayoutStatus;
  orderedSequence: number;
  executedBy: string | null;
  executedAt: Instant | null;
  executedEvidence: string | null;
  sinceAt: Instant;
  sinceEvent: string;
  sinceSequence: number;
}

export const payoutTable = new EntitySchema<PayoutRow>({
  name: 'payout',
  tableName: 'payouts',
  columns: {
    grantCode: key(text('grant_code')),
    tranche: key(integer('tranche')),
    attempt: key(integer('attempt')),
    position: integer('position'),
    endToEndId: text('end_to_end_id'),
    amountCents: cents('amount_cents'),
    accountVersion: integer('account_version'),
    status: text('status'),
    orderedSequence: integer('ordered_sequence'),
    executedBy: optional(text('executed_by')),
    executedAt: optional(instant('executed_at')),
    executedEvidence: optional(text('executed_evidence')),
    sinceAt: instant('since_at'),
    sinceEvent: text('since_event'),
    sinceSequence: integer('since_sequence'),
  },
});
