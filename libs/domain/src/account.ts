import type { CivilDate, Instant } from './civil-date.js';
import type { PostalAddress } from './payment.js';

export const payeeCheckResults = ['match', 'close-match', 'no-match', 'not-possible'] as const;
/** What a Verification of Payee answers: whether the bank knows the account under the holder's name. */
export type PayeeCheckResult = (typeof payeeCheckResults)[number];

/** The latest payee check of an account version; `suggested` is the name the bank gave of a close match. */
export interface PayeeCheck {
  readonly result: PayeeCheckResult;
  readonly suggested: string | null;
  readonly by: string;
  readonly at: Instant;
}

/** Why an account may be paid to although its latest check found no match. */
export interface PayeeCheckOverride {
  readonly by: string;
  readonly at: Instant;
  readonly reason: string;
}

/** Who holds an account and where, and from when until when it may be paid to. */
export interface AccountParticulars {
  readonly iban: string;
  /** null: the beneficiary's own name. */
  readonly holder: string | null;
  readonly address: PostalAddress | null;
  /** First and last civil day on which it may be paid to; null: no bound. */
  readonly validFrom: CivilDate | null;
  readonly validUntil: CivilDate | null;
}

/** One version of a beneficiary's bank account. */
export interface AccountVersion extends AccountParticulars {
  readonly version: number;
  readonly enteredBy: string;
  readonly enteredAt: Instant;
  readonly verifiedBy: string | null;
  readonly verifiedAt: Instant | null;
  readonly payeeCheck: PayeeCheck | null;
  /** Of the latest check; a new check ends it. */
  readonly override: PayeeCheckOverride | null;
}

/** A beneficiary with its accounts: the second consistency boundary. The last account is the one in force. */
export interface BeneficiaryFile {
  readonly id: string;
  readonly accounts: readonly AccountVersion[];
  readonly sequence: number;
  readonly lastEventAt: Instant | null;
}

/** What a grant's decisions need to know of the account in force. */
export interface AccountFacts {
  readonly version: number;
  /** Verified, and not blocked. */
  readonly verified: boolean;
  /** Its latest payee check found no match, and nobody overrode that. */
  readonly blocked: boolean;
  readonly enteredAt: Instant;
  /** A person entered it in the place of an earlier one: a plan's cooling-off counts from then. */
  readonly replaces: boolean;
  readonly validFrom: CivilDate | null;
  readonly validUntil: CivilDate | null;
}
