import pg from 'pg';

import { type StreamHead, readHeads, readStream, verifyChain } from '#persistence/event-log.js';

import { type RecordUnderTest, startRecord } from '../support/record.js';

let record: RecordUnderTest;
beforeAll(async () => {
  record = await startRecord();
}, 60_000);
afterAll(() => record?.stop());

describe('I7: an event never changes and never goes', () => {
  beforeAll(() => record.award('LOG'));

  it.each([
    'UPDATE events SET actor = actor',
    'DELETE FROM events',
    'TRUNCATE events',
    'UPDATE plan_versions SET created_by = created_by',
    'DELETE FROM plan_versions',
    'TRUNCATE plan_versions CASCADE',
  ])('not even by the owner: %s', async (sql) => {
    await expect(record.owner.query(sql)).rejects.toThrow('never change and never go');
  });

  it.each([
    'CREATE TABLE t ()',
    'CREATE TEMPORARY TABLE t ()',
    'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'ALTER TABLE events DISABLE TRIGGER ALL',
    'DROP TABLE outbox',
    'UPDATE events SET actor = actor',
    'DELETE FROM events',
    'TRUNCATE events',
    'UPDATE commands SET refused = refused',
    'DELETE FROM commands',
    'UPDATE refusals SET code = code',
    'DELETE FROM refusals',
    'DELETE FROM grants',
    'UPDATE grants SET amount_cents = amount_cents',
    'UPDATE tranches SET awarded_cents = awarded_cents',
    'UPDATE payouts SET amount_cents = amount_cents',
    'UPDATE plan_versions SET document = document',
    'UPDATE accounts SET iban = iban',
    "UPDATE clock SET stands_at = '2030-01-01'",
  ])('the runtime role may not: %s', async (sql) => {
    await expect(record.source.query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    ['a changed event', `UPDATE events SET actor = 'mallory' WHERE stream = 'grant:LOG' AND sequence = 2`, 3],
    [
      'a changed last event',
      `UPDATE events SET data = '{"amount":"1.00","tranche":1}' WHERE stream = 'grant:LOG' AND sequence = 5`,
      5,
    ],
    ['a dropped event', `DELETE FROM events WHERE stream = 'grant:LOG' AND sequence = 3`, 4],
    ['a cut-off end', `DELETE FROM events WHERE stream = 'grant:LOG' AND sequence = 5`, 4],
  ])('the chain shows %s that got past the trigger', async (_, forgery, at) => {
    const owner = new pg.Client({ connectionString: record.urls.owner });
    await owner.connect();
    try {
      await owner.query('BEGIN');
      const heads = await readHeads(owner, 'grant:LOF', 1);
      const check = async () => verifyChain(await readStream(owner, 'grant:LOG'), heads[0] as StreamHead);
      expect(await check()).toEqual([]);
      await owner.query('ALTER TABLE events DISABLE TRIGGER events_never_change');
      await owner.query(forgery);
      expect(await check()).toMatchObject([{ stream: 'grant:LOG', sequence: at }]);
    } finally {
      await owner.query('ROLLBACK');
      await owner.end();
    }
  });
});
