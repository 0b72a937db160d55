import type { PayeeCheckResult } from './account.js';
import type { Instant } from './civil-date.js';
import type { EnvelopeName } from './envelope.js';
import type { PostalAddress } from './payment.js';

/** `decision` of an award, a termination or a reopening: the reference and date of the act behind it. */
export interface DecisionReference {
  readonly reference: string;
  readonly date: string;
}

/** Data of every event beside the row's own fields. Amounts are decimal strings, dates civil dates. */
export interface EventData {
  'grant.drafted': {
    beneficiary: string;
    amount: string;
    start: string;
    end: string;
    programme: string;
    planVersion: number;
    handler?: string;
  };
  /** `envelope` where the programme has budget envelopes: the one that is committed. */
  'grant.awarded': {
    amount: string;
    start: string;
    end: string;
    programme: string;
    planVersion: number;
    decision?: DecisionReference;
    envelope?: EnvelopeName;
  };
  'grant.started': Record<string, never>;
  'grant.suspended': { mute?: true };
  'grant.resumed': Record<string, never>;
  'grant.terminated': { tranche?: number; decision?: DecisionReference };
  'grant.closed': Record<string, never>;
  'grant.reopened': { decision: DecisionReference };
  'grant.handler-assigned': { handler: string };
  'deadline.set': { report: string; dueOn: string; rawDueOn: string; previousDueOn?: string };
  /** `move` where a bulk move did it. */
  'deadline.extended': {
    report: string;
    dueOn: string;
    rawDueOn: string;
    previousDueOn: string;
    move?: number;
  };
  /** Back to where it stood before a bulk move, which was undone. */
  'deadline.restored': {
    report: string;
    dueOn: string;
    rawDueOn: string;
    previousDueOn: string;
    move: number;
  };
  'extension.asked': { report: string; until: string };
  'extension.refused': { report: string; until: string };
  'reminder.sent': { report: string; offset: string; dueOn: string; to: string };
  'reminder.superseded': { report: string; offset: string; dueOn: string; to: string };
  'report.escalated': { report: string; dueOn: string; to: string };
  'report.submitted': { report: string; late: boolean; dueOn: string; costs?: string };
  'report.returned': { report: string; dueOn: string };
  'report.accepted': { report: string; late: boolean; dueOn: string; costs?: string };
  'report.reopened': { report: string };
  'report.waived': { report: string };
  'report.overdue': { report: string; dueOn: string };
  'evaluation.opened': { evaluation: string };
  'evaluation.recommended': { evaluation: string; outcome: Outcome; share?: string };
  'evaluation.decided': { evaluation: string; outcome: Outcome; share?: string; late: boolean };
  'evaluation.reopened': { evaluation: string };
  /** The window of one grant moved along with a bulk move, or back with its undoing. */
  'evaluation.window-moved': {
    evaluation: string;
    from: string;
    to: string;
    previousFrom: string;
    previousTo: string;
    move: number;
  };
  'tranche.payable': { tranche: number; amount: string };
  'tranche.planned': { tranche: number; amount: string; missing?: readonly string[] };
  'tranche.first-approved': { tranche: number; amount: string; accountVersion: number };
  'tranche.approved': { tranche: number; amount: string; accountVersion: number };
  'tranche.approval-withdrawn': { tranche: number; amount: string };
  /** `because` names the unfavourable evaluation; absent where a person withheld it. */
  'tranche.withheld': { tranche: number; amount: string; because?: string };
  /** Back to planned at `amount`; `stays` where a person's withholding outlives the restored amount. */
  'tranche.restored': { tranche: number; amount: string; stays?: 'withheld' };
  'tranche.reduced': {
    tranche: number;
    amount: string;
    released: string;
    /** `evaluation:<code>`, `recovery:<no>`, `recovery:<grant>:<no>` of another grant, or `settlement`. */
    because: string;
    /** The terms of a settlement; `compensated` where recoveries of other grants were offset here. */
    accepted?: string;
    paid?: string;
    recovered?: string;
    compensated?: string;
  };
  /** `because`: `zero`, `settlement`, `terminated` or `evaluation:<code>`; absent where a person cancelled it. */
  'tranche.cancelled': {
    tranche: number;
    amount: string;
    because?: string;
    accepted?: string;
    paid?: string;
    recovered?: string;
    compensated?: string;
  };
  'document.received': { name: string };
  'approval.given': { name: string };
  'payout.ordered': { tranche: number; amount: string; endToEndId: string; accountVersion: number };
  /** `batch` where it went with one. */
  'payout.handed-over': { tranche: number; amount: string; endToEndId: string; batch?: number };
  /** Went without a bank file, says one person; it stays ordered until another confirms it. */
  'payout.marked-executed': { tranche: number; amount: string; endToEndId: string; evidence: string };
  /** `evidence` where a second person confirmed what another had marked as executed. */
  'payout.settled': { tranche: number; amount: string; endToEndId: string; evidence?: string };
  'payout.rejected': { tranche: number; amount: string; endToEndId: string };
  'payout.returned': { tranche: number; amount: string; endToEndId: string };
  'payout.unknown': { tranche: number; amount: string; endToEndId: string };
  /** `tranche` where the settlement of that tranche proposed it; `ground` where a person named a legal one. */
  'recovery.proposed': { recovery: number; amount: string; open: string; tranche?: number; ground?: string };
  'recovery.notified': { recovery: number; amount: string; open: string };
  'recovery.settled': { recovery: number; amount: string; open: string };
  /** `against`: the other grant whose tranche it is; absent where it is the recovery's own grant. */
  'recovery.offset': { recovery: number; amount: string; open: string; tranche: number; against?: string };
  'recovery.waived': { recovery: number; amount: string; open: string };
  /** `excluded` counts the ordered payouts that could not go; the filters as they were asked. */
  'batch.built': {
    lines: number;
    amount: string;
    linesHash: string;
    profile: string;
    profileVersion: number;
    excluded: number;
    executeOn?: string;
    programme?: string;
    dueBy?: string;
    atLeast?: string;
    atMost?: string;
  };
  'batch.released': { executeOn: string; messageId: string };
  'batch.discarded': Record<string, never>;
  'batch.exported': { format: string; sha256: string; bytes: number };
  'batch.handed-over': { lines: number; amount: string };
  /** How many entries found their payment, waited for a person, or told nothing new. */
  'bank-file.imported': {
    kind: string;
    messageId: string;
    sha256: string;
    name?: string;
    entries: number;
    matched: number;
    waiting: number;
    known: number;
  };
  'bank-entry.assigned': { entry: number; endToEndId?: string; grant?: string; recovery?: number };
  'bank-entry.dismissed': { entry: number };
  /** How many deadlines and windows moved, the hash over all of them, and the selection as it was asked. */
  'deadline-move.applied': {
    programme: string;
    report: string;
    until: string;
    deadlines: number;
    windows: number;
    linesHash: string;
    dueOn?: string;
    beneficiary?: string;
    grants?: readonly string[];
    decision?: DecisionReference;
  };
  'deadline-move.undone': { deadlines: number; windows: number };
  /** `holder` is absent where it is the beneficiary itself. */
  'account.changed': {
    iban: string;
    version: number;
    holder?: string;
    address?: PostalAddress;
    validFrom?: string;
    validUntil?: string;
  };
  'account.verified': { iban: string; version: number };
  /** `suggested`: the name the bank gave of a close match. */
  'account.payee-checked': { version: number; result: PayeeCheckResult; suggested?: string };
  'account.payee-check-overridden': { version: number };
  /** The address of a person took no mail; `response`: what the other server said. */
  'contact.bounced': { mail: string; response: string };
  /** An address was entered anew; `mail` is absent where it was taken away. */
  'contact.restored': { mail?: string };
}

export type Outcome = 'favourable' | 'partly-favourable' | 'unfavourable';

export const outcomes: readonly Outcome[] = ['favourable', 'partly-favourable', 'unfavourable'];

export type EventType = keyof EventData;
export type BatchEventType = Extract<EventType, `batch.${string}`>;
export type BankFileEventType = Extract<EventType, `bank-${string}`>;
export type DeadlineMoveEventType = Extract<EventType, `deadline-move.${string}`>;
/** What became of a person's address, in the stream of that person. */
export type ContactEventType = Extract<EventType, `contact.${string}`>;
export type AccountEventType =
  'account.changed' | 'account.verified' | 'account.payee-checked' | 'account.payee-check-overridden';
export type GrantEventType = Exclude<
  EventType,
  AccountEventType | BatchEventType | BankFileEventType | DeadlineMoveEventType | ContactEventType
>;

/** What a decision says happened; the record adds stream, sequence and time. */
export type NewEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly type: K;
    readonly data: EventData[K];
    /** Whoever gave the command, or `system` for what follows from it. */
    readonly actor: string;
    readonly reason: string | null;
  };
}[T];

/** An event in its stream: `grant:<code>`, `beneficiary:<id>`, `batch:<no>`, `bank-file:<no>`, `deadline-move:<no>` or `person:<id>`; sequence counts from 1. */
export type RecordedEvent<T extends EventType = EventType> = NewEvent<T> & {
  readonly stream: string;
  readonly sequence: number;
  readonly version: number;
  readonly commandId: string;
  readonly occurredAt: Instant;
};

export type GrantEvent = RecordedEvent<GrantEventType>;
export type AccountEvent = RecordedEvent<AccountEventType>;
export type BatchEvent = RecordedEvent<BatchEventType>;
export type DeadlineMoveEvent = RecordedEvent<DeadlineMoveEventType>;
export type BankFileEvent = RecordedEvent<BankFileEventType>;

/** The version of the event shapes above; a later shape of a type counts up and the fold reads both. */
export const eventVersion = 1;
