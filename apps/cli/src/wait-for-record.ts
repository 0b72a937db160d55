import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import { StartRefused } from '#persistence/start-refused.js';

/** How long waiting is silent, and then how often it says so, in ms. */
const SAY_AFTER_MS = 2_000;

/** Says on standard error what is waited for, once it takes a while. */
export function sayLater(what: string): (error: Error) => void {
  const since = Date.now();
  let saidAt = 0;
  return (error) => {
    if (Date.now() - since < SAY_AFTER_MS || Date.now() - saidAt < 5 * SAY_AFTER_MS) return;
    saidAt = Date.now();
    process.stderr.write(`sluis: waiting for ${what} (${reasonOf(error)})\n`);
  };
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? String(error);
}

/**
 * Resolves when the record answers and is migrated; waits while the server is away or starting. Refuses
 * (StartRefused, one sentence) what waiting does not heal.
 */
export async function waitForRecord(url: string): Promise<void> {
  const say = sayLater('the database');
  for (let restMs = 100; ; restMs = Math.min(restMs * 2, 2_000)) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ migrated: boolean }>(
        `SELECT to_regclass('grants') IS NOT NULL AND to_regclass('bullmq.migration') IS NOT NULL AS migrated`,
      );
      if (rows[0]?.migrated !== true)
        throw new StartRefused('The database of DATABASE_URL is not migrated; run: sluis migrate');
      return;
    } catch (error) {
      if (error instanceof StartRefused) throw error;
      if (isHopeless(error))
        throw new StartRefused(
          `DATABASE_URL leads nowhere: ${error instanceof Error ? error.message : reasonOf(error)}.`,
        );
      say(error as Error);
    } finally {
      await client.end().catch(() => undefined);
    }
    await sleep(restMs);
  }
}

/** A refused sign-in (class 28), a database or a host that does not exist: waiting does not heal those. */
function isHopeless(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code ?? '');
  return code.startsWith('28') || code === '3D000' || code === 'ENOTFOUND';
}
