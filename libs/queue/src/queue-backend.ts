import { setTimeout as sleep } from 'node:timers/promises';
import {
  createPostgresBackend,
  createRedisBackend,
  runMigrations,
  setDefaultBackendFactory,
  type ConnectionOptions,
  type WorkerOptions,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';

import { queueNames } from './jobs.js';

/** Where BullMQ keeps its tables on PostgreSQL, apart from ours. */
export const queueSchema = 'bullmq';

/** Each worker keeps one connection for LISTEN; the rest of the pool is for all queries of all queues. */
const queryConnections = 5;
const connectTimeoutMs = 10_000;
const firstRetryMs = 100;
const longestRetryMs = 2_000;

/**
 * Settings of every worker. A worker killed in the middle of a job loses its lock after 5 s, and another one looks
 * for such jobs every 5 s: picked up 5.9 to 11.0 s after the kill, measured on both backends (BullMQ's defaults: up
 * to a minute). A third kill during one job makes BullMQ give it up, whatever `attempts` says; the sweep rings again.
 *
 * `runRetryDelay` is how long a worker rests after a failed fetch (15 s by default): after a restart of the database
 * it is what one waits for. `drainDelay` is the poll beside LISTEN, for a notification that got lost.
 *
 * `autorun` is off: the worker module starts each once its connection is ready. BullMQ remembers a first connection
 * that failed for ever; a worker that runs on it asks again without a pause and freezes its process.
 */
export const workerOptions = {
  autorun: false,
  lockDuration: 5_000,
  stalledInterval: 5_000,
  maxStalledCount: 2,
  runRetryDelay: 1_000,
  drainDelay: 5,
  // In minutes. Without it BullMQ's own totals in /metrics stay at 0; it costs 0.2 ms a job on PostgreSQL.
  metrics: { maxDataPoints: 60 },
} as const satisfies Partial<WorkerOptions>;

/** What is told of trouble with the backend; never fatal, it is retried for as long as it takes. */
export type ReportTrouble = (error: Error) => void;

/** One way to the queues for all Queue and Worker objects of a process. */
export interface QueueBackend {
  readonly kind: 'postgres' | 'redis';
  /** For the `connection` of each Queue and Worker, and of BullModule.forRoot. */
  readonly connection: ConnectionOptions;
  /** Throws while the backend does not answer, or has no tables yet. */
  ping(): Promise<void>;
  /** After all queues and workers are closed: BullMQ leaves open what it was given. */
  close(): Promise<void>;
}

/**
 * Opens the way to the queues and makes it BullMQ's default: Redis when there is an address for it, else PostgreSQL
 * as the runtime role. Call it before any Queue, Worker or Nest module is built, then `waitForBackend`. Both
 * reconnect for ever; every error goes to `report` and none ends the process.
 */
export function queueConnection(
  env: { readonly redisUrl: string | null; readonly databaseUrl: string },
  report: ReportTrouble,
): QueueBackend {
  return env.redisUrl === null ? onPostgres(env.databaseUrl, report) : onRedis(env.redisUrl, report);
}

function onPostgres(connectionString: string, report: ReportTrouble): QueueBackend {
  setDefaultBackendFactory(createPostgresBackend);
  const pool = new pg.Pool({
    connectionString,
    // BullMQ's statements name its tables without a schema; on a pool it did not make, this is for us to set.
    options: `-c search_path=${queueSchema}`,
    max: queueNames.length + queryConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    // With it a lost LISTEN connection is noticed; without it BullMQ would poll.
    keepAlive: true,
  });
  // Every Queue and every Worker adds a listener of its own.
  pool.setMaxListeners(0);
  pool.on('error', report);
  return {
    kind: 'postgres',
    connection: pool,
    ping: async () => {
      await pool.query('SELECT max(version) FROM migration');
    },
    close: () => pool.end(),
  };
}

function onRedis(url: string, report: ReportTrouble): QueueBackend {
  setDefaultBackendFactory(createRedisBackend);
  const redis = new Redis(url, {
    // BullMQ asks for it: a blocking command of a worker waits as long as it takes.
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(attempt * firstRetryMs, longestRetryMs),
    connectTimeout: connectTimeoutMs,
  });
  redis.setMaxListeners(0);
  redis.on('error', report);
  return {
    kind: 'redis',
    connection: redis,
    ping: async () => {
      // A command given while there is no connection waits for one; an answer is wanted now.
      if (redis.status !== 'ready') throw new Error(`Redis does not answer (${redis.status})`);
      await redis.ping();
    },
    close: async () => {
      redis.disconnect();
    },
  };
}

/** A refused sign-in (class 28) or a database that is not there (3D000) does not heal by waiting. */
function isHopeless(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return code.startsWith('28') || code === '3D000';
}

/**
 * Resolves when the backend answers; asks again after 0.1 s, 0.2 s … 2 s. To be awaited before a Queue or Worker is
 * built: in BullMQ 6.7 one built while PostgreSQL is down, or not migrated yet, never recovers. Throws the server's
 * error when waiting cannot help (wrong password, no such database), or the reason of `signal` when that is aborted.
 */
export async function waitForBackend(
  backend: QueueBackend,
  { report, signal }: { report?: ReportTrouble; signal?: AbortSignal } = {},
): Promise<void> {
  for (let restMs = firstRetryMs; ; restMs = Math.min(restMs * 2, longestRetryMs)) {
    signal?.throwIfAborted();
    try {
      return await backend.ping();
    } catch (error) {
      if (isHopeless(error)) throw error;
      report?.(error as Error);
    }
    await sleep(restMs, undefined, { signal });
  }
}

/**
 * BullMQ's tables in PostgreSQL, and what the runtime role may do there: everything with rows, no DDL. Repeatable;
 * run at every migrate. `owner` is a client of the role that owns the database, `runtimeRole` the role of
 * DATABASE_URL. Two things in BullMQ are DDL at run time and are settled here:
 *
 * - the sequence of a queue's own job ids, made at the first `addBulk` even when each job has its id: made now;
 * - `addBulk` works through two temporary tables: its function runs with the owner's rights. Its search path is
 *   fixed, so nobody can slip other tables under it.
 */
export async function migrateQueue(owner: pg.ClientBase, runtimeRole: string): Promise<void> {
  await runMigrations(owner as Parameters<typeof runMigrations>[0], queueSchema);
  const role = pg.escapeIdentifier(runtimeRole);
  for (const queue of queueNames) {
    await owner.query(sequenceOfJobIds, [queue]).then(({ rows }) => {
      const name = pg.escapeIdentifier(String(rows[0]?.name));
      return owner.query(`CREATE SEQUENCE IF NOT EXISTS ${queueSchema}.${name}`);
    });
  }
  await owner.query(`
    GRANT USAGE ON SCHEMA ${queueSchema} TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${queueSchema} TO ${role};
    REVOKE INSERT, UPDATE, DELETE ON ${queueSchema}.migration FROM ${role};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${queueSchema} TO ${role};
    REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ${queueSchema} FROM PUBLIC;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${queueSchema} TO ${role};
  `);
  const { rows } = await owner.query<{ signature: string }>(functionsWithTemporaryTables, [queueSchema]);
  for (const { signature } of rows) {
    await owner.query(
      `ALTER FUNCTION ${signature} SECURITY DEFINER SET search_path = ${queueSchema}, pg_temp`,
    );
  }
}

const sequenceOfJobIds = `SELECT ${queueSchema}.job_id_seq_name($1) AS name`;

const functionsWithTemporaryTables = `
  SELECT oid::regprocedure::text AS signature FROM pg_proc
   WHERE pronamespace = $1::regnamespace AND prosrc LIKE '%CREATE TEMP TABLE%'`;
