import { readFileSync } from 'node:fs';

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes that a deadline day wants, and one that it does not. */
export class Lean0011 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'Lean0000000000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(readFileSync(new URL('./0011-lean/indexes.sql', import.meta.url), 'utf8'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX people_of_agency;
      CREATE INDEX mails_under_way ON mails (due_at) WHERE state IN ('open','waiting','sending');
      DROP INDEX mails_message_id;
      ALTER TABLE mails ADD CONSTRAINT mails_message_id_key UNIQUE (message_id);
      DROP INDEX mails_of_moment;
      CREATE INDEX mails_of_moment ON mails (recipient, class, moment);
    `);
  }
}
