import { readFileSync } from 'node:fs';

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Open mails by age. */
export class OpenMails0010 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'OpenMails0000000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(readFileSync(new URL('./0010-open-mails/indexes.sql', import.meta.url), 'utf8'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX mails_open');
  }
}
