import { EntitySchema } from 'typeorm';

import type { CivilDate, Instant } from '#domain/civil-date.js';
import type { GrantStatus } from '#domain/grant.js';

import { bytes, cents, date, flag, instant, integer, key, optional, text } from './columns.js';

/** A grant without its children; owner of the stream `grant:<code>`. `sequence` is its ETag. */
export interface GrantRow {
  code: string;
  beneficiary: string;
  programme: string;
  planVersion: number;
  amountCents: bigint;
  start: CivilDate;
  end: CivilDate;
  status: GrantStatus;
  startedAt: Instant | null;
  handler: string | null;
  decisionReference: string | null;
  decisionDate: CivilDate | null;
  envelopeYear: number | null;
  envelopeArticle: string | null;
  muted: boolean;
  silentUntil: Instant | null;
  spared: number | null;
  nextDueAt: Instant | null;
  sequence: number;
  lastEventAt: Instant;
  headHash: Buffer;
  sinceAt: Instant;
  sinceEvent: string;
  sinceSequence: number;
}

export const grantTable = new EntitySchema<GrantRow>({
  name: 'grant',
  tableName: 'grants',
  columns: {
    code: key(text('code')),
    beneficiary: text('beneficiary'),
    programme: text('programme'),
    planVersion: integer('plan_version'),
    amountCents: cents('amount_cents'),
    start: date('starts_on'),
    end: date('ends_on'),
    status: text('status'),
    startedAt: optional(instant('started_at')),
    handler: optional(text('handler')),
    decisionReference: optional(text('decision_reference')),
    decisionDate: optional(date('decision_date')),
    envelopeYear: optional(integer('envelope_year')),
    envelopeArticle: optional(text('envelope_article')),
    muted: flag('muted'),
    silentUntil: optional(instant('silent_until')),
    spared: optional(integer('spared')),
    nextDueAt: optional(instant('next_due_at')),
    sequence: integer('sequence'),
    lastEventAt: instant('last_event_at'),
    headHash: bytes('head_hash'),
    sinceAt: instant('since_at'),
    sinceEvent: text('since_event'),
    sinceSequence: integer('since_sequence'),
  },
});
