import { codeUpTo, textUpTo } from '#domain/faults.js';
import { parseKbo } from '#domain/account-number.js';

import { ReadBy } from './validation.js';

/** A new beneficiary. Its bank account comes by `change-account`, for someone else has to verify it. */
export class BeneficiaryRequest {
  @ReadBy(codeUpTo(64))
  id!: string;

  @ReadBy(textUpTo(200))
  name!: string;

  /** Enterprise number, ten digits. */
  @ReadBy(parseKbo)
  kbo!: string;
}
