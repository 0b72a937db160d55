import { cents, unknownEvent } from './event-values.js';
import type { GrantEvent } from './events.js';
import { onPayout, onRecovery, onTranche } from './evolve-money.js';
import { onEvaluation, onReport } from './evolve-reports.js';
import type { Evaluation, Grant, GrantStatus, Since, Tranche } from './grant.js';
import { grantMachine } from './grant.js';
import { move } from './machine.js';
import type { Cents } from './money.js';
import type { Plan } from './plan.js';
import { splitAward, trancheDueOn } from './schedule.js';

/**
 * The grant after `event` (I6: the rows are the fold of the events). Parts that the event does not
 * touch keep their reference, so that saving writes only what changed. Throws on a history that the
 * state machines do not allow: decisions refuse beforehand.
 */
export function evolve(grant: Grant | null, event: GrantEvent, plan: Plan): Grant {
  const since: Since = { at: event.occurredAt, event: event.type, sequence: event.sequence };
  if (event.type === 'grant.drafted') return drafted(event, since);
  if (grant === null) throw new Error(`${event.stream} begins with ${event.type}, not with grant.drafted`);
  const stamped = { ...grant, sequence: event.sequence, lastEventAt: event.occurredAt };
  const [area] = event.type.split('.') as [string];
  switch (area) {
    case 'grant':
      return onGrant(stamped, event, since, plan);
    case 'tranche':
      return onTranche(stamped, event, since);
    case 'payout':
      return onPayout(stamped, event, since);
    case 'recovery':
      return onRecovery(stamped, event, since);
    case 'evaluation':
      return onEvaluation(stamped, event, since, plan);
    case 'document':
    case 'approval':
      return onReceipt(stamped, event, since);
    default:
      return onReport(stamped, event, since, plan);
  }
}

function drafted(event: Extract<GrantEvent, { type: 'grant.drafted' }>, since: Since): Grant {
  const { data } = event;
  return {
    code: event.stream.slice('grant:'.length),
    beneficiary: data.beneficiary,
    programme: data.programme,
    planVersion: data.planVersion,
    amountCents: cents(data.amount),
    start: data.start,
    end: data.end,
    status: 'draft',
    startedAt: null,
    handler: data.handler ?? null,
    decision: null,
    envelope: null,
    muted: false,
    silentUntil: null,
    spared: null,
    tranches: [],
    reports: [],
    evaluations: [],
    payouts: [],
    recoveries: [],
    receipts: [],
    sequence: event.sequence,
    lastEventAt: event.occurredAt,
    since,
  };
}

function onGrant(grant: Grant, event: GrantEvent, since: Since, plan: Plan): Grant {
  if (event.type === 'grant.handler-assigned') return { ...grant, handler: event.data.handler };
  const back: GrantStatus = grant.startedAt === null ? 'awarded' : 'active';
  const status = move<GrantStatus>(grantMachine, grant.status, event.type, back);
  const moved = { ...grant, status, since };
  switch (event.type) {
    case 'grant.awarded':
      return awarded(moved, event, since, plan);
    case 'grant.started':
      return { ...moved, startedAt: event.occurredAt };
    case 'grant.suspended':
      return { ...moved, muted: event.data.mute === true };
    case 'grant.resumed':
      return { ...moved, muted: false, silentUntil: grant.muted ? event.occurredAt : grant.silentUntil };
    case 'grant.terminated':
      return { ...moved, muted: false, spared: event.data.tranche ?? null };
    case 'grant.reopened':
      return {
        ...moved,
        startedAt: grant.startedAt ?? event.occurredAt,
        spared: null,
        silentUntil: event.occurredAt,
      };
    default:
      return moved;
  }
}

/** Award lays the plan over the grant: amounts are fixed here, deadlines follow as `deadline.set`. */
function awarded(
  grant: Grant,
  event: Extract<GrantEvent, { type: 'grant.awarded' }>,
  since: Since,
  plan: Plan,
): Grant {
  const split = splitAward(plan, grant.amountCents);
  if (!('amounts' in split)) throw new Error(`${grant.code} was awarded though its plan does not fit`);
  const tranches = plan.tranches.map((planned, index): Tranche => {
    const amountCents = split.amounts[index] as Cents;
    return {
      no: planned.no,
      status: 'planned',
      awardedCents: amountCents,
      amountCents,
      releasedCents: 0n,
      offsetCents: 0n,
      compensatedCents: 0n,
      settlementCents: null,
      dueOn: trancheDueOn(plan, planned, grant),
      payableSince: null,
      because: null,
      firstApproval: null,
      approval: null,
      approvedSequence: null,
      since,
    };
  });
  const evaluations = plan.evaluations.map(({ code }): Evaluation => ({
    code,
    status: 'awaiting-report',
    recommended: null,
    decided: null,
    window: null,
    since,
  }));
  const { decision = null, envelope = null } = event.data;
  return { ...grant, decision, envelope, tranches, evaluations };
}

function onReceipt(grant: Grant, event: GrantEvent, since: Since): Grant {
  if (event.type !== 'document.received' && event.type !== 'approval.given') throw unknownEvent(event);
  const kind = event.type === 'document.received' ? 'document' : 'approval';
  return { ...grant, receipts: [...grant.receipts, { kind, name: event.data.name, since }] };
}
