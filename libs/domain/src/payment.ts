import type { CivilDate, Instant } from './civil-date.js';
import type { Cents } from './money.js';

/**
 * What goes into a payment file, and who says how: a port, because this is where reality differs (a bank, a
 * ledger). libs/finance holds the SEPA rules behind it.
 */

/** One version of the account that is paid from, and how its bank wants its files. */
export interface BankProfile {
  readonly code: string;
  readonly version: number;
  /** Who pays: initiating party and debtor of the file. */
  readonly name: string;
  readonly iban: string;
  /** null: the file says NOTPROVIDED, and the bank finds itself by the IBAN. */
  readonly bic: string | null;
  /** One booking for the whole batch, or one a payment. */
  readonly batchBooking: boolean;
  readonly remittance: RemittanceForm;
}

export const remittanceForms = ['text', 'structured'] as const;
/** Free text for people, or the Belgian structured reference (OGM/VCS) for machines; never both. */
export type RemittanceForm = (typeof remittanceForms)[number];

/** A structured postal address; unstructured ones are refused in SEPA since 15 November 2026. */
export interface PostalAddress {
  readonly street?: string;
  readonly number?: string;
  readonly postCode?: string;
  readonly town: string;
  /** Two letters, ISO 3166-1. */
  readonly country: string;
}

/** A payout that may go into a batch, as the record knows it: nothing is transliterated yet. */
export interface PaymentCandidate {
  readonly endToEndId: string;
  readonly grant: string;
  readonly tranche: number;
  readonly programmeTitle: string;
  readonly amountCents: Cents;
  readonly iban: string;
  /** The holder of the account, as it was entered. */
  readonly payee: string;
  readonly address: PostalAddress | null;
}

/** What of a candidate stands in the file: fit for the bank, letter by letter. */
export interface PaymentText {
  readonly iban: string;
  readonly payee: string;
  readonly address: PostalAddress | null;
  /** The free text, or the twelve bare digits of a structured reference. */
  readonly remittance: string;
}

/** One line of a sealed batch. */
export interface PaymentLine extends PaymentText {
  /** From 0; with the batch's number it makes the structured reference. */
  readonly position: number;
  readonly endToEndId: string;
  readonly amountCents: Cents;
}

/** A sealed batch, as the head of its file says. */
export interface PaymentFileHead {
  /** MsgId: unique for ever at the bank, at most 35 characters. */
  readonly messageId: string;
  readonly createdAt: Instant;
  readonly executeOn: CivilDate;
  readonly profile: BankProfile;
  readonly lines: number;
  readonly amountCents: Cents;
}

/** The rules of one kind of payment file. */
export interface PaymentRules {
  /** Its name, as it stands on record: `pain.001.001.09`. */
  readonly format: string;
  /** How a candidate stands in the file at a position of a batch, or why it cannot. */
  readonly textOf: (
    candidate: PaymentCandidate,
    profile: BankProfile,
    place: { readonly batch: number; readonly position: number },
  ) => PaymentText | { readonly excluded: string };
  /**
   * The file, piece by piece. Every line is checked again on its way; throws a RangeError that names the
   * line where one breaks a rule of the file, or where the head's sums are not those of its lines.
   */
  readonly file: (
    head: PaymentFileHead,
    lines: AsyncIterable<readonly PaymentLine[]>,
  ) => AsyncIterable<string>;
  /** What the file's own schema has against a finished file; absent where no schema is configured. */
  readonly schemaFaults?: (file: Uint8Array) => Promise<readonly string[]>;
}
