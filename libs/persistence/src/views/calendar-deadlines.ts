import type { CalendarEntry } from '#domain/calendar-entry.js';
import type { CivilDate } from '#domain/civil-date.js';
import type { EventType } from '#domain/events.js';
import type { ReportStatus } from '#domain/grant.js';
import { plannedReport, tranchesRestingOn } from '#domain/plan.js';

import type { Client } from '../client.js';
import { instantOf } from '../database-values.js';
import type { Plans } from '../plans.js';
import type { Calendar, Whose } from './calendar.view.js';
import { amountText } from './sql-text.js';

/** How many deadlines that stand a calendar takes, the earliest first, and how many that are closed, the latest first. */
const most = { standing: 600, closed: 200 };

/** How long what is closed stays: a calendar that asks less often than this keeps it. */
export const closedDays = 90;

/** Events that move a deadline or end it, in the log of every grant; the first one of a report sets it. */
const moving: readonly EventType[] = [
  'deadline.set',
  'deadline.extended',
  'deadline.restored',
  'report.submitted',
  'report.returned',
  'report.accepted',
  'report.reopened',
  'report.waived',
  'report.overdue',
];

interface Row {
  readonly grant: string;
  readonly report: string;
  readonly due_on: CivilDate;
  readonly status: ReportStatus;
  readonly overdue: boolean;
  readonly extended: boolean;
  readonly programme: string;
  readonly plan_version: number;
  readonly programme_title: string;
  readonly beneficiary_name: string;
  readonly planned: readonly { readonly tranche: number; readonly amount: string }[] | null;
  readonly sequence: number;
  readonly modified: Date;
}

/** Deadlines of these grants: what is owed, and what was closed lately. */
export async function deadlineEntries(client: Client, plans: Plans, whose: Whose): Promise<Calendar> {
  const standing = await rowsOf(client, whose, {
    where: `r.status IN ('expected', 'returned')`,
    order: 'r.due_on, r.grant_code, r.code',
    limit: most.standing,
  });
  const closed = await rowsOf(client, whose, {
    where: `r.status IN ('submitted', 'accepted', 'waived') AND r.since_at > sluis_now() - interval '${closedDays} days'`,
    order: 'r.since_at DESC, r.grant_code, r.code',
    limit: most.closed,
  });
  const rows = [...standing.slice(0, most.standing), ...closed.slice(0, most.closed)];
  await plans.fetch(
    client,
    rows.map(({ programme, plan_version: version }) => ({ programme, version })),
  );
  return {
    entries: rows.map((row) => entryOf(row, plans)),
    more: standing.length > most.standing || closed.length > most.closed,
  };
}

interface Part {
  readonly where: string;
  readonly order: string;
  readonly limit: number;
}

/** One row more than `limit` where there are more. */
async function rowsOf(client: Client, whose: Whose, { where, order, limit }: Part): Promise<Row[]> {
  const { rows } = await client.query({
    text: `SELECT r.grant_code AS grant, r.code AS report, r.due_on::text, r.status, r.overdue, r.extended,
             r.programme, r.plan_version, p.title AS programme_title, b.name AS beneficiary_name,
             (SELECT json_agg(json_build_object('tranche', t.no, 'amount', ${amountText('t.amount_cents')})
                       ORDER BY t.no)
                FROM tranches t WHERE t.grant_code = r.grant_code AND t.status = 'planned') AS planned,
             e.sequence, e.modified
        FROM (
          SELECT r.*, g.programme, g.plan_version, g.beneficiary
            FROM reports r JOIN grants g ON g.code = r.grant_code
           WHERE ${whose.text} AND ${where} ORDER BY ${order} LIMIT ${limit + 1}
        ) r
        JOIN beneficiaries b ON b.id = r.beneficiary
        JOIN programmes p ON p.code = r.programme
        CROSS JOIN LATERAL (
          SELECT count(*)::integer - 1 AS sequence, max(e.occurred_at) AS modified FROM events e
           WHERE e.stream = 'grant:' || r.grant_code AND e.type = ANY ($2) AND e.data ->> 'report' = r.code
        ) e
       ORDER BY ${order}`,
    values: [whose.value, moving],
  });
  return rows as Row[];
}

function entryOf(row: Row, plans: Plans): CalendarEntry {
  const { grant, report, due_on: dueOn, status, overdue, extended, sequence, modified } = row;
  const known = plans.get(row.programme, row.plan_version);
  if (known === undefined) throw new Error(`the plan ${row.programme}/${row.plan_version} is gone`);
  const { plan } = known;
  const owed = status === 'expected' || status === 'returned';
  const resting = owed ? tranchesRestingOn(plan, report) : [];
  return {
    key: ['deadline', grant, report],
    sequence,
    modifiedAt: instantOf(modified),
    from: dueOn,
    to: dueOn,
    closed: owed ? null : status === 'waived' ? 'dropped' : 'met',
    subject: {
      kind: 'deadline',
      grant,
      report,
      title: plannedReport(plan, report).title,
      overdue: owed && overdue,
      extended,
      waiting: (row.planned ?? []).filter(({ tranche }) => resting.includes(tranche)),
      programmeTitle: row.programme_title,
      beneficiaryName: row.beneficiary_name,
    },
  };
}
