/**
 * A grant and its events as rows on their way to the database. The keys are the column names, since
 * `json_populate_recordset` reads rows by name; amounts go as text.
 */
import type { AccountVersion } from '#domain/account.js';
import type {
  Evaluation,
  Grant,
  Payout,
  Receipt,
  Recovery,
  ReminderRecord,
  Report,
  Since,
  Tranche,
} from '#domain/grant.js';

import type { ChainedEvent } from './event-log.js';
import type { SinceFields } from './grant-fields.js';

export type Row = Readonly<Record<string, unknown>>;

function sinceFields(since: Since): SinceFields {
  return { since_at: since.at, since_event: since.event, since_sequence: since.sequence };
}

/** Hex as PostgreSQL reads a bytea. */
export function bytea(hex: string): string {
  return `\\x${hex}`;
}

function cents(amount: bigint | null): string | null {
  return amount === null ? null : amount.toString();
}

/** The grant's own row; `hash` is that of its last event, `nextDueAt` the moment its next due event waits for. */
export function grantRow(grant: Grant, hash: string, nextDueAt: string | null): Row {
  return {
    code: grant.code,
    beneficiary: grant.beneficiary,
    programme: grant.programme,
    plan_version: grant.planVersion,
    amount_cents: cents(grant.amountCents),
    starts_on: grant.start,
    ends_on: grant.end,
    status: grant.status,
    started_at: grant.startedAt,
    handler: grant.handler,
    decision_reference: grant.decision?.reference ?? null,
    decision_date: grant.decision?.date ?? null,
    envelope_year: grant.envelope?.year ?? null,
    envelope_article: grant.envelope?.article ?? null,
    muted: grant.muted,
    silent_until: grant.silentUntil,
    spared: grant.spared,
    next_due_at: nextDueAt,
    sequence: grant.sequence,
    last_event_at: grant.lastEventAt,
    head_hash: bytea(hash),
    ...sinceFields(grant.since),
  };
}

/** Of a grant's row what every event changes. */
export function headRow(grant: Grant, hash: string, nextDueAt: string | null): Row {
  return {
    code: grant.code,
    next_due_at: nextDueAt,
    sequence: grant.sequence,
    last_event_at: grant.lastEventAt,
    head_hash: bytea(hash),
  };
}

export function trancheRow(grant: string, tranche: Tranche): Row {
  return {
    grant_code: grant,
    no: tranche.no,
    status: tranche.status,
    awarded_cents: cents(tranche.awardedCents),
    amount_cents: cents(tranche.amountCents),
    released_cents: cents(tranche.releasedCents),
    offset_cents: cents(tranche.offsetCents),
    compensated_cents: cents(tranche.compensatedCents),
    settlement_cents: cents(tranche.settlementCents),
    due_on: tranche.dueOn,
    payable_since: tranche.payableSince,
    because: tranche.because,
    first_approval_by: tranche.firstApproval?.by ?? null,
    first_approval_account: tranche.firstApproval?.accountVersion ?? null,
    approval_by: tranche.approval?.by ?? null,
    approval_account: tranche.approval?.accountVersion ?? null,
    approved_sequence: tranche.approvedSequence,
    ...sinceFields(tranche.since),
  };
}

export function reportRow(grant: string, report: Report, position: number): Row {
  return {
    grant_code: grant,
    code: report.code,
    position,
    status: report.status,
    raw_due_on: report.rawDueOn,
    due_on: report.dueOn,
    deadline_set_at: report.deadlineSetAt,
    set_due_on: report.setDueOn,
    granted: report.granted,
    moved: report.moved,
    extended: report.extended,
    overdue: report.overdue,
    late: report.late,
    reported_costs_cents: cents(report.reportedCostsCents),
    accepted_costs_cents: cents(report.acceptedCostsCents),
    request_until: report.request?.until ?? null,
    request_by: report.request?.by ?? null,
    request_at: report.request?.at ?? null,
    ...sinceFields(report.since),
  };
}

export function reminderRow(grant: string, report: string, reminder: ReminderRecord, position: number): Row {
  return {
    grant_code: grant,
    report,
    due_on: reminder.dueOn,
    due_offset: reminder.offset,
    recipient: reminder.to,
    channel: 'mail',
    position,
    outcome: reminder.outcome,
  };
}

export function escalationRow(
  grant: string,
  report: string,
  escalation: Report['escalations'][number],
  position: number,
): Row {
  return { grant_code: grant, report, due_on: escalation.dueOn, recipient: escalation.to, position };
}

export function evaluationRow(grant: string, evaluation: Evaluation, position: number): Row {
  const { recommended, decided } = evaluation;
  return {
    grant_code: grant,
    code: evaluation.code,
    position,
    status: evaluation.status,
    recommended_outcome: recommended?.outcome ?? null,
    recommended_share: recommended?.share ?? null,
    recommended_by: recommended?.by ?? null,
    decided_outcome: decided?.outcome ?? null,
    decided_share: decided?.share ?? null,
    decided_by: decided?.by ?? null,
    window_from: evaluation.window?.from ?? null,
    window_to: evaluation.window?.to ?? null,
    window_move: evaluation.window?.move ?? null,
    ...sinceFields(evaluation.since),
  };
}

export function payoutRow(grant: string, payout: Payout, position: number): Row {
  return {
    grant_code: grant,
    tranche: payout.tranche,
    attempt: payout.attempt,
    position,
    end_to_end_id: payout.endToEndId,
    amount_cents: cents(payout.amountCents),
    account_version: payout.accountVersion,
    status: payout.status,
    ordered_sequence: payout.orderedSequence,
    executed_by: payout.executed?.by ?? null,
    executed_at: payout.executed?.at ?? null,
    executed_evidence: payout.executed?.evidence ?? null,
    ...sinceFields(payout.since),
  };
}

export function recoveryRow(grant: string, recovery: Recovery): Row {
  return {
    grant_code: grant,
    no: recovery.no,
    status: recovery.status,
    amount_cents: cents(recovery.amountCents),
    open_cents: cents(recovery.openCents),
    settled_cents: cents(recovery.settledCents),
    compensated_cents: cents(recovery.compensatedCents),
    tranche: recovery.tranche,
    ground: recovery.ground,
    ...sinceFields(recovery.since),
  };
}

export function receiptRow(grant: string, receipt: Receipt, position: number): Row {
  return {
    grant_code: grant,
    kind: receipt.kind,
    name: receipt.name,
    position,
    ...sinceFields(receipt.since),
  };
}

export function accountRow(beneficiary: string, account: AccountVersion): Row {
  return {
    beneficiary,
    version: account.version,
    iban: account.iban,
    entered_by: account.enteredBy,
    entered_at: account.enteredAt,
    verified_by: account.verifiedBy,
    verified_at: account.verifiedAt,
    holder: account.holder,
    address: account.address,
    valid_from: account.validFrom,
    valid_until: account.validUntil,
    payee_check: account.payeeCheck?.result ?? null,
    payee_suggested: account.payeeCheck?.suggested ?? null,
    payee_checked_by: account.payeeCheck?.by ?? null,
    payee_checked_at: account.payeeCheck?.at ?? null,
    overridden_by: account.override?.by ?? null,
    overridden_at: account.override?.at ?? null,
    override_reason: account.override?.reason ?? null,
  };
}

export function eventRow(event: ChainedEvent): Row {
  return {
    stream: event.stream,
    sequence: event.sequence,
    type: event.type,
    version: event.version,
    data: event.data,
    actor: event.actor,
    reason: event.reason,
    command_id: event.commandId,
    occurred_at: event.occurredAt,
    previous_hash: event.previousHash === null ? null : bytea(event.previousHash),
  };
}
