import { CalendarRangeError } from './business-calendar.js';
import type { Input } from './commands.js';
import type { Decide } from './decision.js';
import { envelopeToCommit } from './envelope.js';
import type { NewEvent } from './events.js';
import { by, bySystem } from './facts.js';
import type { Decision, Facts } from './facts.js';
import type { Grant } from './grant.js';
import { formatAmount } from './money.js';
import type { Actor } from './people.js';
import type { Plan } from './plan.js';
import { codesOfReport } from './plan.js';
import type { Refused } from './refusal.js';
import { isRefused, refuse, refuseInvalid } from './refusal.js';
import { reportDeadlines, splitAward } from './schedule.js';
import type { ExplainedDate } from './schedule.js';

/** Drafts a grant. That its beneficiary and programme exist is checked where they are looked up. */
export function draftGrant(
  grant: Grant | null,
  actor: Actor,
  input: Input<'draft-grant'>,
  planVersion: number,
): Decision {
  if (grant !== null)
    return refuse('wrong-state', { grantStatus: grant.status, needed: ['no grant of this code'] });
  const { beneficiary, programme, amount, start, end, handler } = input;
  const data = { beneficiary, amount: formatAmount(amount), start, end, programme, planVersion };
  return { events: [by(actor, 'grant.drafted', handler === undefined ? data : { ...data, handler })] };
}

/**
 * Awards a drafted grant: its amounts are fixed and every deadline is set. Refused as
 * `amount-exceeds-award` where fixed amounts are more than the award, as `invalid` where without a
 * remainder they fall short, where the holiday calendar does not reach a deadline, and where a gate
 * rests on a yearly report that does not arise for this grant (domain.md, "Plan"). Where its programme
 * has budget envelopes one is committed, or it is refused as `envelopeToCommit` says.
 */
export const award: Decide<'award'> = (grant, actor, input, facts) => {
  if (grant.status !== 'draft')
    return refuse('wrong-state', { grantStatus: grant.status, needed: ['draft'] });
  const { plan } = facts;
  const deadlines = allDeadlines(grant, facts);
  if (!Array.isArray(deadlines)) return deadlines;
  const refused = refuseSplit(grant, plan) ?? refuseUnreachableGate(plan, deadlines);
  if (refused !== null) return refused;
  const envelope = envelopeToCommit(grant, input, facts);
  if (envelope !== null && isRefused(envelope)) return envelope;
  const { start, end, programme, planVersion } = grant;
  const data = {
    amount: formatAmount(grant.amountCents),
    start,
    end,
    programme,
    planVersion,
    ...(input.decision === undefined ? {} : { decision: input.decision }),
    ...(envelope === null ? {} : { envelope }),
  };
  const awarded = by(actor, 'grant.awarded', data);
  const set = deadlines.map(({ code, date }) =>
    bySystem('deadline.set', { report: code, dueOn: date.dueOn, rawDueOn: date.rawDueOn }),
  );
  return { events: [awarded, ...set, ...zeroTranches(grant, plan)] };
};

type Deadlines = { readonly code: string; readonly date: ExplainedDate }[];

function allDeadlines(grant: Grant, facts: Facts): Deadlines | Refused {
  const { plan, calendar } = facts;
  try {
    return plan.reports.flatMap((report) => reportDeadlines(plan, report, grant, calendar));
  } catch (error) {
    if (error instanceof CalendarRangeError) return refuseInvalid('reports', error.message);
    throw error;
  }
}

function refuseSplit(grant: Grant, plan: Plan): Refused | null {
  const split = splitAward(plan, grant.amountCents);
  if ('amounts' in split) return null;
  const amount = formatAmount(grant.amountCents);
  const scheduled = formatAmount(grant.amountCents - split.differenceCents);
  if (split.differenceCents < 0n) return refuse('amount-exceeds-award', { award: amount, scheduled });
  return refuseInvalid(
    'amount',
    `the plan's tranches make ${scheduled}, the award is ${amount}; without a remainder they must be equal`,
  );
}

/** A yearly report before the grant's start does not arise, so a gate on it could never open. */
function refuseUnreachableGate(plan: Plan, deadlines: Deadlines): Refused | null {
  const arises = new Set(deadlines.map(({ code }) => code));
  const never = plan.reports.flatMap(codesOfReport).filter((code) => !arises.has(code));
  for (const tranche of plan.tranches)
    for (const code of never) {
      const judged = plan.evaluations.filter(({ report }) => report === code).map((e) => e.code);
      const rests = tranche.requires.some(
        ({ kind, ref }) =>
          (kind === 'report' && ref === code) || (kind === 'evaluation' && judged.includes(ref)),
      );
      if (rests)
        return refuseInvalid(
          'start',
          `tranche ${tranche.no} waits for report ${code}, which precedes the grant's start and never arises; award it under a plan version whose gates begin later`,
        );
    }
  return null;
}

/** A tranche of 0.00 is cancelled at once. */
function zeroTranches(grant: Grant, plan: Plan): NewEvent[] {
  const split = splitAward(plan, grant.amountCents);
  if (!('amounts' in split)) return [];
  return plan.tranches.flatMap(({ no }, index) =>
    split.amounts[index] === 0n
      ? [bySystem('tranche.cancelled', { tranche: no, amount: '0.00', because: 'zero' })]
      : [],
  );
}
