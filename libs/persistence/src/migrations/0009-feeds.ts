import { readFileSync } from 'node:fs';

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Calendar feeds of people. */
export class Feeds0009 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'Feeds0000000000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(readFileSync(new URL('./0009-feeds/feeds.sql', import.meta.url), 'utf8'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE calendar_feeds');
  }
}
