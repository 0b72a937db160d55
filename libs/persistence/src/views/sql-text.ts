import { soonDays } from '#domain/deadline.js';

/** Pieces of SQL that every view writes alike. What they are given is SQL of ours, never input. */

/** Cents as euro text with two decimals: an exact product of decimals, no float. */
export function amountText(cents: string): string {
  return `(${cents} * 0.01)::text`;
}

/** A timestamptz as UTC text with milliseconds, as the rules write instants. */
export function instantText(moment: string): string {
  return `to_char(${moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** Today as a civil day in the time zone of the plan version `v` (domain.md, "Dates"). */
export const todayOfPlan = `((SELECT sluis_now()) AT TIME ZONE coalesce(v.document ->> 'timeZone', 'Europe/Brussels'))::date`;

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
 * Why payout `p` of grant `g` is held, or null: what `heldBecause` of the domain says of one grant, for lists
 * over all of them. Needs `a`, the account in force (lateral join on the beneficiary).
 */
export const heldBecause = `CASE
  WHEN p.status NOT IN ('ordered', 'handed-over', 'unknown') THEN NULL
  WHEN g.status = 'suspended' THEN 'grant-suspended'
  WHEN NOT (g.status = 'active' OR g.status = 'terminated' AND g.spared IS NOT DISTINCT FROM p.tranche)
    THEN 'grant-' || g.status
  WHEN a.verified_by IS NULL OR a.version <> p.account_version THEN 'account-not-verified'
  END`;

/** The account in force of grant `g`'s beneficiary, as `a`. */
export const accountInForce = `LEFT JOIN LATERAL (
  SELECT version, verified_by FROM accounts WHERE beneficiary = g.beneficiary ORDER BY version DESC LIMIT 1
) a ON true`;
