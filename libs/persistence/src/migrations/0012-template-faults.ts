import { readFileSync } from 'node:fs';

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Saved texts of mails that failed when a mail was written. */
export class TemplateFaults0012 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'TemplateFaults0000000000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(readFileSync(new URL('./0012-template-faults/faults.sql', import.meta.url), 'utf8'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE mail_template_faults');
  }
}
