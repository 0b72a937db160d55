import type { CalendarEntry } from '#domain/calendar-entry.js';
import type { CivilDate } from '#domain/civil-date.js';
import type { EventType } from '#domain/events.js';
import type { EvaluationStatus } from '#domain/grant.js';

import type { Client } from '../client.js';
import { instantOf } from '../database-values.js';
import type { Plans } from '../plans.js';
import { closedDays } from './calendar-deadlines.js';
import type { Calendar, Whose } from './calendar.view.js';

/** How many windows a calendar takes, the earliest first. */
const most = 400;

/** Events of an evaluation, and of its grant what ends it or brings it back; the award comes first. */
const ofEvaluation: readonly EventType[] = [
  'evaluation.opened',
  'evaluation.recommended',
  'evaluation.decided',
  'evaluation.reopened',
  'evaluation.window-moved',
];
const ofGrant: readonly EventType[] = [
  'grant.awarded',
  'grant.terminated',
  'grant.closed',
  'grant.reopened',
  'report.reopened',
];

const running = `g.status IN ('awarded', 'active', 'suspended')`;
/** That of its own, where it was moved for this grant; else its plan's. What `evaluationWindow` of the domain says. */
const from = 'coalesce(e.window_from, w."from")';
const to = 'coalesce(e.window_to, w."to")';

/** Evaluations `e` of grants `g` that have a window; the parameter: the windows that the plans in use give. */
const windows = (parameter: string): string => `FROM json_to_recordset(${parameter}::json) AS w (
    programme text, version integer, code text, "from" date, "to" date)
  JOIN grants g ON g.programme = w.programme AND g.plan_version = w.version AND g.status <> 'draft'
  JOIN evaluations e ON e.grant_code = g.code AND e.code = w.code`;

/** The windows of all plans that grants run by. */
async function planned(client: Client, plans: Plans): Promise<string> {
  const { rows } = await client.query({
    text: `SELECT v.programme, v.version FROM plan_versions v WHERE EXISTS (
      SELECT FROM grants g WHERE (g.programme, g.plan_version) = (v.programme, v.version))`,
  });
  const versions = rows as { programme: string; version: number }[];
  await plans.fetch(client, versions);
  return JSON.stringify(
    versions.flatMap(({ programme, version }) =>
      (plans.get(programme, version)?.plan.evaluations ?? []).flatMap(({ code, window }) =>
        window === null ? [] : [{ programme, version, code, ...window }],
      ),
    ),
  );
}

interface WindowRow {
  readonly grant: string;
  readonly code: string;
  readonly from: CivilDate;
  readonly to: CivilDate;
  readonly status: EvaluationStatus;
  readonly running: boolean;
  readonly programme_title: string;
  readonly beneficiary_name: string;
  readonly sequence: number;
  readonly modified: Date;
}

/** The windows of these grants' evaluations, one by one. */
export async function windowEntries(client: Client, plans: Plans, whose: Whose): Promise<Calendar> {
  const { rows } = await client.query({
    text: `SELECT w.grant, w.code, w.from::text, w.to::text, w.status, w.running, p.title AS programme_title,
             b.name AS beneficiary_name, x.sequence, x.modified
        FROM (
          SELECT g.code AS grant, e.code, ${from} AS from, ${to} AS to, e.status, ${running} AS running,
                 g.programme, g.beneficiary
            ${windows('$2')}
           WHERE ${whose.text} AND (
             e.status <> 'decided' AND ${running}
             OR greatest(e.since_at, g.since_at) > sluis_now() - interval '${closedDays} days')
           ORDER BY e.status = 'decided' OR NOT ${running}, ${to}, g.code, e.code LIMIT ${most + 1}
        ) w
        JOIN beneficiaries b ON b.id = w.beneficiary
        JOIN programmes p ON p.code = w.programme
        CROSS JOIN LATERAL (
          SELECT count(*)::integer - 1 AS sequence, max(o.occurred_at) AS modified FROM events o
           WHERE o.stream = 'grant:' || w.grant
             AND (o.type = ANY ($4) OR o.type = ANY ($3) AND o.data ->> 'evaluation' = w.code)
        ) x`,
    values: [whose.value, await planned(client, plans), ofEvaluation, ofGrant],
  });
  const found = rows as WindowRow[];
  return { entries: found.slice(0, most).map(entryOf), more: found.length > most };
}

function entryOf(row: WindowRow): CalendarEntry {
  const { grant, code, sequence } = row;
  return {
    key: ['window', grant, code],
    sequence,
    modifiedAt: instantOf(row.modified),
    from: row.from,
    to: row.to,
    closed: row.status === 'decided' ? 'met' : row.running ? null : 'dropped',
    subject: {
      kind: 'window',
      grant,
      evaluation: code,
      programmeTitle: row.programme_title,
      beneficiaryName: row.beneficiary_name,
    },
  };
}

interface WindowsRow {
  readonly programme: string;
  readonly code: string;
  readonly planned_from: CivilDate;
  readonly planned_to: CivilDate;
  readonly from: CivilDate;
  readonly to: CivilDate;
  readonly programme_title: string;
  readonly open: number;
  readonly all: number;
  readonly largest: boolean;
  readonly sequence: number;
  readonly modified: Date;
}

/**
 * The windows of all grants, those of one programme and evaluation together. Where some of them were moved apart, most
 * of them keep the entry that all had. The events of each grant only add up: so does what they are counted in.
 */
export async function windowsEntries(client: Client, plans: Plans): Promise<Calendar> {
  const { rows } = await client.query({
    text: `SELECT w.programme, w.code, w.planned_from::text, w.planned_to::text, w.from::text, w.to::text,
             p.title AS programme_title, w.open::integer, w.all::integer,
             row_number() OVER (PARTITION BY w.programme, w.code, w.planned_from, w.planned_to
                                ORDER BY w.all DESC, w.from, w.to) = 1 AS largest,
             sum(w.sequence) OVER (PARTITION BY w.programme, w.code, w.planned_from, w.planned_to)::integer AS sequence,
             w.modified
        FROM (
          SELECT g.programme, e.code, w."from" AS planned_from, w."to" AS planned_to, ${from} AS from, ${to} AS to,
                 count(*) FILTER (WHERE e.status <> 'decided' AND ${running}) AS open, count(*) AS all,
                 sum(g.sequence) AS sequence, max(g.last_event_at) AS modified
            ${windows('$1')}
           GROUP BY 1, 2, 3, 4, 5, 6
        ) w JOIN programmes p ON p.code = w.programme
       ORDER BY w.open = 0, w.to, w.programme, w.code LIMIT ${most + 1}`,
    values: [await planned(client, plans)],
  });
  const found = rows as WindowsRow[];
  const { rows: today } = await client.query({
    text: `SELECT (sluis_now() - interval '${closedDays} days')::date::text AS since`,
  });
  const [{ since }] = today as [{ since: CivilDate }];
  return {
    entries: found
      .slice(0, most)
      .filter(({ open, to: last }) => open > 0 || last >= since)
      .map(entryOfAll),
    more: found.length > most,
  };
}

function entryOfAll(row: WindowsRow): CalendarEntry {
  const { programme, code, open, all } = row;
  const apart = row.largest ? [] : [row.from, row.to];
  return {
    key: ['windows', programme, code, row.planned_from, row.planned_to, ...apart],
    sequence: row.sequence,
    modifiedAt: instantOf(row.modified),
    from: row.from,
    to: row.to,
    closed: open === 0 ? 'met' : null,
    subject: { kind: 'windows', evaluation: code, programmeTitle: row.programme_title, open, all },
  };
}
