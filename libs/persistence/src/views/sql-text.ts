import { defaultTimeZone } from '#domain/civil-date.js';
import { soonDays } from '#domain/deadline.js';

/** Pieces of SQL that every view writes alike. What they are given is SQL of ours, never input. */

/** Cents as euro text with two decimals: an exact product of decimals, no float. */
export function amountText(cents: string): string {
  return `(${cents} * 0.01)::text`;
}

/** An account number for those who need not know it: its country and its last four characters. */
export function shortIban(iban: string): string {
  return `left(${iban}, 2) || '…' || right(${iban}, 4)`;
}

/**
 * The code in the name of a grant's stream, null for any other stream. To find the grant of an event by its key: compared
 * with `'grant:' || code`, every grant is read.
 */
export function codeOfStream(stream: string): string {
  return `CASE WHEN starts_with(${stream}, 'grant:') THEN substr(${stream}, length('grant:') + 1) END`;
}

/** A timestamptz as UTC text with milliseconds, as the rules write instants. */
export function instantText(moment: string): string {
  return `to_char(${moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** A moment as a civil day in the time zone of the plan version `v` (domain.md, "Dates"). */
export function dayOfPlan(moment: string): string {
  return `(${moment} AT TIME ZONE coalesce(v.document ->> 'timeZone', '${defaultTimeZone}'))::date`;
}

/** Today as a civil day in the time zone of the plan version `v`. */
export const todayOfPlan = dayOfPlan('(SELECT sluis_now())');

/**
 * State of the deadline of report `r` under plan version `v`: what `deadlineOf` of the domain says of one report,
 * for lists that filter by it.
 */
export const deadlineState = `CASE
  WHEN r.status IN ('submitted', 'accepted') OR r.status = 'waived'
    THEN CASE WHEN r.late THEN 'met-late' ELSE 'met' END
  WHEN r.overdue OR r.due_on < ${todayOfPlan} THEN 'overdue'
  WHEN r.due_on - ${todayOfPlan} <= ${soonDays} THEN 'due-soon'
  ELSE 'open' END`;

/**
 * Whether money may go to account `a` now under plan version `v`: what `isUsable` of the domain says. Never null: of
 * no account it says no.
 */
export const accountUsable = `(
  a.verified_by IS NOT NULL
  AND (a.payee_check IS DISTINCT FROM 'no-match' OR a.overridden_by IS NOT NULL)
  AND (a.valid_from IS NULL OR a.valid_from <= ${todayOfPlan})
  AND (a.valid_until IS NULL OR ${todayOfPlan} <= a.valid_until)
  AND (a.version = 1 OR a.entered_by = 'system' OR coalesce(
    (${dayOfPlan('a.entered_at')} + (v.document -> 'approval' ->> 'coolingOff')::interval)::date <= ${todayOfPlan}, true)))`;

/**
 * Why payout `p` of grant `g` is held, or null: what `heldBecause` of the domain says of one grant, for lists
 * over all of them. Needs `accountInForce` and `v`, the grant's plan version.
 */
export const heldBecause = `CASE
  WHEN p.status NOT IN ('ordered', 'handed-over', 'unknown') THEN NULL
  WHEN g.status = 'suspended' THEN 'grant-suspended'
  WHEN NOT (g.status = 'active' OR g.status = 'terminated' AND g.spared IS NOT DISTINCT FROM p.tranche)
    THEN 'grant-' || g.status
  WHEN NOT ${accountUsable} OR a.version <> p.account_version THEN 'account-not-verified'
  END`;

/** The account in force of grant `g`'s beneficiary, as `a`; all of it null where there is none. */
export const accountInForce = `LEFT JOIN LATERAL (
  SELECT version, entered_by, entered_at, verified_by, valid_from, valid_until, payee_check, overridden_by
    FROM accounts WHERE beneficiary = g.beneficiary ORDER BY version DESC LIMIT 1
) a ON true`;

/** The mails that are not handed over yet, with these columns: each part by an index of its own. */
export function mailsUnderWay(columns: string): string {
  return `(SELECT ${columns} FROM mails WHERE state = 'open'
    UNION ALL SELECT ${columns} FROM mails WHERE next_attempt_at IS NOT NULL) AS under_way`;
}
