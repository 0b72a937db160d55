import type { AccountEvent, GrantEvent } from './events.js';
import type { AccountVersion, BeneficiaryFile } from './account.js';
import type {
  Evaluation,
  Grant,
  GrantStatus,
  Payout,
  Recovery,
  RecoveryStatus,
  Report,
  Since,
  Tranche,
  TrancheStatus,
} from './grant.js';
import {
  evaluationMachine,
  grantMachine,
  payoutMachine,
  recoveryMachine,
  reportMachine,
  trancheMachine,
} from './grant.js';
import { allows, move } from './machine.js';
import type { Machine } from './machine.js';
import { parseAmount, parseShare } from './money.js';
import type { Cents, Share } from './money.js';
import { isFault } from './parsed.js';
import type { Plan } from './plan.js';
import { codesOfReport, reportsBehind } from './plan.js';
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
      return onEvaluation(stamped, event, since);
    case 'document':
    case 'approval':
      return onReceipt(stamped, event, since);
    default:
      return onReport(stamped, event, since, plan);
  }
}

/** The beneficiary's file after an event of its stream. */
export function evolveAccount(file: BeneficiaryFile, event: AccountEvent): BeneficiaryFile {
  const accounts =
    event.type === 'account.changed'
      ? [...file.accounts, enteredAccount(event)]
      : file.accounts.map((account) =>
          account.version === event.data.version
            ? { ...account, verifiedBy: event.actor, verifiedAt: event.occurredAt }
            : account,
        );
  return { ...file, accounts, sequence: event.sequence, lastEventAt: event.occurredAt };
}

function enteredAccount(event: AccountEvent): AccountVersion {
  return {
    version: event.data.version,
    iban: event.data.iban,
    enteredBy: event.actor,
    enteredAt: event.occurredAt,
    verifiedBy: null,
    verifiedAt: null,
  };
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
      settlementCents: null,
      dueOn: trancheDueOn(plan, planned, grant),
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
    since,
  }));
  return { ...grant, decision: event.data.decision ?? null, tranches, evaluations };
}

function onReceipt(grant: Grant, event: GrantEvent, since: Since): Grant {
  if (event.type !== 'document.received' && event.type !== 'approval.given') throw unknownEvent(event);
  const kind = event.type === 'document.received' ? 'document' : 'approval';
  return { ...grant, receipts: [...grant.receipts, { kind, name: event.data.name, since }] };
}

function onReport(grant: Grant, event: GrantEvent, since: Since, plan: Plan): Grant {
  if (!('report' in event.data)) throw unknownEvent(event);
  const code = event.data.report;
  if (event.type === 'deadline.set' && !grant.reports.some((report) => report.code === code)) {
    const reports = [...grant.reports, expected(event, since)];
    const order = plan.reports.flatMap(codesOfReport);
    reports.sort((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
    return { ...grant, reports };
  }
  const reports = replace(
    grant.reports,
    (r) => r.code === code,
    (report) => nextReport(report, event, since),
  );
  if (event.type !== 'report.reopened') return { ...grant, reports };
  const judging = plan.evaluations.filter((evaluation) => evaluation.report === code).map(({ code: c }) => c);
  const evaluations = grant.evaluations.map((evaluation) =>
    judging.includes(evaluation.code) &&
    allows(evaluationMachine as Machine<string>, evaluation.status, event.type)
      ? { ...evaluation, status: 'awaiting-report' as const, recommended: null, decided: null, since }
      : evaluation,
  );
  return { ...grant, reports, evaluations };
}

function expected(event: Extract<GrantEvent, { type: 'deadline.set' }>, since: Since): Report {
  return {
    code: event.data.report,
    status: 'expected',
    rawDueOn: event.data.rawDueOn,
    dueOn: event.data.dueOn,
    deadlineSetAt: event.occurredAt,
    extended: false,
    overdue: false,
    late: null,
    reportedCostsCents: null,
    acceptedCostsCents: null,
    request: null,
    reminders: [],
    escalations: [],
    since,
  };
}

function nextReport(report: Report, event: GrantEvent, since: Since): Report {
  switch (event.type) {
    case 'deadline.set':
    case 'deadline.extended':
      return {
        ...report,
        rawDueOn: event.data.rawDueOn,
        dueOn: event.data.dueOn,
        deadlineSetAt: event.occurredAt,
        extended: event.type === 'deadline.extended',
        overdue: false,
        request: null,
      };
    case 'extension.asked':
      return { ...report, request: { until: event.data.until, by: event.actor, at: event.occurredAt } };
    case 'extension.refused':
      return { ...report, request: null };
    case 'reminder.sent':
    case 'reminder.superseded': {
      const { dueOn, offset, to } = event.data;
      const outcome = event.type === 'reminder.sent' ? 'sent' : 'superseded';
      return { ...report, reminders: [...report.reminders, { dueOn, offset, to, outcome }] };
    }
    case 'report.escalated':
      return {
        ...report,
        escalations: [...report.escalations, { dueOn: event.data.dueOn, to: event.data.to }],
      };
    case 'report.overdue':
      return { ...report, overdue: true };
    default:
      return movedReport(report, event, since);
  }
}

function movedReport(report: Report, event: GrantEvent, since: Since): Report {
  const moved = { ...report, status: move(reportMachine, report.status, event.type), since };
  switch (event.type) {
    case 'report.submitted':
      return {
        ...moved,
        late: event.data.late,
        request: null,
        reportedCostsCents: optionalCents(event.data.costs),
      };
    case 'report.accepted':
      return { ...moved, acceptedCostsCents: optionalCents(event.data.costs) };
    case 'report.waived':
      return { ...moved, request: null };
    default:
      return moved;
  }
}

function onEvaluation(grant: Grant, event: GrantEvent, since: Since): Grant {
  if (!('evaluation' in event.data)) throw unknownEvent(event);
  const { evaluation: code } = event.data;
  const judgement =
    'outcome' in event.data
      ? { outcome: event.data.outcome, share: optionalShare(event.data.share), by: event.actor }
      : null;
  return {
    ...grant,
    evaluations: replace(
      grant.evaluations,
      (e) => e.code === code,
      (evaluation) => {
        const moved = {
          ...evaluation,
          status: move(evaluationMachine, evaluation.status, event.type),
          since,
        };
        if (event.type === 'evaluation.recommended') return { ...moved, recommended: judgement };
        if (event.type === 'evaluation.decided') return { ...moved, decided: judgement };
        return { ...moved, recommended: null, decided: null };
      },
    ),
  };
}

function onTranche(grant: Grant, event: GrantEvent, since: Since): Grant {
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

const unapproved = { firstApproval: null, approval: null, approvedSequence: null } as const;

function nextTranche(tranche: Tranche, event: GrantEvent, since: Since): Tranche {
  const stays: TrancheStatus = event.type === 'tranche.restored' && event.data.stays ? 'withheld' : 'planned';
  const status = move<TrancheStatus>(trancheMachine, tranche.status, event.type, stays);
  const moved = { ...tranche, status, since };
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
  const byRecovery = event.data.because.startsWith('recovery:') ? cents(event.data.released) : 0n;
  return {
    ...tranche,
    amountCents,
    releasedCents,
    offsetCents: tranche.offsetCents + byRecovery,
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

function onPayout(grant: Grant, event: GrantEvent, since: Since): Grant {
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
            since,
          }),
        );
  return { ...grant, tranches, payouts };
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
    since,
  };
}

function onRecovery(grant: Grant, event: GrantEvent, since: Since): Grant {
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
      tranche: event.data.tranche ?? null,
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
    since,
  };
}

/** Replaces the one item that matches; the others keep their reference. */
function replace<T>(items: readonly T[], matches: (item: T) => boolean, change: (item: T) => T): T[] {
  let found = false;
  const changed = items.map((item) => {
    if (!matches(item)) return item;
    found = true;
    return change(item);
  });
  if (!found) throw new Error('an event names a thing that its grant does not have');
  return changed;
}

function cents(amount: string): Cents {
  const parsed = parseAmount(amount);
  if (isFault(parsed)) throw new Error(`an event holds a broken amount: ${parsed.fault}`);
  return parsed.value;
}

function optionalCents(amount: string | undefined): Cents | null {
  return amount === undefined ? null : cents(amount);
}

function optionalShare(share: string | undefined): Share | null {
  if (share === undefined) return null;
  const parsed = parseShare(share);
  if (isFault(parsed)) throw new Error(`an event holds a broken share: ${parsed.fault}`);
  return parsed.value;
}

function unknownEvent(event: GrantEvent): Error {
  return new Error(`${event.type} cannot be folded`);
}

/** The reports and evaluations that a termination leaves alone for the tranche it spares. */
export function sparedReports(grant: Grant, plan: Plan): ReadonlySet<string> {
  if (grant.spared === null) return new Set();
  const planned = plan.tranches.find((tranche) => tranche.no === grant.spared);
  return planned === undefined ? new Set() : reportsBehind(plan, planned);
}
