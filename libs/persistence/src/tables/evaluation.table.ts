import { EntitySchema } from 'typeorm';

import type { CivilDate, Instant } from '#domain/civil-date.js';
import type { Outcome } from '#domain/events.js';
import type { EvaluationStatus } from '#domain/grant.js';

import { date, instant, integer, key, optional, text } from './columns.js';

/** The judgement on a report. */
export interface EvaluationRow {
  grantCode: string;
  code: string;
  position: number;
  status: EvaluationStatus;
  recommendedOutcome: Outcome | null;
  recommendedShare: number | null;
  recommendedBy: string | null;
  decidedOutcome: Outcome | null;
  decidedShare: number | null;
  decidedBy: string | null;
  windowFrom: CivilDate | null;
  windowTo: CivilDate | null;
  windowMove: number | null;
  sinceAt: Instant;
  sinceEvent: string;
  sinceSequence: number;
}

export const evaluationTable = new EntitySchema<EvaluationRow>({
  name: 'evaluation',
  tableName: 'evaluations',
  columns: {
    grantCode: key(text('grant_code')),
    code: key(text('code')),
    position: integer('position'),
    status: text('status'),
    recommendedOutcome: optional(text('recommended_outcome')),
    recommendedShare: optional(integer('recommended_share')),
    recommendedBy: optional(text('recommended_by')),
    decidedOutcome: optional(text('decided_outcome')),
    decidedShare: optional(integer('decided_share')),
    decidedBy: optional(text('decided_by')),
    windowFrom: optional(date('window_from')),
    windowTo: optional(date('window_to')),
    windowMove: optional(integer('window_move')),
    sinceAt: instant('since_at'),
    sinceEvent: text('since_event'),
    sinceSequence: integer('since_sequence'),
  },
});
