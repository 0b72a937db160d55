import { missingThing } from './decision.js';
import type { Decide } from './decision.js';
import type { EventType } from './events.js';
import { by } from './facts.js';
import type { Facts } from './facts.js';
import { approvalHolds, isVerified, missingConditions, paysOut } from './gate.js';
import type { AccountFacts } from './account.js';
import type { Grant, Payout, PayoutStatus, Tranche } from './grant.js';
import { findTranche, isLive, payoutMachine } from './grant.js';
import { allows, statesAllowing } from './machine.js';
import type { Machine } from './machine.js';
import { formatAmount } from './money.js';
import { holds } from './people.js';
import type { Actor } from './people.js';
import { plannedTranche } from './plan.js';
import type { Refused } from './refusal.js';
import { isRefused, refuse } from './refusal.js';
import { accountNotVerified, anyTranche, wrongTrancheState } from './tranche.js';

const machine: Machine<PayoutStatus> = payoutMachine;

/**
 * Orders the payout of an approved tranche. The service does so at once after an approval and on resume;
 * after a payout was rejected or returned, finance does once the cause is dealt with.
 */
export const orderPayout: Decide<'order-payout'> = (grant, actor, input, facts) => {
  const tranche = anyTranche(grant, input.tranche, facts);
  if (isRefused(tranche)) return tranche;
  const refused = refuseOrder(grant, tranche, actor, facts);
  if (refused !== null) return refused;
  const { account } = facts;
  if (!isVerified(account)) return accountNotVerified(account);
  const attempt = attemptsOf(grant, tranche.no).length + 1;
  return {
    events: [
      by(actor, 'payout.ordered', {
        tranche: tranche.no,
        amount: formatAmount(tranche.amountCents),
        endToEndId: `${grant.code}-${tranche.no}-${attempt}`,
        accountVersion: account.version,
      }),
    ],
  };
};

function attemptsOf(grant: Grant, tranche: number): Payout[] {
  return grant.payouts.filter((payout) => payout.tranche === tranche);
}

function refuseOrder(grant: Grant, tranche: Tranche, actor: Actor, facts: Facts): Refused | null {
  if (tranche.status !== 'approved') return wrongTrancheState(tranche, 'payout.ordered');
  if (grant.status === 'suspended') return refuse('grant-suspended', { tranche: tranche.no });
  if (!paysOut(grant, tranche.no)) return refuse('wrong-state', { grantStatus: grant.status });
  if (holds(actor, 'system') && failedSinceApproval(grant, tranche))
    return refuse('wrong-state', {
      tranche: tranche.no,
      state: tranche.status,
      needed: ['finance orders a fresh payout once the cause is dealt with'],
    });
  const missing = missingConditions(grant, facts.plan, plannedTranche(facts.plan, tranche.no));
  if (missing.length > 0) return refuse('gate-closed', { tranche: tranche.no, missing });
  if (tranche.approval === null || !approvalHolds(tranche.approval, facts.account))
    return accountNotVerified(facts.account);
  return null;
}

/** Whether this approval has had a payout already, which then was rejected or returned. */
function failedSinceApproval(grant: Grant, tranche: Tranche): boolean {
  const approvedAt = tranche.approvedSequence ?? 0;
  return attemptsOf(grant, tranche.no).some(({ orderedSequence }) => orderedSequence > approvedAt);
}

/** The latest payout of a tranche that `event` may move, or the refusal. */
function movable(grant: Grant, no: number, event: EventType, facts: Facts): Payout | Refused {
  const declared = facts.plan.tranches.some((planned) => planned.no === no);
  if (findTranche(grant, no) === undefined) return missingThing(grant, 'tranche', no, declared);
  const payout = attemptsOf(grant, no).findLast(isLive) ?? attemptsOf(grant, no).at(-1);
  if (payout !== undefined && allows(machine, payout.status, event)) return payout;
  return refuse('wrong-state', {
    tranche: no,
    state: payout?.status ?? 'no payout',
    needed: statesAllowing(machine, event),
  });
}

/** Why a live payout may not leave: account no longer the verified one, or grant suspended or ended. */
export function heldBecause(grant: Grant, payout: Payout, account: AccountFacts | null): string | null {
  if (!isLive(payout) || payout.status === 'settled') return null;
  if (grant.status === 'suspended') return 'grant-suspended';
  if (!paysOut(grant, payout.tranche)) return `grant-${grant.status}`;
  if (!isVerified(account) || account.version !== payout.accountVersion) return 'account-not-verified';
  return null;
}

/** Verifying helps a payout of the account in force; one ordered for an earlier account stays held. */
function heldByAccount(payout: Payout, account: AccountFacts | null): Refused {
  if (!isVerified(account)) return accountNotVerified(account);
  return refuse('account-not-verified', {
    account: `version ${payout.accountVersion}`,
    verified: `version ${account.version}`,
    payout: payout.endToEndId,
  });
}

export const handOverPayout: Decide<'hand-over-payout'> = (grant, actor, input, facts) => {
  const payout = movable(grant, input.tranche, 'payout.handed-over', facts);
  if (isRefused(payout)) return payout;
  const held = heldBecause(grant, payout, facts.account);
  if (held === 'grant-suspended') return refuse('grant-suspended', { tranche: payout.tranche });
  if (held === 'account-not-verified') return heldByAccount(payout, facts.account);
  if (held !== null) return refuse('wrong-state', { grantStatus: grant.status });
  return { events: [by(actor, 'payout.handed-over', dataOf(payout))] };
};

function dataOf(payout: Payout): { tranche: number; amount: string; endToEndId: string } {
  const { tranche, amountCents, endToEndId } = payout;
  return { tranche, amount: formatAmount(amountCents), endToEndId };
}

type BankAnswer = 'confirm-payout' | 'reject-payout' | 'return-payout' | 'mark-unknown';

/** Bank answers go on in every state of the grant; money that moved is an event, never an edit. */
function bankAnswer(event: EventType): Decide<BankAnswer> {
  return (grant, actor, input, facts) => {
    const payout = movable(grant, input.tranche, event, facts);
    if (isRefused(payout)) return payout;
    const reason = 'reason' in input ? (input.reason ?? null) : null;
    return { events: [by(actor, event, dataOf(payout), reason)] };
  };
}

export const confirmPayout: Decide<'confirm-payout'> = bankAnswer('payout.settled');
export const rejectPayout: Decide<'reject-payout'> = bankAnswer('payout.rejected');
export const returnPayout: Decide<'return-payout'> = bankAnswer('payout.returned');
export const markUnknown: Decide<'mark-unknown'> = bankAnswer('payout.unknown');
