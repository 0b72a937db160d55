import { readFileSync } from 'node:fs';

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who is told: addresses, contacts, deputies, and the digest of each working morning. */
const files = ['people', 'contacts', 'digests'];

export class Contacts0003 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'Contacts0000000000003';

  async up(runner: QueryRunner): Promise<void> {
    for (const file of files)
      await runner.query(readFileSync(new URL(`./0003-contacts/${file}.sql`, import.meta.url), 'utf8'));
  }

  /** Who was to be told, and until when, explains the messages on record. */
  down(): Promise<void> {
    return Promise.reject(new Error('the migration of contacts is not undone: restore a backup instead'));
  }
}
