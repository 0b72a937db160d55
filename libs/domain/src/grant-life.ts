import { civilDateOf } from './civil-date.js';
import type { Decide } from './decision.js';
import { missingThing, reasonRequired } from './decision.js';
import type { NewEvent } from './events.js';
import { by, bySystem } from './facts.js';
import type { Facts } from './facts.js';
import type { Grant, GrantStatus, RecoveryStatus } from './grant.js';
import { grantMachine, isLive, livePayout, recoveryMachine } from './grant.js';
import { allows, statesAllowing, terminalStates } from './machine.js';
import type { Machine } from './machine.js';
import { formatAmount } from './money.js';
import { reportsBehind } from './plan.js';
import type { Plan, PlannedTranche } from './plan.js';
import type { Refused } from './refusal.js';
import { refuse } from './refusal.js';

const machine: Machine<GrantStatus> = grantMachine;

function refuseMove(grant: Grant, event: string): Refused | null {
  return allows(machine, grant.status, event)
    ? null
    : refuse('wrong-state', { grantStatus: grant.status, needed: statesAllowing(machine, event) });
}

export const suspend: Decide<'suspend'> = (grant, actor, input) =>
  refuseMove(grant, 'grant.suspended') ??
  reasonRequired(input.reason) ?? {
    events: [by(actor, 'grant.suspended', input.mute === true ? { mute: true } : {}, input.reason)],
  };

/** Resuming before the start returns to awarded; a start that passed meanwhile takes effect now. */
export const resume: Decide<'resume'> = (grant, actor, input, facts) => {
  const refused = refuseMove(grant, 'grant.resumed');
  if (refused !== null) return refused;
  const resumed = by(actor, 'grant.resumed', {}, input.reason ?? null);
  const starts = grant.startedAt === null && grant.start <= civilDateOf(facts.now, facts.plan.timeZone);
  return { events: starts ? [resumed, bySystem('grant.started', {})] : [resumed] };
};

/**
 * Terminates: cancels every tranche that is neither paid nor has a live payout and waives open reports,
 * except the tranche its decision names with what its gate rests on (domain.md, "Life of a grant").
 */
export const terminate: Decide<'terminate'> = (grant, actor, input, facts) => {
  const spared = facts.plan.tranches.find(({ no }) => no === input.tranche);
  if (input.tranche !== undefined && spared === undefined)
    return missingThing(grant, 'tranche', input.tranche, false);
  const refused = refuseMove(grant, 'grant.terminated') ?? reasonRequired(input.reason);
  if (refused !== null) return refused;
  const { decision } = input;
  const data = {
    ...(spared === undefined ? {} : { tranche: spared.no }),
    ...(decision === undefined ? {} : { decision }),
  };
  const reason = input.reason ?? null;
  return {
    events: [by(actor, 'grant.terminated', data, reason), ...endings(grant, facts.plan, spared, reason)],
  };
};

function endings(
  grant: Grant,
  plan: Plan,
  spared: PlannedTranche | undefined,
  reason: string | null,
): NewEvent[] {
  const kept = spared === undefined ? new Set<string>() : reportsBehind(plan, spared);
  const cancelled = grant.tranches
    .filter(
      ({ no, status }) => no !== spared?.no && status !== 'cancelled' && livePayout(grant, no) === undefined,
    )
    .map(({ no, amountCents }) =>
      bySystem(
        'tranche.cancelled',
        { tranche: no, amount: formatAmount(amountCents), because: 'terminated' },
        reason,
      ),
    );
  const waived = grant.reports
    .filter(({ code, status }) => !kept.has(code) && status !== 'accepted' && status !== 'waived')
    .map(({ code }) => bySystem('report.waived', { report: code }, reason));
  return [...cancelled, ...waived];
}

/** Refused with what is still open: reports, tranches, payouts and recoveries by name. */
export const close: Decide<'close'> = (grant, actor, input) => {
  const open = openThings(grant);
  if (grant.status !== 'active')
    return refuse('wrong-state', { grantStatus: grant.status, needed: ['active'], open });
  if (open.length > 0) return refuse('wrong-state', { grantStatus: grant.status, open });
  return { events: [by(actor, 'grant.closed', {}, input.reason ?? null)] };
};

const settledRecoveries = terminalStates<RecoveryStatus>(recoveryMachine);

export function openThings(grant: Grant): string[] {
  const reports = grant.reports.filter(({ status }) => status !== 'accepted' && status !== 'waived');
  const tranches = grant.tranches.filter(({ status }) => status !== 'paid' && status !== 'cancelled');
  const payouts = grant.payouts.filter((payout) => isLive(payout) && payout.status !== 'settled');
  const recoveries = grant.recoveries.filter(({ status }) => !settledRecoveries.includes(status));
  return [
    ...reports.map(({ code }) => `report:${code}`),
    ...tranches.map(({ no }) => `tranche:${no}`),
    ...payouts.map(({ endToEndId }) => `payout:${endToEndId}`),
    ...recoveries.map(({ no }) => `recovery:${no}`),
  ];
}

export const reopenGrant: Decide<'reopen-grant'> = (grant, actor, input) =>
  refuseMove(grant, 'grant.reopened') ??
  reasonRequired(input.reason) ?? {
    events: [by(actor, 'grant.reopened', { decision: input.decision }, input.reason)],
  };

/** That the handler is an administrator is checked where people are looked up. */
export const assignHandler: Decide<'assign-handler'> = (grant, actor, input) => {
  if (grant.status === 'closed') return refuse('wrong-state', { grantStatus: grant.status });
  return {
    events: [by(actor, 'grant.handler-assigned', { handler: input.handler }, input.reason ?? null)],
  };
};

function receive(kind: 'document' | 'approval'): Decide<'receive-document' | 'give-approval'> {
  return (grant, actor, input, facts) => {
    const asking = facts.plan.tranches.filter(({ requires }) =>
      requires.some((requirement) => requirement.kind === kind && requirement.ref === input.name),
    );
    if (asking.length === 0)
      return refuse('not-found', { [kind]: input.name, asks: namesAsked(facts, kind) });
    const spared = grant.status === 'terminated' && asking.some(({ no }) => no === grant.spared);
    const running = grant.status === 'awarded' || grant.status === 'active' || grant.status === 'suspended';
    if (!running && !spared) return refuse('wrong-state', { grantStatus: grant.status });
    if (grant.receipts.some((receipt) => receipt.kind === kind && receipt.name === input.name))
      return refuse('wrong-state', { [kind]: input.name, state: kind === 'document' ? 'received' : 'given' });
    const type = kind === 'document' ? 'document.received' : 'approval.given';
    return { events: [by(actor, type, { name: input.name })] };
  };
}

function namesAsked(facts: Facts, kind: string): string[] {
  const names = facts.plan.tranches.flatMap(({ requires }) =>
    requires.filter((requirement) => requirement.kind === kind).map(({ ref }) => ref),
  );
  return [...new Set(names)];
}

export const receiveDocument: Decide<'receive-document'> = receive('document');
export const giveApproval: Decide<'give-approval'> = receive('approval');
