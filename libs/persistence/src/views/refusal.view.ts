import type { DataSource } from 'typeorm';

import { jsonWithoutIbans } from '#domain/account-number.js';
import type { CivilDate, Instant } from '#domain/civil-date.js';
import type { RefusalCode, RefusalFacts } from '#domain/refusal.js';

import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { instantText } from './sql-text.js';

/** A refused command, of a grant, an account or a register. */
export interface RefusalListed {
  readonly id: string;
  readonly at: Instant;
  readonly command: string;
  /** `grant:<code>` or `beneficiary:<id>`; null where it was on neither, or the command could not be read. */
  readonly stream: string | null;
  readonly by: string;
  readonly code: RefusalCode;
  readonly facts: RefusalFacts;
  readonly input: unknown;
  readonly commandId: string;
}

export interface RefusalFilter {
  readonly grant?: string;
  readonly code?: RefusalCode;
  readonly by?: string;
  /** Days in Brussels, both included. */
  readonly from?: CivilDate;
  readonly to?: CivilDate;
  /** Only what this person asked on this beneficiary's grants and account, whatever was asked for. */
  readonly own: { readonly person: string; readonly of: string } | null;
}

const startOfDay = (day: string): string => `((${day})::timestamp AT TIME ZONE 'Europe/Brussels')`;

/** A row stays within some ten kilobytes: a page of them is no place for a book that was refused. */
const longest = 20_000;
const short = (column: string): string =>
  `CASE WHEN length(${column}::text) > ${longest} THEN '{"tooLong": true}'::jsonb ELSE ${column} END`;

export class RefusalView {
  constructor(private readonly database: DataSource) {}

  /**
   * Refusals in the order in which they were recorded. Account numbers are taken out of what people wrote,
   * wherever in it they stand and for every reader: accounts are read with their beneficiary.
   */
  async list({ own, ...filter }: RefusalFilter, page: PageRequest): Promise<Page<RefusalListed>> {
    const where = new Conditions()
      .where((it) => `r.stream = 'grant:' || ${it}`, filter.grant)
      .where((it) => `r.code = ${it}`, filter.code)
      .where((it) => `r.actor = ${it}`, filter.by)
      .where((it) => `r.at >= ${startOfDay(`${it}::date`)}`, filter.from)
      .where((it) => `r.at < ${startOfDay(`${it}::date + 1`)}`, filter.to)
      .where((it) => `r.actor = ${it}`, own?.person)
      .where(
        (it) => `(r.stream = 'beneficiary:' || ${it}
          OR r.stream IN (SELECT 'grant:' || g.code FROM grants g WHERE g.beneficiary = ${it}))`,
        own?.of,
      )
      .after(['r.id'], ['bigint'], page);
    const rows: RefusalListed[] = await this.database.query(
      `SELECT r.id::text AS id, ${instantText('r.at')} AS at, r.command, r.stream, r.actor AS by, r.code,
              ${short('r.facts')} AS facts, ${short('r.input')} AS input, r.command_id AS "commandId"
         FROM refusals r ${where.toString()} ORDER BY r.id LIMIT ${page.limit + 1}`,
      where.values,
    );
    const shown = rows.map((row) => ({
      ...row,
      facts: jsonWithoutIbans(row.facts) as RefusalFacts,
      input: jsonWithoutIbans(row.input),
    }));
    return pageOf(shown, page.limit, ({ id }) => [id]);
  }
}
