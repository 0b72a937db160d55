import { missingThing } from './decision.js';
import type { Decide } from './decision.js';
import { openBatchStatuses } from './batch.js';
import type { EventType, NewEvent } from './events.js';
import { by } from './facts.js';
import type { Facts } from './facts.js';
import { approvalHolds, missingConditions, paysOut } from './gate.js';
import type { Grant, Payout, PayoutStatus, Tranche } from './grant.js';
import { findTranche, isLive, payoutMachine } from './grant.js';
import { allows, statesAllowing } from './machine.js';
import type { Machine } from './machine.js';
import { formatAmount } from './money.js';
import { holds } from './people.js';
import type { Actor } from './people.js';
import { plannedTranche } from './plan.js';
import type { Refused } from './refusal.js';
import { isRefused, refuse, refuseInvalid } from './refusal.js';
import { accountNotVerified, anyTranche, wrongTrancheState } from './tranche.js';
import type { AccountUse } from './usable-account.js';
import { isUsable } from './usable-account.js';

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
  const { account, plan, now } = facts;
  if (!isUsable(account, plan, now)) return accountNotVerified(facts);
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
  if (tranche.approval === null || !approvalHolds(tranche.approval, facts)) return accountNotVerified(facts);
  return null;
}

/** Whether this approval has had a payout already, which then was rejected or returned. */
function failedSinceApproval(grant: Grant, tranche: Tranche): boolean {
  const approvedAt = tranche.approvedSequence ?? 0;
  return attemptsOf(grant, tranche.no).some(({ orderedSequence }) => orderedSequence > approvedAt);
}

/**
 * The payout of a tranche that `event` may move: the one named, else the live one, else the latest. Refused
 * where a batch binds it: it goes, or stays, with the batch.
 */
function movable(
  grant: Grant,
  no: number,
  event: EventType,
  facts: Facts,
  endToEndId?: string,
): Payout | Refused {
  const declared = facts.plan.tranches.some((planned) => planned.no === no);
  if (findTranche(grant, no) === undefined) return missingThing(grant, 'tranche', no, declared);
  const attempts = attemptsOf(grant, no);
  const payout =
    endToEndId === undefined
      ? (attempts.findLast(isLive) ?? attempts.at(-1))
      : attempts.find((attempt) => attempt.endToEndId === endToEndId);
  if (payout === undefined && endToEndId !== undefined) return refuse('not-found', { payout: endToEndId });
  if (payout !== undefined && allows(machine, payout.status, event))
    return refuseBound(payout, facts) ?? payout;
  return refuse('wrong-state', {
    tranche: no,
    state: payout?.status ?? 'no payout',
    needed: statesAllowing(machine, event),
  });
}

function refuseBound(payout: Payout, { batched }: Facts): Refused | null {
  const bound = batched.find(
    ({ endToEndId, status }) => endToEndId === payout.endToEndId && openBatchStatuses.includes(status),
  );
  if (bound === undefined) return null;
  return refuse('wrong-state', {
    tranche: payout.tranche,
    state: `in batch ${bound.batch}, which is ${bound.status}`,
    needed: ['the batch handed over, or discarded'],
  });
}

/**
 * What a batch that was handed over says of this grant's payouts, where the grant does not say so yet. The
 * money left when the batch did; nothing is decided over the grant before it is recorded.
 */
export function handOverEvents(grant: Grant, { batched }: Pick<Facts, 'batched'>): HandOver[] {
  return batched.flatMap(({ endToEndId, batch, handedOverBy, handedOverSequence }) => {
    const payout = grant.payouts.find((candidate) => candidate.endToEndId === endToEndId);
    if (handedOverBy === null || handedOverSequence === null || payout?.status !== 'ordered') return [];
    const actor: Actor = { id: handedOverBy, roles: ['finance'], of: null };
    const event = by(actor, 'payout.handed-over', { ...dataOf(payout), batch });
    return [{ event, batch, sequence: handedOverSequence }];
  });
}

/** An event that a batch brings about in a grant, and the event of the batch behind it. */
export interface HandOver {
  readonly event: NewEvent;
  readonly batch: number;
  readonly sequence: number;
}

/** Why a live payout may not leave: its account not the one in force and usable, or grant suspended or ended. */
export function heldBecause(grant: Grant, payout: Payout, use: AccountUse): string | null {
  if (!isLive(payout) || payout.status === 'settled') return null;
  if (grant.status === 'suspended') return 'grant-suspended';
  if (!paysOut(grant, payout.tranche)) return `grant-${grant.status}`;
  if (!approvalHolds(payout, use)) return 'account-not-verified';
  return null;
}

/** Verifying helps a payout of the account in force; one ordered for an earlier account stays held. */
function heldByAccount(payout: Payout, use: AccountUse): Refused {
  const { account, plan, now } = use;
  if (!isUsable(account, plan, now)) return accountNotVerified(use);
  return refuse('account-not-verified', {
    account: `version ${payout.accountVersion}`,
    verified: `version ${account.version}`,
    payout: payout.endToEndId,
  });
}

export const handOverPayout: Decide<'hand-over-payout'> = (grant, actor, input, facts) => {
  const payout = movable(grant, input.tranche, 'payout.handed-over', facts);
  if (isRefused(payout)) return payout;
  if (payout.executed !== null)
    return refuse('wrong-state', {
      tranche: payout.tranche,
      state: `marked as executed by ${payout.executed.by}`,
      needed: ['confirmed or rejected first'],
    });
  const held = refuseHeld(grant, payout, facts);
  return held ?? { events: [by(actor, 'payout.handed-over', dataOf(payout))] };
};

/** The refusal of whatever would make a held payout leave; null where nothing holds it. */
function refuseHeld(grant: Grant, payout: Payout, facts: Facts): Refused | null {
  const held = heldBecause(grant, payout, facts);
  if (held === null) return null;
  if (held === 'grant-suspended') return refuse('grant-suspended', { tranche: payout.tranche });
  if (held === 'account-not-verified') return heldByAccount(payout, facts);
  return refuse('wrong-state', { grantStatus: grant.status });
}

/**
 * A payout that goes without a bank file: one person marks it as executed, with evidence, and it stays
 * ordered until another confirms that, which settles it by the evidence of the first. Held ones cannot be
 * marked; a mark is taken back by rejecting the payout. Refuses `four-eyes` to whoever marked it.
 */
export const markExecuted: Decide<'mark-executed'> = (grant, actor, input, facts) => {
  const payout = movable(grant, input.tranche, 'payout.marked-executed', facts);
  if (isRefused(payout)) return payout;
  const { executed } = payout;
  const { evidence } = input;
  if (executed !== null)
    return (
      refuseMarker(payout, actor) ?? {
        events: [by(actor, 'payout.settled', { ...dataOf(payout), evidence: executed.evidence })],
      }
    );
  if (evidence === undefined)
    return refuseInvalid('evidence', 'say by what it is seen that the payout was executed');
  const held = refuseHeld(grant, payout, facts);
  return held ?? { events: [by(actor, 'payout.marked-executed', { ...dataOf(payout), evidence })] };
};

/** Who marked a payout as executed does not settle it as well, by whichever command. */
function refuseMarker({ executed }: Payout, actor: Actor): Refused | null {
  return executed?.by === actor.id ? refuse('four-eyes', { who: executed.by, did: 'mark-executed' }) : null;
}

function dataOf(payout: Payout): { tranche: number; amount: string; endToEndId: string } {
  const { tranche, amountCents, endToEndId } = payout;
  return { tranche, amount: formatAmount(amountCents), endToEndId };
}

type BankAnswer = 'confirm-payout' | 'reject-payout' | 'return-payout' | 'mark-unknown';

/** Bank answers go on in every state of the grant; money that moved is an event, never an edit. */
function bankAnswer(event: EventType): Decide<BankAnswer> {
  return (grant, actor, input, facts) => {
    const payout = movable(grant, input.tranche, event, facts, input.endToEndId);
    if (isRefused(payout)) return payout;
    const reason = 'reason' in input ? (input.reason ?? null) : null;
    return { events: [by(actor, event, dataOf(payout), reason)] };
  };
}

const settle = bankAnswer('payout.settled');

/**
 * Settles a payout by what its bank says. Refuses `four-eyes` to whoever marked it as executed, unless the
 * service gives it for them (`system` among their roles): the bank file they imported is the second proof.
 */
export const confirmPayout: Decide<'confirm-payout'> = (grant, actor, input, facts) => {
  const payout = movable(grant, input.tranche, 'payout.settled', facts, input.endToEndId);
  const refused = isRefused(payout) || holds(actor, 'system') ? null : refuseMarker(payout, actor);
  return refused ?? settle(grant, actor, input, facts);
};

export const rejectPayout: Decide<'reject-payout'> = bankAnswer('payout.rejected');
export const returnPayout: Decide<'return-payout'> = bankAnswer('payout.returned');
export const markUnknown: Decide<'mark-unknown'> = bankAnswer('payout.unknown');
