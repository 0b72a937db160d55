// What `sluis verify` proves of batches: each forgery that the owner of the database could commit is named.
import { system } from '#domain/people.js';
import type { Actor } from '#domain/people.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { Batches } from '#lifecycle/batches.js';
import { setBankProfile } from '#lifecycle/register-writes.js';
import { verifyRecord } from '#lifecycle/verify-record.js';
import { reactionsTo } from '#worker/reactions.js';

import { type RecordUnderTest, awardLot, people, startRecord } from '../support/record.js';

const plan = { tranches: [{ no: 1, share: 100, due: { on: 'grant-start' } }], approval: { fourEyes: false } };
const fons: Actor = { id: 'fons', roles: ['finance'], of: null };
const bank = {
  code: 'main',
  name: 'ABB',
  iban: 'BE68539007547034',
  bic: null,
  batchBooking: true,
  remittance: 'text',
} as const;

let record: RecordUnderTest;

beforeAll(async () => {
  record = await startRecord(plan);
  await record.registers.register(
    'bank',
    people.fien,
    'set-bank-profile',
    bank,
    setBankProfile('fien', bank),
  );
  await awardLot(record.commands, ['A', 'B', 'C']);
  for (const grant of ['A', 'B', 'C']) {
    await record.give(people.bart, 'approve-tranche', grant, { tranche: 1 });
    await record.give(system, 'order-payout', grant, { tranche: 1 });
  }
  const batches = new Batches(record.source, sepaPayments);
  // Batch 1 is handed over with A and B, batch 2 is built with C.
  await record.give(people.an, 'suspend', 'C', { reason: 'x' });
  for (const [name, actor] of [
    ['build-batch', people.fien],
    ['release-batch', fons],
    ['export-batch', people.fien],
    ['hand-over-batch', people.fien],
  ] as const)
    await batches.run({ id: name, name, actor, grant: null, input: {} });
  await record.commands.recordHandOver(1);
  await record.give(people.an, 'resume', 'C');
  await batches.run({ id: 'second', name: 'build-batch', actor: people.fien, grant: null, input: {} });
});
afterAll(() => record.stop());

/** What is found wrong after `forgery`, which is undone again. I11 needs a worker, and none runs here. */
async function foundAfter(forgery: string): Promise<string[]> {
  const tables = ['batch_lines', 'batches', 'batched_payouts', 'accounts', 'bank_profiles', 'payouts'];
  await record.owner.query(tables.map((table) => `CREATE TABLE kept_${table} AS TABLE ${table}`).join(';'));
  for (const table of tables) await record.owner.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  await record.owner.query('ALTER TABLE batches DROP CONSTRAINT batches_four_eyes');
  try {
    await record.owner.query(forgery);
    const { violations } = await verifyRecord(record.source, reactionsTo, sepaPayments);
    return violations
      .filter(({ invariant }) => invariant !== 'I11')
      .map(({ invariant, stream, message }) => `${invariant} ${stream}: ${message}`);
  } finally {
    await restore(tables);
  }
}

async function restore(tables: readonly string[]): Promise<void> {
  await record.owner.query('DELETE FROM batched_payouts');
  await record.owner.query('DELETE FROM batch_lines');
  await record.owner.query('INSERT INTO batch_lines TABLE kept_batch_lines');
  await record.owner.query('INSERT INTO batched_payouts TABLE kept_batched_payouts');
  await record.owner.query('DELETE FROM batches WHERE no NOT IN (SELECT no FROM kept_batches)');
  await record.owner.query(
    `UPDATE batches b SET released_by = k.released_by, amount_cents = k.amount_cents, lines = k.lines
      FROM kept_batches k WHERE k.no = b.no`,
  );
  await record.owner.query(
    `UPDATE accounts a SET iban = k.iban, holder = k.holder FROM kept_accounts k
      WHERE (a.beneficiary, a.version) = (k.beneficiary, k.version)`,
  );
  await record.owner.query(
    `ALTER TABLE batches ADD CONSTRAINT batches_four_eyes CHECK (released_by <> built_by)`,
  );
  for (const table of tables) await record.owner.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  for (const table of tables) await record.owner.query(`DROP TABLE kept_${table}`);
}

it('finds nothing wrong in a record as it is', async () => {
  expect(await foundAfter('SELECT 1')).toEqual([]);
});

it.each([
  [
    'a line of another amount',
    `UPDATE batch_lines SET amount_cents = 100001 WHERE end_to_end_id = 'A-1-1'`,
    'I15',
    'I14',
  ],
  [
    'a line to another account',
    `UPDATE batch_lines SET iban = 'BE71990000000469' WHERE position = 0 AND batch = 1`,
    'I15',
  ],
  [
    'a line to another payee',
    `UPDATE batch_lines SET payee = 'Somebody' WHERE position = 1 AND batch = 1`,
    'I15',
  ],
  [
    'another account behind the version approved',
    `UPDATE accounts SET iban = 'BE71990000000469'`,
    'I15',
    'I6',
  ],
  ['a line that went', `DELETE FROM batch_lines WHERE batch = 1 AND position = 1`, 'I14'],
  [
    'a line that came',
    `INSERT INTO batch_lines SELECT 1, 9, end_to_end_id, grant_code, tranche, attempt, amount_cents,
      account_version, iban, payee, address, remittance FROM batch_lines WHERE batch = 2`,
    'I14',
    'I13',
  ],
  [
    'a payout in two batches',
    `INSERT INTO batch_lines SELECT 2, 9, end_to_end_id, grant_code, tranche, attempt,
      amount_cents, account_version, iban, payee, address, remittance FROM batch_lines WHERE end_to_end_id = 'A-1-1'`,
    'I13',
  ],
  ['a batch that lets go of its payouts', `DELETE FROM batched_payouts`, 'I13'],
  [
    'a total that is not the sum',
    `UPDATE batches SET amount_cents = amount_cents + 1 WHERE no = 1`,
    'I14',
    'I6',
  ],
  ['a release by whoever built it', `UPDATE batches SET released_by = built_by WHERE no = 1`, 'I8', 'I6'],
])('names %s', async (_, forgery, ...invariants) => {
  const found = await foundAfter(forgery);
  for (const invariant of invariants)
    expect(found.some((line) => line.startsWith(`${invariant} `))).toBe(true);
});
