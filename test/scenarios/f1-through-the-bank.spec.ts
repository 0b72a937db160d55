// Case F1 paid through the bank: what the payment files hold, that the bank's schema takes them, and that the
// statements settle every cent.
import { withSimulated } from '#cli/simulation/simulate.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { Batches } from '#lifecycle/batches.js';
import { type Verified, verifyRecord } from '#lifecycle/verify-record.js';
import { painSchemaFaults, painTexts } from '#test/support/pain-schema.js';
import { describeWith } from '#test/support/requires.js';
import { readScenario, scenarioFiles } from '#test/support/scenario-files.js';
import { reactionsTo } from '#worker/reactions.js';

interface Paid {
  readonly files: readonly string[];
  readonly batches: readonly { status: string; lines: number; amount: string; sha256: string }[];
  readonly payouts: readonly { id: string; status: string; cents: string; settled_on: string }[];
  readonly entries: readonly { status: string; count: number }[];
  readonly verified: Verified;
}

let paid: Paid;

beforeAll(async () => {
  const file = scenarioFiles().find(({ name }) => name === 'f1-through-the-bank');
  paid = await withSimulated(readScenario(file?.path ?? ''), {}, async (database) => {
    const batches = new Batches(database, sepaPayments);
    const files: string[] = [];
    for (const no of [1, 2, 3]) {
      let text = '';
      await batches.file(no, (piece) => void (text += piece));
      files.push(text);
    }
    return {
      files,
      batches: await database.query(
        `SELECT status, lines, (amount_cents * 0.01)::text AS amount, encode(file_sha256, 'hex') AS sha256 FROM batches ORDER BY no`,
      ),
      payouts: await database.query(
        `SELECT end_to_end_id AS id, status, amount_cents::text AS cents, since_at::date::text AS settled_on
          FROM payouts ORDER BY tranche, grant_code`,
      ),
      entries: await database.query(
        'SELECT status, count(*)::int AS count FROM bank_entries GROUP BY status ORDER BY status',
      ),
      verified: await verifyRecord(database, reactionsTo, sepaPayments),
    };
  });
}, 60_000);

it('hands over three batches of four payouts', () => {
  expect(paid.batches.map(({ status, lines, amount }) => [status, lines, amount])).toEqual([
    ['handed-over', 4, '56640.00'],
    ['handed-over', 4, '56640.00'],
    ['handed-over', 4, '28320.00'],
  ]);
});

it('writes each payout once, with its amount and payee', () => {
  const ids = paid.files.flatMap((file) => painTexts(file, 'EndToEndId'));
  expect(ids).toEqual(paid.payouts.map(({ id }) => id));
  const payees = ['Stad Antwerpen', 'Stad Brussel', 'Stad Gent', 'Stad Sint-Niklaas'];
  for (const [index, file] of paid.files.entries()) {
    expect(painTexts(file, 'CtrlSum')).toEqual(Array(2).fill(paid.batches[index]?.amount));
    expect(payees.every((payee) => file.includes(`<Nm>${payee}</Nm>`))).toBe(true);
  }
});

it('settles twelve payouts to the last cent, as the statements say', () => {
  expect(paid.entries).toEqual([{ status: 'applied', count: 12 }]);
  expect(paid.payouts.map(({ status }) => status)).toEqual(Array(12).fill('settled'));
  expect(paid.payouts.reduce((sum, { cents }) => sum + BigInt(cents), 0n)).toBe(14_160_000n);
});

it('leaves a record in which nothing is violated', () => {
  expect(paid.verified.violations).toEqual([]);
});

describeWith('pain-schema', 'the schema of pain.001.001.09', () => {
  it.each([1, 2, 3])('takes file %i', async (no) => {
    expect(await painSchemaFaults(paid.files[no - 1] ?? '')).toEqual([]);
  });
});
