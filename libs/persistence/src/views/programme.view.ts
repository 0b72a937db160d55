import type { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { instantText } from './sql-text.js';

export interface ProgrammeListed {
  readonly code: string;
  readonly title: string;
  readonly createdAt: Instant;
  /** Under which new grants are drafted, unless they name another. */
  readonly latestVersion: number;
}

/** A plan version; `plan` is the document as it was entered. */
export interface PlanVersionRead {
  readonly programme: string;
  readonly version: number;
  readonly createdBy: string;
  readonly createdAt: Instant;
  readonly plan: unknown;
}

export interface ProgrammeRead extends ProgrammeListed {
  readonly versions: readonly Omit<PlanVersionRead, 'plan' | 'programme'>[];
  /** The latest version's. */
  readonly plan: unknown;
}

const columns = `p.code, p.title, ${instantText('p.created_at')} AS "createdAt",
  (SELECT max(version) FROM plan_versions WHERE programme = p.code) AS "latestVersion"`;
const granted = (of: string): string =>
  `EXISTS (SELECT FROM grants g WHERE g.programme = p.code AND g.beneficiary = ${of})`;

/** Programmes with their plans. `of` shows only those under which that beneficiary has a grant. */
export class ProgrammeView {
  constructor(private readonly database: DataSource) {}

  async list(of: string | null, page: PageRequest): Promise<Page<ProgrammeListed>> {
    const where = new Conditions().where(granted, of).after(['p.code'], ['text'], page);
    const rows: ProgrammeListed[] = await this.database.query(
      `SELECT ${columns} FROM programmes p ${where.toString()} ORDER BY p.code LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ code }) => [code]);
  }

  async one(code: string, of: string | null): Promise<ProgrammeRead | null> {
    const where = new Conditions().where((it) => `p.code = ${it}`, code).where(granted, of);
    const [row]: ProgrammeRead[] = await this.database.query(
      `SELECT ${columns},
              (SELECT json_agg(json_build_object('version', v.version, 'createdBy', v.created_by,
                      'createdAt', ${instantText('v.created_at')}) ORDER BY v.version)
                 FROM plan_versions v WHERE v.programme = p.code) AS versions,
              (SELECT document FROM plan_versions v WHERE v.programme = p.code
                ORDER BY v.version DESC LIMIT 1) AS plan
         FROM programmes p ${where.toString()}`,
      where.values,
    );
    return row ?? null;
  }

  async version(code: string, version: number, of: string | null): Promise<PlanVersionRead | null> {
    const where = new Conditions()
      .where((it) => `p.code = ${it}`, code)
      .where((it) => `v.version = ${it}`, version)
      .where(granted, of);
    const [row]: PlanVersionRead[] = await this.database.query(
      `SELECT p.code AS programme, v.version, v.created_by AS "createdBy",
              ${instantText('v.created_at')} AS "createdAt", v.document AS plan
         FROM programmes p JOIN plan_versions v ON v.programme = p.code ${where.toString()}`,
      where.values,
    );
    return row ?? null;
  }
}
