import type { DataSource } from 'typeorm';

import { dataSource, keepConnectionsOpen } from '#persistence/data-source.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#persistence/embedded-postgres.js';
import { migrate } from '#persistence/migrate.js';

import { until } from '../support/until.js';

let postgres: EmbeddedPostgres;
let owner: DataSource;
let source: DataSource;
let lost: number;
beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ durable: false });
  await migrate(postgres.ownerUrl);
  owner = await dataSource(postgres.ownerUrl, { poolSize: 1 }).initialize();
}, 60_000);
beforeEach(async () => {
  lost = 0;
  source = await dataSource(postgres.runtimeUrl, {
    poolSize: 4,
    applicationName: 'serving',
    onLostConnection: () => (lost += 1),
  }).initialize();
});
afterEach(() => source?.destroy());
afterAll(async () => {
  await owner?.destroy();
  await postgres?.stop();
});

async function open(): Promise<number> {
  const [row] = await owner.query(
    `SELECT count(*)::int AS open FROM pg_stat_activity WHERE application_name = 'serving'`,
  );
  return row.open;
}

describe('keepConnectionsOpen', () => {
  it('has every connection of the pool at hand before it is needed', async () => {
    expect(await open()).toBeLessThan(4);
    await keepConnectionsOpen(source);
    expect(await open()).toBe(4);
  });

  it('goes on where the server lets go of them', async () => {
    await keepConnectionsOpen(source);
    await source.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'serving' AND pid <> pg_backend_pid()`,
    );
    // Gone at the server is not yet heard of here: a query that meets a connection in between fails, as it should.
    await until('the pool has heard of it', () => lost === 3, 5_000);
    const answers = await Promise.all([1, 2, 3, 4].map((n) => source.query('SELECT $1::int AS n', [n])));
    expect(answers.flat()).toEqual([1, 2, 3, 4].map((n) => ({ n })));
  });

  it('takes what the server has where that is less', async () => {
    // Two beside the owner's own.
    await limit(3);
    try {
      await keepConnectionsOpen(source);
      expect(await open()).toBe(2);
      expect(await source.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await limit(-1);
    }
  });
});

async function limit(connections: number): Promise<void> {
  await owner.query(`ALTER DATABASE sluis CONNECTION LIMIT ${connections}`);
}
