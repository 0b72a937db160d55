/** Bank accounts out of their rows, as the functions `account_facts` and `account_file` give them. */
import type { AccountFacts, AccountVersion } from '#domain/account.js';
import type { CivilDate } from '#domain/civil-date.js';

import { instantOf, optionalInstantOf } from './database-values.js';

export type AccountFactsFields = readonly [
  version: number,
  verified: boolean,
  blocked: boolean,
  enteredAt: string,
  replaces: boolean,
  validFrom: CivilDate | null,
  validUntil: CivilDate | null,
];
/** As in the domain, but for PostgreSQL's spelling of moments. */
export type AccountFields = AccountVersion;

export function accountFactsFrom(fields: AccountFactsFields | null): AccountFacts | null {
  if (fields === null) return null;
  const [version, verified, blocked, enteredAt, replaces, validFrom, validUntil] = fields;
  return { version, verified, blocked, enteredAt: instantOf(enteredAt), replaces, validFrom, validUntil };
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
