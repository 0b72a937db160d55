import type { DataSource } from 'typeorm';

import type { CalendarEntry } from '#domain/calendar-entry.js';
import type { CivilDate } from '#domain/civil-date.js';

import { instantOf } from '../database-values.js';
import { closedDays } from './calendar-deadlines.js';
import type { Calendar } from './calendar.view.js';
import type { ScheduleListed, ScheduleView } from './schedule.view.js';
import { amountText, dayOfPlan } from './sql-text.js';

/** How many payments of its own a beneficiary's calendar takes, and of how many days that of finance holds the sums. */
const most = { payments: 400, days: 400 };

/**
 * An expected day follows from the record and from today: what is late is expected a day later each day. So the
 * number of the day counts in the sequence, and an entry is new each morning.
 */
const dayNumber = `((sluis_now() AT TIME ZONE 'UTC')::date - DATE '2020-01-01')`;
const morning = `date_trunc('day', sluis_now(), 'UTC')`;

/** The payments of one beneficiary: what is expected, and what was paid or fell away lately. */
export async function ownPaymentEntries(
  database: DataSource,
  schedule: ScheduleView,
  of: string,
): Promise<Calendar> {
  const expected = [];
  for await (const rows of schedule.stream({ of })) {
    expected.push(...rows.filter(({ expectedOn }) => expectedOn !== null));
    if (expected.length > most.payments) break;
  }
  const grants: GrantState[] = await database.query(
    `SELECT g.code, p.title, g.sequence + ${dayNumber} AS sequence, greatest(g.last_event_at, ${morning}) AS modified
       FROM grants g JOIN programmes p ON p.code = g.programme WHERE g.beneficiary = $1`,
    [of],
  );
  const states = new Map(grants.map((state) => [state.code, state]));
  const closed: ClosedRow[] = await database.query(
    `SELECT t.grant_code AS grant, t.no AS tranche, t.status, ${amountText('t.amount_cents')} AS amount,
            ${dayOfPlan('t.since_at')}::text AS day, b.name AS "beneficiaryName"
       FROM grants g
       JOIN tranches t ON t.grant_code = g.code AND t.status IN ('paid', 'cancelled')
        AND t.since_at > sluis_now() - interval '${closedDays} days'
       JOIN plan_versions v ON v.programme = g.programme AND v.version = g.plan_version
       JOIN beneficiaries b ON b.id = g.beneficiary
      WHERE g.beneficiary = $1 ORDER BY t.since_at DESC, t.grant_code, t.no LIMIT ${most.payments}`,
    [of],
  );
  // A grant that is new since the schedule was read, or gone from it, is there the next time.
  const entries = [
    ...expected.slice(0, most.payments).map((row) => expectedEntry(row, states.get(row.grant))),
    ...closed.map((row) => closedEntry(row, states.get(row.grant))),
  ].filter((entry) => entry !== null);
  return { entries: once(entries), more: expected.length > most.payments };
}

interface GrantState {
  readonly code: string;
  readonly title: string;
  readonly sequence: number;
  readonly modified: Date;
}

interface ClosedRow {
  readonly grant: string;
  readonly tranche: number;
  readonly status: 'paid' | 'cancelled';
  readonly amount: string;
  readonly day: CivilDate;
  readonly beneficiaryName: string;
}

function expectedEntry(row: ScheduleListed, state: GrantState | undefined): CalendarEntry | null {
  const { grant, tranche, amount, certain, upTo, beneficiaryName, expectedOn } = row;
  if (state === undefined || expectedOn === null) return null;
  return {
    key: ['payment', grant, String(tranche)],
    sequence: state.sequence,
    modifiedAt: instantOf(state.modified),
    from: expectedOn,
    to: expectedOn,
    closed: null,
    subject: {
      kind: 'payment',
      grant,
      tranche,
      amount,
      certain,
      upTo,
      programmeTitle: state.title,
      beneficiaryName,
    },
  };
}

function closedEntry(row: ClosedRow, state: GrantState | undefined): CalendarEntry | null {
  const { grant, tranche, amount, day, status, beneficiaryName } = row;
  if (state === undefined) return null;
  return {
    key: ['payment', grant, String(tranche)],
    sequence: state.sequence,
    modifiedAt: instantOf(state.modified),
    from: day,
    to: day,
    closed: status === 'paid' ? 'met' : 'dropped',
    subject: {
      kind: 'payment',
      grant,
      tranche,
      amount,
      certain: true,
      upTo: false,
      programmeTitle: state.title,
      beneficiaryName,
    },
  };
}

/** One that was paid between two reads is expected in the first and closed in the second: the later one counts. */
function once(entries: readonly CalendarEntry[]): CalendarEntry[] {
  return [...new Map(entries.map((entry) => [entry.key.join(' '), entry])).values()];
}

/** What is expected on each day, of all grants. */
export async function paymentEntries(database: DataSource, schedule: ScheduleView): Promise<Calendar> {
  const [state]: { sequence: number; modified: Date }[] = await database.query(
    `SELECT (coalesce(sum(sequence), 0) + ${dayNumber})::integer AS sequence,
            greatest(max(last_event_at), ${morning}) AS modified
       FROM (SELECT sequence, last_event_at FROM grants
             UNION ALL SELECT sequence, last_event_at FROM beneficiaries) both_streams`,
  );
  const days = await schedule.days(most.days + 1);
  if (state === undefined) return { entries: [], more: false };
  const entries = days.slice(0, most.days).map(({ day, ...sums }) => ({
    key: ['payments', day] as const,
    sequence: state.sequence,
    modifiedAt: instantOf(state.modified),
    from: day,
    to: day,
    closed: null,
    subject: { kind: 'payments', ...sums } as const,
  }));
  return { entries, more: days.length > most.days };
}
