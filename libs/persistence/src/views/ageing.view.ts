import type { DataSource } from 'typeorm';

import type { CivilDate, Instant } from '#domain/civil-date.js';

import { type Client, readAtOneMoment, readInChunks } from '../client.js';
import { Conditions, type Page, type PageRequest, firstOf, pageOf } from './page.js';
import { amountText, dayOfPlan, instantText, todayOfPlan } from './sql-text.js';

/** Ages in days since the payout was handed over, each with the first day of it. */
const buckets = { '0-2': 0, '3-7': 3, '8-30': 8, '31+': 31 } as const;
export type AgeBucket = keyof typeof buckets;
export const ageBuckets = Object.keys(buckets) as readonly AgeBucket[];

/** A payout that was handed over and has no answer yet. */
export interface AgeingListed {
  /** A day in the programme's time zone. */
  readonly handedOverOn: CivilDate;
  readonly handedOverAt: Instant;
  /** Civil days since then. */
  readonly days: number;
  readonly bucket: AgeBucket;
  /** `unknown` waits for a person, the other for the bank. */
  readonly status: 'handed-over' | 'unknown';
  readonly endToEndId: string;
  readonly grant: string;
  readonly tranche: number;
  readonly programme: string;
  readonly beneficiary: string;
  readonly beneficiaryName: string;
  readonly amount: string;
}

export interface AgeingFilter {
  readonly programme?: string;
  readonly beneficiary?: string;
  readonly bucket?: AgeBucket;
  /** Only this beneficiary's, whatever was asked. */
  readonly of: string | null;
}

const chunk = 5_000;

const bucketOf = `CASE ${[...ageBuckets]
  .reverse()
  .map((bucket) => `WHEN p.days >= ${buckets[bucket]} THEN '${bucket}'`)
  .join(' ')} END`;

/** Unanswered payouts; of one that became unknown, the day it was handed over is that of its event. */
const unanswered = `SELECT d.*, ${dayOfPlan('d.handed_over_at')} AS handed_over_on,
         ${todayOfPlan} - ${dayOfPlan('d.handed_over_at')} AS days
  FROM (
    SELECT p.*, g.programme, g.plan_version, g.beneficiary,
           CASE p.status WHEN 'handed-over' THEN p.since_at ELSE (
             SELECT max(e.occurred_at) FROM events e
              WHERE e.stream = 'grant:' || p.grant_code AND e.type = 'payout.handed-over'
                AND e.data ->> 'endToEndId' = p.end_to_end_id) END AS handed_over_at
      FROM payouts p JOIN grants g ON g.code = p.grant_code
     WHERE p.status IN ('handed-over', 'unknown')
  ) d JOIN plan_versions v ON v.programme = d.programme AND v.version = d.plan_version`;

/** How long payouts have been at the bank without an answer. */
export class AgeingView {
  constructor(private readonly database: DataSource) {}

  /** The oldest first, then by grant and tranche. */
  async list(filter: AgeingFilter, page: PageRequest): Promise<Page<AgeingListed>> {
    const rows = await firstOf(this.read(filter, page, page.limit + 1));
    return pageOf(rows, page.limit, ({ handedOverOn, grant, tranche }) => [
      handedOverOn,
      grant,
      String(tranche),
    ]);
  }

  /** All of them in that order, some rows at a time, all of one moment. */
  stream(filter: AgeingFilter): AsyncGenerator<readonly AgeingListed[]> {
    return this.read(filter, null, chunk);
  }

  private read(
    filter: AgeingFilter,
    page: PageRequest | null,
    rows: number,
  ): AsyncGenerator<readonly AgeingListed[]> {
    const key = ['p.handed_over_on', 'p.grant_code', 'p.tranche'];
    const where = new Conditions()
      .where((it) => `p.programme = ${it}`, filter.programme)
      .where((it) => `p.beneficiary = ${it}`, filter.beneficiary)
      .where((it) => `p.beneficiary = ${it}`, filter.of)
      .where((it) => `${bucketOf} = ${it}`, filter.bucket);
    if (page !== null) where.after(key, ['date', 'text', 'integer'], page);
    const text = `SELECT p.handed_over_on::text AS "handedOverOn", ${instantText('p.handed_over_at')} AS "handedOverAt",
             p.days, ${bucketOf} AS bucket, p.status, p.end_to_end_id AS "endToEndId", p.grant_code AS grant,
             p.tranche, p.programme, p.beneficiary, b.name AS "beneficiaryName",
             ${amountText('p.amount_cents')} AS amount
        FROM (${unanswered}) p JOIN beneficiaries b ON b.id = p.beneficiary
       ${where.toString()} ORDER BY ${key.join(', ')} ${page === null ? '' : `LIMIT ${page.limit + 1}`}`;
    const query = { text, values: where.values };
    return readAtOneMoment(
      this.database,
      (client: Client) => readInChunks(client, query, rows) as AsyncGenerator<readonly AgeingListed[]>,
    );
  }
}
