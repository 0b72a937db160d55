import { EntitySchema } from 'typeorm';

import type { CivilDate, Instant } from '#domain/civil-date.js';
import type { TrancheStatus } from '#domain/grant.js';

import { cents, date, instant, integer, key, optional, text } from './columns.js';

/** One instalment of a grant. */
export interface TrancheRow {
  grantCode: string;
  no: number;
  status: TrancheStatus;
  awardedCents: bigint;
  amountCents: bigint;
  releasedCents: bigint;
  offsetCents: bigint;
  compensatedCents: bigint;
  settlementCents: bigint | null;
  dueOn: CivilDate | null;
  payableSince: Instant | null;
  because: string | null;
  firstApprovalBy: string | null;
  firstApprovalAccount: number | null;
  approvalBy: string | null;
  approvalAccount: number | null;
  approvedSequence: number | null;
  sinceAt: Instant;
  sinceEvent: string;
  sinceSequence: number;
}

export const trancheTable = new EntitySchema<TrancheRow>({
  name: 'tranche',
  tableName: 'tranches',
  columns: {
    grantCode: key(text('grant_code')),
    no: key(integer('no')),
    status: text('status'),
    awardedCents: cents('awarded_cents'),
    amountCents: cents('amount_cents'),
    releasedCents: cents('released_cents'),
    offsetCents: cents('offset_cents'),
    compensatedCents: cents('compensated_cents'),
    settlementCents: optional(cents('settlement_cents')),
    dueOn: optional(date('due_on')),
    payableSince: optional(instant('payable_since')),
    because: optional(text('because')),
    firstApprovalBy: optional(text('first_approval_by')),
    firstApprovalAccount: optional(integer('first_approval_account')),
    approvalBy: optional(text('approval_by')),
    approvalAccount: optional(integer('approval_account')),
    approvedSequence: optional(integer('approved_sequence')),
    sinceAt: instant('since_at'),
    sinceEvent: text('since_event'),
    sinceSequence: integer('since_sequence'),
  },
});
