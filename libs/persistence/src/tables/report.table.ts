import { EntitySchema } from 'typeorm';

import type { CivilDate, Instant } from '#domain/civil-date.js';
import type { Report, ReportStatus } from '#domain/grant.js';

import { cents, date, flag, instant, integer, json, key, optional, text } from './columns.js';

/** What a beneficiary owes by a deadline. */
export interface ReportRow {
  grantCode: string;
  code: string;
  position: number;
  status: ReportStatus;
  rawDueOn: CivilDate;
  dueOn: CivilDate;
  deadlineSetAt: Instant;
  extended: boolean;
  overdue: boolean;
  late: boolean | null;
  reportedCostsCents: bigint | null;
  acceptedCostsCents: bigint | null;
  requestUntil: CivilDate | null;
  requestBy: string | null;
  requestAt: Instant | null;
  setDueOn: CivilDate;
  granted: number;
  moved: Report['moved'];
  sinceAt: Instant;
  sinceEvent: string;
  sinceSequence: number;
}

export const reportTable = new EntitySchema<ReportRow>({
  name: 'report',
  tableName: 'reports',
  columns: {
    grantCode: key(text('grant_code')),
    code: key(text('code')),
    position: integer('position'),
    status: text('status'),
    rawDueOn: date('raw_due_on'),
    dueOn: date('due_on'),
    deadlineSetAt: instant('deadline_set_at'),
    extended: flag('extended'),
    overdue: flag('overdue'),
    late: optional(flag('late')),
    reportedCostsCents: optional(cents('reported_costs_cents')),
    acceptedCostsCents: optional(cents('accepted_costs_cents')),
    requestUntil: optional(date('request_until')),
    requestBy: optional(text('request_by')),
    requestAt: optional(instant('request_at')),
    setDueOn: date('set_due_on'),
    granted: integer('granted'),
    moved: optional(json('moved')),
    sinceAt: instant('since_at'),
    sinceEvent: text('since_event'),
    sinceSequence: integer('since_sequence'),
  },
});
