import { cents, replace, unknownEvent } from './event-values.js';
import type { GrantEvent } from './events.js';
import type { Grant, Payout, Recovery, RecoveryStatus, Since, Tranche, TrancheStatus } from './grant.js';
import { payoutMachine, recoveryMachine, trancheMachine } from './grant.js';
import { allows, move } from './machine.js';
import type { Machine } from './machine.js';
import type { Cents } from './money.js';

/** The life of a tranche. */
export function onTranche(grant: Grant, event: GrantEvent, since: Since): Grant {
  if (!('tranche' in event.data) || !('amount' in event.data)) throw unknownEvent(event);
  const { tranche: no } = event.data;
  return {
    ...grant,
    tranches: replace(
      grant.tranches,
      (tranche) => tranche.no === no,
      (tranche) => nextTranche(tranche, event, since),
    ),
  };
}

/** The states in which a tranche has become payable and has not fallen back. */
const afterPayable: readonly TrancheStatus[] = ['payable', 'approved', 'ordered', 'paid'];

const unapproved = { firstApproval: null, approval: null, approvedSequence: null } as const;

function nextTranche(tranche: Tranche, event: GrantEvent, since: Since): Tranche {
  const stays: TrancheStatus = event.type === 'tranche.restored' && event.data.stays ? 'withheld' : 'planned';
  const status = move<TrancheStatus>(trancheMachine, tranche.status, event.type, stays);
  const kept = afterPayable.includes(status) ? tranche.payableSince : null;
  const payableSince = event.type === 'tranche.payable' ? event.occurredAt : kept;
  const moved = { ...tranche, status, since, payableSince };
  switch (event.type) {
    case 'tranche.first-approved':
      return { ...moved, firstApproval: { by: event.actor, accountVersion: event.data.accountVersion } };
    case 'tranche.approved':
      return {
        ...moved,
        approval: { by: event.actor, accountVersion: event.data.accountVersion },
        approvedSequence: event.sequence,
      };
    case 'tranche.withheld':
      return { ...moved, ...unapproved, because: event.data.because ?? null };
    case 'tranche.cancelled':
      return {
        ...moved,
        ...unapproved,
        because: event.data.because ?? null,
        releasedCents: tranche.awardedCents,
        settlementCents: event.data.because === 'settlement' ? 0n : tranche.settlementCents,
      };
    case 'tranche.reduced':
      return reduced(moved, event);
    case 'tranche.restored':
      return restored(tranche, moved, event);
    default:
      return { ...moved, ...unapproved };
  }
}

function reduced(tranche: Tranche, event: Extract<GrantEvent, { type: 'tranche.reduced' }>): Tranche {
  const amountCents = cents(event.data.amount);
  const releasedCents = tranche.awardedCents - amountCents;
  const [by, ...whose] = event.data.because.split(':');
  const byRecovery = by === 'recovery' ? cents(event.data.released) : 0n;
  return {
    ...tranche,
    amountCents,
    releasedCents,
    offsetCents: tranche.offsetCents + byRecovery,
    // `recovery:<grant>:<no>`: one of another grant.
    compensatedCents: tranche.compensatedCents + (whose.length > 1 ? byRecovery : 0n),
    settlementCents: event.data.because === 'settlement' ? amountCents : tranche.settlementCents,
  };
}

/** A restored amount undoes a settlement; the end of a person's withholding leaves both as they are. */
function restored(
  before: Tranche,
  moved: Tranche,
  event: Extract<GrantEvent, { type: 'tranche.restored' }>,
): Tranche {
  const amountCents = cents(event.data.amount);
  const untouched = before.status === 'withheld' && amountCents === before.amountCents;
  return {
    ...moved,
    ...unapproved,
    amountCents,
    releasedCents: moved.awardedCents - amountCents,
    settlementCents: untouched ? moved.settlementCents : null,
    because: moved.status === 'withheld' ? moved.because : null,
  };
}

/** The fate of a payout, which moves its tranche as well. */
export function onPayout(grant: Grant, event: GrantEvent, since: Since): Grant {
  if (!('endToEndId' in event.data)) throw unknownEvent(event);
  const { tranche: no, endToEndId } = event.data;
  const tranches = replace(
    grant.tranches,
    (tranche) => tranche.no === no,
    (tranche) =>
      allows(trancheMachine as Machine<string>, tranche.status, event.type)
        ? { ...tranche, status: move(trancheMachine, tranche.status, event.type), since }
        : tranche,
  );
  const payouts =
    event.type === 'payout.ordered'
      ? [...grant.payouts, ordered(grant, event, since)]
      : replace(
          grant.payouts,
          (payout) => payout.endToEndId === endToEndId,
          (payout) => ({
            ...payout,
            status: move(payoutMachine, payout.status, event.type),
            executed: executed(payout, event),
            since,
          }),
        );
  return { ...grant, tranches, payouts };
}

/** A mark stays as the proof of what it settled, and goes with a rejection: the money did not leave. */
function executed(payout: Payout, event: GrantEvent): Payout['executed'] {
  if (event.type === 'payout.rejected') return null;
  if (event.type !== 'payout.marked-executed') return payout.executed;
  return { by: event.actor, evidence: event.data.evidence, at: event.occurredAt };
}

function ordered(grant: Grant, event: Extract<GrantEvent, { type: 'payout.ordered' }>, since: Since): Payout {
  const { data } = event;
  return {
    endToEndId: data.endToEndId,
    tranche: data.tranche,
    attempt: grant.payouts.filter((payout) => payout.tranche === data.tranche).length + 1,
    amountCents: cents(data.amount),
    accountVersion: data.accountVersion,
    status: 'ordered',
    orderedSequence: event.sequence,
    executed: null,
    since,
  };
}

/** The life of a recovery. */
export function onRecovery(grant: Grant, event: GrantEvent, since: Since): Grant {
  if (!('recovery' in event.data)) throw unknownEvent(event);
  const { recovery: no } = event.data;
  if (event.type === 'recovery.proposed') {
    const amountCents = cents(event.data.amount);
    const proposed: Recovery = {
      no,
      status: 'proposed',
      amountCents,
      openCents: amountCents,
      settledCents: 0n,
      compensatedCents: 0n,
      tranche: event.data.tranche ?? null,
      ground: event.data.ground ?? null,
      since,
    };
    return { ...grant, recoveries: [...grant.recoveries, proposed] };
  }
  return {
    ...grant,
    recoveries: replace(
      grant.recoveries,
      (recovery) => recovery.no === no,
      (recovery) => nextRecovery(recovery, event, since),
    ),
  };
}

function nextRecovery(recovery: Recovery, event: GrantEvent, since: Since): Recovery {
  if (!('recovery' in event.data)) throw unknownEvent(event);
  const openCents = cents(event.data.open);
  const done: RecoveryStatus =
    openCents > 0n ? 'notified' : event.type === 'recovery.offset' ? 'offset' : 'settled';
  return {
    ...recovery,
    status: move<RecoveryStatus>(recoveryMachine, recovery.status, event.type, done),
    openCents,
    settledCents: recovery.settledCents + (event.type === 'recovery.settled' ? cents(event.data.amount) : 0n),
    compensatedCents: recovery.compensatedCents + compensated(event),
    since,
  };
}

function compensated(event: GrantEvent): Cents {
  return event.type === 'recovery.offset' && event.data.against !== undefined ? cents(event.data.amount) : 0n;
}
