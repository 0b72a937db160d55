import { readFileSync } from 'node:fs';

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Texts of mails that an agency saved. */
export class MailTemplates0008 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'MailTemplates0000000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(readFileSync(new URL('./0008-mail-templates/templates.sql', import.meta.url), 'utf8'));
  }

  /** An agency's own texts are its work, not something to drop. */
  down(): Promise<void> {
    return Promise.reject(
      new Error('the migration of mail templates is not undone: restore a backup instead'),
    );
  }
}
