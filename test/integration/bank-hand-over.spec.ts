// What banks said of a batch before its hand-over was on record: judged again once it is, on real PostgreSQL.
import { setTimeout as wait } from 'node:timers/promises';

import { readBankFile } from '#finance/bank-file-reader.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { BankFileApply } from '#lifecycle/bank-file-apply.js';
import { judgeWaitingFor } from '#lifecycle/bank-file-hand-over.js';
import { BankFiles } from '#lifecycle/bank-files.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import { verifyRecord } from '#lifecycle/verify-record.js';
import { Effects } from '#worker/effects.js';
import { PayoutsProcessor } from '#worker/payouts.processor.js';
import { reactionsTo } from '#worker/reactions.js';

import { bytesOf, camt053, camt054, pain002 } from '../support/bank-answers.js';
import { BankUnderTest, accepted, paid } from '../support/bank-files.js';
import { type TestCluster, startTestCluster } from '../support/cluster.js';
import { people } from '../support/record.js';

let cluster: TestCluster;
let bank: BankUnderTest;
let files = 0;

const open = 'batch 1 is not handed over yet';
const of = { originalMessageId: 'SLUIS-0000001', status: 'RJCT', reason: 'DU01' };
const whole = { bundled: { messageId: 'SLUIS-0000001', details: false } };

beforeAll(async () => {
  cluster = await startTestCluster();
}, 60_000);
afterAll(() => cluster?.stop());
beforeEach(async () => {
  bank = await BankUnderTest.start(cluster);
});
afterEach(async () => {
  try {
    expect((await verifyRecord(bank.record.source, reactionsTo, sepaPayments)).violations).toEqual([]);
    expect(await answeredTwice()).toEqual([]);
  } finally {
    await bank.stop();
  }
});

function answeredTwice(): Promise<unknown[]> {
  return bank.record.source.query(
    `SELECT stream, type FROM events WHERE type LIKE 'payout.%' GROUP BY stream, type HAVING count(*) > 1`,
  );
}

/** A message id of its own, so that no two files have the same bytes. */
function next(): { messageId: string } {
  return { messageId: `H-${(files += 1)}` };
}

async function became(): Promise<(readonly [number, number, string, string | null])[]> {
  return (await bank.entries()).map(({ file, no, status, because }) => [file, no, status, because]);
}

async function statuses(): Promise<string[]> {
  return (await bank.entries()).map(({ status }) => status);
}

/** Grants of which a batch that is not handed over yet takes the payouts along. */
async function exported(...codes: string[]): Promise<void> {
  await bank.order(...codes);
  await bank.batch('export');
}

/** The one event; what follows from it is done by the test. */
async function handOver(): Promise<void> {
  const command = { name: 'hand-over-batch', actor: people.fien, grant: null, input: { batch: 1 } } as const;
  accepted(await bank.batches.run({ id: 'hand-over', ...command }));
}

/** As another process has it. */
function answers(): BankFileApply {
  const { source } = bank.record;
  return new BankFileApply(source, new RunCommands(source));
}

it('applies what now matches; what has another reason to wait, waits for that', async () => {
  await exported('A', 'B', 'C');
  const again = paid('A', { bankReference: 'TWICE' });
  await bank.answer(camt053([paid('A'), again, paid('B', { amountCents: 1n })], next()));
  await bank.answer(camt054([paid('A', { bankReference: 'NOTIFIED' })], next()));
  await bank.answer(pain002([paid('C')], { ...of, ...next() }));
  const amount = 'its amount is 0.01; that of the payout is 1000.00';
  expect(await became()).toEqual([
    [1, 1, 'waiting', open],
    [1, 2, 'waiting', open],
    [1, 3, 'waiting', amount],
    [2, 1, 'waiting', open],
    [3, 1, 'noted', null],
    [3, 2, 'waiting', open],
  ]);
  await answers().judgeAgain(1);
  expect((await became())[0]).toEqual([1, 1, 'waiting', open]);
  await handOver();
  await bank.record.commands.recordHandOver(1);
  await answers().judgeAgain(1);
  expect(await became()).toEqual([
    [1, 1, 'applied', null],
    [1, 2, 'waiting', 'paid twice? an earlier entry says that it was paid already'],
    [1, 3, 'waiting', amount],
    [2, 1, 'known', null],
    [3, 1, 'noted', null],
    [3, 2, 'applied', null],
  ]);
  expect(await bank.payouts()).toEqual({ 'A-1-1': 'settled', 'B-1-1': 'handed-over', 'C-1-1': 'rejected' });
});

it.each([['paid'], ['rejected']])('does so with an entry about the whole file that says %s', async (said) => {
  await exported('A', 'B');
  const payments = [paid('A'), paid('B')];
  const repeated = pain002(payments, { ...of, ...next() }).replace(
    '<GrpSts>PART</GrpSts>',
    '<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>DU01</Cd></Rsn></StsRsnInf>',
  );
  await bank.answer(said === 'paid' ? camt053(payments, { ...next(), ...whole }) : repeated);
  await handOver();
  await answers().judgeAgain(1);
  const status = said === 'paid' ? 'settled' : 'rejected';
  expect(await bank.payouts()).toEqual({ 'A-1-1': status, 'B-1-1': status });
  expect(await statuses()).toEqual(said === 'paid' ? ['applied'] : ['applied', 'known', 'known']);
});

it('is done once by two at once, and taken up where it was cut off', async () => {
  const codes = Array.from({ length: 12 }, (_, index) => `K${index}`);
  await exported(...codes);
  await bank.answer(
    camt053(
      codes.slice(0, 6).map((code) => paid(code)),
      next(),
    ),
  );
  await bank.answer(
    camt053(
      codes.slice(6).map((code) => paid(code)),
      next(),
    ),
  );
  await handOver();
  // Killed once all was judged, before any of it was recorded.
  await judgeWaitingFor(bank.record.source, 1);
  expect(new Set(await statuses())).toEqual(new Set(['matched']));
  expect(await bank.files.awaits(1)).toBe(true);
  await Promise.all([
    answers().judgeAgain(1),
    answers().judgeAgain(1),
    bank.record.commands.recordHandOver(1),
  ]);
  await answers().judgeAgain(1);
  expect(await bank.files.awaits(1)).toBe(false);
  expect(new Set(Object.values(await bank.payouts()))).toEqual(new Set(['settled']));
  expect(new Set(await statuses())).toEqual(new Set(['applied']));
});

it('finds what an import lays down that read the batch as open', async () => {
  await exported('A');
  let laid: () => void;
  let goOn: () => void;
  const isLaid = new Promise<void>((resolve) => (laid = resolve));
  const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
  // One part is read ahead: when the last is asked for, the entries are laid down.
  const slow = new BankFiles(bank.record.source, bank.record.commands, async function* (source) {
    yield* readBankFile(source);
    yield { entries: [] };
    laid();
    await mayGoOn;
    yield { entries: [] };
  });
  const request = {
    id: 'slow',
    name: 'import-bank-file',
    actor: people.fien,
    grant: null,
    input: {},
  } as const;
  const importing = slow.import(request, { source: bytesOf(camt053([paid('A')], next())) });
  await isLaid;
  await handOver();
  await bank.record.commands.recordHandOver(1);
  const judging = answers().judgeAgain(1);
  await wait(200);
  goOn!();
  accepted(await importing);
  await judging;
  expect(await bank.payouts()).toEqual({ 'A-1-1': 'settled' });
});

it('leaves alone what a person has decided, and may decide still', async () => {
  await exported('A', 'B');
  await bank.answer(camt053([paid('A'), paid('B')], next()));
  accepted(await bank.decide('dismiss-bank-entry', { entry: 1, reason: 'a test of the bank' }));
  await handOver();
  accepted(await bank.decide('assign-bank-entry', { entry: 2, endToEndId: 'B-1-1' }));
  await answers().judgeAgain(1);
  expect(await statuses()).toEqual(['dismissed', 'assigned']);
  await bank.files.apply(1);
  expect(await bank.payouts()).toEqual({ 'A-1-1': 'ordered', 'B-1-1': 'settled' });
});

it('is what a worker does once the hand-over is recorded', async () => {
  await exported('A');
  await bank.answer(camt053([paid('A')], next()));
  await handOver();
  const { source, commands } = bank.record;
  const [effect] = (await source.query(
    `WITH relayed AS (DELETE FROM outbox USING events WHERE id = event_id AND events.type = 'batch.handed-over')
     INSERT INTO effects (event_id, reaction, target) SELECT id, 'hand-over-payouts', '' FROM events
      WHERE type = 'batch.handed-over' RETURNING event_id::text AS "eventId", reaction, target`,
  )) as unknown[];
  const worker = new PayoutsProcessor(new Effects(source), commands, source);
  const job = { name: 'hand-over-payouts', data: { effects: [effect] } };
  await worker.process(job as unknown as Parameters<PayoutsProcessor['process']>[0]);
  expect(await bank.payouts()).toEqual({ 'A-1-1': 'settled' });
});
