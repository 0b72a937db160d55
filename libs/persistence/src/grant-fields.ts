/** Grants out of what the function `grant_files` read of their rows; amounts come as text. */
import type { Evaluation, Grant, Payout, Receipt, Recovery, Report, Since, Tranche } from '#domain/grant.js';

import { instantOf, optionalCentsOf, optionalInstantOf } from './database-values.js';
import type {
  EscalationRow,
  EvaluationRow,
  GrantFilesFields,
  GrantRow,
  Judgement,
  JudgementRow,
  PayoutRow,
  ReceiptRow,
  RecoveryRow,
  ReminderRow,
  ReportRow,
  SinceRow,
  TrancheRow,
} from './grant-files-fields.js';
import { byOwner } from './rows-by-owner.js';
import { rowsOf } from './rows-of-columns.js';

export interface SinceFields {
  since_at: string;
  since_event: Since['event'];
  since_sequence: number;
}

/** The grants that were read, by code. */
export function grantsOf(files: GrantFilesFields): Map<string, Grant> {
  const tranches = byOwner(rowsOf(files.tranches), trancheOf);
  const reminders = byOwner(rowsOf(files.reminders), (row) => row);
  const escalations = byOwner(rowsOf(files.escalations), (row) => row);
  const reports = byOwner(rowsOf(files.reports), (row) =>
    reportOf(row, reminders.get(row[0]) ?? [], escalations.get(row[0]) ?? []),
  );
  const evaluations = byOwner(rowsOf(files.evaluations), evaluationOf);
  const payouts = byOwner(rowsOf(files.payouts), payoutOf);
  const recoveries = byOwner(rowsOf(files.recoveries), recoveryOf);
  const receipts = byOwner(rowsOf(files.receipts), receiptOf);
  return new Map(
    rowsOf(files.grants).map((row) => {
      const [code] = row;
      const children = {
        tranches: tranches.get(code) ?? [],
        reports: reports.get(code) ?? [],
        evaluations: evaluations.get(code) ?? [],
        payouts: payouts.get(code) ?? [],
        recoveries: recoveries.get(code) ?? [],
        receipts: receipts.get(code) ?? [],
      };
      return [code, grantOf(row, children)];
    }),
  );
}

type Children = Pick<Grant, 'tranches' | 'reports' | 'evaluations' | 'payouts' | 'recoveries' | 'receipts'>;

function grantOf(
  [
    code,
    beneficiary,
    programme,
    planVersion,
    amountCents,
    start,
    end,
    status,
    startedAt,
    handler,
    decisionReference,
    decisionDate,
    envelopeYear,
    envelopeArticle,
    muted,
    silentUntil,
    spared,
    sequence,
    lastEventAt,
    ...since
  ]: GrantRow,
  { tranches, reports, evaluations, payouts, recoveries, receipts }: Children,
): Grant {
  return {
    code,
    beneficiary,
    programme,
    planVersion,
    amountCents: BigInt(amountCents),
    start,
    end,
    status,
    startedAt: optionalInstantOf(startedAt),
    handler,
    decision:
      decisionReference === null || decisionDate === null
        ? null
        : { reference: decisionReference, date: decisionDate },
    envelope:
      envelopeYear === null || envelopeArticle === null
        ? null
        : { year: envelopeYear, article: envelopeArticle },
    muted,
    silentUntil: optionalInstantOf(silentUntil),
    spared,
    tranches,
    reports,
    evaluations,
    payouts,
    recoveries,
    receipts,
    sequence,
    lastEventAt: instantOf(lastEventAt),
    since: sinceOf(since),
  };
}

function sinceOf([at, event, sequence]: SinceRow): Since {
  return { at: instantOf(at), event, sequence };
}

function trancheOf([
  ,
  no,
  status,
  awardedCents,
  amountCents,
  releasedCents,
  offsetCents,
  compensatedCents,
  settlementCents,
  dueOn,
  payableSince,
  because,
  firstApprovalBy,
  firstApprovalAccount,
  approvalBy,
  approvalAccount,
  approvedSequence,
  ...since
]: TrancheRow): Tranche {
  return {
    no,
    status,
    awardedCents: BigInt(awardedCents),
    amountCents: BigInt(amountCents),
    releasedCents: BigInt(releasedCents),
    offsetCents: BigInt(offsetCents),
    compensatedCents: BigInt(compensatedCents),
    settlementCents: optionalCentsOf(settlementCents),
    dueOn,
    payableSince: optionalInstantOf(payableSince),
    because,
    firstApproval: approvalOf(firstApprovalBy, firstApprovalAccount),
    approval: approvalOf(approvalBy, approvalAccount),
    approvedSequence,
    since: sinceOf(since),
  };
}

function approvalOf(by: string | null, accountVersion: number | null): Tranche['approval'] {
  return by === null || accountVersion === null ? null : { by, accountVersion };
}

function reportOf(
  [
    ,
    code,
    status,
    rawDueOn,
    dueOn,
    deadlineSetAt,
    extended,
    overdue,
    late,
    reportedCostsCents,
    acceptedCostsCents,
    until,
    by,
    at,
    setDueOn,
    granted,
    moved,
    ...since
  ]: ReportRow,
  reminders: readonly ReminderRow[],
  escalations: readonly EscalationRow[],
): Report {
  return {
    code,
    status,
    rawDueOn,
    dueOn,
    deadlineSetAt: instantOf(deadlineSetAt),
    setDueOn,
    granted,
    moved,
    extended,
    overdue,
    late,
    reportedCostsCents: optionalCentsOf(reportedCostsCents),
    acceptedCostsCents: optionalCentsOf(acceptedCostsCents),
    request: until === null || by === null || at === null ? null : { until, by, at: instantOf(at) },
    reminders: reminders
      .filter(([, report]) => report === code)
      .map(([, , of, offset, to, outcome]) => ({ dueOn: of, offset, to, outcome })),
    escalations: escalations
      .filter(([, report]) => report === code)
      .map(([, , of, to]) => ({ dueOn: of, to })),
    since: sinceOf(since),
  };
}

function evaluationOf([, code, status, ...judged]: EvaluationRow): Evaluation {
  const [outcome, share, by, decidedOutcome, decidedShare, decidedBy, from, to, move, ...since] = judged;
  return {
    code,
    status,
    recommended: judgementOf([outcome, share, by]),
    decided: judgementOf([decidedOutcome, decidedShare, decidedBy]),
    window: from === null || to === null ? null : { from, to, move },
    since: sinceOf(since),
  };
}

function judgementOf([outcome, share, by]: JudgementRow): Judgement | null {
  return outcome === null || by === null ? null : { outcome, share, by };
}

function payoutOf([
  ,
  endToEndId,
  tranche,
  attempt,
  amountCents,
  accountVersion,
  status,
  orderedSequence,
  by,
  at,
  evidence,
  ...since
]: PayoutRow): Payout {
  return {
    endToEndId,
    tranche,
    attempt,
    amountCents: BigInt(amountCents),
    accountVersion,
    status,
    orderedSequence,
    executed: by === null || at === null || evidence === null ? null : { by, evidence, at: instantOf(at) },
    since: sinceOf(since),
  };
}

function recoveryOf([
  ,
  no,
  status,
  amountCents,
  openCents,
  settledCents,
  compensatedCents,
  tranche,
  ground,
  ...since
]: RecoveryRow): Recovery {
  return {
    no,
    status,
    amountCents: BigInt(amountCents),
    openCents: BigInt(openCents),
    settledCents: BigInt(settledCents),
    compensatedCents: BigInt(compensatedCents),
    tranche,
    ground,
    since: sinceOf(since),
  };
}

function receiptOf([, kind, name, ...since]: ReceiptRow): Receipt {
  return { kind, name, since: sinceOf(since) };
}
