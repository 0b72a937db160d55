import type { CivilDate } from '#domain/civil-date.js';

import type { Client } from '../client.js';
import { amountText, dayOfPlan } from './sql-text.js';

/** What waits on the agency, by what is to be done, who handles it and who may not do it. */
export interface WaitingRow {
  readonly task: string;
  readonly handler: string | null;
  readonly barred: readonly string[];
  readonly count: number;
  readonly items: readonly {
    readonly about: string;
    readonly what?: string;
    readonly beneficiary?: string;
    readonly amount?: string;
    readonly since?: CivilDate;
    readonly dueOn?: CivilDate;
  }[];
}

/** Counted over everything that waits, with the `items` of each part that wait longest; once a morning. */
export async function readWaiting(client: Client, items: number): Promise<WaitingRow[]> {
  const { rows } = await client.query({ text: waitingNow, values: [items] });
  return rows as WaitingRow[];
}

const none = `'{}'::text[]`;
const brussels = (moment: string): string => `(${moment} AT TIME ZONE 'Europe/Brussels')::date`;
const grantWithPlan = `JOIN grants g ON g.code = x.grant_code JOIN beneficiaries b ON b.id = g.beneficiary
  JOIN plan_versions v ON v.programme = g.programme AND v.version = g.plan_version`;
const fourEyes = `coalesce((v.document #>> '{approval,fourEyes}')::boolean, true)`;
/** Whoever recommended an evaluation that the gate of tranche \`x\` rests on. */
const recommenders = `ARRAY(SELECT DISTINCT e.recommended_by FROM evaluations e
  WHERE ${fourEyes} AND e.grant_code = x.grant_code AND e.recommended_by IS NOT NULL AND EXISTS (
    SELECT FROM jsonb_array_elements(v.document -> 'tranches') t
     WHERE (t ->> 'no')::int = x.no AND t -> 'requires' ? ('evaluation:' || e.code)) ORDER BY 1)`;

/** One branch a task: task, handler, barred, about, what, beneficiary, amount, since, due_on. */
const branches = [
  `SELECT 'review-report', g.handler, ${none}, g.code, x.code, b.name, NULL, ${dayOfPlan('x.since_at')}, x.due_on
     FROM reports x ${grantWithPlan} WHERE x.status = 'submitted' AND g.status <> 'closed'`,
  `SELECT 'answer-extension', g.handler, ${none}, g.code, x.code, b.name, NULL, ${dayOfPlan('x.request_at')}, x.request_until
     FROM reports x ${grantWithPlan} WHERE x.request_until IS NOT NULL AND x.status IN ('expected', 'returned')`,
  `SELECT 'chase-report', g.handler, ${none}, g.code, x.code, b.name, NULL, x.due_on, x.due_on
     FROM reports x ${grantWithPlan} WHERE x.overdue AND x.status IN ('expected', 'returned')
      AND g.status IN ('awarded', 'active', 'suspended') AND NOT g.muted`,
  `SELECT 'recommend-evaluation', g.handler, ${none}, g.code, x.code, b.name, NULL, ${dayOfPlan('x.since_at')}, NULL
     FROM evaluations x ${grantWithPlan} WHERE x.status = 'open'`,
  `SELECT 'decide-evaluation', g.handler, CASE WHEN ${fourEyes} THEN ARRAY[x.recommended_by] ELSE ${none} END,
          g.code, x.code, b.name, NULL, ${dayOfPlan('x.since_at')}, NULL
     FROM evaluations x ${grantWithPlan} WHERE x.status = 'recommended'`,
  `SELECT CASE WHEN x.first_approval_by IS NULL THEN 'approve-tranche' ELSE 'approve-tranche-second' END, g.handler,
          ${recommenders} || CASE WHEN x.first_approval_by IS NULL THEN ${none} ELSE ARRAY[x.first_approval_by] END,
          g.code, x.no::text, b.name, ${amountText('x.amount_cents')}, ${dayOfPlan('x.since_at')}, x.due_on
     FROM tranches x ${grantWithPlan} WHERE x.status = 'payable' AND g.status = 'active'`,
  `SELECT 'verify-account', NULL, ARRAY[a.entered_by], b.name, NULL, NULL, NULL, ${brussels('a.entered_at')}, NULL
     FROM accounts a JOIN beneficiaries b ON b.id = a.beneficiary WHERE a.verified_by IS NULL
      AND NOT EXISTS (SELECT FROM accounts l WHERE l.beneficiary = a.beneficiary AND l.version > a.version)`,
  `SELECT 'release-batch', NULL, ARRAY[x.built_by], x.no::text, NULL, NULL, ${amountText('x.amount_cents')},
          ${brussels('x.built_at')}, x.execute_on FROM batches x WHERE x.status = 'built'`,
  `SELECT CASE WHEN x.status = 'ordered' THEN 'confirm-payout' ELSE 'resolve-payout' END, NULL,
          CASE WHEN x.status = 'ordered' THEN ARRAY[x.executed_by] ELSE ${none} END, g.code, x.tranche::text, b.name,
          ${amountText('x.amount_cents')}, ${dayOfPlan('x.since_at')}, NULL
     FROM payouts x ${grantWithPlan}
     JOIN tranches t ON t.grant_code = x.grant_code AND t.no = x.tranche
    WHERE x.status = 'unknown' OR (x.status = 'ordered' AND x.executed_by IS NOT NULL)
       OR (x.status IN ('rejected', 'returned') AND t.status = 'approved' AND NOT EXISTS (
         SELECT FROM payouts y WHERE y.grant_code = x.grant_code AND y.tranche = x.tranche AND y.attempt > x.attempt))`,
  `SELECT 'match-bank-entry', NULL, ${none}, f.no || '/' || x.no, x.place, x.counterparty_name, NULL,
          ${brussels('f.imported_at')}, NULL
     FROM bank_entries x JOIN bank_files f ON f.no = x.bank_file WHERE x.status = 'waiting'`,
  `SELECT 'notify-recovery', g.handler, ${none}, g.code, x.no::text, b.name, ${amountText('x.amount_cents')},
          ${dayOfPlan('x.since_at')}, NULL FROM recoveries x ${grantWithPlan} WHERE x.status = 'proposed'`,
  `SELECT 'correct-contact', NULL, ${none}, coalesce(b.name, p.name), p.name, NULL, NULL, ${brussels('p.mail_bounced_at')}, NULL
     FROM people p LEFT JOIN beneficiaries b ON b.id = p.beneficiary
    WHERE p.mail_bounced_at IS NOT NULL AND p.ended IS NULL`,
  `SELECT 'look-at-failure', NULL, ${none}, d.grant_code, NULL, NULL, NULL, ${brussels('d.since')}, NULL FROM due_failures d`,
];

const waitingNow = `
  WITH waits (task, handler, barred, about, what, beneficiary, amount, since, due_on) AS (
    ${branches.join('\n    UNION ALL\n    ')}
  ), ranked AS (
    SELECT w.*, count(*) OVER part AS total, row_number() OVER (part ORDER BY since, about, what) AS place
      FROM waits w WINDOW part AS (PARTITION BY task, handler, barred)
  )
  SELECT task, handler, barred, max(total)::int AS count,
         json_agg(json_strip_nulls(json_build_object('about', about, 'what', what, 'beneficiary', beneficiary,
           'amount', amount, 'since', since, 'dueOn', due_on)) ORDER BY place) AS items
    FROM ranked WHERE place <= $1 GROUP BY task, handler, barred ORDER BY task, handler, barred`;
