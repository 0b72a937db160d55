// What banks answer, on real PostgreSQL: imported whole or not at all, matched, applied to the grants, or waiting
// for a person.
import { setTimeout as wait } from 'node:timers/promises';

import fc from 'fast-check';
import type { DataSource } from 'typeorm';

import { dataSource } from '#config/data-source.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { readBankFile } from '#finance/bank-file-reader.js';
import { BankFileApply } from '#lifecycle/bank-file-apply.js';
import { BankFiles } from '#lifecycle/bank-files.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import { verifyRecord } from '#lifecycle/verify-record.js';
import { readCandidatesOf } from '#persistence/views/bank-candidates.js';
import { BankFileView } from '#persistence/views/bank-file.view.js';
import { reactionsTo } from '#worker/reactions.js';

import { bytesOf, camt053, camt054, pain002 } from '../support/bank-answers.js';
import { BankUnderTest, accepted, paid, refused } from '../support/bank-files.js';
import { type TestCluster, startTestCluster } from '../support/cluster.js';
import { fillOrderedPayouts } from '../support/many-payouts.js';
import { people } from '../support/record.js';

let cluster: TestCluster;
let bank: BankUnderTest;
let files = 0;

beforeAll(async () => {
  cluster = await startTestCluster();
}, 60_000);
afterAll(() => cluster?.stop());
beforeEach(async () => {
  bank = await BankUnderTest.start(cluster);
});
afterEach(async () => {
  try {
    expect(await violations()).toEqual([]);
  } finally {
    await bank.stop();
  }
});

/** Events wait in the outbox here, since no worker runs: nothing is unreached. */
async function violations(): Promise<unknown> {
  return (await verifyRecord(bank.record.source, reactionsTo, sepaPayments)).violations;
}

/** A message id of its own, so that no two files have the same bytes. */
function next(): { messageId: string } {
  return { messageId: `M-${(files += 1)}` };
}

async function verdicts(file?: number): Promise<(readonly [string, string | null])[]> {
  return (await bank.entries(file)).map(({ status, because }) => [status, because] as const);
}

/** A returned payment's money is a credit with a reference of its own. */
const back = { returned: 'AC04' };

async function notifiedRecovery(code: string, amount = '250.00'): Promise<void> {
  const proposed = { amount, reason: 'not used' };
  accepted(await bank.record.give(people.an, 'propose-recovery', code, proposed));
  accepted(await bank.record.give(people.an, 'notify-recovery', code, { recovery: 1 }));
}

/** Money that came in and answers no payment of ours: a return without the signs of one. */
function credit(payment: Parameters<typeof camt053>[0][number], messageId = next().messageId): string {
  return camt053([payment], { returned: 'AC04', messageId })
    .replace(/<RtrInf>.*?<\/RtrInf>/, '')
    .replace('RRTN', 'ESCT');
}

describe('a file', () => {
  it('settles what it tells of, each grant by a command of whoever imported it', async () => {
    await bank.handOver('A', 'B');
    const imported = accepted(await bank.import(camt053([paid('A'), paid('B')], next()), 'july.xml'));
    expect(imported.events).toMatchObject([
      {
        stream: 'bank-file:1',
        sequence: 1,
        type: 'bank-file.imported',
        actor: 'fien',
        data: { kind: 'camt.053.001.08', name: 'july.xml', entries: 2, matched: 2, waiting: 0, known: 0 },
      },
    ]);
    expect(await verdicts()).toEqual([
      ['matched', null],
      ['matched', null],
    ]);
    await bank.files.apply(1);
    expect(await verdicts()).toEqual([
      ['applied', null],
      ['applied', null],
    ]);
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'settled', 'B-1-1': 'settled' });
    const [event]: { actor: string; command_id: string }[] = await bank.record.source.query(
      `SELECT actor, command_id FROM events WHERE stream = 'grant:B' AND type = 'payout.settled'`,
    );
    expect(event).toEqual({ actor: 'fien', command_id: 'effect:bank-file:1#1:apply-bank-file:2:settle' });
  });

  it('that came before is accepted as nothing new, under any id', async () => {
    await bank.handOver('A');
    const text = camt053([paid('A')], next());
    const request = {
      id: 'twice',
      name: 'import-bank-file',
      actor: people.fien,
      grant: null,
      input: {},
    } as const;
    const first = accepted(await bank.files.import(request, { source: bytesOf(text) }));
    for (const id of ['twice', 'other', 'other']) {
      const again = accepted(await bank.files.import({ ...request, id }, { source: bytesOf(text) }));
      expect(again).toMatchObject({ events: first.events, replayed: true, sequence: 1 });
    }
    const changed = bank.files.import(request, { source: bytesOf(camt053([], next())) });
    expect(refused(await changed).code).toBe('command-reused');
    expect(await bank.entries()).toHaveLength(1);
  });

  it('of two runners at once is imported by one', async () => {
    await bank.handOver('A');
    const text = camt053([paid('A')], next());
    const other = new BankFiles(bank.record.source, new RunCommands(bank.record.source), readBankFile);
    const given = [bank.files, other, bank.files, other].map((runner, index) =>
      runner.import(
        { id: `race-${index}`, name: 'import-bank-file', actor: people.fien, grant: null, input: {} },
        { source: bytesOf(text) },
      ),
    );
    const outcomes = (await Promise.all(given)).map(accepted);
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    for (const { events } of outcomes) expect(events).toEqual(outcomes[0]?.events);
    await Promise.all([bank.files.apply(1), other.apply(1)]);
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'settled' });
    expect(await verdicts()).toEqual([['applied', null]]);
  });

  it.each([
    ['cut short', (text: string) => text.slice(0, -200), /the file stops here/],
    [
      'of another account',
      (text: string) => text.replaceAll('BE68539007547034', 'BE71096123456769'),
      /BE…6769/,
    ],
    ['that is no XML', () => 'hello', /./],
    ['that is empty', () => '', /./],
  ])('%s is refused, and nothing of it stays', async (_, spoil, message) => {
    await bank.handOver('A');
    const text = spoil(
      camt053(
        Array.from({ length: 1200 }, () => paid('A')),
        next(),
      ),
    );
    const refusal = refused(await bank.import(text));
    expect(refusal).toMatchObject({ code: 'invalid', facts: { path: 'content' } });
    expect(refusal.facts['message']).toMatch(message);
    expect(JSON.stringify(refusal)).not.toMatch(/BE\d{14}/);
    expect(await bank.entries()).toEqual([]);
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'handed-over' });
  });

  it('that is larger than what is read is refused, and its sender is not waited for', async () => {
    const { withSpooled } = await import('#lifecycle/spool.js');
    const all = withSpooled(bytesOf('x'.repeat(200), 50), async () => 'read', 199);
    await expect(all).rejects.toThrow('more than 199 bytes');
    const broken = (async function* () {
      yield Buffer.from('<');
      throw new Error('the sender hung up');
    })();
    const request = {
      id: 'cut',
      name: 'import-bank-file',
      actor: people.fien,
      grant: null,
      input: {},
    } as const;
    await expect(bank.files.import(request, { source: broken })).rejects.toThrow('hung up');
  });

  it('is imported by finance only', async () => {
    const outcome = await bank.import(camt053([], next()), undefined, people.an);
    expect(refused(outcome).code).toBe('not-allowed');
  });
});

describe('matching', () => {
  it('waits for a person where the money is not that of the payout', async () => {
    await bank.handOver('A');
    await bank.answer(camt053([paid('A', { amountCents: 99_999n })], next()));
    await bank.answer(camt053([paid('A')], { ...next(), currency: 'USD' }));
    await bank.answer(camt053([paid('X'), paid('A', { endToEndId: 'NOTPROVIDED' })], next()));
    expect(await verdicts()).toEqual([
      ['waiting', 'its amount is 999.99; that of the payout is 1000.00'],
      ['waiting', 'its currency is USD; payouts are in EUR'],
      ['waiting', 'no payout has this EndToEndId'],
      ['waiting', 'it names no payment'],
    ]);
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'handed-over' });
  });

  it('takes an ordered payout as paid where no open batch binds it', async () => {
    await bank.order('A');
    await bank.batch('export');
    await bank.order('B');
    await bank.answer(camt053([paid('A'), paid('B')], next()));
    expect(await verdicts()).toEqual([
      ['waiting', 'batch 1 is not handed over yet'],
      ['applied', null],
    ]);
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'ordered', 'B-1-1': 'settled' });
  });

  it('takes a batch that was handed over for so, before its grants say it', async () => {
    await bank.order('A', 'B');
    await bank.batch();
    await bank.answer(camt053([paid('A')], next()));
    await bank.answer(camt053([paid('B')], { ...next(), ...back }));
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'settled', 'B-1-1': 'returned' });
  });

  it('knows what it was told before: in a notification, in the next statement', async () => {
    await bank.handOver('A', 'B');
    await bank.answer(camt054([paid('A')], next()));
    await bank.answer(camt053([paid('A'), paid('B')], next()));
    // The same entry again, though the file is another.
    await bank.answer(camt053([paid('A'), paid('B')], next()));
    expect((await verdicts()).map(([status]) => status)).toEqual([
      'applied',
      'known',
      'applied',
      'known',
      'known',
    ]);
  });

  it('shows a person a payment that may have been made twice', async () => {
    await bank.handOver('A', 'B');
    const twice = paid('A', { bankReference: 'BANK-TWICE' });
    await bank.answer(camt053([paid('A'), twice, paid('B')], next()));
    await bank.answer(camt053([paid('B', { bankReference: 'BANK-OTHER' })], next()));
    expect(await verdicts()).toEqual([
      ['applied', null],
      ['waiting', 'paid twice? an earlier entry says that it was paid already'],
      ['applied', null],
      ['waiting', 'paid twice? an earlier entry says that it was paid already'],
    ]);
  });

  it('rejects by pain.002 with the reason in words, and knows it again', async () => {
    const no = await bank.handOver('A', 'B');
    const of = { originalMessageId: `SLUIS-000000${no}` };
    await bank.answer(pain002([paid('A')], { ...of, ...next(), status: 'ACSC' }));
    await bank.answer(pain002([paid('A')], { ...of, ...next(), status: 'RJCT', reason: 'AC04' }));
    await bank.answer(pain002([paid('A')], { ...of, ...next(), status: 'RJCT', reason: 'AC01' }));
    await bank.answer(camt053([paid('A'), paid('B')], next()));
    await bank.answer(pain002([paid('B')], { ...of, ...next(), status: 'RJCT', reason: 'AC04' }));
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'rejected', 'B-1-1': 'settled' });
    const single = (await bank.entries()).filter(({ payout }) => payout !== null);
    expect(single.map(({ status, because }) => [status, because])).toEqual([
      ['noted', null],
      ['applied', null],
      ['known', null],
      ['waiting', 'the payout was rejected before, and now the bank says that it was paid'],
      ['applied', null],
      ['waiting', 'the payout is settled, and the bank says that it was rejected'],
    ]);
    const [event]: { reason: string }[] = await bank.record.source.query(
      `SELECT reason FROM events WHERE type = 'payout.rejected'`,
    );
    expect(event?.reason).toBe('AC04: the account is closed');
  });

  it('takes a return as proof of the debit, whichever comes first', async () => {
    await bank.handOver('A', 'B', 'C');
    const both = `${camt053([paid('A')], next())}`.replace(
      '</Stmt>',
      `${/<Ntry>[\s\S]*<\/Ntry>/.exec(camt053([paid('A')], back))?.[0]}</Stmt>`,
    );
    await bank.answer(both);
    await bank.answer(camt053([paid('B')], { ...next(), ...back }));
    await bank.answer(camt053([paid('C')], next()));
    await bank.answer(camt053([paid('C')], { ...next(), ...back }));
    await bank.answer(camt054([paid('C')], { ...next(), ...back }));
    await bank.answer(camt053([paid('B')], next()));
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'returned', 'B-1-1': 'returned', 'C-1-1': 'returned' });
    expect((await verdicts()).map(([status]) => status)).toEqual([
      'applied',
      'applied',
      'applied',
      'applied',
      'applied',
      'known',
      'waiting',
    ]);
    const rows: { stream: string; types: string[] }[] = await bank.record.source.query(
      `SELECT stream, array_agg(type ORDER BY sequence) AS types FROM events
        WHERE type IN ('payout.settled', 'payout.returned') GROUP BY stream ORDER BY stream`,
    );
    for (const { types } of rows) expect(types).toEqual(['payout.settled', 'payout.returned']);
    const refusals: unknown[] = await bank.record.source.query('SELECT command FROM refusals');
    expect(refusals).toEqual([]);
  });
});

describe('a booking for a whole payment file', () => {
  const whole = (codes: readonly string[], messageId: string, given: Record<string, unknown> = {}): string =>
    camt053(
      codes.map((code) => paid(code)),
      { ...next(), ...given, bundled: { messageId, details: false } },
    );

  it('settles all of its payments', async () => {
    await bank.order('A', 'B', 'C');
    await bank.batch();
    await bank.answer(whole(['A', 'B', 'C'], 'SLUIS-0000001'));
    expect(await verdicts()).toEqual([['applied', null]]);
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'settled', 'B-1-1': 'settled', 'C-1-1': 'settled' });
  });

  it('settles those that were not rejected before, and only where the sum says so', async () => {
    await bank.handOver('A', 'B', 'C');
    const of = { originalMessageId: 'SLUIS-0000001' };
    await bank.answer(pain002([paid('B')], { ...of, ...next(), status: 'RJCT', reason: 'AC01' }));
    await bank.answer(whole(['A', 'B', 'C'], 'SLUIS-0000001'));
    await bank.answer(whole(['A'], 'SLUIS-0000001'));
    await bank.answer(whole(['A', 'C'], 'SLUIS-0000009'));
    expect((await verdicts()).slice(2)).toEqual([
      [
        'waiting',
        'the bank booked 3000.00 EUR for 3 payments; batch 1 has 2000.00 EUR in 2 that were not rejected',
      ],
      [
        'waiting',
        'the bank booked 1000.00 EUR for 1 payments; batch 1 has 2000.00 EUR in 2 that were not rejected',
      ],
      ['waiting', 'no batch has this message id'],
    ]);
    await bank.answer(whole(['A', 'C'], 'SLUIS-0000001'));
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'settled', 'B-1-1': 'rejected', 'C-1-1': 'settled' });
    const open = refused(
      await bank.decide('assign-bank-entry', { bankFile: 2, entry: 1, endToEndId: 'A-1-1' }),
    );
    expect(open).toMatchObject({ code: 'invalid', facts: { path: 'entry' } });
  });

  it('counts what the bank rejected before its grant says so', async () => {
    await bank.handOver('A', 'B', 'C');
    const of = { originalMessageId: 'SLUIS-0000001', status: 'RJCT', reason: 'AC01' };
    accepted(await bank.import(pain002([paid('B')], { ...of, ...next() })));
    accepted(await bank.import(whole(['A', 'C'], 'SLUIS-0000001')));
    expect(await verdicts(2)).toEqual([['matched', null]]);
    await bank.files.apply(2);
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'settled', 'B-1-1': 'rejected', 'C-1-1': 'settled' });
  });

  it.each([['applied'], ['matched']])('shows a person a second one, when the first is %s', async (first) => {
    await bank.handOver('A', 'B');
    const one = whole(['A', 'B'], 'SLUIS-0000001');
    if (first === 'applied') await bank.answer(one);
    else accepted(await bank.import(one));
    const other = whole(['A', 'B'], 'SLUIS-0000001', { bookedOn: '2024-02-26' });
    await bank.answer(other.replaceAll('BANK-SLUIS-0000001', 'BANK-OTHER'));
    // The first one again, in the next statement.
    await bank.answer(whole(['A', 'B'], 'SLUIS-0000001'));
    expect(await verdicts()).toEqual([
      ['applied', null],
      ['waiting', 'paid twice? an earlier entry says that batch 1 was paid already'],
      ['known', null],
    ]);
  });

  it('is rejected as a whole, with its payments repeated', async () => {
    await bank.order('A', 'B');
    await bank.batch('export');
    const of = { originalMessageId: 'SLUIS-0000001', reason: 'DU01' };
    const text = pain002([paid('A'), paid('B')], { ...of, ...next(), groupStatus: 'RJCT', status: 'RJCT' });
    await bank.answer(text);
    expect(await verdicts()).toEqual([['waiting', 'batch 1 is not handed over yet']]);
    const handOver = {
      name: 'hand-over-batch',
      actor: people.fien,
      grant: null,
      input: { batch: 1 },
    } as const;
    accepted(await bank.batches.run({ id: 'now', ...handOver }));
    const repeated = pain002([paid('A'), paid('B')], { ...of, ...next(), status: 'RJCT' }).replace(
      '<GrpSts>PART</GrpSts>',
      '<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>DU01</Cd></Rsn></StsRsnInf>',
    );
    const no = await bank.answer(repeated);
    expect((await verdicts(no)).map(([status]) => status)).toEqual(['applied', 'known', 'known']);
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'rejected', 'B-1-1': 'rejected' });
  });
});

describe('applying', () => {
  it('is taken up where it was cut off, and does nothing twice', async () => {
    await bank.handOver('A', 'B', 'C');
    accepted(await bank.import(camt053([paid('A'), paid('B'), paid('C')], next())));
    // Killed after the grants say so, before the entries do; and in the middle of the grants.
    const { source, commands } = bank.record;
    const one = { tranche: 1, endToEndId: 'A-1-1' };
    const id = 'effect:bank-file:1#1:apply-bank-file:1:settle';
    accepted(await commands.run({ id, name: 'confirm-payout', actor: people.fien, grant: 'A', input: one }));
    await new BankFileApply(source, new RunCommands(source)).file(1);
    await bank.files.apply(1);
    expect((await verdicts()).map(([status]) => status)).toEqual(['applied', 'applied', 'applied']);
    const [events]: { count: number }[] = await source.query(
      `SELECT count(*)::int AS count FROM events WHERE type = 'payout.settled'`,
    );
    expect(events?.count).toBe(3);
  });

  it('survives its connections, however often they are cut', async () => {
    const codes = Array.from({ length: 400 }, (_, index) => `K${index}`);
    await bank.handOver(...codes);
    const statement = [...codes.map((code) => paid(code)), ...codes.slice(0, 50).map((code) => paid(code))];
    accepted(await bank.import(camt053(statement, next())));
    const { source, urls } = bank.record;
    const cut = new URL(urls.runtime);
    cut.searchParams.set('application_name', 'cut');
    const victim = await dataSource(cut.toString(), { poolSize: 4 }).initialize();
    let over = false;
    let cuts = 0;
    const cutting = (async () => {
      for (let round = 0; !over && round < 8; round += 1) {
        await wait(30 + 30 * round);
        const [ended]: { count: number }[] = await source.query(
          `SELECT count(pg_terminate_backend(pid))::int AS count FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'cut'`,
        );
        cuts += ended?.count ?? 0;
      }
    })();
    for (let stops = 0; ; stops += 1) {
      const failed = await new BankFileApply(victim, new RunCommands(victim)).file(1).then(
        () => null,
        (error: unknown) => error,
      );
      if (failed === null) break;
      if (stops === 20) throw failed;
    }
    over = true;
    await cutting;
    await victim.destroy();
    expect(cuts).toBeGreaterThan(0);
    const became: unknown[] = await source.query(
      'SELECT status, count(*)::int AS count FROM bank_entries GROUP BY status ORDER BY status',
    );
    expect(became).toEqual([
      { status: 'applied', count: 400 },
      { status: 'waiting', count: 50 },
    ]);
    const [settled]: unknown[] = await source.query(
      `SELECT count(*)::int AS count, count(DISTINCT stream)::int AS grants FROM events WHERE type = 'payout.settled'`,
    );
    expect(settled).toEqual({ count: 400, grants: 400 });
  });

  it('says what it is not taken for: told by hand meanwhile, or refused', async () => {
    await bank.handOver('A');
    await bank.order('B');
    accepted(await bank.import(camt053([paid('A'), paid('B')], next())));
    accepted(await bank.record.give(people.fien, 'confirm-payout', 'A', { tranche: 1 }));
    await bank.batch('build');
    await bank.files.apply(1);
    expect(await verdicts()).toEqual([
      ['known', null],
      ['waiting', 'confirm-payout was refused: wrong-state (in batch 2, which is built)'],
    ]);
    const discard = { id: 'no', name: 'discard-batch', actor: people.fien, grant: null } as const;
    accepted(await bank.batches.run({ ...discard, input: { batch: 2, reason: 'paid already' } }));
    accepted(await bank.decide('assign-bank-entry', { entry: 2, endToEndId: 'B-1-1' }));
    await bank.files.apply(1);
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'settled', 'B-1-1': 'settled' });
  });

  it('applies earlier files first', async () => {
    await bank.handOver('A');
    accepted(await bank.import(camt053([paid('A')], next())));
    accepted(await bank.import(camt053([paid('A')], { ...next(), ...back })));
    await bank.files.apply(2);
    expect((await verdicts()).map(([status]) => status)).toEqual(['applied', 'applied']);
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'returned' });
  });
});

describe('what waits', () => {
  it('is assigned to a payout of the same amount', async () => {
    await bank.handOver('A');
    await bank.answer(camt053([paid('A', { endToEndId: 'NOTPROVIDED' })], next()));
    const assign = { entry: 1, endToEndId: 'A-1-1' };
    expect(refused(await bank.decide('assign-bank-entry', assign, people.an)).code).toBe('not-allowed');
    const outcome = await bank.decide('assign-bank-entry', {
      ...assign,
      reason: 'as the bank said by telephone',
    });
    expect(accepted(outcome).events).toMatchObject([
      {
        stream: 'bank-file:1',
        sequence: 2,
        reason: 'as the bank said by telephone',
        data: { entry: 1, endToEndId: 'A-1-1' },
      },
    ]);
    await bank.files.apply(1);
    expect(await verdicts()).toEqual([['applied', 'it names no payment']]);
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'settled' });
    const again = refused(await bank.decide('assign-bank-entry', { ...assign, bankFile: 1 }));
    expect(again).toMatchObject({ code: 'wrong-state', facts: { state: 'applied' } });
  });

  it('is never made the answer of another payout, of a part of one, or of one that never left', async () => {
    await bank.handOver('A', 'B');
    await bank.order('C');
    const none = { endToEndId: 'NOTPROVIDED' };
    await bank.answer(
      camt053(
        [paid('A'), paid('A', { bankReference: 'TWICE' }), paid('B', { ...none, amountCents: 1n })],
        next(),
      ),
    );
    expect((await verdicts()).map(([status]) => status)).toEqual(['applied', 'waiting', 'waiting']);
    const another = await bank.decide('assign-bank-entry', { entry: 2, endToEndId: 'B-1-1', reason: 'x' });
    expect(refused(another)).toMatchObject({ code: 'invalid', facts: { path: 'endToEndId' } });
    const part = await bank.decide('assign-bank-entry', { entry: 3, endToEndId: 'B-1-1', reason: 'x' });
    expect(refused(part)).toMatchObject({ code: 'invalid', facts: { path: 'entry' } });
    await bank.answer(camt053([paid('C', { ...none, bankReference: 'C' })], next()));
    const stayed = await bank.decide('assign-bank-entry', { entry: 1, bankFile: 2, endToEndId: 'C-1-1' });
    expect(refused(stayed)).toMatchObject({
      code: 'wrong-state',
      facts: { needed: ['handed-over', 'unknown'] },
    });
  });

  it('is refused by the same rules of state, and for what does not exist', async () => {
    await bank.handOver('A');
    await bank.answer(camt053([paid('A'), paid('X')], next()));
    const settled = await bank.decide('assign-bank-entry', { entry: 2, endToEndId: 'A-1-1' });
    expect(refused(settled)).toMatchObject({ code: 'wrong-state', facts: { state: 'settled' } });
    for (const input of [
      { entry: 3, endToEndId: 'A-1-1' },
      { entry: 2, bankFile: 9, endToEndId: 'A-1-1' },
      { entry: 2, endToEndId: 'Z-1-1' },
      { entry: 2, recovery: 1, against: 'Z' },
    ])
      expect(refused(await bank.decide('assign-bank-entry', input)).code).toBe('not-found');
    for (const input of [
      { entry: 2 },
      { entry: 2, recovery: 1 },
      { entry: 2, recovery: 1, endToEndId: 'A-1-1' },
    ])
      expect(refused(await bank.decide('assign-bank-entry', input)).code).toBe('invalid');
  });

  it('is dismissed with a reason', async () => {
    await bank.answer(camt053([paid('X')], next()));
    expect(refused(await bank.decide('dismiss-bank-entry', { entry: 1 })).code).toBe('reason-required');
    accepted(await bank.decide('dismiss-bank-entry', { entry: 1, reason: 'the rent' }));
    expect(
      refused(await bank.decide('dismiss-bank-entry', { entry: 1, bankFile: 1, reason: 'again' })).code,
    ).toBe('wrong-state');
    // None waits any more.
    expect(refused(await bank.decide('dismiss-bank-entry', { entry: 1, reason: 'again' })).code).toBe(
      'not-found',
    );
  });

  it('repays a recovery by money that came in, or is the return of a payout', async () => {
    await bank.handOver('A', 'B');
    await bank.answer(camt053([paid('A'), paid('B')], next()));
    await notifiedRecovery('A');
    await bank.answer(
      credit(paid('A', { amountCents: 10_000n, endToEndId: 'THEIRS', bankReference: 'C-1' })),
    );
    await bank.answer(credit(paid('B', { endToEndId: 'THEIRS', bankReference: 'C-2' })));
    const came = 'money came in: say which recovery or payout it is, or dismiss it';
    expect((await verdicts()).slice(2)).toEqual([
      ['waiting', came],
      ['waiting', came],
    ]);
    const more = await bank.decide('assign-bank-entry', { bankFile: 3, entry: 1, recovery: 1, against: 'A' });
    expect(refused(more)).toMatchObject({ code: 'invalid', facts: { path: 'recovery' } });
    accepted(await bank.decide('assign-bank-entry', { bankFile: 2, entry: 1, recovery: 1, against: 'A' }));
    accepted(await bank.decide('assign-bank-entry', { entry: 1, endToEndId: 'B-1-1' }));
    await bank.files.apply(3);
    const recoveries: unknown[] = await bank.record.source.query(
      'SELECT status, open_cents::int AS open FROM recoveries',
    );
    expect(recoveries).toEqual([{ status: 'notified', open: 15_000 }]);
    expect(await bank.payouts()).toEqual({ 'A-1-1': 'settled', 'B-1-1': 'returned' });
    expect((await verdicts()).map(([status]) => status)).toEqual([
      'applied',
      'applied',
      'applied',
      'applied',
    ]);
  });

  it('waits again where a payout does not take what a person gave it', async () => {
    await bank.handOver('A');
    await bank.answer(camt053([paid('A')], next()));
    await bank.answer(credit(paid('A', { endToEndId: 'THEIRS' })));
    accepted(await bank.decide('assign-bank-entry', { entry: 1, endToEndId: 'A-1-1' }));
    const by = { tranche: 1, reason: 'it came back in cash' };
    accepted(await bank.record.give(people.fien, 'return-payout', 'A', by));
    await bank.files.apply(2);
    expect(await verdicts(2)).toEqual([['waiting', expect.stringMatching(/^return-payout was refused/)]]);
  });

  it('is listed with what it may be, and no account number is whole', async () => {
    await bank.handOver('A', 'B');
    await bank.answer(camt053([paid('B')], next()));
    await notifiedRecovery('B');
    await bank.answer(camt053([paid('A', { endToEndId: 'NOTPROVIDED' })], next()));
    await bank.answer(credit(paid('B', { amountCents: 25_000n, endToEndId: 'THEIRS' })));
    const view = new BankFileView(bank.record.source);
    const first = await view.entries({ status: 'waiting' }, { after: null, limit: 1 });
    expect(first.items).toMatchObject([
      {
        bankFile: 2,
        entry: 1,
        amount: '1000.00',
        account: 'BE…7034',
        counterparty: { iban: 'BE…7034' },
        candidates: {
          payouts: [{ endToEndId: 'A-1-1', status: 'handed-over', sameAmount: true, sameAccount: true }],
          recoveries: [],
        },
      },
    ]);
    const second = await view.entries({ status: 'waiting' }, { after: first.next, limit: 5 });
    expect(second).toMatchObject({
      next: null,
      items: [
        { candidates: { recoveries: [{ grant: 'B', recovery: 1, open: '250.00', sameAccount: true }] } },
      ],
    });
    expect(second.items[0]?.candidates.payouts.map(({ endToEndId }) => endToEndId)).toEqual([
      'A-1-1',
      'B-1-1',
    ]);
    expect(await view.one(1)).toMatchObject({
      entries: 1,
      waiting: 0,
      unrecorded: 0,
      became: { applied: 1 },
    });
    expect((await view.list({ after: null, limit: 2 })).items.map(({ bankFile }) => bankFile)).toEqual([
      3, 2,
    ]);
    expect(await view.one(9)).toBeNull();
    const shown = JSON.stringify([first, second, await view.entries({}, { after: null, limit: 9 })]);
    expect(shown).not.toMatch(/BE\d{14}/);
  });
});

it('what waits is offered what it may be by index, not by reading all payouts', async () => {
  const { ownerUrl } = await cluster.clone();
  const owner = await dataSource(ownerUrl).initialize();
  try {
    await fillOrderedPayouts(owner, 10_000);
    await owner.query(`INSERT INTO bank_files
      VALUES (1, sha256('f'), NULL, 9, 'camt.053.001.08', 'M', NULL, 1, 'fien', '2023-01-02', 1, '2023-01-02', sha256('h'))`);
    await owner.query(`INSERT INTO bank_entries (bank_file, no, place, answer, whole_file, status, because,
        decided_sequence, amount_cents, currency, counterparty_iban)
      SELECT 1, 1, 'entry 1', 'settled', false, 'waiting', 'it names no payment', 1, 107, 'EUR', iban
        FROM accounts WHERE beneficiary = 'b7'`);
    const asked: [string, unknown[]][] = [];
    const query = (text: string, values: unknown[]) => {
      asked.push([text, values]);
      return owner.query(text, values);
    };
    const found = await readCandidatesOf({ query } as DataSource, [{ bankFile: 1, entry: 1 }]);
    expect(found.get('1 1')?.payouts.slice(0, 2)).toMatchObject([
      { endToEndId: 'BIG-7-1-1', sameAmount: true, sameAccount: true },
      { sameAmount: false, sameAccount: true },
    ]);
    const [text, values] = asked[0] ?? ['', []];
    const plan = JSON.stringify(await owner.query(`EXPLAIN ${text}`, values));
    for (const index of ['payouts_answerable', 'accounts_by_iban']) expect(plan).toContain(index);
    expect(plan).not.toMatch(/Seq Scan on (payouts|accounts|grants)/);
  } finally {
    await owner.destroy();
  }
});

it('verifying names rows that say other than the streams', async () => {
  await bank.handOver('A', 'B');
  await bank.answer(camt053([paid('A'), paid('X')], next()));
  accepted(await bank.import(camt053([paid('B')], next())));
  accepted(await bank.decide('dismiss-bank-entry', { entry: 2, reason: 'the rent' }));
  const { owner } = bank.record;
  const tampered = [
    [`UPDATE bank_files SET name = 'other.xml' WHERE no = 1`, 'its row is not what its import says'],
    [
      `DELETE FROM bank_entries WHERE bank_file = 1 AND no = 1`,
      'it has 1 entries of the 2 that were imported',
    ],
    [
      `UPDATE bank_entries SET status = 'applied' WHERE bank_file = 2`,
      'entry 1 is applied, and grant B does not',
    ],
    [
      `UPDATE bank_entries SET decided_by = 'an' WHERE no = 2`,
      'entry 2 is dismissed, which event 2 does not say',
    ],
    [
      `UPDATE bank_entries SET status = 'waiting', decided_by = NULL, decided_at = NULL, decided_sequence = 1 WHERE no = 2`,
      'event 2 (bank-entry.dismissed) is not what its entry says',
    ],
  ] as const;
  const kept =
    'CREATE TABLE kept AS SELECT * FROM bank_entries; CREATE TABLE kept_files AS SELECT * FROM bank_files';
  await owner.query(kept);
  for (const [sql, message] of tampered) {
    await owner.query(sql);
    expect(await violations()).toEqual([
      expect.objectContaining({ invariant: 'I6', message: expect.stringContaining(message) as string }),
    ]);
    await owner.query(`BEGIN; DELETE FROM bank_entries; DELETE FROM bank_files;
      INSERT INTO bank_files SELECT * FROM kept_files; INSERT INTO bank_entries SELECT * FROM kept; COMMIT`);
  }
});

it('whatever statements say, nothing is settled twice and the record verifies', async () => {
  const codes = ['A', 'B', 'C', 'D'];
  await bank.handOver(...codes);
  const told = fc.record({
    code: fc.constantFrom(...codes, 'X'),
    amountCents: fc.constantFrom(100_000n, 100_000n, 100_000n, 1n),
    bankReference: fc.constantFrom('R1', 'R2', 'R3'),
  });
  const file = fc.record({
    kind: fc.constantFrom('debit', 'debit', 'return', 'reject', 'notification'),
    entries: fc.array(told, { minLength: 1, maxLength: 6 }),
    late: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 4 }), async (given) => {
      for (const { kind, entries, late } of given) {
        const payments = entries.map(({ code, ...rest }) => paid(code, rest));
        const rejects = { originalMessageId: 'SLUIS-0000001', status: 'RJCT', reason: 'AC04', ...next() };
        const text = {
          debit: () => camt053(payments, next()),
          return: () => camt053(payments, { ...next(), ...back }),
          reject: () => pain002(payments, rejects),
          notification: () => camt054(payments, next()),
        }[kind as 'debit']();
        if (late) accepted(await bank.import(text));
        else await bank.answer(text);
      }
      const twice: unknown[] = await bank.record.source.query(
        `SELECT stream, type FROM events WHERE type LIKE 'payout.%' GROUP BY stream, type HAVING count(*) > 1`,
      );
      expect(twice).toEqual([]);
      expect(await violations()).toEqual([]);
    }),
    { numRuns: 15 },
  );
}, 60_000);
