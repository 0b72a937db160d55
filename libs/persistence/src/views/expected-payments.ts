import { type DatedCondition, type PaymentBasis, paymentBases } from '#domain/forecast.js';
import { type Plan, plannedReport } from '#domain/plan.js';

import type { Client } from '../client.js';
import type { Plans } from '../plans.js';
import { accountInForce, accountUsable } from './sql-text.js';

/** Which payments are asked for; what was not asked leaves none out. */
export interface PaymentFilter {
  readonly programme?: string;
  readonly beneficiary?: string;
  /** Only this beneficiary's, whatever was asked. */
  readonly of: string | null;
}

/** What is asked of the payments that are read. */
export interface PaymentQuestion extends PaymentFilter {
  /** Whether the conditions that are missing are named. */
  readonly texts: boolean;
  /** What their `apart` holds: carried along from where the grant is joined anyway. */
  readonly apart: 'programme' | 'beneficiary' | null;
}

/** The statement that derives payments, as far as the plans in use decide it. */
export interface ExpectedPayments {
  /** The CTEs up to `payments` and `running`, to be followed by a SELECT. */
  readonly text: string;
  /** $1 to $6. */
  readonly values: readonly unknown[];
  /** What the payments of a slot, a tranche of a plan, rest on. */
  readonly bases: ReadonlyMap<number, PaymentBasis>;
}

/** A plan has at most 240 tranches: a plan or grant and the number of a tranche make one number. */
const slotsOfPlan = 256;

/**
 * What `expectedPayments` of the domain says of every grant the filter asks for, as two CTEs:
 *
 * - `payments`, a row per tranche that is neither paid nor cancelled: `key` (the grant's `id` and the tranche, see
 *   `grantOf` and `trancheOf`), `slot`, `amount_cents`, `status`, `certain`, `day` ('infinity': undated), and with
 *   `texts` the `places` of the missing conditions in the slot's list, in no order; else null; and `apart`.
 * - `running`, their grants by `id`: `code`, `programme`, `beneficiary`.
 *
 * What payments rest on is worked out once a plan, here. Read it in the transaction of the statement, so that no grant
 * runs by a plan it does not know.
 */
export async function expectedPayments(
  client: Client,
  plans: Plans,
  question: PaymentQuestion,
): Promise<ExpectedPayments> {
  const { programme = null, beneficiary = null, of, texts, apart } = question;
  const { rows } = await client.query({
    text: `SELECT v.programme, v.version FROM plan_versions v
            WHERE ($1::text IS NULL OR v.programme = $1) AND EXISTS (
              SELECT FROM grants g WHERE (g.programme, g.plan_version) = (v.programme, v.version))`,
    values: [programme],
  });
  const versions = rows as { programme: string; version: number }[];
  await plans.fetch(client, versions);
  const laid = versions.map((version, index) => {
    const known = plans.get(version.programme, version.version);
    if (known === undefined) throw new Error(`the plan ${version.programme}/${version.version} is gone`);
    return layOut(known.plan, index, `${version.programme}/${version.version}`);
  });
  const slots = laid.flatMap((plan) => plan.slots);
  const lists = [
    laid.map(({ row }) => row),
    slots.map(({ basis: _, conditions: __, ...row }) => row),
    byKind(slots.flatMap(({ conditions }) => conditions)),
  ];
  const levels = slots.reduce((most, { level }) => Math.max(most, level), 0);
  return {
    text: statement(levels, texts, apart),
    values: [...lists.map((list) => JSON.stringify(list)), programme, beneficiary, of],
    bases: new Map(slots.map(({ slot, basis }) => [slot, basis])),
  };
}

/** A tranche of a plan as the statement is given it. */
interface Slot {
  readonly slot: number;
  readonly period: string;
  /** How many others come before it at most, one after the other; 0: it waits for none. */
  readonly level: number;
  /** The highest level among those that wait for it. */
  needed: number;
  readonly basis: PaymentBasis;
  readonly conditions: readonly ConditionRow[];
}

interface ConditionRow extends Omit<DatedCondition, 'requirement'> {
  readonly plan: number;
  readonly slot: number;
  readonly no: number;
  readonly place: number;
  /** Whether it may ask for a report that does not arise: a yearly one of a year before the grant. */
  readonly yearly: boolean;
}

function layOut(plan: Plan, index: number, key: string): { row: object; slots: Slot[] } {
  const { timeZone: zone, monthRule: rule } = plan;
  const known = new Map<number, Slot>();
  // In paying order: those before are known.
  for (const basis of paymentBases(plan)) {
    const before = basis.after.flatMap((no) => known.get(no) ?? []);
    const level = before.reduce((most, other) => Math.max(most, other.level + 1), 0);
    for (const other of before) other.needed = Math.max(other.needed, level);
    const slot = index * slotsOfPlan + basis.no;
    const conditions = basis.conditions.map(({ requirement: _, ...condition }, place) => ({
      ...condition,
      plan: index,
      slot,
      no: basis.no,
      place,
      yearly: condition.report !== null && plannedReport(plan, condition.report).due.kind === 'yearly',
    }));
    known.set(basis.no, { slot, period: basis.paymentPeriod ?? 'P0D', level, needed: 0, basis, conditions });
  }
  return { row: { plan: index, key, zone, rule }, slots: [...known.values()] };
}

/** Lists apart, so that the planner can guess how many there are of each; `watch` is what their rows are found by. */
function byKind(conditions: readonly ConditionRow[]): Record<string, readonly object[]> {
  const named = new Set(conditions.map(({ slot, kind, ref }) => `${slot} ${kind} ${ref}`));
  // An evaluation says nothing about its report where the same gate names that too.
  const reports = conditions.filter(
    ({ slot, kind, report }) =>
      report !== null && (kind === 'report' || !named.has(`${slot} report ${report}`)),
  );
  const of = (...kinds: readonly string[]): ConditionRow[] =>
    conditions.filter(({ kind }) => kinds.includes(kind));
  return {
    reports: reports.map((row) => ({ ...row, watch: `${row.plan}:${row.report}` })),
    yearly: reports.filter(({ yearly }) => yearly),
    evaluations: of('evaluation').map((row) => ({ ...row, watch: `${row.plan}:${row.ref}` })),
    tranches: of('tranche'),
    receipts: of('document', 'approval'),
  };
}

/** The `id` in `running` of a payment's grant, and the number of its tranche. */
export const grantOf = `(p.key / ${slotsOfPlan})`;
export const trancheOf = `(p.key % ${slotsOfPlan})::integer`;

/**
 * A day plus the payment period of row `t`, as `addPeriod` of the domain counts it. Interval arithmetic adds months,
 * clamped at the month's end, and then days: that is the month rule `same-date`.
 */
export function plusPeriod(day: string): string {
  const months = `date_trunc('month', t.period)`;
  const moved = `(${day} + ${months})::date`;
  return `(CASE
    WHEN t.rule = 'same-date' OR ${months} = interval '0' THEN ${day} + t.period
    WHEN t.rule = 'day-before-ordinal' AND extract(day FROM ${day}) = extract(day FROM ${moved})
      THEN ${moved} - 1 + (t.period - ${months})
    WHEN t.rule = 'month-end-sticky' AND extract(day FROM ${day} + 1) = 1
      THEN date_trunc('month', ${moved}) + interval '1 month - 1 day' + (t.period - ${months})
    ELSE ${moved} + (t.period - ${months}) END)::date`;
}

const conditionsOf = (kind: string): string => `${kind}_asked AS MATERIALIZED (
  SELECT * FROM json_to_recordset(($3::json) -> '${kind}') AS c (
    plan integer, slot integer, no integer, place integer, watch text, kind text, ref text, report text, until date)
)`;

/** Plans, their slots and conditions, and the grants that are asked for. */
const given = `WITH plans AS MATERIALIZED (
  SELECT p.*, ((SELECT sluis_now()) AT TIME ZONE p.zone)::date AS today
    FROM json_to_recordset($1::json) AS p (plan integer, key text, zone text, rule text)
), slots AS MATERIALIZED (
  SELECT s.*, p.rule FROM json_to_recordset($2::json) AS s (
    slot integer, period interval, level integer, needed integer) JOIN plans p ON p.plan = s.slot / ${slotsOfPlan}
), ${['reports', 'evaluations', 'tranches', 'receipts', 'yearly'].map(conditionsOf).join(', ')}
, running AS MATERIALIZED (
  SELECT row_number() OVER () AS id, g.code, g.programme, g.beneficiary, g.starts_on, g.status, g.spared,
         p.plan, p.today, p.zone, a.version AS account, ${accountUsable} AS usable
    FROM grants g
    JOIN plan_versions v ON v.programme = g.programme AND v.version = g.plan_version
    JOIN plans p ON p.key = g.programme || '/' || g.plan_version
    ${accountInForce}
   WHERE g.status <> 'draft' AND ($4::text IS NULL OR g.programme = $4)
     AND ($5::text IS NULL OR g.beneficiary = $5) AND ($6::text IS NULL OR g.beneficiary = $6)
)`;

const keyOf = (no: string): string => `g.id * ${slotsOfPlan} + ${no}`;

const undecided = `(e.status <> 'decided' OR e.decided_outcome = 'unfavourable')`;

/**
 * What is missing of each gate, other tranches apart, and the last day by which any of it is expected; beside it the
 * live payout, since both are looked up by tranche.
 * A missing report stands in for the deadline of its evaluation too, which cannot be decided before it is in.
 */
const gates = (texts: boolean): string => `gates AS (
  SELECT key, max(day) AS met_on, max(payout) AS payout, max(account) AS account,
         ${texts ? 'array_agg(place) FILTER (WHERE place IS NOT NULL)' : 'NULL::integer[]'} AS places
    FROM (
      SELECT ${keyOf('c.no')} AS key, CASE c.kind WHEN 'report' THEN c.place END AS place, r.due_on AS day,
             NULL::text AS payout, NULL::integer AS account
        FROM running g
        JOIN reports r ON r.grant_code = g.code AND r.status NOT IN ('accepted', 'waived')
        JOIN reports_asked c ON c.watch = g.plan || ':' || r.code
      UNION ALL
      SELECT ${keyOf('c.no')}, CASE c.kind WHEN 'report' THEN c.place END, 'infinity', NULL, NULL
        FROM running g
        JOIN yearly_asked c ON c.plan = g.plan
        LEFT JOIN reports r ON r.grant_code = g.code AND r.code = c.report WHERE r.code IS NULL
      UNION ALL
      SELECT ${keyOf('c.no')}, c.place, greatest(g.today, coalesce(e.window_to, c.until)), NULL, NULL
        FROM running g
        JOIN evaluations e ON e.grant_code = g.code AND ${undecided}
        JOIN evaluations_asked c ON c.watch = g.plan || ':' || e.code
      UNION ALL
      -- An evaluation whose report is in before its deadline.
      SELECT ${keyOf('c.no')}, NULL, r.due_on, NULL, NULL
        FROM running g
        JOIN reports r ON r.grant_code = g.code AND r.status IN ('accepted', 'waived')
         AND r.due_on > (SELECT min(today) FROM plans)
        JOIN evaluations_asked c ON c.plan = g.plan AND c.report = r.code
        JOIN evaluations e ON e.grant_code = g.code AND e.code = c.ref AND ${undecided}
      UNION ALL
      SELECT ${keyOf('c.no')}, c.place, 'infinity', NULL, NULL
        FROM running g
        JOIN receipts_asked c ON c.plan = g.plan
        LEFT JOIN receipts r ON r.grant_code = g.code AND r.kind = c.kind AND r.name = c.ref WHERE r.name IS NULL
      UNION ALL
      SELECT ${keyOf('p.tranche')}, NULL, NULL, p.status, p.account_version
        FROM running g
        JOIN payouts p ON p.grant_code = g.code AND p.status IN ('ordered', 'handed-over', 'unknown')
    ) m GROUP BY key
)`;

/** Every tranche still to be paid; with its day, or with the level at which that follows from other tranches. */
const dated = (apart: PaymentQuestion['apart']): string => `awaited AS (
  SELECT ${keyOf('t.no')} AS key, s.slot, s.period, s.rule, s.level, t.amount_cents, g.today,
         ${apart === null ? 'NULL::text' : `g.${apart}`} AS apart,
         t.status = 'withheld' OR (g.status IN ('closed', 'terminated')
           AND g.spared IS DISTINCT FROM t.no AND m.payout IS NULL) AS never,
         CASE WHEN t.payable_since IS NOT NULL THEN (t.payable_since AT TIME ZONE g.zone)::date END AS payable_on,
         greatest(g.today, g.starts_on, t.due_on, m.met_on) AS opening,
         CASE WHEN m.payout IN ('handed-over', 'unknown') THEN m.payout ELSE t.status END AS status,
         (g.status IN ('awarded', 'active') OR g.spared IS NOT DISTINCT FROM t.no)
           AND g.usable AND coalesce(m.account, g.account) = g.account
           AND t.status <> 'withheld' AND m.payout IS DISTINCT FROM 'unknown'
           AND NOT (t.status = 'planned' AND m.met_on IS NOT NULL) AS certain,
         CASE WHEN t.status = 'planned' THEN m.places END AS places
    FROM running g
    JOIN tranches t ON t.grant_code = g.code AND t.status NOT IN ('paid', 'cancelled')
    JOIN slots s ON s.slot = g.plan * ${slotsOfPlan} + t.no
    LEFT JOIN gates m ON m.key = ${keyOf('t.no')}
  OFFSET 0
), dated AS MATERIALIZED (
  SELECT t.key, t.slot, t.amount_cents, t.status, t.certain, t.places, t.opening, t.apart,
         CASE WHEN t.status = 'planned' AND NOT t.never THEN t.level ELSE 0 END AS level,
         CASE WHEN t.never THEN 'infinity'
              WHEN t.payable_on IS NOT NULL THEN greatest(t.today, ${plusPeriod('t.payable_on')})
              WHEN t.level = 0 THEN ${plusPeriod('t.opening')} END AS day
    FROM awaited t
)`;

/**
 * The tranches of one level, whose others are known by then; and of all these, what is needed at a higher one. OFFSET 0
 * keeps the planner from writing a long expression out wherever its value is used.
 */
const atLevel = (level: number, texts: boolean): string => `level_${level} AS MATERIALIZED (
  SELECT t.key, t.slot, t.behind, t.places, ${plusPeriod('t.opening')} AS day FROM (
    SELECT l.*, s.period, s.rule FROM (
      SELECT t.key, max(t.slot) AS slot, count(k.key) > 0 AS behind,
             ${texts ? 'array_agg(c.place) FILTER (WHERE k.key IS NOT NULL)' : 'NULL::integer[]'} AS places,
             greatest(max(t.opening), max(k.day)) AS opening
        FROM dated t
        JOIN tranches_asked c ON c.slot = t.slot
        LEFT JOIN known_${level - 1} k ON k.key = t.key - c.no + c.ref::integer
       WHERE t.level = ${level} GROUP BY t.key
    ) l JOIN slots s ON s.slot = l.slot OFFSET 0
  ) t
), known_${level} AS (
  SELECT k.* FROM (
    SELECT key, slot, day FROM known_${level - 1} UNION ALL SELECT key, slot, day FROM level_${level}
  ) k JOIN slots s ON s.slot = k.slot WHERE s.needed > ${level}
)`;

function statement(levels: number, texts: boolean, apart: PaymentQuestion['apart']): string {
  const higher = Array.from({ length: levels }, (_, index) => index + 1);
  const following = higher.map(
    (level) => `
    UNION ALL
    SELECT t.key, t.slot, t.amount_cents, t.status, t.certain AND NOT l.behind, l.day, t.places || l.places, t.apart
      FROM dated t JOIN level_${level} l ON l.key = t.key`,
  );
  return [
    given,
    gates(texts),
    dated(apart),
    'known_0 AS (SELECT key, slot, day FROM dated WHERE level = 0)',
    ...higher.map((level) => atLevel(level, texts)),
    `payments AS (
    SELECT key, slot, amount_cents, status, certain, day, places, apart FROM dated WHERE level = 0${following.join('')}
)`,
  ].join(', ');
}
