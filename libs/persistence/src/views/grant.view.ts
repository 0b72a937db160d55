import type { DataSource } from 'typeorm';

import type { CivilDate } from '#domain/civil-date.js';
import { type ExplainedDeadline, explainDeadline } from '#domain/deadline-explained.js';
import type { GrantEvent } from '#domain/events.js';
import type { Facts } from '#domain/facts.js';
import type { Grant, GrantStatus } from '#domain/grant.js';

import type { AccountFactsFields } from '../account-fields.js';
import { accountFactsFrom } from '../account-fields.js';
import type { Client } from '../client.js';
import { instantOf } from '../database-values.js';
import { grantsOf } from '../grant-fields.js';
import type { GrantFilesFields } from '../grant-files-fields.js';
import { readStream } from '../event-log.js';
import { Plans } from '../plans.js';
import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { amountText } from './sql-text.js';

export interface GrantListed {
  readonly code: string;
  readonly beneficiary: string;
  readonly programme: string;
  readonly planVersion: number;
  readonly status: GrantStatus;
  readonly amount: string;
  readonly paid: string;
  readonly start: CivilDate;
  readonly end: CivilDate;
  readonly handler: string | null;
  /** Of the report that is owed first; null where none is. */
  readonly nextDueOn: CivilDate | null;
  readonly sequence: number;
}

export interface GrantFilter {
  readonly programme?: string;
  readonly beneficiary?: string;
  readonly status?: GrantStatus;
  readonly handler?: string;
  /** Only this beneficiary's, whatever was asked. */
  readonly of: string | null;
}

/** One grant with all that hangs on it and all it takes to explain it, read at one moment. */
export interface GrantFile {
  readonly grant: Grant;
  readonly facts: Facts;
  readonly beneficiaryName: string;
  readonly programmeTitle: string;
}

interface FileRow {
  files: GrantFilesFields;
  now: Date;
  name: string;
  title: string;
  account: AccountFactsFields | null;
}

const owed = `r.status IN ('expected', 'returned')`;

export class GrantView {
  private readonly plans = new Plans();

  constructor(private readonly database: DataSource) {}

  /** Grants by code. */
  async list(filter: GrantFilter, page: PageRequest): Promise<Page<GrantListed>> {
    const where = new Conditions()
      .where((it) => `g.programme = ${it}`, filter.programme)
      .where((it) => `g.beneficiary = ${it}`, filter.beneficiary)
      .where((it) => `g.status = ${it}`, filter.status)
      .where((it) => `g.handler = ${it}`, filter.handler)
      .where((it) => `g.beneficiary = ${it}`, filter.of)
      .after(['g.code'], ['text'], page);
    const rows: GrantListed[] = await this.database.query(
      `SELECT g.code, g.beneficiary, g.programme, g.plan_version AS "planVersion", g.status,
              ${amountText('g.amount_cents')} AS amount,
              (SELECT ${amountText(`coalesce(sum(t.amount_cents), 0)`)} FROM tranches t
                WHERE t.grant_code = g.code AND t.status = 'paid') AS paid,
              g.starts_on::text AS start, g.ends_on::text AS end, g.handler,
              (SELECT min(r.due_on)::text FROM reports r
                WHERE r.grant_code = g.code AND ${owed}) AS "nextDueOn",
              g.sequence
         FROM grants g ${where.toString()} ORDER BY g.code LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ code }) => [code]);
  }

  /** The beneficiary of a grant; null where there is no such grant. */
  async beneficiaryOf(code: string): Promise<string | null> {
    const [row]: { beneficiary: string }[] = await this.database.query(
      'SELECT beneficiary FROM grants WHERE code = $1',
      [code],
    );
    return row?.beneficiary ?? null;
  }

  /** A grant's whole file, in one statement and therefore of one moment; null where `of` has none of this code. */
  async file(code: string, of: string | null): Promise<GrantFile | null> {
    const where = new Conditions()
      .where((it) => `g.code = ${it}`, code)
      .where((it) => `g.beneficiary = ${it}`, of);
    const [row]: FileRow[] = await this.database.query(
      `SELECT grant_files(ARRAY[g.code]) AS files, sluis_now() AS now, b.name, p.title,
              (SELECT account_facts(a)
                 FROM accounts a WHERE a.beneficiary = g.beneficiary ORDER BY a.version DESC LIMIT 1) AS account
         FROM grants g
         JOIN beneficiaries b ON b.id = g.beneficiary
         JOIN programmes p ON p.code = g.programme
        ${where.toString()}`,
      where.values,
    );
    if (row === undefined) return null;
    const grant = grantsOf(row.files).get(code) as Grant;
    const facts = {
      ...(await this.planOf(grant)),
      account: accountFactsFrom(row.account),
      contacts: [],
      administrators: [],
      batched: [],
      now: instantOf(row.now),
    };
    const { name: beneficiaryName, title: programmeTitle } = row;
    return { grant, facts, beneficiaryName, programmeTitle };
  }

  /** A deadline with all that explains it; null where `of` has no grant of this code. */
  async deadline(
    code: string,
    report: string,
    of: string | null,
  ): Promise<ExplainedDeadline | 'no such report' | null> {
    const file = await this.file(code, of);
    if (file === null) return null;
    const { grant, facts } = file;
    const client: Client = {
      query: async ({ text, values }) => ({ rows: await this.database.query(text, values) }),
    };
    // What came after the file was read is no part of it.
    const events = (await readStream(client, `grant:${code}`)).filter(
      ({ sequence }) => sequence <= grant.sequence,
    );
    return explainDeadline(grant, report, events as readonly GrantEvent[], facts) ?? 'no such report';
  }

  private async planOf(grant: Grant): Promise<Pick<Facts, 'plan' | 'calendar'>> {
    const { programme, planVersion: version } = grant;
    const client: Client = {
      query: async ({ text, values }) => ({ rows: await this.database.query(text, values) }),
    };
    await this.plans.fetch(client, [{ programme, version }]);
    const known = this.plans.get(programme, version);
    if (known === undefined) throw new Error(`the plan ${programme}/${version} of ${grant.code} is gone`);
    return known;
  }
}
