/** Bank accounts out of their rows, as the functions `account_facts` and `account_file` give them. */
import type { AccountFacts, AccountVersion } from '#domain/account.js';

import { instantOf, optionalInstantOf } from './database-values.js';

/** As in the domain, but for PostgreSQL's spelling of moments. */
export type AccountFactsFields = AccountFacts;
export type AccountFields = AccountVersion;

export function accountFactsFrom(fields: AccountFactsFields | null): AccountFacts | null {
  return fields && { ...fields, enteredAt: instantOf(fields.enteredAt) };
}

export function accountFrom(fields: AccountFields): AccountVersion {
  const { payeeCheck, override } = fields;
  return {
    ...fields,
    enteredAt: instantOf(fields.enteredAt),
    verifiedAt: optionalInstantOf(fields.verifiedAt),
    payeeCheck: payeeCheck && { ...payeeCheck, at: instantOf(payeeCheck.at) },
    override: override && { ...override, at: instantOf(override.at) },
  };
}
