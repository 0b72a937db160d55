import type { Decide } from './decision.js';
import { reasonRequired } from './decision.js';
import type { NewEvent } from './events.js';
import { by, bySystem } from './facts.js';
import type { Facts, OtherGrant } from './facts.js';
import type { Grant, Recovery, RecoveryStatus, Tranche } from './grant.js';
import { recoveryMachine, sums } from './grant.js';
import { allows, statesAllowing } from './machine.js';
import type { Machine } from './machine.js';
import { formatAmount } from './money.js';
import type { Cents } from './money.js';
import { holds } from './people.js';
import type { Actor } from './people.js';
import type { Refused } from './refusal.js';
import { isRefused, refuse, refuseInvalid } from './refusal.js';
import { compensations } from './settlement.js';
import { anyTranche } from './tranche.js';

const machine: Machine<RecoveryStatus> = recoveryMachine;

function movable(grant: Grant, no: number, event: string): Recovery | Refused {
  const recovery = grant.recoveries.find((candidate) => candidate.no === no);
  if (recovery === undefined) return refuse('not-found', { recovery: no });
  if (allows(machine, recovery.status, event)) return recovery;
  return refuse('wrong-state', {
    recovery: no,
    state: recovery.status,
    needed: statesAllowing(machine, event),
  });
}

/** Proposes to recover what was paid; at most what was paid and is not being recovered already. */
export const proposeRecovery: Decide<'propose-recovery'> = (grant, actor, input) => {
  if (grant.status === 'draft') return refuse('wrong-state', { grantStatus: grant.status });
  const { paid, recovered } = sums(grant);
  const { receivedCents } = compensations(grant);
  const open = grant.recoveries.reduce(
    (sum, recovery) => (recovery.status === 'waived' ? sum : sum + recovery.openCents),
    0n,
  );
  const most = paid - recovered - receivedCents - open;
  if (input.amount > most)
    return refuseInvalid(
      'amount',
      `${formatAmount(input.amount)} is more than the ${formatAmount(most > 0n ? most : 0n)} that was paid and is not being recovered`,
    );
  const missing = reasonRequired(input.reason);
  if (missing !== null) return missing;
  const amount = formatAmount(input.amount);
  const recovery = grant.recoveries.length + 1;
  const { ground } = input;
  const data = { recovery, amount, open: amount, ...(ground === undefined ? {} : { ground }) };
  return { events: [by(actor, 'recovery.proposed', data, input.reason)] };
};

export const notifyRecovery: Decide<'notify-recovery'> = (grant, actor, input) => {
  const recovery = movable(grant, input.recovery, 'recovery.notified');
  if (isRefused(recovery)) return recovery;
  const { no, amountCents, openCents } = recovery;
  const data = { recovery: no, amount: formatAmount(amountCents), open: formatAmount(openCents) };
  return { events: [by(actor, 'recovery.notified', data, input.reason ?? null)] };
};

/** The part named, or the whole open amount; refused where it is more than is open. */
function part(recovery: Recovery, named: Cents | undefined): Cents | Refused {
  const cents = named ?? recovery.openCents;
  return cents > recovery.openCents
    ? refuseInvalid(
        'amount',
        `${formatAmount(cents)} is more than the ${formatAmount(recovery.openCents)} still open`,
      )
    : cents;
}

export const settleRecovery: Decide<'settle-recovery'> = (grant, actor, input) => {
  const recovery = movable(grant, input.recovery, 'recovery.settled');
  if (isRefused(recovery)) return recovery;
  const cents = part(recovery, input.amount);
  if (typeof cents !== 'bigint') return cents;
  const data = {
    recovery: recovery.no,
    amount: formatAmount(cents),
    open: formatAmount(recovery.openCents - cents),
  };
  return { events: [by(actor, 'recovery.settled', data)] };
};

/**
 * Offsets a notified recovery against a tranche that nobody has approved yet, of this grant or of `against`,
 * another of the same beneficiary: less is paid out there, and the entitlement falls by as much, so it is
 * released. Offset on its own grant it never counts as money that came back; between two grants it counts as
 * recovered on the one and as paid on the other, or the settlement of either would give it back.
 */
export const offsetRecovery: Decide<'offset-recovery'> = (grant, actor, input, facts) => {
  const recovery = movable(grant, input.recovery, 'recovery.offset');
  if (isRefused(recovery)) return recovery;
  const { against } = input;
  const own = against === undefined || against === grant.code;
  const there = own ? { grant, facts } : otherOf(grant, against, actor, facts);
  if (isRefused(there)) return there;
  const tranche = offsettable(there.grant, input.tranche, there.facts);
  if (isRefused(tranche)) return tranche;
  const most = recovery.openCents < tranche.amountCents ? recovery.openCents : tranche.amountCents;
  const cents = input.amount ?? most;
  if (cents > most)
    return refuseInvalid(
      'amount',
      `${formatAmount(cents)} is more than can be offset: ${formatAmount(recovery.openCents)} is open and tranche ${tranche.no} holds ${formatAmount(tranche.amountCents)}`,
    );
  const data = {
    recovery: recovery.no,
    amount: formatAmount(cents),
    open: formatAmount(recovery.openCents - cents),
    tranche: tranche.no,
    ...(own ? {} : { against }),
  };
  const offset = by(actor, 'recovery.offset', data, input.reason ?? null);
  const because = own ? `recovery:${recovery.no}` : `recovery:${grant.code}:${recovery.no}`;
  const taken = takenOff(tranche, cents, because);
  return own ? { events: [offset, ...taken] } : { events: [offset], elsewhere: taken };
};

/** The other grant, or why it cannot be: unknown, or another beneficiary's, of which a beneficiary learns nothing. */
function otherOf(grant: Grant, code: string, actor: Actor, { other }: Facts): OtherGrant | Refused {
  if (other === undefined) return refuse('not-found', { grant: code });
  if (other.grant.beneficiary === grant.beneficiary) return other;
  return holds(actor, 'beneficiary')
    ? refuse('not-found', { grant: code })
    : refuseInvalid('against', `${code} is a grant of another beneficiary; name one of the same`);
}

function offsettable(grant: Grant, no: number, facts: Facts): Tranche | Refused {
  const tranche = anyTranche(grant, no, facts);
  if (isRefused(tranche)) return tranche;
  const unapproved = tranche.status === 'planned' || (tranche.status === 'payable' && !tranche.firstApproval);
  if (unapproved) return tranche;
  return refuse('wrong-state', {
    tranche: tranche.no,
    state: tranche.status,
    needed: ['planned', 'payable without an approval'],
  });
}

function takenOff(tranche: Tranche, cents: Cents, because: string): NewEvent[] {
  const left = tranche.amountCents - cents;
  const reduced = bySystem('tranche.reduced', {
    tranche: tranche.no,
    amount: formatAmount(left),
    released: formatAmount(cents),
    because,
  });
  const gone = bySystem('tranche.cancelled', { tranche: tranche.no, amount: '0.00', because });
  return left > 0n ? [reduced] : [reduced, gone];
}

export const waiveRecovery: Decide<'waive-recovery'> = (grant, actor, input) => {
  const recovery = movable(grant, input.recovery, 'recovery.waived');
  if (isRefused(recovery)) return recovery;
  const data = { recovery: recovery.no, amount: formatAmount(recovery.openCents), open: '0.00' };
  return reasonRequired(input.reason) ?? { events: [by(actor, 'recovery.waived', data, input.reason)] };
};
