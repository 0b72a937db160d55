import type { CivilDate, Instant } from './civil-date.js';
import type { EnvelopeName } from './envelope.js';
import type { DecisionReference, EventType, Outcome } from './events.js';
import type { Machine } from './machine.js';
import type { Cents, Share } from './money.js';

/** Life of a grant. `grant.resumed` leads back to `awarded` where the grant has not started yet. */
export const grantMachine = {
  draft: { 'grant.awarded': 'awarded' },
  awarded: {
    'grant.started': 'active',
    'grant.suspended': 'suspended',
    'grant.terminated': 'terminated',
  },
  active: {
    'grant.suspended': 'suspended',
    'grant.terminated': 'terminated',
    'grant.closed': 'closed',
  },
  suspended: { 'grant.resumed': ['awarded', 'active'], 'grant.terminated': 'terminated' },
  closed: { 'grant.reopened': 'active' },
  terminated: { 'grant.reopened': 'active' },
} as const satisfies Machine<'draft' | 'awarded' | 'active' | 'suspended' | 'closed' | 'terminated'>;
export type GrantStatus = keyof typeof grantMachine;

/** Life of a tranche. A payout's fate moves its tranche as well. */
export const trancheMachine = {
  planned: {
    'tranche.payable': 'payable',
    'tranche.reduced': 'planned',
    'tranche.restored': 'planned',
    'tranche.withheld': 'withheld',
    'tranche.cancelled': 'cancelled',
  },
  payable: {
    'tranche.first-approved': 'payable',
    'tranche.approved': 'approved',
    'tranche.approval-withdrawn': 'payable',
    'tranche.reduced': 'payable',
    'tranche.planned': 'planned',
    'tranche.restored': 'planned',
    'tranche.withheld': 'withheld',
    'tranche.cancelled': 'cancelled',
  },
  approved: {
    'tranche.approval-withdrawn': 'payable',
    'tranche.planned': 'planned',
    'tranche.restored': 'planned',
    'tranche.withheld': 'withheld',
    'tranche.cancelled': 'cancelled',
    'payout.ordered': 'ordered',
  },
  ordered: { 'payout.settled': 'paid', 'payout.rejected': 'approved' },
  paid: { 'payout.returned': 'approved' },
  withheld: {
    'tranche.restored': ['planned', 'withheld'],
    'tranche.reduced': 'withheld',
    'tranche.cancelled': 'cancelled',
  },
  cancelled: { 'tranche.restored': 'planned' },
} as const satisfies Machine<
  'planned' | 'payable' | 'approved' | 'ordered' | 'paid' | 'withheld' | 'cancelled'
>;
export type TrancheStatus = keyof typeof trancheMachine;

export const reportMachine = {
  expected: { 'report.submitted': 'submitted', 'report.waived': 'waived' },
  submitted: {
    'report.accepted': 'accepted',
    'report.returned': 'returned',
    'report.waived': 'waived',
  },
  returned: { 'report.submitted': 'submitted', 'report.waived': 'waived' },
  accepted: { 'report.reopened': 'submitted' },
  waived: {},
} as const satisfies Machine<'expected' | 'submitted' | 'returned' | 'accepted' | 'waived'>;
export type ReportStatus = keyof typeof reportMachine;

/** Reopening the report behind an evaluation sends the evaluation back to wait for it. */
export const evaluationMachine = {
  'awaiting-report': { 'evaluation.opened': 'open' },
  open: { 'evaluation.recommended': 'recommended', 'report.reopened': 'awaiting-report' },
  recommended: {
    'evaluation.decided': 'decided',
    'evaluation.reopened': 'open',
    'report.reopened': 'awaiting-report',
  },
  decided: { 'evaluation.reopened': 'open', 'report.reopened': 'awaiting-report' },
} as const satisfies Machine<'awaiting-report' | 'open' | 'recommended' | 'decided'>;
export type EvaluationStatus = keyof typeof evaluationMachine;

export const payoutMachine = {
  ordered: {
    'payout.marked-executed': 'ordered',
    'payout.handed-over': 'handed-over',
    'payout.settled': 'settled',
    'payout.rejected': 'rejected',
  },
  'handed-over': {
    'payout.settled': 'settled',
    'payout.rejected': 'rejected',
    'payout.unknown': 'unknown',
  },
  unknown: { 'payout.settled': 'settled', 'payout.rejected': 'rejected' },
  settled: { 'payout.returned': 'returned' },
  rejected: {},
  returned: {},
} as const satisfies Machine<'ordered' | 'handed-over' | 'unknown' | 'settled' | 'rejected' | 'returned'>;
export type PayoutStatus = keyof typeof payoutMachine;
export const livePayoutStatuses: readonly PayoutStatus[] = ['ordered', 'handed-over', 'unknown', 'settled'];

/** A part settled or offset leaves the recovery `notified` until nothing is open. */
export const recoveryMachine = {
  proposed: { 'recovery.notified': 'notified', 'recovery.waived': 'waived' },
  notified: {
    'recovery.settled': ['notified', 'settled'],
    'recovery.offset': ['notified', 'offset'],
    'recovery.waived': 'waived',
  },
  settled: {},
  offset: {},
  waived: {},
} as const satisfies Machine<'proposed' | 'notified' | 'settled' | 'offset' | 'waived'>;
export type RecoveryStatus = keyof typeof recoveryMachine;

/** The event that brought a thing into its present state. */
export interface Since {
  readonly at: Instant;
  readonly event: EventType;
  readonly sequence: number;
}

export interface Approval {
  readonly by: string;
  /** The account version the approval is bound to. */
  readonly accountVersion: number;
}

export interface Tranche {
  readonly no: number;
  readonly status: TrancheStatus;
  /** Fixed at award, never changed. */
  readonly awardedCents: Cents;
  readonly amountCents: Cents;
  /** No longer owed: awarded = (cancelled ? 0 : amount) + released. */
  readonly releasedCents: Cents;
  /** Taken off by recoveries that were offset against this tranche; part of what was released. */
  readonly offsetCents: Cents;
  /** The part of `offsetCents` that went to recoveries of other grants: here it counts as paid. */
  readonly compensatedCents: Cents;
  /** Set while a settlement has fixed or cancelled this tranche. */
  readonly settlementCents: Cents | null;
  /** First day on which it may be paid; null: as soon as its gate opens. */
  readonly dueOn: CivilDate | null;
  /** When it last became payable: its latest payment date counts from there. Null while it is not. */
  readonly payableSince: Instant | null;
  /** Why it is withheld or cancelled: a person (null) or `evaluation:<code>`, `settlement`, `zero`, `terminated`. */
  readonly because: string | null;
  readonly firstApproval: Approval | null;
  readonly approval: Approval | null;
  /** Sequence of the event that approved it; a payout attempt after it was ordered on that approval. */
  readonly approvedSequence: number | null;
  readonly since: Since;
}

export interface Report {
  readonly code: string;
  readonly status: ReportStatus;
  readonly rawDueOn: CivilDate;
  readonly dueOn: CivilDate;
  /** When the present deadline was set; moments before it are not made up for. */
  readonly deadlineSetAt: Instant;
  /** The deadline as it was set, before any extension: the longest extension counts from it. */
  readonly setDueOn: CivilDate;
  /** Requests for more time that were granted since it was set. */
  readonly granted: number;
  /** The bulk move that moved it last; null where none did since it was set, or that was undone. */
  readonly moved: MovedDeadline | null;
  readonly extended: boolean;
  readonly overdue: boolean;
  /** Handed in after its deadline; null before it was handed in. */
  readonly late: boolean | null;
  readonly reportedCostsCents: Cents | null;
  readonly acceptedCostsCents: Cents | null;
  readonly request: ExtensionRequest | null;
  readonly reminders: readonly ReminderRecord[];
  readonly escalations: readonly { readonly dueOn: CivilDate; readonly to: string }[];
  readonly since: Since;
}

/** More time, asked for and not answered yet. */
export interface ExtensionRequest {
  readonly until: CivilDate;
  readonly by: string;
  readonly at: Instant;
}

/** A deadline that a bulk move moved: what undoing puts back, as long as nothing acted on it. */
export interface MovedDeadline {
  readonly move: number;
  readonly before: {
    readonly dueOn: CivilDate;
    readonly rawDueOn: CivilDate;
    readonly extended: boolean;
    readonly overdue: boolean;
    readonly request: ExtensionRequest | null;
  };
  /** The first event since that acted on the report; null while none did. */
  readonly actedBy: EventType | null;
}

export interface ReminderRecord {
  readonly dueOn: CivilDate;
  /** `-P7D` before, `+P1D` after the deadline. */
  readonly offset: string;
  readonly to: string;
  readonly outcome: 'sent' | 'superseded';
}

export interface Evaluation {
  readonly code: string;
  readonly status: EvaluationStatus;
  readonly recommended: {
    readonly outcome: Outcome;
    readonly share: Share | null;
    readonly by: string;
  } | null;
  readonly decided: { readonly outcome: Outcome; readonly share: Share | null; readonly by: string } | null;
  /** A window of its own, and the bulk move behind it; null while it has that of its plan. */
  readonly window: {
    readonly from: CivilDate;
    readonly to: CivilDate;
    readonly move: number | null;
  } | null;
  readonly since: Since;
}

export interface Payout {
  /** `<grant code>-<tranche no>-<attempt>`, unique for ever: the key of reconciliation. */
  readonly endToEndId: string;
  readonly tranche: number;
  readonly attempt: number;
  readonly amountCents: Cents;
  readonly accountVersion: number;
  readonly status: PayoutStatus;
  readonly orderedSequence: number;
  /** Who said that it went without a bank file, by what evidence; null where nobody did, or it was rejected. */
  readonly executed: { readonly by: string; readonly evidence: string; readonly at: Instant } | null;
  readonly since: Since;
}

export interface Recovery {
  readonly no: number;
  readonly status: RecoveryStatus;
  readonly amountCents: Cents;
  readonly openCents: Cents;
  /** What came back in money; offsets are not in it. */
  readonly settledCents: Cents;
  /** What came back by being offset against tranches of other grants. */
  readonly compensatedCents: Cents;
  /** The tranche whose settlement proposed it, or null where a person did. */
  readonly tranche: number | null;
  /** The legal ground a person named. */
  readonly ground: string | null;
  readonly since: Since;
}

/** A document received or an approval given, by name. */
export interface Receipt {
  readonly kind: 'document' | 'approval';
  readonly name: string;
  readonly since: Since;
}

/** One grant with all that hangs on it: the boundary within which a command decides. */
export interface Grant {
  readonly code: string;
  readonly beneficiary: string;
  readonly programme: string;
  readonly planVersion: number;
  readonly amountCents: Cents;
  readonly start: CivilDate;
  readonly end: CivilDate;
  readonly status: GrantStatus;
  readonly startedAt: Instant | null;
  readonly handler: string | null;
  readonly decision: DecisionReference | null;
  /** The budget envelope its award committed; null before, and where its programme had none. */
  readonly envelope: EnvelopeName | null;
  /** Suspended with `mute`: reminders are silent. */
  readonly muted: boolean;
  /** Reminder moments up to here are not made up for (the end of a muted suspension, or a reopening). */
  readonly silentUntil: Instant | null;
  /** The tranche a termination spares. */
  readonly spared: number | null;
  readonly tranches: readonly Tranche[];
  readonly reports: readonly Report[];
  readonly evaluations: readonly Evaluation[];
  readonly payouts: readonly Payout[];
  readonly recoveries: readonly Recovery[];
  readonly receipts: readonly Receipt[];
  /** Sequence of the last event; 0 before the first. */
  readonly sequence: number;
  readonly lastEventAt: Instant | null;
  readonly since: Since;
}

export function isLive(payout: Payout): boolean {
  return livePayoutStatuses.includes(payout.status);
}

/** The live payout of a tranche, if any: at most one (I3). */
export function livePayout(grant: Grant, no: number): Payout | undefined {
  return grant.payouts.find((payout) => payout.tranche === no && isLive(payout));
}

export function findTranche(grant: Grant, no: number): Tranche | undefined {
  return grant.tranches.find((tranche) => tranche.no === no);
}

export function findReport(grant: Grant, code: string): Report | undefined {
  return grant.reports.find((report) => report.code === code);
}

export function findEvaluation(grant: Grant, code: string): Evaluation | undefined {
  return grant.evaluations.find((evaluation) => evaluation.code === code);
}

/** Sums of a grant in cents (domain.md, "Money"): each is at most the one before it. */
export function sums(grant: Grant): {
  awarded: Cents;
  scheduled: Cents;
  approved: Cents;
  ordered: Cents;
  paid: Cents;
  released: Cents;
  recovered: Cents;
} {
  const total = (tranches: readonly Tranche[], pick: (t: Tranche) => Cents): Cents =>
    tranches.reduce((sum, tranche) => sum + pick(tranche), 0n);
  const within = (statuses: readonly TrancheStatus[]): readonly Tranche[] =>
    grant.tranches.filter((tranche) => statuses.includes(tranche.status));
  return {
    awarded: grant.amountCents,
    scheduled: total(
      grant.tranches.filter((tranche) => tranche.status !== 'cancelled'),
      (tranche) => tranche.amountCents,
    ),
    approved: total(within(['approved', 'ordered', 'paid']), (tranche) => tranche.amountCents),
    ordered: total(within(['ordered', 'paid']), (tranche) => tranche.amountCents),
    paid: total(within(['paid']), (tranche) => tranche.amountCents),
    released: total(grant.tranches, (tranche) => tranche.releasedCents),
    recovered: grant.recoveries.reduce((sum, recovery) => sum + recovery.settledCents, 0n),
  };
}
