import { readFileSync } from 'node:fs';

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Money out: accounts that are checked, envelopes, payout batches, and what banks answer. */
const files = ['accounts', 'payouts', 'envelopes', 'batches', 'bank-files'];

export class Finance0002 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'Finance0000000000002';

  async up(runner: QueryRunner): Promise<void> {
    for (const file of files)
      await runner.query(readFileSync(new URL(`./0002-finance/${file}.sql`, import.meta.url), 'utf8'));
  }

  /** Batches and bank answers are proof of payment, not something to drop. */
  down(): Promise<void> {
    return Promise.reject(new Error('the migration of batches is not undone: restore a backup instead'));
  }
}
