import { readFileSync } from 'node:fs';

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Webhooks: who subscribed to what, and what became of each delivery. */
const files = ['webhooks'];

export class Webhooks0006 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'Webhooks0000000000006';

  async up(runner: QueryRunner): Promise<void> {
    for (const file of files)
      await runner.query(readFileSync(new URL(`./0006-webhooks/${file}.sql`, import.meta.url), 'utf8'));
  }

  /** What was delivered to whom is not something to forget by going back. */
  down(): Promise<void> {
    return Promise.reject(new Error('the migration of webhooks is not undone: restore a backup instead'));
  }
}
