import { randomBytes } from 'node:crypto';
import { chownSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import {
  createDatabaseAndRoles,
  databaseName,
  ownerRole,
  restrictRuntimeRole,
  runtimeRole,
} from './bootstrap-roles.js';
import { administratorRole } from './cluster-process.js';
import { isRoot } from './database-user.js';
import { errorCode, StartRefused } from './start-refused.js';

/** A PostgreSQL that runs, and how to sign in to it. The URLs hold passwords: never print them. */
export interface RunningCluster {
  /** Signs in as the role that owns the schema: migrations only. */
  readonly ownerUrl: string;
  /** Signs in as the role that serves: it owns nothing and may do no DDL. */
  readonly runtimeUrl: string;
  readonly port: number;
  /** Where the cluster lies: in the data directory, or where the database's user can reach it. */
  readonly clusterDir: string;
}

interface Passwords {
  readonly administrator: string;
  readonly owner: string;
  readonly runtime: string;
}

/** cluster.json in the data directory, mode 0600. */
export interface ClusterRecord {
  readonly clusterDir: string;
  readonly port: number;
  readonly passwords: Passwords;
  /** Database and roles are there; absent after a crash between initdb and them. */
  readonly bootstrapped: boolean;
}

export const recordName = 'cluster.json';

/** 144 random bits each, in letters that need no escaping in a URL. */
export const newPasswords = (): Passwords => ({
  administrator: randomBytes(24).toString('base64url'),
  owner: randomBytes(24).toString('base64url'),
  runtime: randomBytes(24).toString('base64url'),
});

const url = (role: string, password: string, port: number, database: string) =>
  `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;

/** The addresses of a recorded cluster; says nothing about whether it runs. */
export function running(record: ClusterRecord): RunningCluster {
  const { clusterDir, port, passwords } = record;
  return {
    ownerUrl: url(ownerRole, passwords.owner, port, databaseName),
    runtimeUrl: url(runtimeRole, passwords.runtime, port, databaseName),
    port,
    clusterDir,
  };
}

/** Undefined when no cluster was ever made for this data directory. Throws StartRefused when it cannot be read. */
export function readRecord(dataDir: string): ClusterRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, recordName), 'utf8')) as ClusterRecord;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new StartRefused(
      `The file ${join(dataDir, recordName)} cannot be read (${errorCode(error) || 'it is damaged'}), so start Sluis as the user who made it or restore it.`,
    );
  }
}

/** Replaces the record in one step and leaves it its owner, so that root's one start does not lock a user out. */
export function writeRecord(dataDir: string, record: ClusterRecord): void {
  const path = join(dataDir, recordName);
  const draft = `${path}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600, flush: true });
  const { uid, gid } = statSync(path, { throwIfNoEntry: false }) ?? statSync(dataDir);
  if (isRoot()) chownSync(draft, uid, gid);
  renameSync(draft, path);
}

/** Database, roles and the line between them, through short connections of our own. */
export async function bootstrap({ port, passwords }: ClusterRecord): Promise<void> {
  const owner = { name: ownerRole, password: passwords.owner };
  const runtime = { name: runtimeRole, password: passwords.runtime };
  await withClient(url(administratorRole, passwords.administrator, port, 'postgres'), (client) =>
    createDatabaseAndRoles(client, { owner, runtime }),
  );
  await withClient(url(ownerRole, passwords.owner, port, databaseName), (client) =>
    restrictRuntimeRole(client, runtime),
  );
}

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  // The server may go away while we talk; the query in hand tells that, the event must not crash us.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Whether it is our cluster that answers on the recorded port, to our password. */
export async function answers(record: ClusterRecord): Promise<boolean> {
  try {
    return await withClient(
      running(record).runtimeUrl,
      async (client) => (await client.query('SELECT 1')).rowCount === 1,
    );
  } catch {
    return false;
  }
}
