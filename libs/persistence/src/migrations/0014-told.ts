import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whom something that fell due is on its way to, told by the outbox itself: it is read for each batch of messages. Of the
 * rows that wait there now, their events say it.
 */
export class Told0014 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'Told0000000000014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE outbox ADD COLUMN told text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE outbox DROP COLUMN told');
  }
}
