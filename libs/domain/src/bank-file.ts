import type { CivilDate, Instant } from './civil-date.js';
import type { Cents } from './money.js';

/** The kinds of bank answers that are read. */
export const bankFileKinds = ['pain.002.001.10', 'camt.053.001.08', 'camt.054.001.08'] as const;
export type BankFileKind = (typeof bankFileKinds)[number];

/** The most that is taken of one bank file: 1 GiB. */
export const mostBankFileBytes = 1_073_741_824;

/**
 * What one entry or status of a bank file says. `acknowledged` promises nothing: ACSC is not yet proof of
 * payment. `credit` is money that came in and names no payment of ours. A debit that takes back such a credit is
 * `settled` without EndToEndId, and its reason says so.
 */
export const bankAnswers = ['settled', 'rejected', 'returned', 'acknowledged', 'credit'] as const;
export type BankAnswer = (typeof bankAnswers)[number];

/** One payment, as one entry (or one transaction of a bundled entry) of a bank file tells of it. */
export interface BankEntry {
  /** Place in the file from 1, the same at every reading. */
  readonly no: number;
  /** Where in the file, for a person: `statement 1, entry 12, transaction 3`. */
  readonly place: string;
  readonly answer: BankAnswer;
  /** EndToEndId of the payment; null where the bank does not repeat one (NOTPROVIDED counts as none). */
  readonly endToEndId: string | null;
  /** MsgId of the payment file it answers, where the bank names it. */
  readonly messageId: string | null;
  /** Set where one booking stands for a whole payment file without its payments: how many they are, if said. */
  readonly wholeFile: boolean;
  readonly count: number | null;
  /** null where a status repeats none. */
  readonly amountCents: Cents | null;
  readonly currency: string | null;
  /**
   * The bank's own reference. With account, answer and EndToEndId it tells a repeated entry from a new one: the
   * transactions of a bundled entry may share it, and so may a pending entry and its booking.
   */
  readonly bankReference: string | null;
  readonly bookedOn: CivilDate | null;
  /** IBAN of our account; null in a status file. */
  readonly account: string | null;
  /** Who was paid, or who paid, where the bank says so. */
  readonly counterparty: { readonly iban: string | null; readonly name: string | null };
  /** ISO 20022 reason code of a rejection or return, `AC04`, and what it means in words. */
  readonly reasonCode: string | null;
  readonly reason: string | null;
  /** Free text of the entry, at most 140 characters. */
  readonly text: string | null;
}

export interface BankFileHead {
  readonly kind: BankFileKind;
  /** MsgId of the bank's file. */
  readonly messageId: string;
  readonly createdAt: Instant | null;
}

/** A bank file as it is read: its head first, then its entries in chunks of some hundreds. */
export type BankFilePart = { readonly head: BankFileHead } | { readonly entries: readonly BankEntry[] };

/** A file that cannot be read, in words for a person: what is wrong and where. Nothing of it counts. */
export class BankFileFault extends Error {
  override readonly name = 'BankFileFault';
}
