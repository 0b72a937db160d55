import { readFileSync } from 'node:fs';

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Deadlines that move: what an extension counts from, and bulk moves with what they can put back. */
const files = ['extensions', 'deadline-moves'];

export class Extensions0005 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'Extensions0000000000005';

  async up(runner: QueryRunner): Promise<void> {
    for (const file of files)
      await runner.query(readFileSync(new URL(`./0005-extensions/${file}.sql`, import.meta.url), 'utf8'));
  }

  /** A move is a decision, with its reason, and no column to drop. */
  down(): Promise<void> {
    return Promise.reject(new Error('the migration of bulk moves is not undone: restore a backup instead'));
  }
}
