import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { isAlive } from '#persistence/directory-lock.js';
import {
  findRunningCluster,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '#persistence/embedded-postgres.js';
import { completeInstallation } from '#persistence/postgres-binaries.js';
import { StartRefused } from '#persistence/start-refused.js';

const asRoot = process.getuid?.() === 0 ? it : it.skip;

/** Files and servers of a test, removed whatever its outcome. */
const leftovers: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const clean of leftovers.splice(0).reverse()) await clean();
});

/** A folder that the database's user can enter; below /tmp whatever TMPDIR says. */
function folder(mode = 0o755): string {
  const path = mkdtempSync('/tmp/sluis-spec-');
  chmodSync(path, mode);
  leftovers.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function start(
  dataDir: string,
  more: { explicit?: boolean; port?: number } = {},
): Promise<EmbeddedPostgres> {
  const started = await startEmbeddedPostgres({ durable: true, dataDir, explicit: false, ...more });
  leftovers.push(() => started.stop());
  return started;
}

async function ask<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** As a Sluis killed with -9 leaves it: the lock names a process that is no more, the server still runs. */
function pretendHolderDied(dataDir: string): void {
  const path = join(dataDir, 'sluis.lock');
  const lock = JSON.parse(readFileSync(path, 'utf8')) as { started: string };
  writeFileSync(path, JSON.stringify({ ...lock, started: `${lock.started}0`, nonce: 'dead' }));
}

describe('the durable cluster', () => {
  it('keeps its data over a restart', async () => {
    const dataDir = join(folder(), 'data');
    const first = await start(dataDir);
    await ask(first.ownerUrl, 'CREATE TABLE kept AS SELECT 7 AS n');
    await first.stop();
    expect(existsSync(join(dataDir, 'sluis.lock'))).toBe(false);

    const second = await start(dataDir);
    expect(second).toMatchObject({ adopted: false, port: first.port, clusterDir: join(dataDir, 'postgres') });
    expect(await ask(second.ownerUrl, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    expect(await ask(second.ownerUrl, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  });

  it('lets nobody in without the password, and keeps the passwords to itself', async () => {
    const dataDir = join(folder(), 'data');
    const { runtimeUrl } = await start(dataDir);
    const wrong = new URL(runtimeUrl);
    wrong.password = 'wrong';
    await expect(ask(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    expect(statSync(join(dataDir, 'cluster.json')).mode & 0o777).toBe(0o600);
  });

  it('gives a runtime role that owns nothing and can make nothing', async () => {
    const { ownerUrl, runtimeUrl } = await start(join(folder(), 'data'));
    await ask(ownerUrl, 'CREATE TABLE owned (n int)');
    for (const sql of [
      'CREATE TABLE t (n int)',
      'CREATE TEMP TABLE t (n int)',
      'CREATE SCHEMA s',
      'CREATE ROLE r',
      'DROP TABLE owned',
      'TRUNCATE owned',
      'ALTER TABLE owned DISABLE TRIGGER ALL',
      'SELECT * FROM owned',
      "COPY (SELECT 1) TO PROGRAM 'true'",
    ]) {
      await expect(ask(runtimeUrl, sql)).rejects.toThrow(
        /permission denied|must be owner|may (run|be run)|Only roles/i,
      );
    }
    expect(await ask(ownerUrl, "SELECT rolsuper FROM pg_roles WHERE rolname = 'sluis_owner'")).toEqual([
      { rolsuper: false },
    ]);
  });

  it('refuses a second start while the first lives, and finds its cluster for other commands', async () => {
    const dataDir = join(folder(), 'data');
    expect(await findRunningCluster(dataDir)).toBeUndefined();
    const first = await start(dataDir);
    const refused = start(dataDir);
    await expect(refused).rejects.toThrow(StartRefused);
    await expect(refused).rejects.toThrow(`in use by another Sluis (process ${process.pid})`);

    const found = await findRunningCluster(dataDir);
    expect(found).toEqual({
      ownerUrl: first.ownerUrl,
      runtimeUrl: first.runtimeUrl,
      port: first.port,
      clusterDir: first.clusterDir,
    });
    await first.stop();
    expect(await findRunningCluster(dataDir)).toBeUndefined();
  });

  it('adopts a server left behind by a killed Sluis, even when its pid was given to another process', async () => {
    const dataDir = join(folder(), 'data');
    const killed = await start(dataDir);
    pretendHolderDied(dataDir);
    const next = await start(dataDir);
    expect(next).toMatchObject({ adopted: true, port: killed.port });
    await next.stop();
    await expect(ask(next.runtimeUrl, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('recovers from a server that was killed too', async () => {
    const dataDir = join(folder(), 'data');
    const killed = await start(dataDir);
    await ask(killed.ownerUrl, 'CREATE TABLE kept AS SELECT 7 AS n');
    const server = Number(readFileSync(join(killed.clusterDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(server, 'SIGKILL');
    while (isAlive(server)) await new Promise((resolve) => setTimeout(resolve, 10));
    pretendHolderDied(dataDir);
    const next = await start(dataDir);
    expect(next.adopted).toBe(false);
    expect(await ask(next.ownerUrl, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  it('begins anew after a first start that died half-way', async () => {
    const dataDir = folder();
    const { clusterDir, stop } = await start(join(dataDir, 'model'));
    await stop();
    cpSync(join(clusterDir, 'PG_VERSION'), join(dataDir, 'data', 'postgres.new', 'PG_VERSION'));
    const { ownerUrl } = await start(join(dataDir, 'data'));
    expect(await ask(ownerUrl, 'SELECT current_database() AS name')).toEqual([{ name: 'sluis' }]);
  });

  it('refuses in one sentence: a folder it cannot write, a port that is taken, a cluster of another version', async () => {
    const parent = folder();
    writeFileSync(join(parent, 'file'), '');
    await expect(start(join(parent, 'file', 'data'))).rejects.toThrow(
      /^The data directory .*\/file\/data cannot be written \(ENOTDIR\)\.$/,
    );

    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    leftovers.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    await expect(start(join(parent, 'data'), { port })).rejects.toThrow(
      new StartRefused(`Port ${port} for the built-in PostgreSQL is taken.`),
    );

    const { clusterDir, stop } = await start(join(parent, 'data'));
    await stop();
    writeFileSync(join(clusterDir, 'PG_VERSION'), '17\n');
    await expect(start(join(parent, 'data'))).rejects.toThrow(
      /made by PostgreSQL 17, but this Sluis brings 18/,
    );
  });

  asRoot(
    'puts the cluster elsewhere when its user cannot reach the folder, unless the folder was chosen',
    async () => {
      const closed = folder(0o700);
      const chosen = start(join(closed, 'chosen'), { explicit: true });
      await expect(chosen).rejects.toThrow(StartRefused);
      await expect(chosen).rejects.toThrow(/cannot be entered by the database's user/);

      const first = await start(join(closed, 'data'));
      leftovers.push(() => rmSync(dirname(first.clusterDir), { recursive: true, force: true }));
      expect(first.clusterDir.startsWith(closed)).toBe(false);
      await ask(first.ownerUrl, 'CREATE TABLE kept AS SELECT 7 AS n');
      await first.stop();
      const second = await start(join(closed, 'data'));
      expect(second.clusterDir).toBe(first.clusterDir);
      expect(await ask(second.ownerUrl, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    },
  );
});

describe('the throw-away cluster', () => {
  it('trades safety for speed and leaves nothing behind', async () => {
    const cluster = await startEmbeddedPostgres({ durable: false });
    leftovers.push(() => cluster.stop());
    const [row] = await ask<{ fast: string }>(
      cluster.runtimeUrl,
      "SELECT string_agg(setting, ',') AS fast FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')",
    );
    expect(row?.fast).toBe('off,off,off');
    await cluster.stop();
    expect(existsSync(dirname(cluster.clusterDir))).toBe(false);
  });
});

describe('an installation without install scripts', () => {
  it('is completed: the library links and the execute bits', () => {
    const require = createRequire(import.meta.url);
    const fromPackage = createRequire(require.resolve('embedded-postgres'));
    const installed = dirname(
      dirname(fromPackage.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
    );
    const bare = folder();
    cpSync(installed, bare, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
    for (const program of readdirSync(join(bare, 'native', 'bin')))
      chmodSync(join(bare, 'native', 'bin', program), 0o644);

    completeInstallation(bare);

    const links = JSON.parse(readFileSync(join(bare, 'native', 'pg-symlinks.json'), 'utf8')) as {
      target: string;
    }[];
    for (const { target } of links) expect(existsSync(join(bare, target))).toBe(true);
    expect(statSync(join(bare, 'native', 'bin', 'postgres')).mode & 0o111).toBe(0o111);
  });
});
