import type { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { PayoutStatus } from '#domain/grant.js';

import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { accountInForce, amountText, heldBecause, instantText } from './sql-text.js';

export interface PayoutListed {
  readonly grant: string;
  readonly tranche: number;
  readonly attempt: number;
  readonly endToEndId: string;
  readonly amount: string;
  readonly status: PayoutStatus;
  /** Why it may not leave now; null where nothing holds it. */
  readonly held: string | null;
  readonly accountVersion: number;
  /** Who said that it went without a bank file, by what evidence; null where nobody did. */
  readonly executed: { readonly by: string; readonly evidence: string; readonly at: Instant } | null;
  readonly beneficiary: string;
  readonly programme: string;
  readonly since: Instant;
}

export interface PayoutFilter {
  readonly state?: PayoutStatus;
  readonly held?: boolean;
  readonly programme?: string;
  readonly beneficiary?: string;
  /** Only this beneficiary's, whatever was asked. */
  readonly of: string | null;
}

export class PayoutView {
  constructor(private readonly database: DataSource) {}

  /** Payouts across grants, by grant, tranche and attempt. Account numbers are never in them. */
  async list(filter: PayoutFilter, page: PageRequest): Promise<Page<PayoutListed>> {
    const where = new Conditions()
      .where((it) => `p.status = ${it}`, filter.state)
      .where((it) => `((${heldBecause}) IS NOT NULL) = ${it}`, filter.held)
      .where((it) => `g.programme = ${it}`, filter.programme)
      .where((it) => `g.beneficiary = ${it}`, filter.beneficiary)
      .where((it) => `g.beneficiary = ${it}`, filter.of)
      .after(['p.grant_code', 'p.tranche', 'p.attempt'], ['text', 'integer', 'integer'], page);
    const rows: PayoutListed[] = await this.database.query(
      `SELECT p.grant_code AS grant, p.tranche, p.attempt, p.end_to_end_id AS "endToEndId",
              ${amountText('p.amount_cents')} AS amount, p.status, ${heldBecause} AS held,
              p.account_version AS "accountVersion",
              CASE WHEN p.executed_by IS NOT NULL THEN json_build_object('by', p.executed_by,
                'evidence', p.executed_evidence, 'at', ${instantText('p.executed_at')}) END AS executed,
              g.beneficiary, g.programme,
              ${instantText('p.since_at')} AS since
         FROM payouts p JOIN grants g ON g.code = p.grant_code
         JOIN plan_versions v ON v.programme = g.programme AND v.version = g.plan_version ${accountInForce}
        ${where.toString()} ORDER BY p.grant_code, p.tranche, p.attempt LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, (row) => [row.grant, String(row.tranche), String(row.attempt)]);
  }
}
