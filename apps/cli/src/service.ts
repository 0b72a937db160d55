import { setTimeout as sleep } from 'node:timers/promises';

import { NestFactory } from '@nestjs/core';
import type { DynamicModule } from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';

import { startApi } from '#api/main.js';
import type { Environment } from '#config/environment.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import { Registers } from '#lifecycle/registers.js';
import { PersistenceModule } from '#persistence/persistence.module.js';
import { StartRefused } from '#persistence/start-refused.js';
import { queueConnection, waitForBackend } from '#queue/queue-backend.js';
import { QueueModule } from '#queue/queue.module.js';
import { WorkerModule } from '#worker/worker.module.js';

import { simulateCommand } from './command-line.js';
import { demoGreeting, isDemoRecord, loadDemo } from './demo.js';

/** What of the service runs in this process. */
export interface Parts {
  readonly api: boolean;
  readonly worker: boolean;
}

export interface ServiceOptions {
  readonly env: Environment;
  /** Signs in as the runtime role. */
  readonly databaseUrl: string;
  /** Signs in as the owner; only the embedded record's is known. */
  readonly ownerUrl: string | null;
  readonly parts: Parts;
  readonly demo: boolean;
}

export interface Service {
  /** Where to look, line by line. */
  readonly greeting: readonly string[];
  /** Finishes what is in hand, then ends. */
  close(): Promise<void>;
}

/** How long waiting is silent, and then how often it says so, in ms. */
const SAY_AFTER_MS = 2_000;

/**
 * Starts API, worker or both in this process on a migrated record. Waits for a database or a Redis that is
 * away; refuses (StartRefused, one sentence) what waiting does not heal.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { env, databaseUrl, parts } = options;
  await waitForRecord(databaseUrl);
  const backend = queueConnection({ redisUrl: env.redisUrl, databaseUrl }, quietly);
  const said = sayLater(env.redisUrl === null ? 'the queue in PostgreSQL' : 'Redis');
  await waitForBackend(backend, { report: said });
  const modules = [
    PersistenceModule.forRoot(databaseUrl, { poolSize: env.poolSize }),
    QueueModule.forRoot(backend),
    ...(parts.worker ? [WorkerModule.forRoot(databaseUrl)] : []),
  ];
  try {
    const running = parts.api ? await serve(options, modules) : await work(modules);
    return {
      greeting: running.greeting,
      close: async () => {
        await running.close();
        // BullMQ leaves open what it was given: after every queue and worker.
        await backend.close();
      },
    };
  } catch (error) {
    await backend.close();
    throw error;
  }
}

async function serve({ env, ownerUrl, demo }: ServiceOptions, modules: DynamicModule[]): Promise<Service> {
  const { url, app, close } = await startApi({
    port: env.port,
    host: env.host,
    metricsToken: env.metricsToken,
    simulateCommand,
    modules,
    prepare: async (starting) => {
      if (!demo) return;
      const commands = starting.get(RunCommands, { strict: false });
      const registers = starting.get(Registers, { strict: false });
      await loadDemo(starting.get(DataSource), commands, registers, ownerUrl);
    },
  });
  const lines = [
    `Sluis is ready at ${url}`,
    `  browse the API   ${url}/api/docs`,
    `  health           ${url}/health/ready`,
  ];
  const database = app.get(DataSource);
  const greeting = (await isDemoRecord(database))
    ? [...lines, '', ...(await demoGreeting(database, url))]
    : lines;
  return { greeting, close };
}

async function work(modules: DynamicModule[]): Promise<Service> {
  const app = await NestFactory.createApplicationContext(
    { module: class Worker {}, imports: modules },
    { logger: ['error', 'warn'], abortOnError: false },
  );
  return { greeting: ['Sluis works on the queues; the API runs apart.'], close: () => app.close() };
}

function quietly(): void {
  // Trouble with the backend is retried for as long as it takes; the health check and the log of the relay say so.
}

/** Says on standard error what is waited for, once it takes a while. */
function sayLater(what: string): (error: Error) => void {
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

/** Resolves when the record answers and is migrated; waits while the server is away or starting. */
async function waitForRecord(url: string): Promise<void> {
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
