/** A grant out of what the function `grant_file` read of its rows; amounts come as text. */
import type { Evaluation, Grant, Payout, Receipt, Recovery, Report, Since, Tranche } from '#domain/grant.js';

import { instantOf, optionalCentsOf, optionalInstantOf } from './database-values.js';

export interface SinceFields {
  since_at: string;
  since_event: Since['event'];
  since_sequence: number;
}

interface TrancheFields extends SinceFields {
  no: number;
  status: Tranche['status'];
  awarded_cents: string;
  amount_cents: string;
  released_cents: string;
  offset_cents: string;
  compensated_cents: string;
  settlement_cents: string | null;
  due_on: string | null;
  payable_since: string | null;
  because: string | null;
  first_approval_by: string | null;
  first_approval_account: number | null;
  approval_by: string | null;
  approval_account: number | null;
  approved_sequence: number | null;
}

interface ReportFields extends SinceFields {
  code: string;
  status: Report['status'];
  raw_due_on: string;
  due_on: string;
  deadline_set_at: string;
  extended: boolean;
  overdue: boolean;
  late: boolean | null;
  reported_costs_cents: string | null;
  accepted_costs_cents: string | null;
  request_until: string | null;
  request_by: string | null;
  request_at: string | null;
  set_due_on: string;
  granted: number;
  moved: Report['moved'];
}

type Judgement = NonNullable<Evaluation['decided']>;

interface EvaluationFields extends SinceFields {
  code: string;
  status: Evaluation['status'];
  recommended_outcome: Judgement['outcome'] | null;
  recommended_share: number | null;
  recommended_by: string | null;
  decided_outcome: Judgement['outcome'] | null;
  decided_share: number | null;
  decided_by: string | null;
  window_from: string | null;
  window_to: string | null;
  window_move: number | null;
}

interface PayoutFields extends SinceFields {
  end_to_end_id: string;
  tranche: number;
  attempt: number;
  amount_cents: string;
  account_version: number;
  status: Payout['status'];
  ordered_sequence: number;
  executed_by: string | null;
  executed_at: string | null;
  executed_evidence: string | null;
}

interface RecoveryFields extends SinceFields {
  no: number;
  status: Recovery['status'];
  amount_cents: string;
  open_cents: string;
  settled_cents: string;
  compensated_cents: string;
  tranche: number | null;
  ground: string | null;
}

interface ReceiptFields extends SinceFields {
  kind: Receipt['kind'];
  name: string;
}

type ReminderRecord = Report['reminders'][number];

/** A grant with its children as `grant_file` gives it: a child table without rows is null. */
export interface GrantFileFields extends SinceFields {
  code: string;
  beneficiary: string;
  programme: string;
  plan_version: number;
  amount_cents: string;
  starts_on: string;
  ends_on: string;
  status: Grant['status'];
  started_at: string | null;
  handler: string | null;
  decision_reference: string | null;
  decision_date: string | null;
  envelope_year: number | null;
  envelope_article: string | null;
  muted: boolean;
  silent_until: string | null;
  spared: number | null;
  sequence: number;
  last_event_at: string;
  tranches: TrancheFields[] | null;
  reports: ReportFields[] | null;
  evaluations: EvaluationFields[] | null;
  payouts: PayoutFields[] | null;
  recoveries: RecoveryFields[] | null;
  receipts: ReceiptFields[] | null;
  reminders:
    | {
        report: string;
        due_on: string;
        due_offset: string;
        recipient: string;
        outcome: ReminderRecord['outcome'];
      }[]
    | null;
  escalations: { report: string; due_on: string; recipient: string }[] | null;
}

/** The grant that a loaded file holds. */
export function grantOf(file: GrantFileFields): Grant {
  return {
    code: file.code,
    beneficiary: file.beneficiary,
    programme: file.programme,
    planVersion: file.plan_version,
    amountCents: BigInt(file.amount_cents),
    start: file.starts_on,
    end: file.ends_on,
    status: file.status,
    startedAt: optionalInstantOf(file.started_at),
    handler: file.handler,
    decision:
      file.decision_reference === null || file.decision_date === null
        ? null
        : { reference: file.decision_reference, date: file.decision_date },
    envelope:
      file.envelope_year === null || file.envelope_article === null
        ? null
        : { year: file.envelope_year, article: file.envelope_article },
    muted: file.muted,
    silentUntil: optionalInstantOf(file.silent_until),
    spared: file.spared,
    tranches: (file.tranches ?? []).map(trancheOf),
    reports: (file.reports ?? []).map((report) => reportOf(report, file)),
    evaluations: (file.evaluations ?? []).map(evaluationOf),
    payouts: (file.payouts ?? []).map(payoutOf),
    recoveries: (file.recoveries ?? []).map(recoveryOf),
    receipts: (file.receipts ?? []).map((row) => ({ kind: row.kind, name: row.name, since: sinceOf(row) })),
    sequence: file.sequence,
    lastEventAt: instantOf(file.last_event_at),
    since: sinceOf(file),
  };
}

function sinceOf(row: SinceFields): Since {
  return { at: instantOf(row.since_at), event: row.since_event, sequence: row.since_sequence };
}

function trancheOf(row: TrancheFields): Tranche {
  return {
    no: row.no,
    status: row.status,
    awardedCents: BigInt(row.awarded_cents),
    amountCents: BigInt(row.amount_cents),
    releasedCents: BigInt(row.released_cents),
    offsetCents: BigInt(row.offset_cents),
    compensatedCents: BigInt(row.compensated_cents),
    settlementCents: optionalCentsOf(row.settlement_cents),
    dueOn: row.due_on,
    payableSince: optionalInstantOf(row.payable_since),
    because: row.because,
    firstApproval: approvalOf(row.first_approval_by, row.first_approval_account),
    approval: approvalOf(row.approval_by, row.approval_account),
    approvedSequence: row.approved_sequence,
    since: sinceOf(row),
  };
}

function approvalOf(by: string | null, accountVersion: number | null): Tranche['approval'] {
  return by === null || accountVersion === null ? null : { by, accountVersion };
}

function reportOf(row: ReportFields, file: GrantFileFields): Report {
  const { request_until: until, request_by: by, request_at: at } = row;
  return {
    code: row.code,
    status: row.status,
    rawDueOn: row.raw_due_on,
    dueOn: row.due_on,
    deadlineSetAt: instantOf(row.deadline_set_at),
    setDueOn: row.set_due_on,
    granted: row.granted,
    moved: row.moved,
    extended: row.extended,
    overdue: row.overdue,
    late: row.late,
    reportedCostsCents: optionalCentsOf(row.reported_costs_cents),
    acceptedCostsCents: optionalCentsOf(row.accepted_costs_cents),
    request: until === null || by === null || at === null ? null : { until, by, at: instantOf(at) },
    reminders: (file.reminders ?? [])
      .filter(({ report }) => report === row.code)
      .map((sent) => ({
        dueOn: sent.due_on,
        offset: sent.due_offset,
        to: sent.recipient,
        outcome: sent.outcome,
      })),
    escalations: (file.escalations ?? [])
      .filter(({ report }) => report === row.code)
      .map((told) => ({ dueOn: told.due_on, to: told.recipient })),
    since: sinceOf(row),
  };
}

function evaluationOf(row: EvaluationFields): Evaluation {
  return {
    code: row.code,
    status: row.status,
    recommended: judgementOf(row.recommended_outcome, row.recommended_share, row.recommended_by),
    decided: judgementOf(row.decided_outcome, row.decided_share, row.decided_by),
    window:
      row.window_from === null || row.window_to === null
        ? null
        : { from: row.window_from, to: row.window_to, move: row.window_move },
    since: sinceOf(row),
  };
}

function judgementOf(
  outcome: Judgement['outcome'] | null,
  share: number | null,
  by: string | null,
): Judgement | null {
  return outcome === null || by === null ? null : { outcome, share, by };
}

function payoutOf(row: PayoutFields): Payout {
  const { executed_by: by, executed_at: at, executed_evidence: evidence } = row;
  return {
    endToEndId: row.end_to_end_id,
    tranche: row.tranche,
    attempt: row.attempt,
    amountCents: BigInt(row.amount_cents),
    accountVersion: row.account_version,
    status: row.status,
    orderedSequence: row.ordered_sequence,
    executed: by === null || at === null || evidence === null ? null : { by, evidence, at: instantOf(at) },
    since: sinceOf(row),
  };
}

function recoveryOf(row: RecoveryFields): Recovery {
  return {
    no: row.no,
    status: row.status,
    amountCents: BigInt(row.amount_cents),
    openCents: BigInt(row.open_cents),
    settledCents: BigInt(row.settled_cents),
    compensatedCents: BigInt(row.compensated_cents),
    tranche: row.tranche,
    ground: row.ground,
    since: sinceOf(row),
  };
}
