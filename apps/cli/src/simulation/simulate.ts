import 'reflect-metadata';

import { randomBytes } from 'node:crypto';

import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { Scenario } from '#domain/scenario-document.js';
import { Registers } from '#lifecycle/registers.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import { startEmbeddedPostgres } from '#persistence/embedded-postgres.js';
import { PersistenceModule } from '#persistence/persistence.module.js';
import { Enqueue } from '#queue/enqueue.js';
import { queueConnection, waitForBackend } from '#queue/queue-backend.js';
import { QueueModule } from '#queue/queue.module.js';
import { type TellingSettings, simulatedTelling } from '#worker/mail-settings.js';
import { WorkerModule } from '#worker/worker.module.js';

import { RecordClock } from '../demo.js';
import { migrateRecord } from '../migrate-record.js';
import { loadScenario } from './load-scenario.js';
import { endOfDay, Replay } from './replay.js';
import { readSummary } from './summary.js';
import type { SummaryRow } from './summary.js';
import { readTimeline } from './timeline.js';
import type { TimelineLine } from './timeline.js';

export interface Simulated {
  readonly timeline: readonly TimelineLine[];
  readonly summary: readonly SummaryRow[];
  /** Milliseconds from the started database to the finished timeline. */
  readonly tookMs: number;
}

export interface SimulateOptions {
  readonly redisUrl?: string | null;
  /** Called after each instant that was played, with the clock standing there; the next one waits for it. */
  readonly progress?: (at: Instant, database: DataSource) => void | Promise<void>;
  /** How people are told; unless given, messages are recorded and no mail is put together of them. */
  readonly telling?: TellingSettings;
}

/**
 * Runs a scenario through the real engine on a throw-away embedded database: the same commands, tables,
 * queue and workers as in production, on a clock that jumps. With `redisUrl` the queue runs there, under a
 * prefix of its own. Without happenings nothing runs (scenario.md).
 */
export async function simulate(scenario: Scenario, options: SimulateOptions = {}): Promise<Simulated> {
  if (scenario.happenings.length === 0) return { timeline: [], summary: [], tookMs: 0 };
  return withSimulated(scenario, options, async (database, started) => {
    const timeline = await readTimeline(database, scenario.programme.plan.timeZone);
    const summary = await readSummary(database);
    return { timeline, summary, tookMs: performance.now() - started };
  });
}

/** Runs a scenario and hands over its finished record, before it is thrown away, with when its database had started. */
export async function withSimulated<T>(
  scenario: Scenario,
  { redisUrl = null, progress, telling = simulatedTelling }: SimulateOptions,
  read: (database: DataSource, started: number) => Promise<T>,
): Promise<T> {
  const [first] = scenario.happenings;
  if (first === undefined) throw new Error('a scenario without happenings does not run');
  const prefix = `simulation-${randomBytes(6).toString('hex')}`;
  const postgres = await startEmbeddedPostgres({ durable: false });
  const started = performance.now();
  try {
    await migrateRecord(postgres.ownerUrl);
    const backend = queueConnection({ redisUrl, databaseUrl: postgres.runtimeUrl }, () => undefined);
    await waitForBackend(backend);
    const clock = await RecordClock.open(postgres.ownerUrl);
    await clock.moveTo(first.at);
    const app = await NestFactory.createApplicationContext(
      {
        module: class Simulation {},
        imports: [
          PersistenceModule.forRoot(postgres.runtimeUrl),
          QueueModule.forRoot(backend, prefix),
          WorkerModule.forRoot(postgres.runtimeUrl, telling),
        ],
      },
      { logger: ['error'], abortOnError: false },
    );
    try {
      const database = app.get(DataSource);
      const commands = app.get(RunCommands, { strict: false });
      await loadScenario(scenario, commands, app.get(Registers, { strict: false }));
      const { timeZone } = scenario.programme.plan;
      const replay = new Replay(database, commands, clock, scenario);
      await replay.playInstant(first.at);
      await replay.playUntil(endOfDay(scenario.until, timeZone), (at) => progress?.(at, database));
      return await read(database, started);
    } finally {
      // On Redis the throw-away database does not take its queues along.
      if (redisUrl !== null) await app.get(Enqueue, { strict: false }).obliterate();
      await app.close();
      await backend.close();
      await clock.close();
    }
  } finally {
    await postgres.stop();
  }
}
