import { readFileSync } from 'node:fs';

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes for the lists of deadlines across grants. */
export class Deadlines0007 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'Deadlines0000000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(readFileSync(new URL('./0007-deadlines/indexes.sql', import.meta.url), 'utf8'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX reports_owed, reports_met_late, reports_asked, grants_of_handler');
  }
}
