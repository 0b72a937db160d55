import type { DataSource } from 'typeorm';

import type { GrantStatus } from '#domain/grant.js';

import { type Client, readAtOneMoment, readInChunks } from '../client.js';
import { Conditions, type Page, type PageRequest, firstOf, pageOf } from './page.js';
import { amountText } from './sql-text.js';

/**
 * What is still to be paid of a grant, and out of what: committed = awarded − released, and open = committed − paid.
 * Money that came back (`recovered`) is not owed again, so it opens nothing; an offset released its part.
 */
export interface CommitmentListed {
  readonly grant: string;
  readonly status: GrantStatus;
  readonly programme: string;
  readonly beneficiary: string;
  readonly beneficiaryName: string;
  readonly awarded: string;
  readonly released: string;
  readonly committed: string;
  readonly approved: string;
  readonly paid: string;
  readonly recovered: string;
  readonly open: string;
}

export interface CommitmentFilter {
  readonly programme?: string;
  readonly beneficiary?: string;
  /** Only this beneficiary's, whatever was asked. */
  readonly of: string | null;
}

const chunk = 5_000;

/** Open commitments, as `sums` of the domain makes them up for one grant. */
export class CommitmentView {
  constructor(private readonly database: DataSource) {}

  /** Grants of which something is still to be paid, by code. */
  async list(filter: CommitmentFilter, page: PageRequest): Promise<Page<CommitmentListed>> {
    const rows = await firstOf(this.read(filter, page, page.limit + 1));
    return pageOf(rows, page.limit, ({ grant }) => [grant]);
  }

  /** All of them in that order, some rows at a time, all of one moment. */
  stream(filter: CommitmentFilter): AsyncGenerator<readonly CommitmentListed[]> {
    return this.read(filter, null, chunk);
  }

  private read(
    filter: CommitmentFilter,
    page: PageRequest | null,
    rows: number,
  ): AsyncGenerator<readonly CommitmentListed[]> {
    const where = new Conditions()
      .where((it) => `g.programme = ${it}`, filter.programme)
      .where((it) => `g.beneficiary = ${it}`, filter.beneficiary)
      .where((it) => `g.beneficiary = ${it}`, filter.of);
    if (page !== null) where.after(['g.code'], ['text'], page);
    const text = `SELECT g.code AS grant, g.status, g.programme, g.beneficiary, b.name AS "beneficiaryName",
             ${amountText('g.amount_cents')} AS awarded, ${amountText('t.released')} AS released,
             ${amountText('(g.amount_cents - t.released)')} AS committed,
             ${amountText('t.approved')} AS approved, ${amountText('t.paid')} AS paid,
             ${amountText('r.recovered')} AS recovered,
             ${amountText('(g.amount_cents - t.released - t.paid)')} AS open
        FROM grants g
        JOIN beneficiaries b ON b.id = g.beneficiary
        CROSS JOIN LATERAL (
          SELECT sum(released_cents) AS released,
                 coalesce(sum(amount_cents) FILTER (WHERE status IN ('approved', 'ordered', 'paid')), 0) AS approved,
                 coalesce(sum(amount_cents) FILTER (WHERE status = 'paid'), 0) AS paid
            FROM tranches WHERE grant_code = g.code HAVING count(*) > 0
        ) t
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(settled_cents), 0) AS recovered FROM recoveries WHERE grant_code = g.code
        ) r
       ${where.and('g.amount_cents - t.released > t.paid').toString()} ORDER BY g.code
       ${page === null ? '' : `LIMIT ${page.limit + 1}`}`;
    const query = { text, values: where.values };
    return readAtOneMoment(
      this.database,
      (client: Client) => readInChunks(client, query, rows) as AsyncGenerator<readonly CommitmentListed[]>,
    );
  }
}
