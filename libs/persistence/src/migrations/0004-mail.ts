import { readFileSync } from 'node:fs';

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Deadlines that reach people: messages with their facts, and the mails that carry them. */
export class Mail0004 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'Mail0000000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(readFileSync(new URL('./0004-mail/mails.sql', import.meta.url), 'utf8'));
  }

  /** What people were told is proof, not something to drop. */
  down(): Promise<void> {
    return Promise.reject(new Error('the migration of mails is not undone: restore a backup instead'));
  }
}
