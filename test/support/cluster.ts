import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { ownerRole, runtimeRole } from '#persistence/bootstrap-roles.js';
import {
  administratorRole,
  freePort,
  initialiseCluster,
  runningPostmaster,
  startCluster,
  stopCluster,
} from '#persistence/cluster-process.js';
import { bootstrap, newPasswords, running } from '#persistence/cluster-record.js';
import { canEnter, databaseUser, enterableFolder } from '#persistence/database-user.js';
import { postgresBinaries } from '#persistence/postgres-binaries.js';

import { migrateRecord } from '#cli/migrate-record.js';

export interface TestDatabase {
  readonly name: string;
  readonly ownerUrl: string;
  readonly runtimeUrl: string;
}

/** A throw-away PostgreSQL with a migrated template, whose server can be taken away and brought back. */
export interface TestCluster {
  readonly port: number;
  /** A migrated database of its own for a test: a copy of the template, some 100 ms. */
  clone(): Promise<TestDatabase>;
  /** Takes the server away as a restart does; what was committed stays. */
  down(): Promise<void>;
  /** Brings it back on the same port; nothing where it is there. */
  up(): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestCluster(): Promise<TestCluster> {
  const user = databaseUser();
  const binaries = postgresBinaries(user);
  const folder = mkdtempSync(
    join(canEnter(user, tmpdir()) ? tmpdir() : enterableFolder(user), 'sluis-test-cluster-'),
  );
  const dir = join(folder, 'postgres');
  mkdirSync(dir, { mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined)
    for (const owned of [folder, dir]) chownSync(owned, user.uid, user.gid);
  const passwords = newPasswords();
  const port = await freePort();
  const settings = {
    dir,
    port,
    durable: false,
    logFile: join(folder, 'postgres.log'),
    removeWithStarter: folder,
  };
  initialiseCluster(binaries, user, { dir, password: passwords.administrator, durable: false });
  let server = await startCluster(binaries, user, settings);
  const record = { clusterDir: dir, port, passwords, bootstrapped: true };
  await bootstrap(record);
  const template = running(record);
  await migrateRecord(template.ownerUrl);
  const administrator = `postgres://${administratorRole}:${passwords.administrator}@127.0.0.1:${port}/postgres`;
  let clones = 0;
  return {
    port,
    clone: async () => {
      const name = `clone_${(clones += 1)}`;
      await asAdministrator(administrator, [
        `CREATE DATABASE ${name} TEMPLATE ${new URL(template.ownerUrl).pathname.slice(1)} OWNER ${ownerRole}`,
        // What a database allows is not copied with it.
        `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`,
        `GRANT CONNECT ON DATABASE ${name} TO ${runtimeRole}`,
      ]);
      return { name, ownerUrl: on(template.ownerUrl, name), runtimeUrl: on(template.runtimeUrl, name) };
    },
    down: () => stopCluster(server.pid, 'fast'),
    up: async () => {
      if (runningPostmaster(dir) === undefined) server = await startCluster(binaries, user, settings);
    },
    stop: async () => {
      await stopCluster(server.pid, 'immediate');
      server.child.stdin?.destroy();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function on(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).toString();
}

async function asAdministrator(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
