import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';

import { OperationView } from '#persistence/views/operation.view.js';
import { Enqueue } from '#queue/enqueue.js';

/** What keeps the service from being ready, a sentence each; empty: it is ready. */
export type Missing = Readonly<Record<string, string>>;

/** How long a finding counts, in ms: probes come often, and each canary costs a job. */
const cacheMs = 2_000;
const databaseLimitMs = 2_000;
/** How long a canary may take through the queue and a worker, in ms. */
const canaryLimitMs = 3_000;
const canaryLookMs = 25;

/**
 * Whether a request would be served to its end: the database answers and is of this version, and a job put
 * into the queue is done by a worker, which says so in a row.
 */
@Injectable()
export class Readiness {
  private found: { readonly at: number; readonly missing: Promise<Missing> } | undefined;

  constructor(
    private readonly operation: OperationView,
    private readonly enqueue: Enqueue,
  ) {}

  /** The last finding if it is fresh, else a new one; those who ask at once share it. */
  missing(): Promise<Missing> {
    const now = performance.now();
    if (this.found === undefined || now - this.found.at > cacheMs)
      this.found = { at: now, missing: this.look() };
    return this.found.missing;
  }

  private async look(): Promise<Missing> {
    const database = await within(databaseLimitMs, this.database());
    if (database !== null) return database;
    const queue = await within(canaryLimitMs, this.canary());
    return queue ?? {};
  }

  private async database(): Promise<Missing | null> {
    try {
      const migrations = await this.operation.missingMigrations();
      return migrations.length === 0
        ? null
        : { migrations: `not applied yet: ${migrations.join(', ')}; run "sluis migrate"` };
    } catch {
      return { database: 'it does not answer' };
    }
  }

  private async canary(): Promise<Missing | null> {
    const id = `canary-${randomUUID()}`;
    try {
      await this.enqueue.add([{ queue: 'notifications', name: 'canary', data: { id }, id }]);
    } catch {
      return { queue: 'it does not take jobs' };
    }
    const end = performance.now() + canaryLimitMs;
    while (performance.now() < end) {
      try {
        if (await this.operation.canaryAnswered(id)) return null;
      } catch {
        return { database: 'it does not answer' };
      }
      await sleep(canaryLookMs);
    }
    return { worker: `none answered a canary within ${canaryLimitMs / 1000} seconds; is a worker running?` };
  }
}

/** The finding of `work`, or that it took too long: a client that waits for a lost connection must not wait here. */
async function within(limitMs: number, work: Promise<Missing | null>): Promise<Missing | null> {
  const timeout = new AbortController();
  const late = sleep(limitMs + canaryLookMs * 4, { database: 'it does not answer in time' }, timeout).catch(
    () => null,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    timeout.abort();
  }
}
