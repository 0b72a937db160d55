import pg from 'pg';

import { environment } from '#config/environment.js';
import { findRunningCluster } from '#persistence/embedded-postgres.js';
import { StartRefused } from '#persistence/start-refused.js';

import type { HealthOptions } from './program.js';
import { reasonOf } from './record.js';

/** A check that takes longer has failed, in ms; the API itself gives its canary 3 s. */
const ANSWER_WITHIN_MS = 8_000;

/**
 * `sluis health`: exit 0 where the service of this machine is healthy, else one sentence and exit 1. The API is
 * asked for /health/ready on PORT; a worker, which listens on no port, is found by the session with which its
 * relay listens in the database. A container's health check needs no other program than this.
 */
export async function health(options: HealthOptions): Promise<void> {
  process.stdout.write(options.worker ? await workerHealth() : await apiHealth());
}

async function apiHealth(): Promise<string> {
  const { host, port } = environment();
  const here = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const url = `http://${here.includes(':') ? `[${here}]` : here}:${port}/health/ready`;
  let answer: Response;
  try {
    answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  } catch {
    throw new StartRefused(`No API answers at ${url}.`);
  }
  if (answer.ok) return 'Ready.\n';
  const problem = (await answer.json().catch(() => ({}))) as { readonly detail?: string };
  throw new StartRefused(problem.detail ?? `${url} answers ${answer.status}.`);
}

async function workerHealth(): Promise<string> {
  const { databaseUrl, dataDir } = environment();
  const connectionString = databaseUrl ?? (await findRunningCluster(dataDir))?.runtimeUrl;
  if (connectionString === undefined) throw new StartRefused(`No service runs on ${dataDir}.`);
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: ANSWER_WITHIN_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN sluis_outbox%'
          AND client_addr IS NOT DISTINCT FROM inet_client_addr()`,
    );
    if (rowCount === 0) throw new StartRefused('No worker of this machine listens in the database.');
  } catch (error) {
    if (error instanceof StartRefused) throw error;
    throw new StartRefused(`The database does not answer: ${reasonOf(error)}.`);
  } finally {
    await client.end().catch(() => undefined);
  }
  return 'Listening.\n';
}
