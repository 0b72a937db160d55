import type { Instant } from './civil-date.js';

/** One version of a beneficiary's bank account. */
export interface AccountVersion {
  readonly version: number;
  readonly iban: string;
  readonly enteredBy: string;
  readonly enteredAt: Instant;
  readonly verifiedBy: string | null;
  readonly verifiedAt: Instant | null;
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
  readonly verified: boolean;
}
