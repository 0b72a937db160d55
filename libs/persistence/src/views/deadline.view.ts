import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { CivilDate } from '#domain/civil-date.js';
import type { DeadlineState } from '#domain/deadline.js';
import type { ReportStatus } from '#domain/grant.js';

import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { deadlineState } from './sql-text.js';

/** The deadline of one report of one grant. */
export interface DeadlineListed {
  readonly dueOn: CivilDate;
  readonly grant: string;
  readonly report: string;
  readonly state: DeadlineState;
  readonly extended: boolean;
  readonly rawDueOn: CivilDate;
  readonly reportStatus: ReportStatus;
  readonly beneficiary: string;
  readonly programme: string;
  readonly handler: string | null;
}

export interface DeadlineFilter {
  readonly from?: CivilDate;
  readonly to?: CivilDate;
  readonly state?: DeadlineState;
  readonly programme?: string;
  readonly beneficiary?: string;
  readonly handler?: string;
  /** Only this beneficiary's, whatever was asked. */
  readonly of: string | null;
}

@Injectable()
export class DeadlineView {
  constructor(private readonly database: DataSource) {}

  /** Deadlines across grants by date, then grant and report; both ends of the period count. */
  async list(filter: DeadlineFilter, page: PageRequest): Promise<Page<DeadlineListed>> {
    const where = new Conditions()
      .where((it) => `r.due_on >= ${it}`, filter.from)
      .where((it) => `r.due_on <= ${it}`, filter.to)
      .where((it) => `g.programme = ${it}`, filter.programme)
      .where((it) => `g.beneficiary = ${it}`, filter.beneficiary)
      .where((it) => `g.handler = ${it}`, filter.handler)
      .where((it) => `g.beneficiary = ${it}`, filter.of)
      .where((it) => `${deadlineState} = ${it}`, filter.state)
      .after(['r.due_on', 'r.grant_code', 'r.code'], ['date', 'text', 'text'], page);
    const rows: DeadlineListed[] = await this.database.query(
      `SELECT r.due_on::text AS "dueOn", g.code AS grant, r.code AS report, ${deadlineState} AS state,
              r.extended, r.raw_due_on::text AS "rawDueOn", r.status AS "reportStatus",
              g.beneficiary, g.programme, g.handler
         FROM reports r
         JOIN grants g ON g.code = r.grant_code
         JOIN plan_versions v ON v.programme = g.programme AND v.version = g.plan_version
        ${where.toString()} ORDER BY r.due_on, r.grant_code, r.code LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ dueOn, grant, report }) => [dueOn, grant, report]);
  }
}
