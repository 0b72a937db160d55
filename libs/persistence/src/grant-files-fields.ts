/** Rows of grants and their children out of what the function `grant_files` gives of them: each column in its place. */
import type { Evaluation, Grant, Payout, Receipt, Recovery, Report, Since, Tranche } from '#domain/grant.js';

import type { Columns } from './rows-of-columns.js';

export type SinceRow = [at: string, event: Since['event'], sequence: number];

export type GrantRow = [
  code: string,
  beneficiary: string,
  programme: string,
  planVersion: number,
  amountCents: string,
  startsOn: string,
  endsOn: string,
  status: Grant['status'],
  startedAt: string | null,
  handler: string | null,
  decisionReference: string | null,
  decisionDate: string | null,
  envelopeYear: number | null,
  envelopeArticle: string | null,
  muted: boolean,
  silentUntil: string | null,
  spared: number | null,
  sequence: number,
  lastEventAt: string,
  ...since: SinceRow,
];

export type TrancheRow = [
  grant: string,
  no: number,
  status: Tranche['status'],
  awardedCents: string,
  amountCents: string,
  releasedCents: string,
  offsetCents: string,
  compensatedCents: string,
  settlementCents: string | null,
  dueOn: string | null,
  payableSince: string | null,
  because: string | null,
  firstApprovalBy: string | null,
  firstApprovalAccount: number | null,
  approvalBy: string | null,
  approvalAccount: number | null,
  approvedSequence: number | null,
  ...since: SinceRow,
];

export type ReportRow = [
  grant: string,
  code: string,
  status: Report['status'],
  rawDueOn: string,
  dueOn: string,
  deadlineSetAt: string,
  extended: boolean,
  overdue: boolean,
  late: boolean | null,
  reportedCostsCents: string | null,
  acceptedCostsCents: string | null,
  requestUntil: string | null,
  requestBy: string | null,
  requestAt: string | null,
  setDueOn: string,
  granted: number,
  moved: Report['moved'],
  ...since: SinceRow,
];

export type Judgement = NonNullable<Evaluation['decided']>;
export type JudgementRow = [outcome: Judgement['outcome'] | null, share: number | null, by: string | null];

export type EvaluationRow = [
  grant: string,
  code: string,
  status: Evaluation['status'],
  ...recommended: JudgementRow,
  ...decided: JudgementRow,
  windowFrom: string | null,
  windowTo: string | null,
  windowMove: number | null,
  ...since: SinceRow,
];

export type PayoutRow = [
  grant: string,
  endToEndId: string,
  tranche: number,
  attempt: number,
  amountCents: string,
  accountVersion: number,
  status: Payout['status'],
  orderedSequence: number,
  executedBy: string | null,
  executedAt: string | null,
  executedEvidence: string | null,
  ...since: SinceRow,
];

export type RecoveryRow = [
  grant: string,
  no: number,
  status: Recovery['status'],
  amountCents: string,
  openCents: string,
  settledCents: string,
  compensatedCents: string,
  tranche: number | null,
  ground: string | null,
  ...since: SinceRow,
];

export type ReceiptRow = [grant: string, kind: Receipt['kind'], name: string, ...since: SinceRow];

export type ReminderRecord = Report['reminders'][number];
export type ReminderRow = [
  grant: string,
  report: string,
  dueOn: string,
  offset: string,
  to: string,
  outcome: ReminderRecord['outcome'],
];
export type EscalationRow = [grant: string, report: string, dueOn: string, to: string];

/** Any number of grants as `grant_files` gives them, table by table, in order. */
export interface GrantFilesFields {
  grants: Columns<GrantRow>;
  tranches: Columns<TrancheRow>;
  reports: Columns<ReportRow>;
  evaluations: Columns<EvaluationRow>;
  payouts: Columns<PayoutRow>;
  recoveries: Columns<RecoveryRow>;
  receipts: Columns<ReceiptRow>;
  reminders: Columns<ReminderRow>;
  escalations: Columns<EscalationRow>;
}
