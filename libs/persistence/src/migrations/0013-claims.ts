import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A mail's claim ends at its next attempt: what may be taken up is one range of mails_to_send, whoever had it before. */
export class Claims0013 implements MigrationInterface {
  // TypeORM orders migrations by the last thirteen digits of their name.
  readonly name = 'Claims0000000000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE mails SET next_attempt_at = claimed_until WHERE claimed_until IS NOT NULL;
      ALTER TABLE mails DROP COLUMN claimed_until;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE mails ADD COLUMN claimed_until timestamptz;
      UPDATE mails SET claimed_until = next_attempt_at WHERE state = 'sending';
      ALTER TABLE mails ADD CONSTRAINT mails_claimed CHECK ((state = 'sending') = (claimed_until IS NOT NULL));
    `);
  }
}
