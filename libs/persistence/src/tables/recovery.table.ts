import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { RecoveryStatus } from '#domain/grant.js';

import { cents, instant, integer, key, optional, text } from './columns.js';

/** Money to come back. */
export interface RecoveryRow {
  grantCode: string;
  no: number;
  status: RecoveryStatus;
  amountCents: bigint;
  openCents: bigint;
  settledCents: bigint;
  compensatedCents: bigint;
  tranche: number | null;
  ground: string | null;
  sinceAt: Instant;
  sinceEvent: string;
  sinceSequence: number;
}

export const recoveryTable = new EntitySchema<RecoveryRow>({
  name: 'recovery',
  tableName: 'recoveries',
  columns: {
    grantCode: key(text('grant_code')),
    no: key(integer('no')),
    status: text('status'),
    amountCents: cents('amount_cents'),
    openCents: cents('open_cents'),
    settledCents: cents('settled_cents'),
    compensatedCents: cents('compensated_cents'),
    tranche: optional(integer('tranche')),
    ground: optional(text('ground')),
    sinceAt: instant('since_at'),
    sinceEvent: text('since_event'),
    sinceSequence: integer('since_sequence'),
  },
});
