import type { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { amountText, instantText } from './sql-text.js';

/** An envelope with the sums of the grants it pays, amounts as euro text. */
export interface EnvelopeListed {
  readonly programme: string;
  readonly year: number;
  readonly article: string;
  /** The amount in force, since its `version`. */
  readonly amount: string;
  readonly version: number;
  readonly setBy: string;
  readonly setAt: Instant;
  readonly reason: string | null;
  /** Awarded and not released: amount = committed + left. */
  readonly committed: string;
  readonly approved: string;
  readonly ordered: string;
  readonly paid: string;
  readonly released: string;
  readonly recovered: string;
  /** What may still be committed; negative where a restored tranche took back what was given away since. */
  readonly left: string;
}

export interface EnvelopeFilter {
  readonly programme?: string;
  readonly year?: number;
}

/** The grants of the envelopes `shown`, with `what` of theirs added up: `sums` of the domain has it for one grant. */
const over = (what: string, sums: readonly string[]): string => `
  SELECT s.programme, s.year, s.article, ${sums.join(', ')}
    FROM shown s
    JOIN grants g ON (g.programme, g.envelope_year, g.envelope_article) = (s.programme, s.year, s.article)
    JOIN ${what} one ON one.grant_code = g.code
   GROUP BY s.programme, s.year, s.article`;
const within = (...statuses: readonly string[]): string =>
  `sum(one.amount_cents) FILTER (WHERE one.status IN (${statuses.map((status) => `'${status}'`).join(', ')}))`;

const trancheSums = over('tranches', [
  'sum(awarded_cents - released_cents) AS committed',
  `${within('approved', 'ordered', 'paid')} AS approved`,
  `${within('ordered', 'paid')} AS ordered`,
  `${within('paid')} AS paid`,
  'sum(released_cents) AS released',
]);
const recoverySums = over('recoveries', ['sum(settled_cents) AS recovered']);

const sum = (column: string): string => `${amountText(`coalesce(${column}, 0)`)} AS ${column}`;

export class EnvelopeView {
  constructor(private readonly database: DataSource) {}

  /** Envelopes by programme, year and article, read at one moment. */
  async list(filter: EnvelopeFilter, page: PageRequest): Promise<Page<EnvelopeListed>> {
    const where = new Conditions()
      .where((it) => `e.programme = ${it}`, filter.programme)
      .where((it) => `e.year = ${it}`, filter.year)
      .after(['e.programme', 'e.year', 'e.article'], ['text', 'integer', 'text'], page);
    const rows: EnvelopeListed[] = await this.database.query(
      `WITH shown AS MATERIALIZED (
         SELECT e.programme, e.year, e.article FROM envelopes e ${where.toString()}
          ORDER BY e.programme, e.year, e.article LIMIT ${page.limit + 1}
       ), in_tranches AS (${trancheSums}), in_recoveries AS (${recoverySums})
       SELECT programme, year, article, ${amountText('v.amount_cents')} AS amount, v.version, v.set_by AS "setBy",
              ${instantText('v.set_at')} AS "setAt", v.reason, ${sum('committed')}, ${sum('approved')},
              ${sum('ordered')}, ${sum('paid')}, ${sum('released')}, ${sum('recovered')},
              ${amountText('(v.amount_cents - coalesce(committed, 0))')} AS left
         FROM shown s
         CROSS JOIN LATERAL (
           SELECT version, amount_cents, set_by, set_at, reason FROM envelope_versions
            WHERE (programme, year, article) = (s.programme, s.year, s.article) ORDER BY version DESC LIMIT 1
         ) v
         LEFT JOIN in_tranches USING (programme, year, article)
         LEFT JOIN in_recoveries USING (programme, year, article)
        ORDER BY programme, year, article`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ programme, year, article }) => [programme, String(year), article]);
  }
}
