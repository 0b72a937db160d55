/** What of a grant moves along with a deadline: its reminders, and the payments that wait for its report. */
import type { CivilDate, Instant } from './civil-date.js';
import { pendingMoments } from './due.js';
import type { Facts } from './facts.js';
import { expectedPayments } from './forecast.js';
import type { Grant, Report } from './grant.js';
import { findReport } from './grant.js';
import { formatAmount } from './money.js';
import type { MovedGrant, MovedWindow } from './moved-grant.js';

/** A reminder, or the escalation, that moves; null where it was not to come before, or will not any more. */
export interface MovedReminder {
  readonly offset: string;
  readonly from: Instant | null;
  readonly to: Instant | null;
}

/** A payment that is expected on another day; null: undated. */
export interface MovedPayment {
  readonly tranche: number;
  readonly amount: string;
  readonly from: CivilDate | null;
  readonly to: CivilDate | null;
}

/** One grant of a preview: its deadline and all that would move with it. */
export interface PreviewLine {
  readonly grant: string;
  readonly beneficiary: string;
  readonly report: string;
  readonly from: CivilDate;
  readonly to: CivilDate;
  readonly windows: readonly MovedWindow[];
  readonly reminders: readonly MovedReminder[];
  readonly payments: readonly MovedPayment[];
}

export function previewLine(moved: MovedGrant, facts: Facts): PreviewLine {
  const { grant, report, previousDueOn, dueOn, windows, before, after } = moved;
  return {
    grant,
    beneficiary: before.beneficiary,
    report,
    from: previousDueOn,
    to: dueOn,
    windows,
    reminders: movedReminders(before, after, report, facts),
    payments: movedPayments(before, after, facts),
  };
}

function movedReminders(before: Grant, after: Grant, code: string, facts: Facts): MovedReminder[] {
  const momentsOf = (grant: Grant): Map<string, Instant> =>
    new Map(
      pendingMoments(grant, findReport(grant, code) as Report, facts).map(({ offset, at }) => [offset, at]),
    );
  const [old, fresh] = [momentsOf(before), momentsOf(after)];
  const moved = [...new Set([...old.keys(), ...fresh.keys()])].flatMap((offset) => {
    const [from = null, to = null] = [old.get(offset), fresh.get(offset)];
    return from === to ? [] : [{ offset, from, to }];
  });
  return moved.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

/** By the moment it moves to, those that will not come any more by that at which they would have. */
function placeOf({ offset, from, to }: MovedReminder): string {
  return `${to ?? from} ${offset}`;
}

function movedPayments(before: Grant, after: Grant, facts: Facts): MovedPayment[] {
  const fresh = new Map(expectedPayments(after, facts).map((payment) => [payment.tranche, payment]));
  return expectedPayments(before, facts).flatMap(({ tranche, amountCents, expectedOn: from }) => {
    const to = fresh.get(tranche)?.expectedOn ?? null;
    return from === to ? [] : [{ tranche, amount: formatAmount(amountCents), from, to }];
  });
}
