import type { DataSource } from 'typeorm';

import type { CivilDate, Instant } from '#domain/civil-date.js';

import { type Client, readAtOneMoment, readInChunks } from '../client.js';
import { Conditions, type Page, type PageRequest, firstOf, pageOf } from './page.js';
import { amountText, dayOfPlan, instantText } from './sql-text.js';

/** A payout that arrived, and the day it came back where it did. */
export interface PayoutDoneListed {
  /** Days in the programme's time zone. */
  readonly settledOn: CivilDate;
  readonly returnedOn: CivilDate | null;
  readonly settledAt: Instant;
  readonly returnedAt: Instant | null;
  readonly endToEndId: string;
  readonly grant: string;
  readonly tranche: number;
  readonly attempt: number;
  readonly programme: string;
  readonly beneficiary: string;
  readonly beneficiaryName: string;
  readonly amount: string;
}

export interface PayoutDoneFilter {
  readonly programme?: string;
  readonly beneficiary?: string;
  /** First and last day, both included, on which money left or came back. */
  readonly from?: CivilDate;
  readonly to?: CivilDate;
  /** Only this beneficiary's, whatever was asked. */
  readonly of: string | null;
}

const chunk = 5_000;

/**
 * Settled payouts, and those that were returned after: their row knows the return alone, so the day they settled is
 * that of their event.
 */
const done = `SELECT d.*, ${dayOfPlan('d.settled_at')} AS settled_on, ${dayOfPlan('d.returned_at')} AS returned_on
  FROM (
    SELECT p.*, g.programme, g.plan_version, g.beneficiary,
           CASE p.status WHEN 'settled' THEN p.since_at ELSE (
             SELECT max(e.occurred_at) FROM events e
              WHERE e.stream = 'grant:' || p.grant_code AND e.type = 'payout.settled'
                AND e.data ->> 'endToEndId' = p.end_to_end_id) END AS settled_at,
           CASE p.status WHEN 'returned' THEN p.since_at END AS returned_at
      FROM payouts p JOIN grants g ON g.code = p.grant_code
     WHERE p.status IN ('settled', 'returned')
  ) d JOIN plan_versions v ON v.programme = d.programme AND v.version = d.plan_version`;

/** What was paid in a period, for accounting: what left in it or came back in it. */
export class PayoutsDoneView {
  constructor(private readonly database: DataSource) {}

  /** By the day they settled, then grant, tranche and attempt. */
  async list(filter: PayoutDoneFilter, page: PageRequest): Promise<Page<PayoutDoneListed>> {
    const rows = await firstOf(this.read(filter, page, page.limit + 1));
    return pageOf(rows, page.limit, ({ settledOn, grant, tranche, attempt }) => [
      settledOn,
      grant,
      String(tranche),
      String(attempt),
    ]);
  }

  /** All of them in that order, some rows at a time, all of one moment. */
  stream(filter: PayoutDoneFilter): AsyncGenerator<readonly PayoutDoneListed[]> {
    return this.read(filter, null, chunk);
  }

  private read(
    filter: PayoutDoneFilter,
    page: PageRequest | null,
    rows: number,
  ): AsyncGenerator<readonly PayoutDoneListed[]> {
    const key = ['p.settled_on', 'p.grant_code', 'p.tranche', 'p.attempt'];
    const where = new Conditions()
      .where((it) => `p.programme = ${it}`, filter.programme)
      .where((it) => `p.beneficiary = ${it}`, filter.beneficiary)
      .where((it) => `p.beneficiary = ${it}`, filter.of)
      .where(
        (it) => `(p.settled_on <@ ${it}::daterange OR p.returned_on <@ ${it}::daterange)`,
        period(filter),
      );
    if (page !== null) where.after(key, ['date', 'text', 'integer', 'integer'], page);
    const text = `SELECT p.settled_on::text AS "settledOn", p.returned_on::text AS "returnedOn",
             ${instantText('p.settled_at')} AS "settledAt", ${instantText('p.returned_at')} AS "returnedAt",
             p.end_to_end_id AS "endToEndId", p.grant_code AS grant, p.tranche, p.attempt, p.programme,
             p.beneficiary, b.name AS "beneficiaryName", ${amountText('p.amount_cents')} AS amount
        FROM (${done}) p JOIN beneficiaries b ON b.id = p.beneficiary
       ${where.toString()} ORDER BY ${key.join(', ')} ${page === null ? '' : `LIMIT ${page.limit + 1}`}`;
    const query = { text, values: where.values };
    return readAtOneMoment(
      this.database,
      (client: Client) => readInChunks(client, query, rows) as AsyncGenerator<readonly PayoutDoneListed[]>,
    );
  }
}

/** The range between two days, both included, either of which may be missing; null where both are. */
function period({ from, to }: PayoutDoneFilter): string | null {
  return from === undefined && to === undefined ? null : `[${from ?? ''},${to ?? ''}]`;
}
