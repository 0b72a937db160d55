import { setTimeout as wait } from 'node:timers/promises';

import { Module } from '@nestjs/common';
import pg from 'pg';

import { system } from '#domain/people.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import { assertRuntimeRoleIsBound, runtimeRole } from '#persistence/bootstrap-roles.js';
import { dataSource } from '#config/data-source.js';
import { onEachBackend } from '#test/support/backends.js';
import { type TestCluster, startTestCluster } from '#test/support/cluster.js';
import { Engine, type StoredEffect, type WorkerUnderTest } from '#test/support/engine.js';
import { engineScenario, grantCodes } from '#test/support/engine-scenarios.js';
import type { EngineScenario } from '#test/support/engine-scenarios.js';
import { until } from '#test/support/until.js';
import { assertHandled } from '#worker/handlers.js';
import type { Handlers } from '#worker/handlers.js';
import { jobsFor } from '#worker/ring.js';
import { Sweep } from '#worker/sweep.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());

onEachBackend('the engine', (redis) => {
  let engine: Engine;
  const open = async (at: string, scenario: EngineScenario = {}): Promise<Engine> => {
    engine = await Engine.open(cluster, engineScenario(scenario), at, redis()?.url ?? null);
    return engine;
  };
  /** Whatever a test did to it, the record must be sound afterwards. */
  afterEach(async () => {
    try {
      expect((await engine.verify()).violations).toEqual([]);
    } finally {
      await engine.close();
    }
  });

  const ordered = async (): Promise<string[]> =>
    (await engine.events('payout.ordered')).map(({ data }) => String(data['endToEndId'])).sort();
  const firstPayoutOf = (grants: number): string[] => grantCodes(grants).map((code) => `${code}-1-1`);
  const approveFirst = (grants: number, by = 'bart'): Promise<unknown> =>
    Promise.all(
      grantCodes(grants).map((code) => engine.accepted(by, 'approve-tranche', code, { tranche: 1 })),
    );
  const messages = async (kind: string): Promise<string[]> =>
    (
      await engine.source.query<{ recipient: string }[]>(
        'SELECT recipient FROM messages WHERE kind = $1 ORDER BY event_id, recipient',
        [kind],
      )
    ).map(({ recipient }) => recipient);
  /** Telling the agency that a report came in: one effect. */
  const submitted = async (): Promise<StoredEffect[]> =>
    (await engine.effects('notify-agency')).filter(({ type }) => type === 'report.submitted');
  const queueOf = (worker: WorkerUnderTest, name: string) => {
    const queue = worker.enqueue.all().find((one) => one.name === name);
    if (queue === undefined) throw new Error(`no queue is called ${name}`);
    return queue;
  };
  /** What is told can no longer be recorded, all of it or some: the handler of notifications fails. */
  const jamMessages = async (some = 'true'): Promise<void> => {
    await engine.owner.query(`
      CREATE FUNCTION jam() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the letter box is full'; END $$;
      CREATE TRIGGER jam BEFORE INSERT ON messages FOR EACH ROW WHEN (${some}) EXECUTE FUNCTION jam();`);
  };
  const unjamMessages = (): Promise<unknown> => engine.owner.query('DROP TRIGGER jam ON messages');

  it('orders each approved payout once, with two workers and every batch rung six times', async () => {
    await open('2023-01-02T10:00', { grants: 20 });
    await approveFirst(20);
    const effects = await engine.dispatchWithoutRing();
    const workers = [await engine.startWorker(), await engine.startWorker()];
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map((round) => workers[round % 2]?.enqueue.add(jobsFor(effects, round))),
    );
    await engine.quiet();
    // Rung once more after all is done.
    await workers[0]?.enqueue.add(jobsFor(effects, 7));
    await until('the queues are empty', async () => {
      const counts = await Promise.all(
        (workers[0] as WorkerUnderTest).enqueue.all().map((queue) => queue.getJobCounts('waiting', 'active')),
      );
      return counts.every(({ waiting, active }) => waiting === 0 && active === 0);
    });
    expect(await ordered()).toEqual(firstPayoutOf(20));
    expect(await messages('grant.awarded')).toEqual(grantCodes(20).map(() => 'stad'));
    const [{ given, refused }] = await engine.source.query(
      `SELECT count(*)::int AS given, (SELECT count(*)::int FROM refusals) AS refused
         FROM commands WHERE id LIKE 'effect:%'`,
    );
    expect({ given, refused }).toEqual({ given: 20, refused: 0 });
    expect((await engine.effects('order-payout')).every(({ done }) => done)).toBe(true);
  });

  it('takes up what was committed while no relay ran', async () => {
    await open('2023-01-02T10:00', { grants: 3 });
    await approveFirst(3);
    expect(await ordered()).toEqual([]);
    await engine.startWorker();
    await engine.quiet();
    expect(await ordered()).toEqual(firstPayoutOf(3));
  });

  it('rings effects that a crash left between their commit and their job', async () => {
    await open('2023-01-02T10:00', { grants: 3 });
    await approveFirst(3);
    await engine.dispatchWithoutRing();
    await engine.ageUndone();
    await engine.startWorker();
    await engine.quiet();
    expect(await ordered()).toEqual(firstPayoutOf(3));
  });

  it('keeps the error and the attempts of a handler that fails, and succeeds later', async () => {
    await open('2024-02-01T10:00');
    const worker = await engine.startWorker();
    await engine.quiet();
    await jamMessages();
    await engine.accepted('stad', 'submit-report', 'G01', { report: 'final', costs: '900.00' });
    await until('the handler fails', async () => {
      const [effect] = await submitted();
      return (effect?.attempts ?? 0) > 0;
    });
    const [failed] = await submitted();
    expect(failed).toMatchObject({ done: false, lastError: 'the letter box is full' });
    await unjamMessages();
    await engine.quiet();
    const [done] = await submitted();
    expect(done).toMatchObject({ done: true, lastError: null });
    expect(done?.attempts).toBeGreaterThanOrEqual(1);
    expect(await messages('report.submitted')).toEqual(['an']);
    expect(await queueOf(worker, 'notifications').getFailedCount()).toBe(0);
  });

  it('does not let one effect that always fails hold up the others of its batch', async () => {
    await open('2024-02-01T10:00', { grants: 3 });
    await engine.startWorker();
    await engine.quiet();
    await jamMessages(`NEW.subject LIKE '%G02%'`);
    const reports = grantCodes(3).map((code) =>
      engine.accepted('stad', 'submit-report', code, { report: 'final', costs: '900.00' }),
    );
    await Promise.all(reports);
    const done = async (): Promise<boolean[]> => (await submitted()).map((effect) => effect.done);
    await until('the others are done', async () => (await done()).filter(Boolean).length === 2);
    await until('it is tried', async () => (await submitted()).some(({ attempts }) => attempts > 0));
    const undone = (await submitted()).filter((effect) => !effect.done);
    expect(undone).toMatchObject([{ lastError: 'the letter box is full' }]);
    await unjamMessages();
    await engine.quiet();
    expect(await messages('report.submitted')).toEqual(['an', 'an', 'an']);
  });

  it('rings again what BullMQ has given up on', async () => {
    await open('2024-02-01T10:00');
    const worker = await engine.startWorker();
    await engine.quiet();
    await jamMessages();
    await engine.accepted('stad', 'submit-report', 'G01', { report: 'final', costs: '900.00' });
    const queue = queueOf(worker, 'notifications');
    await until('BullMQ gives it up', async () => (await queue.getFailedCount()) === 1);
    expect(await submitted()).toMatchObject([{ attempts: 3, done: false }]);
    await unjamMessages();
    await wait(2_500);
    // BullMQ left it alone, and its next turn is not before 80 s: ten, doubled per failure.
    expect(await submitted()).toMatchObject([{ attempts: 3, done: false }]);
    await engine.ageUndone();
    await engine.quiet();
    expect(await messages('report.submitted')).toEqual(['an']);
  });

  it('decides each due moment once, however often and by how many it is swept', async () => {
    await open('2022-12-15T10:00', { grants: 60 });
    const sweeps = [await engine.startWorker(), await engine.startWorker()].map(({ app }) =>
      app.get(Sweep, { strict: false }),
    );
    await engine.quiet();
    await engine.moveTo('2023-01-01T00:00');
    await Promise.all([...sweeps, ...sweeps, ...sweeps].map((sweep) => sweep.run()));
    await engine.quiet();
    const of = (type: string): Promise<string[]> =>
      engine.events(type).then((events) => events.map(({ stream }) => stream).sort());
    const each = grantCodes(60).map((code) => `grant:${code}`);
    expect(await of('grant.started')).toEqual(each);
    expect(await of('tranche.payable')).toEqual(each);
    const swept = await Promise.all(sweeps.map((sweep) => sweep.run()));
    expect(swept.map(({ grants }) => grants)).toEqual([0, 0]);
    expect(await of('grant.started')).toEqual(each);
  });

  it('sends one reminder after an outage and records the others as superseded', async () => {
    await open('2023-12-01T10:00');
    await engine.startWorker();
    await engine.quiet();
    await engine.moveTo('2024-02-28T12:00');
    await engine.quiet();
    const offsets = async (type: string): Promise<unknown[]> =>
      (await engine.events(type)).map(({ data }) => data['offset']);
    expect(await offsets('reminder.sent')).toEqual(['-P1D']);
    expect(await offsets('reminder.superseded')).toEqual(['-P60D', '-P30D', '-P14D', '-P7D']);
    await engine.moveTo('2024-03-20T12:00');
    await engine.quiet();
    expect(await offsets('reminder.sent')).toEqual(['-P1D', '+P14D']);
    expect((await offsets('reminder.superseded')).slice(4)).toEqual(['+P1D', '+P7D']);
    expect(await engine.events('report.overdue')).toHaveLength(1);
    expect(await messages('reminder.sent')).toEqual(['stad', 'stad']);
    expect(await messages('report.escalated')).toEqual(['an']);
  });

  it('pays each of 30 tranches once, with twelve people racing to approve and to confirm', async () => {
    await open('2023-01-02T10:00', { grants: 30 });
    await engine.startWorker();
    const sources = await Promise.all(
      [1, 2, 3, 4].map(() => dataSource(engine.database.runtimeUrl, { poolSize: 4 }).initialize()),
    );
    // Three racers to a process; each process has a pool, a queue and kept files of its own.
    const racers = [...sources, ...sources, ...sources].slice(0, 12);
    const processes = new Map(sources.map((source) => [source, new RunCommands(source)]));
    const race = async (by: string, name: 'approve-tranche' | 'confirm-payout'): Promise<number> => {
      const outcomes = await Promise.all(
        racers.flatMap((source) =>
          grantCodes(30).map((code) =>
            processes.get(source)?.run(engine.command(by, name, code, { tranche: 1 })),
          ),
        ),
      );
      return outcomes.filter((outcome) => outcome?.accepted).length;
    };
    expect(await race('bart', 'approve-tranche')).toBe(30);
    await engine.quiet();
    expect(await ordered()).toEqual(firstPayoutOf(30));
    expect(await race('fien', 'confirm-payout')).toBe(30);
    const paid = (await engine.events('payout.settled')).map(({ data }) => String(data['endToEndId'])).sort();
    expect(paid).toEqual(firstPayoutOf(30));
    await Promise.all(sources.map((source) => source.destroy()));
  });

  it('voids the approvals of all grants of a beneficiary whose account changes', async () => {
    await open('2023-01-02T10:00', { grants: 5, secondApproverAbove: '100.00' });
    await engine.startWorker();
    await approveFirst(5);
    // G01 was approved twice and its payout rejected: approved without a live payout.
    await engine.accepted('carla', 'approve-tranche', 'G01', { tranche: 1 });
    await engine.quiet();
    await engine.accepted('fien', 'reject-payout', 'G01', { tranche: 1, reason: 'The bank refused it.' });
    // G02 was approved twice and is ordered: what is on its way keeps its account and is held.
    await engine.accepted('carla', 'approve-tranche', 'G02', { tranche: 1 });
    await engine.quiet();
    await engine.accepted('stad', 'change-account', 'G01', { iban: 'BE60990000000570' });
    await engine.quiet();
    const fallen = await engine.events('tranche.planned');
    expect(fallen.map(({ stream, reason }) => [stream, reason]).sort()).toEqual(
      ['G01', 'G03', 'G04', 'G05'].map((code) => [`grant:${code}`, 'account-not-verified']),
    );
    await engine.accepted('fien', 'verify-account', 'G01');
    await engine.quiet();
    await engine.accepted('carla', 'approve-tranche', 'G03', { tranche: 1 });
    // Carla's was a first approval again.
    expect((await engine.events('tranche.first-approved')).at(-1)?.stream).toBe('grant:G03');
    const held = await engine.give('fien', 'hand-over-payout', 'G02', { tranche: 1 });
    expect(held).toMatchObject({ accepted: false, refused: { code: 'account-not-verified' } });
  });

  it('freezes payouts and tells the agency where a payee check finds no match, until another one does', async () => {
    await open('2023-01-02T10:00', { grants: 2 });
    await engine.startWorker();
    await engine.accepted('fien', 'record-payee-check', 'G01', { result: 'no-match' });
    await engine.quiet();
    expect((await engine.events('tranche.planned')).map(({ stream }) => stream).sort()).toEqual([
      'grant:G01',
      'grant:G02',
    ]);
    expect(await messages('account.payee-checked')).toEqual(['an']);
    await engine.accepted('fien', 'record-payee-check', 'G01', { result: 'not-possible' });
    await engine.quiet();
    await approveFirst(2);
    await engine.quiet();
    expect(await ordered()).toEqual(firstPayoutOf(2));
    expect(await messages('account.payee-checked')).toEqual(['an']);
  });

  it('orders nothing for a suspended grant, and on resume what was held back', async () => {
    await open('2023-01-02T10:00', { grants: 2 });
    await approveFirst(2);
    await engine.accepted('an', 'suspend', 'G01', { reason: 'The audit has questions.' });
    await engine.startWorker();
    await engine.quiet();
    expect(await ordered()).toEqual(['G02-1-1']);
    await engine.accepted('an', 'resume', 'G01');
    await engine.quiet();
    expect(await ordered()).toEqual(['G01-1-1', 'G02-1-1']);
    const refusals = await engine.source.query('SELECT command, actor, code FROM refusals');
    expect(refusals).toEqual([{ command: 'order-payout', actor: system.id, code: 'grant-suspended' }]);
  });

  it('gives up at once on a job that it does not know', async () => {
    await open('2023-01-02T10:00');
    const queue = queueOf(await engine.startWorker(), 'payouts');
    await queue.add('pay-everybody', {}, { jobId: 'of-another-version', attempts: 5 });
    await until('it is given up', async () => (await queue.getFailedCount()) === 1);
    await wait(1_500);
    const [job] = await queue.getFailed();
    expect(job?.attemptsMade).toBe(1);
    expect(job?.failedReason).toContain('pay-everybody');
  });

  it('does not start where a job has no handler', async () => {
    await open('2023-01-02T10:00');
    class PayoutsWithoutHandler {
      constructor() {
        assertHandled('payouts', {} as Handlers<'payouts'>);
      }
    }
    @Module({ providers: [PayoutsWithoutHandler] })
    class Incomplete {}
    await expect(engine.startWorker(Incomplete)).rejects.toThrow(
      'queue payouts has no handler for order-payouts',
    );
  });

  it('does all its work as a role that may do no DDL', async () => {
    await open('2023-01-02T10:00', { grants: 2 });
    const sessions = async (): Promise<{ pid: number; role: string }[]> =>
      engine.owner.query(
        `SELECT pid, usename AS role FROM pg_stat_activity
          WHERE datname = $1`,
        [engine.database.name],
      );
    const before = new Set((await sessions()).map(({ pid }) => pid));
    await engine.startWorker();
    await approveFirst(2);
    await engine.quiet();
    expect(await ordered()).toEqual(firstPayoutOf(2));
    const itsOwn = (await sessions()).filter(({ pid }) => !before.has(pid)).map(({ role }) => role);
    expect(itsOwn.length).toBeGreaterThan(1);
    expect(new Set(itsOwn)).toEqual(new Set([runtimeRole]));
    const owner = new pg.Client({ connectionString: engine.database.ownerUrl });
    await owner.connect();
    await assertRuntimeRoleIsBound(owner, runtimeRole).finally(() => owner.end());
    for (const ddl of [
      'CREATE TABLE mine ()',
      'CREATE TEMP TABLE mine ()',
      'ALTER TABLE grants ADD mine int',
    ])
      await expect(engine.source.query(ddl)).rejects.toThrow(/permission denied|must be owner/);
    await expect(engine.source.query('UPDATE events SET actor = $1', ['me'])).rejects.toThrow(
      /permission denied/,
    );
  });
});
