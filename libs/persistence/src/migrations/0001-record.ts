import { readFileSync } from 'node:fs';

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Everything of the record: registers, grants and the event log. */
const files = ['registers', 'grants', 'events'];

export class Record0001 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'Record0000000000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const file of files)
      await runner.query(readFileSync(new URL(`./0001-record/${file}.sql`, import.meta.url), 'utf8'));
  }

  /** Grants and their log are not something to roll back to nothing. */
  down(): Promise<void> {
    return Promise.reject(new Error('the first migration is not undone: restore a backup instead'));
  }
}
