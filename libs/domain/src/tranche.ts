import type { Decide } from './decision.js';
import { missingThing, reasonRequired } from './decision.js';
import { by } from './facts.js';
import type { Facts } from './facts.js';
import { obstacles, paysOut } from './gate.js';
import type { Grant, Tranche, TrancheStatus } from './grant.js';
import { findEvaluation, findTranche, livePayout, trancheMachine } from './grant.js';
import { statesAllowing } from './machine.js';
import type { Machine } from './machine.js';
import { formatAmount } from './money.js';
import { evaluationsBehind, plannedTranche } from './plan.js';
import type { Refused } from './refusal.js';
import { isRefused, refuse } from './refusal.js';
import type { AccountUse } from './usable-account.js';
import { isUsable, unusable } from './usable-account.js';

const machine: Machine<TrancheStatus> = trancheMachine;

/** A tranche of the grant, whatever its state, or the refusal. */
export function anyTranche(grant: Grant, no: number, facts: Facts): Tranche | Refused {
  const tranche = findTranche(grant, no);
  if (tranche !== undefined) return tranche;
  return missingThing(
    grant,
    'tranche',
    no,
    facts.plan.tranches.some((planned) => planned.no === no),
  );
}

export function wrongTrancheState(tranche: Tranche, event: string): Refused {
  return refuse('wrong-state', {
    tranche: tranche.no,
    state: tranche.status,
    needed: statesAllowing(machine, event),
  });
}

/**
 * Approves a payable tranche. Above `secondApproverAbove` the first approval leaves it payable and a
 * second person approves it. A tranche that is planned only because its gate is shut, its grant
 * suspended or its account unverified answers with that reason (domain.md, "Who may do what").
 */
export const approveTranche: Decide<'approve-tranche'> = (grant, actor, input, facts) => {
  const tranche = anyTranche(grant, input.tranche, facts);
  if (isRefused(tranche)) return tranche;
  const shut = refuseUnpayable(grant, tranche, facts);
  if (shut !== null) return shut;
  const { account, plan, now } = facts;
  const usable = isUsable(account, plan, now);
  // Only its date or the grant's start is missing: as any wrong state it answers before four eyes.
  if (tranche.status === 'planned' && usable) return wrongPlanned(grant, tranche, facts);
  const eyes = fourEyesOnApproval(grant, tranche, actor.id, facts);
  if (eyes !== null) return eyes;
  if (!usable) return accountNotVerified(facts);
  const data = {
    tranche: tranche.no,
    amount: formatAmount(tranche.amountCents),
    accountVersion: account.version,
  };
  const second = needsSecond(tranche, facts) && tranche.firstApproval === null;
  return { events: [by(actor, second ? 'tranche.first-approved' : 'tranche.approved', data)] };
};

function needsSecond(tranche: Tranche, facts: Facts): boolean {
  const above = facts.plan.approval.secondApproverAboveCents;
  return above !== null && tranche.amountCents > above;
}

/** wrong-state, grant-suspended or gate-closed, in that order; null where neither stands in the way. */
function refuseUnpayable(grant: Grant, tranche: Tranche, facts: Facts): Refused | null {
  if (tranche.status !== 'planned' && tranche.status !== 'payable')
    return wrongTrancheState(tranche, 'tranche.approved');
  const live = grant.status === 'awarded' || grant.status === 'suspended' || paysOut(grant, tranche.no);
  if (!live) return refuse('wrong-state', { grantStatus: grant.status });
  for (const obstacle of obstacles(grant, tranche, facts)) {
    if (obstacle.code === 'grant-suspended') return refuse('grant-suspended', { tranche: tranche.no });
    if (obstacle.code === 'gate-closed')
      return refuse('gate-closed', { tranche: tranche.no, missing: obstacle.missing });
  }
  return null;
}

function wrongPlanned(grant: Grant, tranche: Tranche, facts: Facts): Refused {
  const waits = obstacles(grant, tranche, facts).map((obstacle) =>
    obstacle.code === 'not-due' ? `its date, ${obstacle.dueOn}` : `the grant's start, ${grant.start}`,
  );
  return refuse('wrong-state', { tranche: tranche.no, state: tranche.status, waitsFor: waits });
}

/** The refusal of what takes an account that may be paid to; `state` says why this one may not, if verified once. */
export function accountNotVerified(use: AccountUse): Refused {
  const { account: state, ...bounds } = unusable(use) ?? { account: 'unverified' };
  const account = use.account === null ? 'none' : `version ${use.account.version}`;
  return refuse(
    'account-not-verified',
    state === 'none' || state === 'unverified' ? { account } : { account, state, ...bounds },
  );
}

/** Approving ≠ recommending an evaluation the gate rests on; second approval ≠ first (I8). */
function fourEyesOnApproval(grant: Grant, tranche: Tranche, approver: string, facts: Facts): Refused | null {
  if (facts.plan.approval.fourEyes)
    for (const code of evaluationsBehind(plannedTranche(facts.plan, tranche.no))) {
      const who = findEvaluation(grant, code)?.recommended?.by;
      if (who === approver)
        return refuse('four-eyes', { who, did: 'recommend-evaluation', evaluation: code });
    }
  const first = tranche.firstApproval?.by;
  return first === approver && needsSecond(tranche, facts)
    ? refuse('four-eyes', { who: first, did: 'approve-tranche', tranche: tranche.no })
    : null;
}

export const withdrawApproval: Decide<'withdraw-approval'> = (grant, actor, input, facts) => {
  const tranche = anyTranche(grant, input.tranche, facts);
  if (isRefused(tranche)) return tranche;
  const given =
    tranche.status === 'approved' || (tranche.status === 'payable' && tranche.firstApproval !== null);
  if (!given)
    return refuse('wrong-state', {
      tranche: tranche.no,
      state: tranche.status,
      needed: ['payable with a first approval', 'approved'],
    });
  if (grant.status === 'closed' || (grant.status === 'terminated' && grant.spared !== tranche.no))
    return refuse('wrong-state', { grantStatus: grant.status });
  const data = { tranche: tranche.no, amount: formatAmount(tranche.amountCents) };
  return { events: [by(actor, 'tranche.approval-withdrawn', data, input.reason ?? null)] };
};

/** A tranche that `event` may set aside: `already-ordered` while a payout is live, else its state. */
function asideable(grant: Grant, no: number, event: string, facts: Facts): Tranche | Refused {
  const tranche = anyTranche(grant, no, facts);
  if (isRefused(tranche)) return tranche;
  const payout = livePayout(grant, no);
  if (payout !== undefined)
    return refuse('already-ordered', { tranche: no, payout: payout.endToEndId, state: payout.status });
  return statesAllowing(machine, event).includes(tranche.status)
    ? tranche
    : wrongTrancheState(tranche, event);
}

export const withholdTranche: Decide<'withhold-tranche'> = (grant, actor, input, facts) => {
  const tranche = asideable(grant, input.tranche, 'tranche.withheld', facts);
  if (isRefused(tranche)) return tranche;
  if (grant.status === 'closed' || (grant.status === 'terminated' && grant.spared !== tranche.no))
    return refuse('wrong-state', { grantStatus: grant.status });
  const data = { tranche: tranche.no, amount: formatAmount(tranche.amountCents) };
  return reasonRequired(input.reason) ?? { events: [by(actor, 'tranche.withheld', data, input.reason)] };
};

/** Only a person's withholding is undone by hand; an unfavourable evaluation's ends with its reopening. */
export const restoreTranche: Decide<'restore-tranche'> = (grant, actor, input, facts) => {
  const tranche = anyTranche(grant, input.tranche, facts);
  if (isRefused(tranche)) return tranche;
  if (tranche.status !== 'withheld')
    return refuse('wrong-state', { tranche: tranche.no, state: tranche.status, needed: ['withheld'] });
  if (tranche.because !== null)
    return refuse('wrong-state', {
      tranche: tranche.no,
      state: tranche.status,
      withheldBy: tranche.because,
      needed: ['reopen-evaluation or cancel-tranche'],
    });
  if (grant.status === 'closed') return refuse('wrong-state', { grantStatus: grant.status });
  const data = { tranche: tranche.no, amount: formatAmount(tranche.amountCents) };
  return { events: [by(actor, 'tranche.restored', data, input.reason ?? null)] };
};

export const cancelTranche: Decide<'cancel-tranche'> = (grant, actor, input, facts) => {
  const tranche = asideable(grant, input.tranche, 'tranche.cancelled', facts);
  if (isRefused(tranche)) return tranche;
  const data = { tranche: tranche.no, amount: formatAmount(tranche.amountCents) };
  return reasonRequired(input.reason) ?? { events: [by(actor, 'tranche.cancelled', data, input.reason)] };
};
