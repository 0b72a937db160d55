import { formatAmount, formatShare } from '#domain/money.js';
import type { DueRule, Plan, PlannedTranche, YearlyRule } from '#domain/plan.js';
import { requirementText } from '#domain/plan.js';

/** A plan as a document that `parsePlan` reads to the same plan again; reminders are left to the default. */
export function writePlan(plan: Plan): Record<string, unknown> {
  const { timeZone, calendar, monthRule, approval } = plan;
  const { fourEyes, secondApproverAboveCents: above, coolingOff } = approval;
  return {
    timeZone,
    calendar,
    monthRule,
    tranches: plan.tranches.map(writeTranche),
    reports: plan.reports.map(({ code, kind, due, shift, escalate }) => ({
      code,
      kind,
      shift,
      due: writeDue(due),
      escalate: escalate ?? 'none',
    })),
    evaluations: plan.evaluations.map(({ code, report, window }) => ({
      code,
      report,
      ...(window === null ? {} : { window }),
    })),
    approval: {
      fourEyes,
      ...(above === null ? {} : { secondApproverAbove: formatAmount(above) }),
      ...(coolingOff === null ? {} : { coolingOff }),
    },
  };
}

function writeTranche({ no, amount, due, requires, settles }: PlannedTranche): Record<string, unknown> {
  const stated = {
    share: () => ({ share: amount.kind === 'share' ? Number(formatShare(amount.share)) : 0 }),
    amount: () => ({ amount: amount.kind === 'amount' ? formatAmount(amount.amountCents) : '' }),
    remainder: () => ({ remainder: true }),
  };
  const gate = requires.map(requirementText);
  return {
    no,
    ...stated[amount.kind](),
    due: writeDue(due),
    requires: gate,
    ...(settles ? { settles } : {}),
  };
}

function writeDue(due: DueRule | YearlyRule): Record<string, unknown> {
  if (due.kind === 'yearly') return { every: 'year', on: due.on, from: due.from, to: due.to };
  if (due.kind === 'date' || due.period === null) return { on: due.on };
  return { on: due.on, [due.sign === 1 ? 'plus' : 'minus']: due.period };
}
