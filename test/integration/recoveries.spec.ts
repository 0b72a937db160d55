import { RunCommands } from '#lifecycle/run-commands.js';
import { type TestCluster, startTestCluster } from '#test/support/cluster.js';
import { Engine } from '#test/support/engine.js';
import { explainSettlement } from '#domain/settlement-explained.js';
import { EventView } from '#persistence/views/event.view.js';
import { GrantView } from '#persistence/views/grant.view.js';

/** Half at the start, the other half settles behind the final report; two beneficiaries. */
const scenario = `
sluis: 1
programme:
  code: TEST
  title: Under test
  tranches:
    - { no: 1, share: 50, due: { on: grant-start } }
    - { no: 2, remainder: true, settles: true, requires: ['report:final'] }
  reports:
    - { code: final, kind: both, due: { on: grant-end, plus: P2M } }
people:
  - { id: an, roles: [administrator] }
  - { id: bart, roles: [approver] }
  - { id: fien, roles: [finance] }
  - { id: filip, roles: [finance] }
  - { id: stad, roles: [beneficiary], of: city }
beneficiaries:
  - { id: city, name: City, kbo: '0207500123', iban: BE07990000000166, verified: true }
  - { id: town, name: Town, kbo: '0555000148', iban: BE71990000000469, verified: true }
grants:
  - { code: A, beneficiary: city, amount: '10000.00', start: 2023-01-01, end: 2024-12-31, handler: an }
  - { code: B, beneficiary: city, amount: '10000.00', start: 2023-01-01, end: 2024-12-31, handler: an }
  - { code: C, beneficiary: city, amount: '10000.00', start: 2023-01-01, end: 2024-12-31, handler: an }
  - { code: T, beneficiary: town, amount: '10000.00', start: 2023-01-01, end: 2024-12-31, handler: an }
happenings: []
until: 2025-06-30
`;

let cluster: TestCluster;
let engine: Engine;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());

beforeEach(async () => {
  engine = await Engine.open(cluster, scenario, '2023-01-02T10:00');
});
/** Whatever a test did to it, the record must be sound afterwards. */
afterEach(async () => {
  try {
    expect((await engine.verify()).violations).toEqual([]);
  } finally {
    await engine.close();
  }
});

/** The first tranche of a grant paid, and `amount` of it being recovered. */
async function recovering(code: string, amount: string): Promise<void> {
  await engine.accepted('bart', 'approve-tranche', code, { tranche: 1 });
  await engine.accepted('system', 'order-payout', code, { tranche: 1 });
  await engine.accepted('fien', 'confirm-payout', code, { tranche: 1 });
  await engine.accepted('an', 'propose-recovery', code, { amount, reason: 'Not accounted for.' });
  await engine.accepted('an', 'notify-recovery', code, { recovery: 1 });
}

const onB = { recovery: 1, tranche: 2, against: 'B' };

/** What the rows say of the recovery of a grant and of the last tranche of another. */
async function state(code: string, other: string): Promise<unknown> {
  const [row] = await engine.source.query<object[]>(
    `SELECT r.status, r.open_cents::int AS open, r.compensated_cents::int AS compensated,
            t.amount_cents::int AS left, t.offset_cents::int AS offset, t.compensated_cents::int AS given
       FROM recoveries r, tranches t
      WHERE r.grant_code = $1 AND r.no = 1 AND t.grant_code = $2 AND t.no = 2`,
    [code, other],
  );
  return row;
}

describe('offsetting a recovery against another grant', () => {
  it('writes both grants together, and answers again with what happened on its own', async () => {
    await recovering('A', '1000.00');
    const command = engine.command('an', 'offset-recovery', 'A', { ...onB, amount: '400.00' });
    const outcome = await engine.commands.run(command);
    expect(outcome).toMatchObject({ accepted: true, replayed: false });
    if (!outcome.accepted) throw new Error('refused');
    expect(outcome.events.map(({ stream, type }) => [stream, type])).toEqual([
      ['grant:A', 'recovery.offset'],
    ]);
    const after = { status: 'notified', open: 60_000, compensated: 40_000 };
    const there = { left: 460_000, offset: 40_000, given: 40_000 };
    expect(await state('A', 'B')).toEqual({ ...after, ...there });
    // By the process that ran it, and by one that never saw it.
    for (const commands of [engine.commands, new RunCommands(engine.source)]) {
      const again = await commands.run(command);
      if (!again.accepted) throw new Error('refused');
      expect(again.replayed).toBe(true);
      expect(again.sequence).toBe(outcome.sequence);
      expect(again.events.map(({ stream, sequence, type, data }) => [stream, sequence, type, data])).toEqual(
        outcome.events.map(({ stream, sequence, type, data }) => [stream, sequence, type, data]),
      );
    }
    expect(await state('A', 'B')).toEqual({ ...after, ...there });
    expect(await engine.events('tranche.reduced')).toMatchObject([
      { stream: 'grant:B', actor: 'system', data: { because: 'recovery:A:1', amount: '4600.00' } },
    ]);
  });

  it("refuses an unknown grant, another beneficiary's, and the same id with another grant", async () => {
    await recovering('A', '1000.00');
    const refusal = async (by: string, against: string) => {
      const outcome = await engine.give(by, 'offset-recovery', 'A', { ...onB, against });
      return outcome.accepted ? null : outcome.refused;
    };
    expect(await refusal('an', 'NONE')).toEqual({ code: 'not-found', facts: { grant: 'NONE' } });
    expect(await refusal('an', 'T')).toMatchObject({ code: 'invalid', facts: { path: 'against' } });
    expect(await refusal('stad', 'NONE')).toEqual({ code: 'not-found', facts: { grant: 'NONE' } });
    expect(await refusal('stad', 'T')).toEqual({ code: 'not-found', facts: { grant: 'T' } });
    const command = engine.command('an', 'offset-recovery', 'A', { ...onB, amount: '1.00' });
    expect((await engine.commands.run(command)).accepted).toBe(true);
    const other = await engine.commands.run({ ...command, input: { ...command.input, against: 'C' } });
    expect(other).toMatchObject({ accepted: false, refused: { code: 'command-reused' } });
  });

  it('shares a transaction with whatever else is done to both grants', async () => {
    await recovering('A', '1000.00');
    const results = await engine.commands.runBatch([
      engine.command('an', 'offset-recovery', 'A', { ...onB, amount: '100.00' }),
      engine.command('bart', 'approve-tranche', 'B', { tranche: 1 }),
      engine.command('an', 'offset-recovery', 'A', { ...onB, amount: '100.00' }),
      engine.command('an', 'cancel-tranche', 'B', { tranche: 2, reason: 'Given up.' }),
      engine.command('an', 'offset-recovery', 'A', { ...onB, amount: '100.00' }),
    ]);
    expect(results.map(({ accepted }) => accepted)).toEqual([true, true, true, true, false]);
    expect(await state('A', 'B')).toMatchObject({ open: 80_000, given: 20_000 });
  });

  it('racing from two grants against one tranche never takes more than it holds, and no one waits for ever', async () => {
    await recovering('A', '5000.00');
    await recovering('C', '5000.00');
    const processes = [engine.commands, new RunCommands(engine.source), new RunCommands(engine.source)];
    const offset = (code: string, place: number) =>
      processes[place % processes.length]?.run(
        engine.command('an', 'offset-recovery', code, { ...onB, amount: '300.00' }),
      );
    // Crosswise as well: B waits for A while A waits for B.
    await recovering('B', '1000.00');
    const crosswise = (place: number) =>
      processes[place % processes.length]?.run(
        engine.command('an', 'offset-recovery', 'B', {
          recovery: 1,
          tranche: 2,
          against: 'A',
          amount: '10.00',
        }),
      );
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, place) => [
        offset('A', place),
        offset('C', place + 1),
        crosswise(place + 2),
      ]).flat(),
    );
    expect(outcomes.filter((outcome) => outcome?.accepted === true)).toHaveLength(16 + 12);
    const [sums] = await engine.source.query<object[]>(
      `SELECT (SELECT sum(compensated_cents)::int FROM recoveries WHERE grant_code IN ('A', 'C')) AS recovered,
              (SELECT compensated_cents::int FROM tranches WHERE grant_code = 'B' AND no = 2) AS given,
              (SELECT amount_cents::int FROM tranches WHERE grant_code = 'B' AND no = 2) AS left,
              (SELECT compensated_cents::int FROM tranches WHERE grant_code = 'A' AND no = 2) AS crossed`,
    );
    expect(sums).toEqual({ recovered: 480_000, given: 480_000, left: 20_000, crossed: 12_000 });
  });

  it('leaves neither half where the write breaks off, and takes effect once when it is sent again', async () => {
    await recovering('A', '1000.00');
    const before = await state('A', 'B');
    // The other grant's row is the last thing such a command could still fail on.
    await engine.owner.query(`
      CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'out of paper'; END $$;
      CREATE TRIGGER broken BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.stream = 'grant:B') EXECUTE FUNCTION broken();`);
    const command = engine.command('an', 'offset-recovery', 'A', onB);
    await expect(engine.commands.run(command)).rejects.toThrow('out of paper');
    expect(await state('A', 'B')).toEqual(before);
    expect(await engine.events('recovery.offset')).toEqual([]);
    await engine.owner.query('DROP TRIGGER broken ON events');
    await Promise.all([1, 2, 3].map(() => new RunCommands(engine.source).run(command)));
    expect(await engine.events('recovery.offset')).toHaveLength(1);
    expect(await state('A', 'B')).toMatchObject({ status: 'offset', open: 0, left: 400_000, given: 100_000 });
  });

  it('dies with its connection in the middle without a trace, and is given again by itself', async () => {
    await recovering('A', '1000.00');
    await engine.owner.query(`
      CREATE SEQUENCE deaths; GRANT USAGE ON SEQUENCE deaths TO PUBLIC;
      CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('deaths') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER dies BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.stream = 'grant:B') EXECUTE FUNCTION dies();`);
    await engine.accepted('an', 'offset-recovery', 'A', onB);
    expect(await engine.events('recovery.offset')).toHaveLength(1);
    expect(await state('A', 'B')).toMatchObject({ status: 'offset', left: 400_000 });
  });
});

describe('what a settlement says of an offset between grants', () => {
  it('is the same in the events, in the rows and in its explanation', async () => {
    await recovering('A', '1000.00');
    await recovering('B', '1.00');
    await engine.accepted('an', 'offset-recovery', 'A', onB);
    for (const code of ['A', 'B']) {
      await engine.accepted('stad', 'submit-report', code, { report: 'final', costs: '9000.00' });
      await engine.accepted('an', 'accept-report', code, { report: 'final' });
    }
    const explained = async (code: string) => {
      const file = await new GrantView(engine.source).file(code, null);
      if (file === null) throw new Error(`no ${code}`);
      return explainSettlement(await new EventView(engine.source).ofGrant(code), file.facts.plan);
    };
    expect(await explained('A')).toMatchObject({
      fixed: { event: 'tranche.payable' },
      recovered: [{ recovery: 1, amountCents: 1_000_00n, how: 'offset' }],
      amountCents: 5_000_00n,
    });
    expect(await explained('B')).toMatchObject({
      fixed: { event: 'tranche.reduced' },
      compensated: [{ tranche: 2, amountCents: 1_000_00n }],
      balanceCents: 3_000_00n,
      amountCents: 3_000_00n,
    });
    const settled = (await engine.events('tranche.reduced')).find(
      ({ data }) => data['because'] === 'settlement',
    );
    expect(settled).toMatchObject({ stream: 'grant:B', data: { amount: '3000.00', compensated: '1000.00' } });
  });
});

describe('a payout without a bank file', () => {
  it('is marked by one, confirmed by another, and finance is told of the mark', async () => {
    await engine.startWorker();
    await engine.accepted('bart', 'approve-tranche', 'A', { tranche: 1 });
    await engine.quiet();
    const evidence = 'Ledger entry 7';
    const marks = await Promise.all(
      ['fien', 'filip', 'fien', 'filip'].map((by) =>
        engine.give(by, 'mark-executed', 'A', { tranche: 1, evidence }),
      ),
    );
    // Whoever comes first marks; the other settles; nobody does both.
    expect(marks.filter(({ accepted }) => accepted)).toHaveLength(2);
    await engine.quiet();
    const told = await engine.source.query<{ recipient: string }[]>(
      `SELECT recipient FROM messages WHERE kind = 'payout.marked-executed' ORDER BY recipient`,
    );
    const [settled] = await engine.events('payout.settled');
    const [marked] = await engine.events('payout.marked-executed');
    // Whoever marked it knows.
    expect(told.map(({ recipient }) => recipient)).toEqual([marked?.actor === 'fien' ? 'filip' : 'fien']);
    expect(settled?.data['evidence']).toBe(evidence);
    expect(settled?.actor).not.toBe(marked?.actor);
    await engine.accepted('fien', 'return-payout', 'A', { tranche: 1, reason: 'Account closed.' });
    await engine.quiet();
    const returned = await engine.source.query<{ recipient: string }[]>(
      `SELECT recipient FROM messages WHERE kind = 'payout.returned' ORDER BY recipient`,
    );
    expect(returned.map(({ recipient }) => recipient)).toEqual(['an', 'filip']);
  });
});
