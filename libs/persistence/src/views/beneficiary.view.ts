import type { DataSource } from 'typeorm';

import type { AccountVersion } from '#domain/account.js';
import type { Instant } from '#domain/civil-date.js';

import type { AccountFields } from '../account-fields.js';
import { accountFrom } from '../account-fields.js';
import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { instantText } from './sql-text.js';

export interface BeneficiaryListed {
  readonly id: string;
  readonly name: string;
  readonly kbo: string;
  readonly createdAt: Instant;
  /** Sequence of the last event of its accounts; 0 before the first. */
  readonly sequence: number;
}

/** An account version as it is on record, but with the name of its holder, the beneficiary's own included. */
export interface AccountRead extends AccountVersion {
  readonly holder: string;
}

export interface BeneficiaryRead extends BeneficiaryListed {
  /** Oldest first; the last one is in force. */
  readonly accounts: readonly AccountRead[];
}

const columns = `b.id, b.name, b.kbo, ${instantText('b.created_at')} AS "createdAt", b.sequence`;

/** Beneficiaries. `of` shows that one alone; account numbers are only in `one`, never in the list. */
export class BeneficiaryView {
  constructor(private readonly database: DataSource) {}

  async list(of: string | null, page: PageRequest): Promise<Page<BeneficiaryListed>> {
    const where = new Conditions().where((id) => `b.id = ${id}`, of).after(['b.id'], ['text'], page);
    const rows: BeneficiaryListed[] = await this.database.query(
      `SELECT ${columns} FROM beneficiaries b ${where.toString()} ORDER BY b.id LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ id }) => [id]);
  }

  async one(id: string, of: string | null): Promise<BeneficiaryRead | null> {
    const where = new Conditions().where((it) => `b.id = ${it}`, id).where((it) => `b.id = ${it}`, of);
    const [row]: (BeneficiaryListed & { accounts: AccountFields[] })[] = await this.database.query(
      `SELECT ${columns},
              (SELECT coalesce(json_agg(account_file(a) ORDER BY a.version), '[]')
                 FROM accounts a WHERE a.beneficiary = b.id) AS accounts
         FROM beneficiaries b ${where.toString()}`,
      where.values,
    );
    if (row === undefined) return null;
    const accounts = row.accounts.map(accountFrom);
    return {
      ...row,
      accounts: accounts.map((account) => ({ ...account, holder: account.holder ?? row.name })),
    };
  }
}
