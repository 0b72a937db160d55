import type { BankAnswer, BankEntry, BankFileHead } from './bank-file.js';
import type { BatchStatus } from './batch.js';
import { openBatchStatuses } from './batch.js';
import type { Command, CommandName, Input } from './commands.js';
import { reasonRequired } from './decision.js';
import { by } from './facts.js';
import type { Decision } from './facts.js';
import type { PayoutStatus, RecoveryStatus } from './grant.js';
import type { Cents } from './money.js';
import { formatAmount } from './money.js';
import type { Actor } from './people.js';
import type { Refusal } from './refusal.js';
import { refuse, refuseInvalid } from './refusal.js';

/**
 * What became of an entry. `matched`: its payment is known, its grant does not say so yet; `applied`: it does.
 * `known`: it told nothing new. `noted`: it promises nothing. `waiting`: for a person, who assigns or dismisses it.
 */
export const bankEntryStatuses = [
  'matched',
  'applied',
  'known',
  'noted',
  'waiting',
  'assigned',
  'dismissed',
] as const;
export type BankEntryStatus = (typeof bankEntryStatuses)[number];

/** What an entry is found to be; `because` says why a person must look at it. */
export interface Verdict {
  readonly status: Extract<BankEntryStatus, 'matched' | 'known' | 'noted' | 'waiting'>;
  readonly because: string | null;
  /** The open batch that binds what it names: once that is handed over, it is judged again. */
  readonly awaits?: number;
}

/** What an earlier entry, of this file or of one before it, said of the same payment. */
export interface Told {
  readonly answer: BankAnswer;
  /** Its grants do not say so yet. */
  readonly pending: boolean;
  /** It stands in the same file. */
  readonly here: boolean;
  readonly wholeFile: boolean;
  /** It came in a file of the same kind. */
  readonly sameKind: boolean;
  readonly bankReference: string | null;
}

/** A payout that an entry names, as the record knows it. */
export interface KnownPayout {
  readonly endToEndId: string;
  readonly grant: string;
  readonly tranche: number;
  readonly amountCents: Cents;
  readonly status: PayoutStatus;
  /** The batch that binds it, or took it along without its grant saying so yet. */
  readonly batch: { readonly no: number; readonly status: BatchStatus } | null;
  /** The latest that was believed of it. */
  readonly told: Told | null;
}

/** A batch whose file an entry names as a whole, with what became of its lines. */
export interface KnownBatch {
  readonly no: number;
  readonly status: BatchStatus;
  readonly lines: number;
  readonly amountCents: Cents;
  /** Lines on their way: handed over, or of unknown fate. What is believed of a line counts as if it were on record. */
  readonly underWay: number;
  readonly settled: number;
  readonly returned: number;
  readonly rejected: number;
  readonly rejectedCents: Cents;
  /** The latest that was believed of its file as a whole. */
  readonly told: Told | null;
}

/** An answer that moves a payout. */
type Moving = Extract<BankAnswer, 'settled' | 'rejected' | 'returned'>;
/** An ordered payout that an open batch binds has not reached its bank. */
interface InBatch {
  readonly inBatch: number;
}

const matched: Verdict = { status: 'matched', because: null };
const known: Verdict = { status: 'known', because: null };
const noted: Verdict = { status: 'noted', because: null };
const waits = (because: string): Verdict => ({ status: 'waiting', because });
const waitsForHandOver = (batch: number): Verdict => ({
  ...waits(`batch ${batch} is not handed over yet`),
  awaits: batch,
});

/**
 * What an answer means in each state of its payout: the rules of matching (issue "Answers"; domain.md, payout).
 * A return proves the debit: it settles first what was not settled. While an open batch binds the payout, any answer
 * waits for its hand-over.
 */
export const verdicts: Readonly<Record<Moving, Readonly<Record<PayoutStatus, Verdict>>>> = {
  settled: {
    ordered: matched,
    'handed-over': matched,
    unknown: matched,
    settled: known,
    rejected: waits('the payout was rejected before, and now the bank says that it was paid'),
    returned: waits('the payout came back before, and now the bank says that it was paid'),
  },
  rejected: {
    ordered: matched,
    'handed-over': matched,
    unknown: matched,
    settled: waits('the payout is settled, and the bank says that it was rejected'),
    rejected: known,
    returned: waits('the payout came back before, and now the bank says that it was rejected'),
  },
  returned: {
    ordered: waits('the payout was not handed over, and the bank says that it came back'),
    'handed-over': matched,
    unknown: matched,
    settled: matched,
    rejected: waits('the payout was rejected before, and now the bank says that it came back'),
    returned: known,
  },
};

const becameOf = {
  settled: 'settled',
  rejected: 'rejected',
  returned: 'returned',
} as const satisfies Record<Moving, PayoutStatus>;

function isMoving(answer: BankAnswer): answer is Moving {
  return Object.hasOwn(becameOf, answer);
}

/** What of an entry the rules of matching look at. */
export type JudgedEntry = Pick<
  BankEntry,
  'answer' | 'endToEndId' | 'messageId' | 'wholeFile' | 'count' | 'amountCents' | 'currency' | 'bankReference'
>;

/** What an entry about one payment means; `payout` is the one it names, null where there is none such. */
export function judge(entry: JudgedEntry, payout: KnownPayout | null): Verdict {
  const { answer, endToEndId } = entry;
  if (answer === 'acknowledged') return noted;
  if (!isMoving(answer)) return waits('money came in: say which recovery or payout it is, or dismiss it');
  if (payout === null)
    return waits(endToEndId === null ? 'it names no payment' : 'no payout has this EndToEndId');
  const other = otherMoney(entry, payout.amountCents, answer === 'rejected');
  if (other !== null) return waits(other);
  return isTwice(entry, payout.told) ? twice(answer) : moved(answer, payout);
}

function moved(answer: Moving, payout: KnownPayout): Verdict {
  const state = stateOf(payout);
  return typeof state === 'string' ? verdicts[answer][state] : waitsForHandOver(state.inBatch);
}

/** What is believed of it and not on record yet counts as if it were. */
function stateOf({ status, batch, told }: KnownPayout): PayoutStatus | InBatch {
  if (told?.pending === true && isMoving(told.answer)) return becameOf[told.answer];
  if (status !== 'ordered' || batch === null) return status;
  return openBatchStatuses.includes(batch.status) ? { inBatch: batch.no } : 'handed-over';
}

/**
 * Whether the bank tells of a second movement rather than of the first one again: within one file, or in two of the
 * same kind under references of their own. A rejection moves nothing.
 */
function isTwice(entry: JudgedEntry, told: Told | null): boolean {
  if (told === null || told.answer !== entry.answer || entry.answer === 'rejected') return false;
  const { here, sameKind, wholeFile, bankReference } = told;
  if (here) return true;
  if (!sameKind || wholeFile !== entry.wholeFile) return false;
  if (bankReference === null || entry.bankReference === null) return false;
  return bankReference !== entry.bankReference;
}

function twice(answer: Moving): Verdict {
  return waits(
    answer === 'returned'
      ? 'returned twice? an earlier entry says that it came back already'
      : 'paid twice? an earlier entry says that it was paid already',
  );
}

/** How its money differs from what was paid, or null. A status that repeats no amount differs in nothing. */
function otherMoney(entry: JudgedEntry, cents: Cents, mayBeAbsent: boolean): string | null {
  const { amountCents, currency } = entry;
  if (amountCents === null) return mayBeAbsent ? null : 'it names no amount';
  if (currency !== 'EUR') return `its currency is ${currency ?? 'not named'}; payouts are in EUR`;
  if (amountCents === cents) return null;
  return `its amount is ${formatAmount(amountCents)}; that of the payout is ${formatAmount(cents)}`;
}

/** What an entry about a whole payment file means; `batch` is the one whose MsgId it names, null where none has. */
export function judgeWhole(entry: JudgedEntry, batch: KnownBatch | null): Verdict {
  const { answer } = entry;
  if (answer === 'acknowledged') return noted;
  if (batch === null)
    return waits(entry.messageId === null ? 'it names no payment file' : 'no batch has this message id');
  const { no, status, told } = batch;
  if (status === 'discarded') return waits(`batch ${no} was discarded`);
  if (status !== 'handed-over') return waitsForHandOver(no);
  if (isTwice(entry, told))
    return waits(`paid twice? an earlier entry says that batch ${no} was paid already`);
  if (told !== null && (told.here || told.pending))
    return told.answer === answer
      ? known
      : waits(`an earlier entry says of batch ${no} that it was ${told.answer}`);
  if (answer === 'settled') return wholeSettled(entry, batch);
  if (answer === 'rejected') return wholeRejected(entry, batch);
  return waits(`all of batch ${no} came back: record it payment by payment, then dismiss this entry`);
}

/** One booking for all lines, or for all but those that the bank had rejected before. */
function wholeSettled({ amountCents, currency, count }: JudgedEntry, batch: KnownBatch): Verdict {
  const { no, lines, rejected } = batch;
  const left = { lines: lines - rejected, cents: batch.amountCents - batch.rejectedCents };
  const fits = amountCents === left.cents && (count === null || count === left.lines) && currency === 'EUR';
  if (fits && left.lines > 0) return batch.underWay === 0 ? known : matched;
  const booked = amountCents === null ? 'no amount' : `${formatAmount(amountCents)} ${currency ?? ''}`.trim();
  return waits(
    `the bank booked ${booked}${count === null ? '' : ` for ${count} payments`}; batch ${no} has ${formatAmount(left.cents)} EUR in ${left.lines}${rejected === 0 ? '' : ` that were not rejected`}`,
  );
}

function wholeRejected({ amountCents, count }: JudgedEntry, batch: KnownBatch): Verdict {
  const { no, lines, settled, returned } = batch;
  if (settled + returned > 0)
    return waits(
      `${settled + returned} payments of batch ${no} were paid, and the bank says it rejected all`,
    );
  if (count !== null && count !== lines)
    return waits(`the bank rejected ${count} payments; batch ${no} has ${lines}`);
  if (amountCents !== null && amountCents !== batch.amountCents)
    return waits(
      `the bank rejected ${formatAmount(amountCents)}; batch ${no} has ${formatAmount(batch.amountCents)}`,
    );
  return batch.underWay === 0 ? known : matched;
}

/** How many entries a file has, and what became of them. */
export interface Counted {
  readonly entries: number;
  readonly matched: number;
  readonly waiting: number;
  readonly known: number;
}

/** A file that was read whole. */
export function decideImport(
  actor: Actor,
  file: { readonly name?: string; readonly sha256: string },
  { kind, messageId }: BankFileHead,
  counted: Counted,
): Decision {
  return { events: [by(actor, 'bank-file.imported', { kind, messageId, ...file, ...counted })] };
}

/** An entry as it is on record, with the file it stands in. */
export interface StoredEntry extends JudgedEntry {
  readonly bankFile: number;
  readonly no: number;
  readonly status: BankEntryStatus;
}

/** A recovery that a credit may repay. */
export interface KnownRecovery {
  readonly grant: string;
  readonly no: number;
  readonly status: RecoveryStatus;
  readonly openCents: Cents;
}

export interface AssignFacts {
  readonly payout: KnownPayout | null;
  readonly recovery: KnownRecovery | null;
  /** The payout that the entry itself names, where it is one of ours. */
  readonly named: KnownPayout | null;
}

/**
 * A person says what a waiting entry is: the answer of a payout, under the same rules of state and money (a credit is
 * taken as its return), or the repayment of a notified recovery. What the bank says of one payout is never made the
 * answer of another, a part of a payout is neither its payment nor its return, and nobody's word makes an answer of a
 * payout that never left.
 */
export function decideAssign(
  { actor }: Pick<Command, 'actor'>,
  input: Input<'assign-bank-entry'>,
  entry: StoredEntry,
  { payout, recovery, named }: AssignFacts,
): Decision {
  const { endToEndId, against, reason } = input;
  if ((endToEndId === undefined) === (input.recovery === undefined))
    return refuseInvalid(
      'endToEndId',
      'name either the payout by its endToEndId, or a recovery and its grant',
    );
  if (input.recovery !== undefined && against === undefined)
    return refuseInvalid('against', 'name the grant of the recovery');
  if (endToEndId !== undefined && payout === null) return refuse('not-found', { payout: endToEndId });
  if (endToEndId === undefined && recovery === null)
    return refuse('not-found', { grant: against, recovery: input.recovery });
  if (entry.status !== 'waiting') return notWaiting(entry);
  if (entry.wholeFile)
    return refuseInvalid(
      'entry',
      'it stands for a whole payment file: record the answer of each payout, then dismiss it with a reason',
    );
  if (payout !== null && named !== null && named.endToEndId !== payout.endToEndId)
    return refuseInvalid(
      'endToEndId',
      `the bank says this of ${named.endToEndId}; record what it means there, or dismiss the entry with a reason`,
    );
  if (payout !== null) return assignPayout(actor, entry, payout, reason);
  if (recovery !== null) return assignRecovery(actor, entry, recovery, reason);
  return refuse('not-found', { entry: entry.no });
}

function notWaiting({ bankFile, no, status }: StoredEntry): Decision {
  return refuse('wrong-state', { bankFile, entry: no, state: status, needed: ['waiting'] });
}

function assignPayout(
  actor: Actor,
  entry: StoredEntry,
  payout: KnownPayout,
  reason: string | undefined,
): Decision {
  const answer = entry.answer === 'credit' ? 'returned' : entry.answer;
  if (!isMoving(answer)) return notWaiting(entry);
  const { because, status } = moved(answer, payout);
  const left = stateOf(payout) !== 'ordered' || entry.endToEndId === payout.endToEndId;
  if (status !== 'matched' || !left)
    return refuse('wrong-state', {
      payout: payout.endToEndId,
      state: because ?? payout.status,
      needed: statesTaking(answer).filter((state) => left || state !== 'ordered'),
    });
  const other = otherMoney(entry, payout.amountCents, answer === 'rejected');
  if (other !== null)
    return refuseInvalid(
      'entry',
      `${other}, and a payout is paid, rejected or returned whole: a part that came back repays a recovery`,
    );
  const { endToEndId, grant } = payout;
  return {
    events: [by(actor, 'bank-entry.assigned', { entry: entry.no, endToEndId, grant }, reason ?? null)],
  };
}

function statesTaking(answer: Moving): string[] {
  return Object.entries(verdicts[answer]).flatMap(([state, { status }]) =>
    status === 'matched' ? [state] : [],
  );
}

function assignRecovery(
  actor: Actor,
  { no, answer, amountCents, currency }: StoredEntry,
  recovery: KnownRecovery,
  reason: string | undefined,
): Decision {
  if (answer !== 'credit') return refuseInvalid('recovery', 'only money that came in can repay a recovery');
  const { grant, openCents, status } = recovery;
  if (status !== 'notified')
    return refuse('wrong-state', { recovery: recovery.no, state: status, needed: ['notified'] });
  if (amountCents === null || amountCents === 0n || currency !== 'EUR')
    return refuseInvalid('entry', 'a recovery is repaid by an amount in EUR, which this entry has not');
  if (amountCents > openCents)
    return refuseInvalid(
      'recovery',
      `the entry has ${formatAmount(amountCents)}, and ${formatAmount(openCents)} of the recovery is open`,
    );
  const data = { entry: no, grant, recovery: recovery.no };
  return { events: [by(actor, 'bank-entry.assigned', data, reason ?? null)] };
}

/** A person says that a waiting entry is none of ours, and why. */
export function decideDismiss(
  { actor }: Pick<Command, 'actor'>,
  { reason }: { readonly reason?: string },
  entry: StoredEntry,
): Decision {
  if (entry.status !== 'waiting') return notWaiting(entry);
  return (
    reasonRequired(reason) ?? {
      events: [by(actor, 'bank-entry.dismissed', { entry: entry.no }, reason ?? null)],
    }
  );
}

/** One thing a bank did to a payout, and the command that records it. */
export const answerSteps = {
  settle: { command: 'confirm-payout', leadsTo: 'settled' },
  reject: { command: 'reject-payout', leadsTo: 'rejected' },
  return: { command: 'return-payout', leadsTo: 'returned' },
} as const satisfies Record<string, { command: CommandName; leadsTo: PayoutStatus }>;
export type AnswerStep = keyof typeof answerSteps;

/** What a matched or assigned answer does to a payout in `status`, in order; the last step is the answer itself. */
export function stepsOf(answer: BankAnswer, status: PayoutStatus): readonly AnswerStep[] {
  if (answer === 'settled') return ['settle'];
  if (answer === 'rejected') return ['reject'];
  const debited = status === 'settled' || status === 'returned';
  return debited ? ['return'] : ['settle', 'return'];
}

/**
 * What becomes of an entry whose last step the grant refused: somebody told the same before, or a person looks. One
 * that a person assigned always waits: it is money of its own, which has to go somewhere.
 */
export function refusedStep(
  step: AnswerStep,
  { code, facts }: Refusal,
  status: Extract<BankEntryStatus, 'matched' | 'assigned'>,
): Verdict {
  const { command, leadsTo } = answerSteps[step];
  if (status === 'matched' && code === 'wrong-state' && facts['state'] === leadsTo) return known;
  return waits(wordsOf(command, { code, facts }));
}

/** Why a grant refused, for the list of what waits. */
export function wordsOf(command: CommandName, { code, facts }: Refusal): string {
  const { state, message } = facts as { state?: unknown; message?: unknown };
  const detail = [state, message].filter((word) => typeof word === 'string').join(': ');
  return `${command} was refused: ${code}${detail === '' ? '' : ` (${detail})`}`;
}
