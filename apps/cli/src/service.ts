import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import type { DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { startApi } from '#api/main.js';
import type { Environment } from '#config/environment.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import { Registers } from '#lifecycle/registers.js';
import { keepConnectionsOpen } from '#persistence/data-source.js';
import { PersistenceModule } from '#persistence/persistence.module.js';
import { queueConnection, waitForBackend } from '#queue/queue-backend.js';
import { QueueModule } from '#queue/queue.module.js';
import { WorkerModule } from '#worker/worker.module.js';

import { simulateCommand } from './command-line.js';
import { demoGreeting, isDemoRecord, loadDemo } from './demo.js';
import { tellingOf } from './telling.js';
import { sayLater } from './wait-for-record.js';

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

/**
 * Starts API, worker or both in this process on a migrated record that answers (`waitForRecord`). Waits for a
 * Redis that is away.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { env, databaseUrl, parts } = options;
  const backend = queueConnection({ redisUrl: env.redisUrl, databaseUrl }, quietly);
  const said = sayLater(env.redisUrl === null ? 'the queue in PostgreSQL' : 'Redis');
  await waitForBackend(backend, { report: said });
  const webhooks = { publicUrl: env.publicUrl, allowed: env.webhookAllow };
  const modules = [
    PersistenceModule.forRoot(databaseUrl, { poolSize: env.poolSize }),
    QueueModule.forRoot(backend),
    ...(parts.worker ? [WorkerModule.forRoot(databaseUrl, tellingOf(env), webhooks)] : []),
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
    painSchema: env.painSchema,
    publicUrl: env.publicUrl,
    webhookAllow: env.webhookAllow,
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
  await keepConnectionsOpen(database);
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
  await keepConnectionsOpen(app.get(DataSource));
  return { greeting: ['Sluis works on the queues; the API runs apart.'], close: () => app.close() };
}

function quietly(): void {
  // Trouble with the backend is retried for as long as it takes; the health check and the log of the relay say so.
}
