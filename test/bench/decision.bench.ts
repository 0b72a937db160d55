/**
 * One decision with its follow-up effect done, sixteen callers at once, no HTTP: a tranche is approved and the
 * service orders its payout. Against the same rows hand-written on `pg` without a queue, in the same database.
 * Claim (README, "How fast"): at least 0.35 of it on PostgreSQL's backend and 0.45 on Redis, p99 within 5 times.
 */
import 'reflect-metadata';

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { DataSource } from 'typeorm';

import { dataSource } from '#config/data-source.js';
import { Registers } from '#lifecycle/registers.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#persistence/embedded-postgres.js';
import { PersistenceModule } from '#persistence/persistence.module.js';
import { Enqueue } from '#queue/enqueue.js';
import { queueConnection, waitForBackend } from '#queue/queue-backend.js';
import { QueueModule } from '#queue/queue.module.js';
import { WorkerModule } from '#worker/worker.module.js';

import { migrateRecord } from '#cli/migrate-record.js';
import { decideByHand } from '../support/decide-by-hand.js';
import { awardLot, fillRegisters, people } from '../support/record.js';
import { startRedis } from '../support/redis.js';
import { describeWith } from '../support/requires.js';

const callers = 16;
const warmUp = 200;
const measured = 1_000;

interface Measured {
  readonly perSecond: number;
  readonly p99Ms: number;
}

let postgres: EmbeddedPostgres;
let folder: string;
let ceiling: Measured;
let lots = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-bench-'));
  // Durable as in production: what a commit costs is part of both sides.
  postgres = await startEmbeddedPostgres({ durable: true, dataDir: folder, explicit: false });
  await migrateRecord(postgres.ownerUrl);
  ceiling = await byHand();
  print('by hand', ceiling);
}, 300_000);

afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a decision with its effect', () => {
  it('on the PostgreSQL backend', async () => {
    const result = await decisions(null);
    print('on PostgreSQL', result);
    expect(result.perSecond / ceiling.perSecond).toBeGreaterThanOrEqual(0.35);
    expect(result.p99Ms / ceiling.p99Ms).toBeLessThanOrEqual(5);
  }, 300_000);
});

describeWith('redis', 'a decision with its effect', () => {
  it('on Redis', async () => {
    const redis = await startRedis();
    try {
      const result = await decisions(redis.url);
      print('on Redis', result);
      expect(result.perSecond / ceiling.perSecond).toBeGreaterThanOrEqual(0.45);
      expect(result.p99Ms / ceiling.p99Ms).toBeLessThanOrEqual(5);
    } finally {
      await redis.stop();
    }
  }, 300_000);
});

/** No worker runs meanwhile: what follows from a decision is written by the same hand. */
async function byHand(): Promise<Measured> {
  const source = await dataSource(postgres.runtimeUrl).initialize();
  const commands = new RunCommands(source);
  await fillRegisters(new Registers(source), commands);
  const codes = await nextLot(commands);
  const pool = new pg.Pool({ connectionString: postgres.runtimeUrl, max: callers });
  pool.on('error', () => undefined);
  const result = await timed(codes, (code) => decideByHand(pool, code));
  await pool.end();
  await source.destroy();
  return result;
}

function decisions(redisUrl: string | null): Promise<Measured> {
  return onService(redisUrl, async ({ commands, database }) => {
    const ordered = new OrderedPayouts(database);
    const codes = await nextLot(commands);
    await atRest(database);
    return timed(codes, async (code) => {
      const outcome = await commands.run({
        id: `approve-${code}`,
        name: 'approve-tranche',
        actor: people.bart,
        grant: code,
        input: { tranche: 1 },
      });
      if (!outcome.accepted) throw new Error(JSON.stringify(outcome.refused));
      await ordered.of(code);
    });
  });
}

async function nextLot(commands: RunCommands): Promise<string[]> {
  lots += 1;
  const codes = Array.from({ length: warmUp + measured }, (_, index) => `LOT${lots}-${index}`);
  await awardLot(commands, codes);
  return codes;
}

/** Worker, queue and record of one process on the bench's database. */
async function onService<T>(
  redisUrl: string | null,
  work: (service: { commands: RunCommands; database: DataSource }) => Promise<T>,
): Promise<T> {
  const backend = queueConnection({ redisUrl, databaseUrl: postgres.runtimeUrl }, () => undefined);
  await waitForBackend(backend);
  const app = await NestFactory.createApplicationContext(
    {
      module: class Bench {},
      imports: [
        PersistenceModule.forRoot(postgres.runtimeUrl),
        QueueModule.forRoot(backend),
        WorkerModule.forRoot(postgres.runtimeUrl),
      ],
    },
    { logger: ['error'] },
  );
  try {
    const commands = app.get(RunCommands, { strict: false });
    return await work({ commands, database: app.get(DataSource) });
  } finally {
    if (redisUrl !== null) await app.get(Enqueue, { strict: false }).obliterate();
    await app.close();
    await backend.close();
  }
}

/** What awarding the lot leaves to the worker is no part of the measurement. */
async function atRest(database: DataSource): Promise<void> {
  for (;;) {
    const [row] = (await database.query(
      'SELECT EXISTS (SELECT FROM outbox) OR EXISTS (SELECT FROM effects WHERE done_at IS NULL) AS busy',
    )) as { busy: boolean }[];
    if (row?.busy !== true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Resolves for each caller once the payout of its grant is ordered; one question serves all who wait. */
class OrderedPayouts {
  private readonly waiting = new Map<string, () => void>();
  private asking = false;

  constructor(private readonly database: DataSource) {}

  of(code: string): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.set(code, resolve);
      if (!this.asking) void this.ask();
    });
  }

  private async ask(): Promise<void> {
    this.asking = true;
    while (this.waiting.size > 0) {
      const rows: { code: string }[] = await this.database.query(
        'SELECT grant_code AS code FROM payouts WHERE grant_code = ANY ($1)',
        [[...this.waiting.keys()]],
      );
      for (const { code } of rows) {
        this.waiting.get(code)?.();
        this.waiting.delete(code);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    this.asking = false;
  }
}

async function timed(codes: readonly string[], work: (code: string) => Promise<void>): Promise<Measured> {
  await each(codes.slice(0, warmUp), work);
  const took: number[] = [];
  const started = performance.now();
  await each(codes.slice(warmUp), async (code) => {
    const from = performance.now();
    await work(code);
    took.push(performance.now() - from);
  });
  const perSecond = (measured / (performance.now() - started)) * 1000;
  took.sort((a, b) => a - b);
  return { perSecond, p99Ms: took[Math.floor(took.length * 0.99)] as number };
}

async function each(codes: readonly string[], work: (code: string) => Promise<void>): Promise<void> {
  const left = [...codes];
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let code = left.shift(); code !== undefined; code = left.shift()) await work(code);
    }),
  );
}

function print(what: string, { perSecond, p99Ms }: Measured): void {
  const ratio = (perSecond / ceiling.perSecond).toFixed(2);
  const slower = (p99Ms / ceiling.p99Ms).toFixed(1);
  process.stdout.write(
    `decision ${what.padEnd(14)} ${perSecond.toFixed(0).padStart(5)}/s  ratio ${ratio}  p99 ${p99Ms.toFixed(0)} ms = ${slower} × by hand\n`,
  );
}
