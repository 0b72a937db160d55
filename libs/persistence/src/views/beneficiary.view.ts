import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

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

export interface AccountRead {
  readonly version: number;
  readonly iban: string;
  readonly enteredBy: string;
  readonly enteredAt: Instant;
  readonly verifiedBy: string | null;
  readonly verifiedAt: Instant | null;
}

export interface BeneficiaryRead extends BeneficiaryListed {
  /** Oldest first; the last one is in force. */
  readonly accounts: readonly AccountRead[];
}

const columns = `b.id, b.name, b.kbo, ${instantText('b.created_at')} AS "createdAt", b.sequence`;

/** Beneficiaries. `of` shows that one alone; account numbers are only in `one`, never in the list. */
@Injectable()
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
    const [row]: BeneficiaryRead[] = await this.database.query(
      `SELECT ${columns},
              (SELECT coalesce(json_agg(json_build_object('version', a.version, 'iban', a.iban,
                      'enteredBy', a.entered_by, 'enteredAt', ${instantText('a.entered_at')},
                      'verifiedBy', a.verified_by, 'verifiedAt', ${instantText('a.verified_at')})
                      ORDER BY a.version), '[]') FROM accounts a WHERE a.beneficiary = b.id) AS accounts
         FROM beneficiaries b ${where.toString()}`,
      where.values,
    );
    return row ?? null;
  }
}
