import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import pg from 'pg';

import { onEachBackend } from '#test/support/backends.js';
import { type TestCluster, startTestCluster } from '#test/support/cluster.js';
import { Engine } from '#test/support/engine.js';
import { engineScenario, grantCodes } from '#test/support/engine-scenarios.js';
import { type RedisUnderTest, startRedis } from '#test/support/redis.js';
import { describeWith } from '#test/support/requires.js';
import { until } from '#test/support/until.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());

let engine: Engine;
afterEach(async () => {
  await cluster.up();
  try {
    expect((await engine.verify()).violations).toEqual([]);
  } finally {
    await engine.close();
  }
});
const open = async (at: string, grants: number, redis: RedisUnderTest | null): Promise<void> => {
  engine = await Engine.open(cluster, engineScenario({ grants }), at, redis?.url ?? null);
};
const ordered = async (): Promise<string[]> =>
  (await engine.events('payout.ordered')).map(({ data }) => String(data['endToEndId'])).sort();
const firstPayoutOf = (grants: number): string[] => grantCodes(grants).map((code) => `${code}-1-1`);
const approveAll = (grants: number): Promise<unknown> =>
  Promise.all(
    grantCodes(grants).map((code) => engine.accepted('bart', 'approve-tranche', code, { tranche: 1 })),
  );

onEachBackend('losing the database while the engine works', (redis) => {
  it('goes on by itself after its database went away and came back', async () => {
    await open('2022-12-31T10:00', 10, redis());
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
    await approveAll(10);
    await engine.quiet();
    expect(await ordered()).toEqual(firstPayoutOf(10));
  });

  it('does what was in hand when its database went away', async () => {
    await open('2023-01-02T10:00', 30, redis());
    await engine.startWorker();
    await engine.quiet();
    await approveAll(30);
    await cluster.down();
    await cluster.up();
    await engine.reconnectOwner();
    await engine.quiet();
    expect(await ordered()).toEqual(firstPayoutOf(30));
    expect(await engine.events('payout.ordered')).toHaveLength(30);
  });

  it('neither freezes nor runs deaf where its database goes away while it starts', async () => {
    await open('2023-01-02T10:00', 3, redis());
    // BullMQ asks for its schema first: held up here until the server is gone.
    const blocker = new pg.Client({ connectionString: engine.database.ownerUrl });
    blocker.on('error', () => undefined);
    await blocker.connect();
    engine.beforeBoot = async () => {
      await blocker.query('BEGIN; LOCK TABLE bullmq.migration');
    };
    const booted = engine.startWorker().then(
      () => 'up',
      () => 'refused',
    );
    await wait(1_000);
    await cluster.down();
    // Redis was there: that worker runs, and finds its database again.
    expect(await booted).toBe(redis() === null ? 'refused' : 'up');
    await cluster.up();
    engine.beforeBoot = async () => undefined;
    await engine.startWorker();
    await approveAll(3);
    await engine.quiet();
    expect(await ordered()).toEqual(firstPayoutOf(3));
  });
});

/** Lets connections to the database through, each only after `delayMs`. */
async function slowDoor(port: number, delayMs: number): Promise<{ server: Server; open: Set<Socket> }> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket)).on('error', () => undefined);
    void wait(delayMs).then(() => {
      const behind = connect(port, '127.0.0.1').on('error', () => socket.destroy());
      socket.pipe(behind).pipe(socket);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, open: connections };
}

describe('stopping', () => {
  it('ends a connection that was still being made, which would keep the process alive', async () => {
    await open('2023-01-02T10:00', 1, null);
    const door = await slowDoor(cluster.port, 1_500);
    const { port } = door.server.address() as AddressInfo;
    engine.listenUrl = Object.assign(new URL(engine.database.runtimeUrl), { port: String(port) }).toString();
    const worker = await engine.startWorker();
    await until('it connects', async () => door.open.size === 1);
    await worker.stop();
    await until('no connection is left', async () => door.open.size === 0, 5_000);
    door.server.close();
  });
});

describeWith('redis', 'losing Redis while the engine works', () => {
  let redis: RedisUnderTest;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('goes on by itself after its Redis went away and came back', async () => {
    await open('2023-01-02T10:00', 10, redis);
    await engine.startWorker();
    await engine.quiet();
    await redis.down();
    await approveAll(10);
    await wait(1_500);
    expect(await ordered()).toEqual([]);
    await redis.up();
    await engine.quiet();
    expect(await ordered()).toEqual(firstPayoutOf(10));
  });

  it('sweeps again after its Redis came back empty', async () => {
    await open('2022-12-31T10:00', 3, redis);
    await engine.startWorker();
    await engine.quiet();
    await redis.lose();
    // As if time flowed: nobody says that the moment has come.
    await engine.owner.query('ALTER TABLE clock DISABLE TRIGGER clock_moved');
    await engine.moveTo('2023-01-01T00:00');
    await until('it is swept', async () => (await engine.events('grant.started')).length === 3);
  });
});
