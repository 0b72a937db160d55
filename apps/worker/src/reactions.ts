import type { EventType, NewEvent } from '#domain/events.js';
import type { Role } from '#domain/people.js';
import type { EffectJobName } from '#queue/jobs.js';

/** What the service does because something happened. Each is an effect: once per event and target. */
export interface Reaction {
  readonly reaction: ReactionName;
  /** What it is done to: a tranche, a person; whom it is told: a topic of a beneficiary, a role. */
  readonly target: string;
}

/** Every reaction and the job that does it. */
export const jobOfReaction = {
  'order-payout': 'order-payouts',
  'order-held-payouts': 'order-payouts',
  'hand-over-payouts': 'hand-over-payouts',
  'apply-bank-file': 'apply-bank-file',
  'reassess-grants': 'reassess',
  remind: 'remind',
  escalate: 'remind',
  'notify-beneficiary': 'notify',
  'notify-agency': 'notify',
  'notify-role': 'notify',
} as const satisfies Record<string, EffectJobName>;
export type ReactionName = keyof typeof jobOfReaction;

type Reactions = {
  readonly [T in EventType]: (event: Extract<NewEvent, { type: T }>) => readonly Reaction[];
};

const nothing = (): readonly Reaction[] => [];
const applyBankFile = (): readonly Reaction[] => [{ reaction: 'apply-bank-file', target: '' }];
const reassess = (): readonly Reaction[] => [{ reaction: 'reassess-grants', target: '' }];
/** The contacts of the beneficiary for a topic; for both where it concerns the grant itself. */
const tellBeneficiary = (): readonly Reaction[] => [{ reaction: 'notify-beneficiary', target: '' }];
const tellReporters = (): readonly Reaction[] => [{ reaction: 'notify-beneficiary', target: 'reports' }];
const tellPaid = (): readonly Reaction[] => [{ reaction: 'notify-beneficiary', target: 'payments' }];
/** Whoever looks after the grant. */
const tellAgency = (): readonly Reaction[] => [{ reaction: 'notify-agency', target: '' }];
const tellRole = (...roles: readonly Role[]): readonly Reaction[] =>
  roles.map((target) => ({ reaction: 'notify-role', target }));
const tellEvaluators = (): readonly Reaction[] => tellRole('evaluator');
const tellApprovers = (): readonly Reaction[] => tellRole('approver');
const tellFinance = (): readonly Reaction[] => tellRole('finance');
/** Who may verify an account. */
const tellVerifiers = (): readonly Reaction[] => tellRole('administrator', 'finance');
const tellPayers = (): readonly Reaction[] => [...tellAgency(), ...tellFinance()];

/** Tranches that went with the grant, or had no amount from the start: the grant's own message says so. */
const toldWithTheGrant = (because: string | undefined): boolean =>
  because === 'terminated' || because === 'zero';

/**
 * Event → what follows outside its transaction, in one table that the compiler keeps exhaustive. What
 * follows within a grant (a gate that opens, a tranche that falls back) is decided together with the
 * event in libs/domain/src/consequences.ts and is no reaction.
 */
export const reactions: Reactions = {
  'grant.drafted': nothing,
  'grant.awarded': tellBeneficiary,
  'grant.started': nothing,
  'grant.suspended': tellBeneficiary,
  'grant.resumed': () => [{ reaction: 'order-held-payouts', target: '' }, ...tellBeneficiary()],
  'grant.terminated': tellBeneficiary,
  'grant.closed': tellBeneficiary,
  'grant.reopened': () => [{ reaction: 'order-held-payouts', target: '' }, ...tellBeneficiary()],
  'grant.handler-assigned': nothing,
  'deadline.set': nothing,
  'deadline.extended': tellReporters,
  'deadline.restored': tellReporters,
  'extension.asked': tellAgency,
  'extension.refused': tellReporters,
  'reminder.sent': ({ data }) => [{ reaction: 'remind', target: data.to }],
  'reminder.superseded': nothing,
  'report.escalated': ({ data }) => [{ reaction: 'escalate', target: data.to }],
  'report.submitted': tellAgency,
  'report.returned': tellReporters,
  'report.accepted': tellReporters,
  'report.reopened': tellReporters,
  'report.waived': tellReporters,
  'report.overdue': nothing,
  'evaluation.opened': tellEvaluators,
  'evaluation.recommended': tellApprovers,
  'evaluation.decided': tellBeneficiary,
  'evaluation.reopened': () => [...tellBeneficiary(), ...tellEvaluators()],
  'evaluation.window-moved': nothing,
  'tranche.payable': tellApprovers,
  'tranche.planned': nothing,
  'tranche.first-approved': tellApprovers,
  'tranche.approved': ({ data }) => [{ reaction: 'order-payout', target: String(data.tranche) }],
  'tranche.approval-withdrawn': nothing,
  'tranche.withheld': tellPaid,
  'tranche.restored': tellPaid,
  'tranche.reduced': tellPaid,
  'tranche.cancelled': ({ data }) => (toldWithTheGrant(data.because) ? [] : tellPaid()),
  'document.received': nothing,
  'approval.given': nothing,
  'payout.ordered': nothing,
  'payout.handed-over': nothing,
  'payout.marked-executed': tellFinance,
  'payout.settled': tellPaid,
  'payout.rejected': tellPayers,
  'payout.returned': tellPayers,
  'payout.unknown': tellPayers,
  'recovery.proposed': tellAgency,
  'recovery.notified': tellPaid,
  'recovery.settled': tellPaid,
  'recovery.offset': tellPaid,
  'recovery.waived': tellPaid,
  'batch.built': nothing,
  'batch.released': nothing,
  'batch.discarded': nothing,
  'batch.exported': nothing,
  'batch.handed-over': () => [{ reaction: 'hand-over-payouts', target: '' }],
  'bank-file.imported': ({ data }) => (data.matched > 0 ? applyBankFile() : []),
  'bank-entry.assigned': applyBankFile,
  'bank-entry.dismissed': nothing,
  // Each grant of a move tells its beneficiary.
  'deadline-move.applied': nothing,
  'deadline-move.undone': nothing,
  'account.changed': () => [...reassess(), ...tellPaid(), ...tellVerifiers()],
  'account.verified': reassess,
  'account.payee-checked': ({ data }) => [...reassess(), ...(data.result === 'no-match' ? tellAgency() : [])],
  'account.payee-check-overridden': reassess,
  'contact.bounced': () => tellRole('administrator'),
  'contact.restored': nothing,
};

/** The events that something follows from; the others leave the outbox without their data being read. */
export const reactingTypes = (Object.keys(reactions) as EventType[]).filter(
  (type) => reactions[type] !== nothing,
);

/** The reactions to any event. */
export function reactionsTo(event: NewEvent): readonly Reaction[] {
  return (reactions[event.type] as (event: NewEvent) => readonly Reaction[])(event);
}
