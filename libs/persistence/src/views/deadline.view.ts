import type { DataSource } from 'typeorm';

import type { CivilDate, Instant } from '#domain/civil-date.js';
import { type DeadlineState, deadlineStates, soonDays } from '#domain/deadline.js';
import { nextReminder } from '#domain/due.js';
import type { GrantStatus, ReportStatus } from '#domain/grant.js';
import { plannedReport, tranchesRestingOn } from '#domain/plan.js';

import { type Client, readAtOneMoment, readInChunks } from '../client.js';
import { instantOf } from '../database-values.js';
import { Plans } from '../plans.js';
import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { amountText, deadlineState, todayOfPlan } from './sql-text.js';

/** The deadline of one report of one grant: what is due, for whom, in what state, and what waits on it. */
export interface DeadlineListed {
  readonly dueOn: CivilDate;
  readonly grant: string;
  readonly report: string;
  /** As the plan has it; null where it gives none. */
  readonly title: string | null;
  readonly state: DeadlineState;
  readonly extended: boolean;
  readonly rawDueOn: CivilDate;
  /** The day until which an extension is asked that nobody has answered yet. */
  readonly askedUntil: CivilDate | null;
  readonly reportStatus: ReportStatus;
  readonly beneficiary: string;
  readonly beneficiaryName: string;
  readonly programme: string;
  readonly handler: string | null;
  /** The tranches that cannot become payable before this report is accepted or waived. */
  readonly waiting: readonly { readonly tranche: number; readonly amount: string }[];
  /** The reminder that goes out next, as things stand. */
  readonly nextReminder: { readonly offset: string; readonly at: Instant } | null;
}

export interface DeadlineFilter {
  readonly from?: CivilDate;
  readonly to?: CivilDate;
  readonly state?: DeadlineState;
  readonly programme?: string;
  readonly beneficiary?: string;
  readonly handler?: string;
  /** Only where an extension is asked that nobody has answered yet, or only the rest. */
  readonly asked?: boolean;
  /** Only this beneficiary's, whatever was asked. */
  readonly of: string | null;
}

/** How many deadlines are in each state; none is left out. */
export type DeadlineCounts = Readonly<Record<DeadlineState, number>>;

const chunk = 5_000;

/** The plan version of a grant, looked up by it: the planner is kept from pairing every report with every plan. */
const ofGrant = `CROSS JOIN LATERAL (
  SELECT document FROM plan_versions v WHERE v.programme = g.programme AND v.version = g.plan_version OFFSET 0
) v`;

const key = ['r.due_on', 'r.grant_code', 'r.code'];

const owed = `r.status IN ('expected', 'returned')`;
const handedIn = `r.status IN ('submitted', 'accepted', 'waived')`;

/** Today in the first and in the last zone of all plans: nearly always the same day. */
interface Today {
  readonly first: CivilDate;
  readonly last: CivilDate;
}

/**
 * `deadlineState` as conditions on columns that have an index (migration 0007), with days that the planner knows.
 * Exact where it is the same day in all zones; else they let through what is in that state in any of them.
 */
const inState: Readonly<Record<DeadlineState, (where: Conditions, today: Today) => Conditions>> = {
  open: (where, { first }) =>
    where.and(`${owed} AND NOT r.overdue`).where((it) => `r.due_on > ${it}::date + ${soonDays}`, first),
  'due-soon': (where, { first, last }) =>
    where
      .and(`${owed} AND NOT r.overdue`)
      .where((it) => `r.due_on >= ${it}::date`, first)
      .where((it) => `r.due_on <= ${it}::date + ${soonDays}`, last),
  overdue: (where, { last }) =>
    // A flag is of a day that is past; without the first condition it would be looked for among all to come.
    where.and(owed).where((it) => `r.due_on <= ${it}::date AND (r.overdue OR r.due_on < ${it}::date)`, last),
  met: (where) => where.and(`${handedIn} AND r.late IS NOT TRUE`),
  'met-late': (where) => where.and(`${handedIn} AND r.late`),
};

/** Deadlines across grants, and how many there are in each state. */
export class DeadlineView {
  private readonly plans = new Plans();

  /** Plan versions never change: those of rows that were read are the same in another transaction. */
  private readonly client: Client = {
    query: async ({ text, values }) => ({ rows: await this.database.query(text, values) }),
  };

  constructor(private readonly database: DataSource) {}

  /** Deadlines across grants by date, then grant and report; both ends of the period count. */
  async list(filter: DeadlineFilter, page: PageRequest): Promise<Page<DeadlineListed>> {
    const { text, values } = query(filter, await today(this.client), page);
    const fields: DeadlineFields[] = await this.database.query(text, values);
    const rows = await this.explained(this.client, fields);
    return pageOf(rows, page.limit, ({ dueOn, grant, report }) => [dueOn, grant, report]);
  }

  /** All of them in that order, some rows at a time, all of one moment. */
  async *stream(filter: DeadlineFilter): AsyncGenerator<readonly DeadlineListed[]> {
    const explained = this.explained.bind(this);
    yield* readAtOneMoment(this.database, async function* (client: Client) {
      for await (const fields of readInChunks(client, query(filter, await today(client), null), chunk))
        yield await explained(client, fields as DeadlineFields[]);
    });
  }

  /** How many there are in each state. Counted by day and plan first: the state is then worked out for few. */
  async counts(filter: Omit<DeadlineFilter, 'state'>): Promise<DeadlineCounts> {
    const where = narrowed(filter);
    const rows: { state: DeadlineState; count: number }[] = await this.database.query(
      `SELECT ${deadlineState} AS state, sum(r.deadlines)::integer AS count
         FROM (
           SELECT g.programme, g.plan_version, r.status, r.late, r.overdue,
                  CASE WHEN ${owed} THEN r.due_on END AS due_on, count(*) AS deadlines
             FROM reports r JOIN grants g ON g.code = r.grant_code
            ${where.toString()} GROUP BY 1, 2, 3, 4, 5, 6
         ) r JOIN plan_versions v ON v.programme = r.programme AND v.version = r.plan_version
        GROUP BY 1`,
      where.values,
    );
    const none = deadlineStates.map((state) => [state, 0] as const);
    const some = rows.map(({ state, count }) => [state, count] as const);
    return Object.fromEntries([...none, ...some]) as DeadlineCounts;
  }

  /** Rows with what their plans say of them. */
  private async explained(client: Client, rows: readonly DeadlineFields[]): Promise<DeadlineListed[]> {
    await this.plans.fetch(client, versionsOf(rows));
    return rows.map((row) => listed(row, this.plans));
  }
}

/** What every list and count may be narrowed to. */
function narrowed(filter: Omit<DeadlineFilter, 'state'>): Conditions {
  const where = new Conditions()
    .where((it) => `r.due_on >= ${it}`, filter.from)
    .where((it) => `r.due_on <= ${it}`, filter.to)
    .where((it) => `g.programme = ${it}`, filter.programme)
    .where((it) => `g.beneficiary = ${it}`, filter.beneficiary)
    .where((it) => `g.handler = ${it}`, filter.handler)
    .where((it) => `g.beneficiary = ${it}`, filter.of);
  if (filter.asked !== undefined) where.and(`r.request_until IS ${filter.asked ? 'NOT ' : ''}NULL`);
  return where;
}

async function today(client: Client): Promise<Today> {
  const { rows } = await client.query({
    text: `SELECT coalesce(min(today), CURRENT_DATE)::text AS first, coalesce(max(today), CURRENT_DATE)::text AS last
      FROM (SELECT DISTINCT ${todayOfPlan} AS today FROM plan_versions v) all_zones`,
  });
  return rows[0] as Today;
}

/** The rows of a page are chosen first: what hangs on them is looked up for these alone. */
function query(
  { state, ...filter }: DeadlineFilter,
  days: Today,
  page: PageRequest | null,
): { readonly text: string; readonly values: unknown[] } {
  const where = narrowed(filter);
  if (state !== undefined) inState[state](where, days);
  const differs = state !== undefined && days.first !== days.last;
  if (differs) where.where((it) => `${deadlineState} = ${it}`, state);
  if (page !== null) where.after(key, ['date', 'text', 'text'], page);
  const limit = page === null ? '' : `LIMIT ${page.limit + 1}`;
  const text = `SELECT r.due_on::text AS "dueOn", r.grant_code AS grant, r.code AS report, ${deadlineState} AS state, r.extended,
           r.raw_due_on::text AS "rawDueOn", r.request_until::text AS "askedUntil", r.status AS "reportStatus",
           r.beneficiary, b.name AS "beneficiaryName", r.programme, r.handler,
           r.plan_version, r.grant_status, r.muted, r.silent_until, r.deadline_set_at, sluis_now() AS now, (
             SELECT json_agg(json_build_object('tranche', t.no, 'amount', ${amountText('t.amount_cents')})
                      ORDER BY t.no)
               FROM tranches t WHERE t.grant_code = r.grant_code AND t.status = 'planned'
           ) AS planned
      FROM (
        SELECT r.*, g.beneficiary, g.programme, g.plan_version, g.handler, g.status AS grant_status,
               g.muted, g.silent_until
          FROM reports r JOIN grants g ON g.code = r.grant_code ${differs ? ofGrant : ''}
          ${where.toString()} ORDER BY ${key.join(', ')} ${limit}
      ) r
      JOIN plan_versions v ON v.programme = r.programme AND v.version = r.plan_version
      JOIN beneficiaries b ON b.id = r.beneficiary
     ORDER BY ${key.join(', ')}`;
  return { text, values: where.values };
}

type DeadlineFields = Omit<DeadlineListed, 'title' | 'waiting' | 'nextReminder'> & {
  readonly plan_version: number;
  readonly grant_status: GrantStatus;
  readonly muted: boolean;
  readonly silent_until: Date | null;
  readonly deadline_set_at: Date;
  readonly now: Date;
  readonly planned: DeadlineListed['waiting'] | null;
};

function versionsOf(rows: readonly DeadlineFields[]): { programme: string; version: number }[] {
  const versions = new Map(
    rows.map(({ programme, plan_version: version }) => [`${programme}/${version}`, { programme, version }]),
  );
  return [...versions.values()];
}

/** A row with what its plan says of it. */
function listed(row: DeadlineFields, plans: Plans): DeadlineListed {
  const { plan_version: version, grant_status, muted, silent_until, deadline_set_at, now, planned } = row;
  const { dueOn, grant, report, state, extended, rawDueOn, askedUntil, reportStatus } = row;
  const { beneficiary, beneficiaryName, programme, handler } = row;
  const known = plans.get(programme, version);
  if (known === undefined) throw new Error(`the plan ${programme}/${version} is gone`);
  const { plan } = known;
  const settled = reportStatus === 'accepted' || reportStatus === 'waived';
  const resting = settled ? [] : tranchesRestingOn(plan, report);
  const next = nextReminder(
    { status: grant_status, muted, silentUntil: silent_until && instantOf(silent_until) },
    { code: report, status: reportStatus, dueOn, deadlineSetAt: instantOf(deadline_set_at) },
    plan,
    instantOf(now),
  );
  return {
    dueOn,
    grant,
    report,
    title: plannedReport(plan, report).title,
    state,
    extended,
    rawDueOn,
    askedUntil,
    reportStatus,
    beneficiary,
    beneficiaryName,
    programme,
    handler,
    waiting: (planned ?? []).filter(({ tranche }) => resting.includes(tranche)),
    nextReminder: next && { offset: next.offset, at: next.at },
  };
}
