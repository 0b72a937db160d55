import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import pg from 'pg';

import {
  administratorRole,
  freePort,
  initialiseCluster,
  runningPostmaster,
  startCluster,
  stopCluster,
} from '#persistence/cluster-process.js';
import { databaseUser } from '#persistence/database-user.js';
import { postgresBinaries } from '#persistence/postgres-binaries.js';

/** A server that an operator runs, and that goes away and comes back on the same address with its data. */
export interface OutsideServer {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it for good. */
  remove(): Promise<void>;
}

export interface OutsidePostgres extends OutsideServer {
  readonly port: number;
  /** postgres://…, of this role in this database. */
  url(role: string, password: string, database: string): string;
  /** As its administrator, who is nobody that Sluis knows. */
  administer(...statements: readonly string[]): Promise<void>;
}

/** Below /tmp whatever TMPDIR says: PostgreSQL does not run as root, and its user has to get there. */
function folder(): string {
  const path = mkdtempSync('/tmp/sluis-outside-');
  chmodSync(path, 0o755);
  return path;
}

/** A PostgreSQL apart from Sluis, running. Nothing in it but its administrator. */
export async function outsidePostgres(): Promise<OutsidePostgres> {
  const parent = folder();
  const user = databaseUser();
  const binaries = postgresBinaries(user);
  const dir = join(parent, 'cluster');
  mkdirSync(dir, { mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(dir, user.uid, user.gid);
  initialiseCluster(binaries, user, { dir, password: 'administrator', durable: false });
  const port = await freePort();
  const url = (role: string, password: string, database: string) =>
    `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;
  const start = async () => {
    await startCluster(binaries, user, { dir, port, durable: false, logFile: join(parent, 'log') });
  };
  const stop = async () => {
    const server = runningPostmaster(dir);
    if (server !== undefined) await stopCluster(server.pid, 'fast');
  };
  await start();
  return {
    port,
    url,
    start,
    stop,
    administer: async (...statements) => {
      const client = new pg.Client({ connectionString: url(administratorRole, 'administrator', 'postgres') });
      await client.connect();
      for (const statement of statements) await client.query(statement);
      await client.end();
    },
    remove: async () => {
      await stop();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}

/** A Redis with the settings of docker-compose.yml, not started yet. */
export async function outsideRedis(): Promise<OutsideServer & { readonly url: string }> {
  const dir = folder();
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''];
  let server: ChildProcess | undefined;
  const stop = async () => {
    if (server === undefined || server.exitCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGTERM');
    await gone;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    start: async () => {
      server = spawn(
        'redis-server',
        [...settings, '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'],
        { stdio: 'ignore' },
      );
      await once(server, 'spawn');
    },
    stop,
    remove: async () => {
      await stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
