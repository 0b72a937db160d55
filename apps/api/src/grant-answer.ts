import { type CivilDate, civilDateOf } from '#domain/civil-date.js';
import { deadlineOf } from '#domain/deadline.js';
import type { EvaluationStatus, Grant, Recovery, Report, Since, Tranche } from '#domain/grant.js';
import { sums } from '#domain/grant.js';
import { formatAmount, formatShare } from '#domain/money.js';
import { heldBecause } from '#domain/payout.js';
import { groundOf } from '#domain/settlement-explained.js';
import type { GrantFile } from '#persistence/views/grant.view.js';

/** One grant as it is answered: amounts as text in euro, shares as percentages. */
export function grantAnswer({ grant, facts, beneficiaryName, programmeTitle }: GrantFile) {
  const { code, status, start, end, handler, decision, envelope, muted, sequence, since } = grant;
  const today = civilDateOf(facts.now, facts.plan.timeZone);
  return {
    code,
    status,
    beneficiary: { id: grant.beneficiary, name: beneficiaryName },
    programme: { code: grant.programme, title: programmeTitle, version: grant.planVersion },
    amount: formatAmount(grant.amountCents),
    start,
    end,
    handler,
    decision,
    envelope,
    muted,
    sequence,
    since,
    sums: Object.fromEntries(Object.entries(sums(grant)).map(([name, cents]) => [name, formatAmount(cents)])),
    tranches: grant.tranches.map(trancheAnswer),
    reports: grant.reports.map((report) => reportAnswer(report, today)),
    evaluations: grant.evaluations.map(evaluationAnswer),
    payouts: payoutsAnswer(grant, facts),
    recoveries: grant.recoveries.map(recoveryAnswer),
    receipts: grant.receipts,
  };
}

function trancheAnswer({ no, status, dueOn, because, since, ...tranche }: Tranche) {
  return {
    no,
    status,
    awarded: formatAmount(tranche.awardedCents),
    amount: formatAmount(tranche.amountCents),
    released: formatAmount(tranche.releasedCents),
    dueOn,
    because,
    firstApprovalBy: tranche.firstApproval?.by ?? null,
    approvalBy: tranche.approval?.by ?? null,
    since,
  };
}

function reportAnswer(report: Report, today: CivilDate) {
  const { code, status, dueOn, rawDueOn, late, request, since } = report;
  return {
    code,
    status,
    dueOn,
    rawDueOn,
    ...deadlineOf(report, today),
    late,
    reportedCosts: optionalAmount(report.reportedCostsCents),
    acceptedCosts: optionalAmount(report.acceptedCostsCents),
    request,
    since,
  };
}

function evaluationAnswer(evaluation: Grant['evaluations'][number]): {
  code: string;
  status: EvaluationStatus;
  recommended: unknown;
  decided: unknown;
  since: Since;
} {
  const { code, status, recommended, decided, since } = evaluation;
  const judgement = (given: typeof decided): unknown =>
    given && { ...given, share: given.share === null ? null : formatShare(given.share) };
  return { code, status, recommended: judgement(recommended), decided: judgement(decided), since };
}

function payoutsAnswer(grant: Grant, facts: GrantFile['facts']) {
  return grant.payouts.map((payout) => {
    const { endToEndId, tranche, attempt, status, accountVersion, executed, since } = payout;
    const held = heldBecause(grant, payout, facts);
    const amount = formatAmount(payout.amountCents);
    return { endToEndId, tranche, attempt, amount, status, held, accountVersion, executed, since };
  });
}

function recoveryAnswer(recovery: Recovery) {
  const { no, status, tranche, since } = recovery;
  return {
    no,
    status,
    amount: formatAmount(recovery.amountCents),
    open: formatAmount(recovery.openCents),
    settled: formatAmount(recovery.settledCents),
    offsetElsewhere: formatAmount(recovery.compensatedCents),
    tranche,
    ground: groundOf(recovery),
    since,
  };
}

function optionalAmount(cents: bigint | null): string | null {
  return cents === null ? null : formatAmount(cents);
}
