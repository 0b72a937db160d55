/** Whether money may go to an account now: verified, within its validity, and its cooling-off over. */
import type { AccountFacts, AccountVersion } from './account.js';
import { addPeriod, civilDateOf, dayAfter, startOfDay } from './civil-date.js';
import type { CivilDate, Instant } from './civil-date.js';
import { system } from './people.js';
import type { Plan } from './plan.js';

/** Why an account may not be paid to: the first of the reasons that a person would have to deal with. */
export type Unusable =
  | { readonly account: 'none' | 'no-match' | 'unverified' }
  /** The first and last day on which it may be paid to, as far as it has them; today lies outside. */
  | { readonly account: 'not-valid'; readonly from?: CivilDate; readonly until?: CivilDate }
  /** `until` is the day on which it may be paid to again. */
  | { readonly account: 'cooling-off'; readonly until: CivilDate };

/** The account in force, the plan whose cooling-off counts, and now: part of the facts of a decision. */
export interface AccountUse {
  readonly account: AccountFacts | null;
  readonly plan: Plan;
  readonly now: Instant;
}

/** Whether the latest check of an account found no match and nobody has overridden it. */
export function isBlocked({ payeeCheck, override }: AccountVersion): boolean {
  return payeeCheck?.result === 'no-match' && override === null;
}

/** What grants need to know of an account version. */
export function accountFactsOf(account: AccountVersion): AccountFacts {
  const { version, enteredBy, enteredAt, verifiedBy, validFrom, validUntil } = account;
  const blocked = isBlocked(account);
  return {
    version,
    verified: verifiedBy !== null && !blocked,
    blocked,
    enteredAt,
    // What the service enters was carried over from elsewhere: nobody changed it on its beneficiary.
    replaces: version > 1 && enteredBy !== system.id,
    validFrom,
    validUntil,
  };
}

/** Why the account may not be paid to now under a plan; null where it may. */
export function unusable({ account, plan, now }: AccountUse): Unusable | null {
  if (account === null) return { account: 'none' };
  if (account.blocked) return { account: 'no-match' };
  if (!account.verified) return { account: 'unverified' };
  const { validFrom: from, validUntil: until } = account;
  const coolsOffUntil = coolingOffEnd(account, plan);
  if (from === null && until === null && coolsOffUntil === null) return null;
  const today = civilDateOf(now, plan.timeZone);
  if ((from !== null && today < from) || (until !== null && until < today))
    return {
      account: 'not-valid',
      ...(from === null ? {} : { from }),
      ...(until === null ? {} : { until }),
    };
  return coolsOffUntil !== null && today < coolsOffUntil
    ? { account: 'cooling-off', until: coolsOffUntil }
    : null;
}

/** Whether money may go to the account now (domain.md, "Life of a grant": *verified* wherever it is asked). */
export function isUsable(account: AccountFacts | null, plan: Plan, now: Instant): account is AccountFacts {
  return unusable({ account, plan, now }) === null;
}

/**
 * The moments at which a verified account becomes usable, or stops being so, by the mere passing of time.
 * What people do to it in between is an event, and its grants are looked at then.
 */
export function usabilityMoments({ account, plan }: Omit<AccountUse, 'now'>): Instant[] {
  if (account === null || !account.verified) return [];
  const days = [
    account.validFrom,
    account.validUntil === null ? null : dayAfter(account.validUntil),
    coolingOffEnd(account, plan),
  ];
  return days.flatMap((day) => (day === null ? [] : [startOfDay(day, plan.timeZone)]));
}

/** The day on which the cooling-off of an account that replaces another is over; null where it has none. */
function coolingOffEnd({ replaces, enteredAt }: AccountFacts, plan: Plan): CivilDate | null {
  const { coolingOff } = plan.approval;
  if (!replaces || coolingOff === null) return null;
  return addPeriod(civilDateOf(enteredAt, plan.timeZone), coolingOff, 1);
}
