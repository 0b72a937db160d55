import type { EventType, NewEvent } from '#domain/events.js';
import type { EffectJobName } from '#queue/jobs.js';

/** What the service does because something happened. Each is an effect: once per event and target. */
export interface Reaction {
  readonly reaction: ReactionName;
  /** What it is done to: a tranche, a beneficiary, a person. */
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
  'notify-finance': 'notify',
} as const satisfies Record<string, EffectJobName>;
export type ReactionName = keyof typeof jobOfReaction;

type Reactions = {
  readonly [T in EventType]: (event: Extract<NewEvent, { type: T }>) => readonly Reaction[];
};

const nothing = (): readonly Reaction[] => [];
const applyBankFile = (): readonly Reaction[] => [{ reaction: 'apply-bank-file', target: '' }];
const reassess = (): readonly Reaction[] => [{ reaction: 'reassess-grants', target: '' }];
const tellBeneficiary = (): readonly Reaction[] => [{ reaction: 'notify-beneficiary', target: '' }];
const tellAgency = (): readonly Reaction[] => [{ reaction: 'notify-agency', target: '' }];
const tellFinance = (): readonly Reaction[] => [{ reaction: 'notify-finance', target: '' }];
const tellPayers = (): readonly Reaction[] => [...tellAgency(), ...tellFinance()];
const tellBoth = (): readonly Reaction[] => [...tellBeneficiary(), ...tellAgency()];

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
  'grant.closed': nothing,
  'grant.reopened': () => [{ reaction: 'order-held-payouts', target: '' }, ...tellBeneficiary()],
  'grant.handler-assigned': nothing,
  'deadline.set': nothing,
  'deadline.extended': tellBeneficiary,
  'deadline.restored': tellBeneficiary,
  'extension.asked': tellAgency,
  'extension.refused': tellBeneficiary,
  'reminder.sent': ({ data }) => [{ reaction: 'remind', target: data.to }],
  'reminder.superseded': nothing,
  'report.escalated': ({ data }) => [{ reaction: 'escalate', target: data.to }],
  'report.submitted': tellAgency,
  'report.returned': tellBeneficiary,
  'report.accepted': tellBeneficiary,
  'report.reopened': tellBeneficiary,
  'report.waived': nothing,
  'report.overdue': nothing,
  'evaluation.opened': nothing,
  'evaluation.recommended': nothing,
  'evaluation.decided': tellBeneficiary,
  'evaluation.reopened': nothing,
  'evaluation.window-moved': nothing,
  'tranche.payable': nothing,
  'tranche.planned': nothing,
  'tranche.first-approved': nothing,
  'tranche.approved': ({ data }) => [{ reaction: 'order-payout', target: String(data.tranche) }],
  'tranche.approval-withdrawn': nothing,
  'tranche.withheld': tellBeneficiary,
  'tranche.restored': nothing,
  'tranche.reduced': tellBeneficiary,
  'tranche.cancelled': nothing,
  'document.received': nothing,
  'approval.given': nothing,
  'payout.ordered': nothing,
  'payout.handed-over': nothing,
  'payout.marked-executed': tellFinance,
  'payout.settled': tellBeneficiary,
  'payout.rejected': tellPayers,
  'payout.returned': tellPayers,
  'payout.unknown': tellPayers,
  'recovery.proposed': tellAgency,
  'recovery.notified': tellBeneficiary,
  'recovery.settled': nothing,
  'recovery.offset': tellBeneficiary,
  'recovery.waived': nothing,
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
  'account.changed': () => [...reassess(), ...tellBoth()],
  'account.verified': reassess,
  'account.payee-checked': ({ data }) => [...reassess(), ...(data.result === 'no-match' ? tellAgency() : [])],
  'account.payee-check-overridden': reassess,
};

/** The events that something follows from; the others leave the outbox without their data being read. */
export const reactingTypes = (Object.keys(reactions) as EventType[]).filter(
  (type) => reactions[type] !== nothing,
);

/** The reactions to any event. */
export function reactionsTo(event: NewEvent): readonly Reaction[] {
  return (reactions[event.type] as (event: NewEvent) => readonly Reaction[])(event);
}
