import { setTimeout as wait } from 'node:timers/promises';

import { onEachBackend } from '#test/support/backends.js';
import { type TestCluster, startTestCluster } from '#test/support/cluster.js';
import { Engine } from '#test/support/engine.js';
import { engineScenario, grantCodes } from '#test/support/engine-scenarios.js';
import { until } from '#test/support/until.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());

onEachBackend('what the engine loses while it works', (redis) => {
  let engine: Engine;
  afterEach(async () => {
    await cluster.up();
    try {
      expect((await engine.verify()).violations).toEqual([]);
    } finally {
      await engine.close();
    }
  });
  const open = async (at: string, grants: number): Promise<void> => {
    engine = await Engine.open(cluster, engineScenario({ grants }), at, redis()?.url ?? null);
  };
  const ordered = async (): Promise<string[]> =>
    (await engine.events('payout.ordered')).map(({ data }) => String(data['endToEndId'])).sort();
  const firstPayoutOf = (grants: number): string[] => grantCodes(grants).map((code) => `${code}-1-1`);

  it('goes on by itself after its database went away and came back', async () => {
    await open('2022-12-31T10:00', 10);
    await engine.startWorker();
    await engine.startWorker();
    await engine.quiet();
    await cluster.down();
    await expect(engine.give('bart', 'approve-tranche', 'G01', { tranche: 1 })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    await wait(1_500);
    await cluster.up();
    await engine.reconnectOwner();
    await engine.moveTo('2023-01-02T10:00');
    await engine.quiet();
    await Promise.all(
      grantCodes(10).map((code) => engine.accepted('bart', 'approve-tranche', code, { tranche: 1 })),
    );
    await engine.quiet();
    expect(await ordered()).toEqual(firstPayoutOf(10));
  });

  it('does what was in hand when its database went away', async () => {
    await open('2023-01-02T10:00', 30);
    await engine.startWorker();
    await engine.quiet();
    await Promise.all(
      grantCodes(30).map((code) => engine.accepted('bart', 'approve-tranche', code, { tranche: 1 })),
    );
    await cluster.down();
    await cluster.up();
    await engine.reconnectOwner();
    await engine.quiet();
    expect(await ordered()).toEqual(firstPayoutOf(30));
    expect(await engine.events('payout.ordered')).toHaveLength(30);
  });

  it('goes on by itself after its Redis went away and came back', async () => {
    await open('2023-01-02T10:00', 10);
    const server = redis();
    await engine.startWorker();
    await engine.quiet();
    await server?.down();
    await Promise.all(
      grantCodes(10).map((code) => engine.accepted('bart', 'approve-tranche', code, { tranche: 1 })),
    );
    if (server !== null) {
      await wait(1_500);
      expect(await ordered()).toEqual([]);
    }
    await server?.up();
    await engine.quiet();
    expect(await ordered()).toEqual(firstPayoutOf(10));
  });

  it('sweeps again after the queue came back empty', async () => {
    await open('2022-12-31T10:00', 3);
    const worker = await engine.startWorker();
    await engine.quiet();
    await worker.enqueue.obliterate();
    // The clock flows: nobody says that a moment has come.
    await engine.owner.query(`ALTER TABLE clock DISABLE TRIGGER clock_moved`);
    await engine.moveTo('2023-01-01T00:00');
    await until('it is swept', async () => (await engine.events('grant.started')).length === 3, 25_000);
  });
});
