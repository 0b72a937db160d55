/**
 * The deadline day: 100,000 reports are due on one 28 February, and on the morning of one offset all of them fall
 * due at once. `sluis start` (API and worker in one process, as by default) decides every reminder, does its effect
 * and records its message and mail, while people read and hand in. Against the same rows hand-written in batches on `pg` for
 * as many other grants, in the same database in the same run.
 *
 * Claims (README, "How fast"): at least 0.5 of the hand on either backend and never under 2,000/s here; at most
 * 300 MB, flat from 10,000 on; the API's p99 below 300 ms meanwhile; each reminder once. The rate counts from the first
 * to the last; the ratio leaves the first tenth of both sides out, since a service that was started for the bench still
 * compiles its own code then, and one that runs for months does not.
 *
 * `DEADLINE_DAY=1000000 npm run bench` adds a day of that many.
 */
import 'reflect-metadata';

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';
import type { DataSource } from 'typeorm';

import { migrateRecord } from '#cli/migrate-record.js';
import { dataSource } from '#config/data-source.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { verifyRecord } from '#lifecycle/verify-record.js';
import { administratorRole, freePort, runningPostmaster } from '#persistence/cluster-process.js';
import { readRecord } from '#persistence/cluster-record.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#persistence/embedded-postgres.js';
import { reactionsTo } from '#worker/reactions.js';

import {
  type Offset,
  administratorToken,
  contactOf,
  everyTokenOf,
  fillLot,
  fillProgramme,
  grantOf,
  mornings,
  settleLots,
  tokenOf,
} from '../support/deadline-day.js';
import { machineTimesMs, peakMb, treeTimeMs } from '../support/process-times.js';
import { remindByHand } from '../support/remind-by-hand.js';
import { startRedis } from '../support/redis.js';
import { has } from '../support/requires.js';
import { SluisProcess } from '../support/sluis-process.js';
import { type Latencies, callSteadily, quantile } from '../support/steady-callers.js';

const leastRatio = 0.5;
const leastPerSecond = 2_000;
const mostMb = 300;
const mostP99Ms = 300;

const sizes = (process.env['DEADLINE_DAY'] ?? '').split(',').filter(Boolean).map(Number);
/** Beyond these the hand's work tells nothing new. */
const mostByHand = 100_000;
/** Verified whole where it is this small; larger days are counted. */
const mostVerified = 10_000;
const requestsPerSecond = 20;
/** Reports handed in on the morning of one offset stay out of the next one's. */
const handedIn: Record<Offset, number> = { '-P7D': 0, '-P1D': 1_000 };

let folder: string;
let postgres: EmbeddedPostgres;
let owner: DataSource;
/** Peak memory by size and backend, in MB. */
const peaks = new Map<string, number>();

async function startDay(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'sluis-bench-day-'));
  // As root, PostgreSQL runs as another user, who must be able to enter.
  chmodSync(folder, 0o755);
  // Durable as in production: what a commit costs is part of both sides.
  postgres = await startEmbeddedPostgres({ durable: true, dataDir: folder, explicit: false });
  await migrateRecord(postgres.ownerUrl);
  owner = await dataSource(postgres.ownerUrl, { poolSize: 3 }).initialize();
}

async function endDay(): Promise<void> {
  await owner?.destroy();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
}

describe.each(sizes.length > 0 ? sizes : [10_000, 100_000])('a deadline day of %i', (reports) => {
  beforeAll(startDay, 60_000);
  afterAll(endDay, 60_000);

  it('is decided, told and recorded, once each', async () => {
    const started = performance.now();
    await standAt('2025-02-20T12:00:00Z');
    await fillProgramme(owner);
    await fillLot(owner, 'DAY', reports);
    await fillLot(owner, 'HAND', Math.min(reports, mostByHand));
    await settleLots(owner);
    say(`${reports} reports filled in ${seconds(performance.now() - started)}`);
    const days = [await onMorning('-P7D', 'PostgreSQL', reports, null)];
    if (has('redis')) {
      const redis = await startRedis();
      try {
        days.push(await onMorning('-P1D', 'Redis', reports, redis.url));
      } finally {
        await redis.stop();
      }
    }
    if (reports <= mostVerified) {
      const { violations } = await verifyRecord(owner, reactionsTo, sepaPayments);
      expect(violations).toEqual([]);
    }
    for (const { day, ratio } of days) expectFast(reports, day, ratio);
  }, 7_200_000);
});

it('takes no more memory for more reports', () => {
  for (const backend of ['PostgreSQL', 'Redis']) {
    const [few = 0, many = 0] = [10_000, 100_000].map((size) => peaks.get(`${size} ${backend}`));
    if (few === 0 || many === 0) continue;
    say(`memory on ${backend}: 100,000 take ${(many / few).toFixed(2)} × what 10,000 take`);
    expect(many / few).toBeLessThan(1.25);
  }
});

/** One morning: first the hand with its lot, then the service with its own. */
async function onMorning(
  offset: Offset,
  backend: 'PostgreSQL' | 'Redis',
  reports: number,
  redisUrl: string | null,
): Promise<{ readonly day: Day; readonly ratio: number }> {
  const hand = await byHand(offset, Math.min(reports, mostByHand));
  say(
    `by hand: ${hand.perSecond.toFixed(0)}/s, without its first tenth ${hand.warmPerSecond.toFixed(0)}/s; ${perReminder(hand, 'hand')}`,
  );
  const due = await dueIn('DAY', mornings[offset]);
  const day = await byService(offset, due, reports, redisUrl);
  const ratio = day.warmPerSecond / hand.warmPerSecond;
  say(
    `deadline day of ${reports} on ${backend}: ${day.perSecond.toFixed(0)}/s, without its first tenth ${day.warmPerSecond.toFixed(0)}/s = ${ratio.toFixed(2)} of the hand; ${perReminder(day, 'service')}; ` +
      `peak ${day.peakMb.toFixed(0)} MB; the machine was busy ${(day.busy * 100).toFixed(0)}%, ours ${(day.ours * 100).toFixed(0)}%, stolen ${(day.stolen * 100).toFixed(0)}%`,
  );
  say(`  each second: ${day.eachSecond.join(' ')}`);
  say(`  API at rest:  ${latencies(day.before)}`);
  say(`  API that day: ${latencies(day.during)}`);
  say(
    `  news of a report handed in: done after ${quantile(day.newsMs, 0.5).toFixed(0)} ms, p99 ${quantile(day.newsMs, 0.99).toFixed(0)} ms`,
  );
  await expectOnce(offset, 'DAY', due);
  peaks.set(`${reports} ${backend}`, day.peakMb);
  return { day, ratio };
}

function expectFast(reports: number, day: Day, ratio: number): void {
  expect(day.peakMb).toBeLessThanOrEqual(mostMb);
  // The smaller day is there to compare memory with, and to be verified whole.
  if (reports < 100_000) return;
  expect(day.perSecond).toBeGreaterThanOrEqual(leastPerSecond);
  expect(quantile([...day.during.values()].flat(), 0.99)).toBeLessThan(mostP99Ms);
  expect(ratio).toBeGreaterThanOrEqual(leastRatio);
}

interface Measured {
  readonly perSecond: number;
  /** Without the first tenth. */
  readonly warmPerSecond: number;
  /** Processor time per reminder, in ms. */
  readonly ownMs: number;
  readonly databaseMs: number;
}

async function byHand(offset: Offset, reports: number): Promise<Measured> {
  const next = offset === '-P7D' ? mornings['-P1D'] : '2025-02-28T23:00:00Z';
  const pool = new pg.Pool({ connectionString: postgres.runtimeUrl, max: 2 });
  pool.on('error', () => undefined);
  await tidy();
  await standAt(mornings[offset]);
  const database = treeTimeMs(postmaster());
  const own = process.cpuUsage();
  const progress = await Progress.start(reports);
  await Promise.all([
    remindByHand(pool, 'HAND', offset, next).finally(() => progress.end()),
    progress.follow(() => Promise.resolve()),
  ]);
  const { user, system } = process.cpuUsage(own);
  const databaseMs = treeTimeMs(postmaster()) - database;
  await pool.end();
  await standAt(earlierOn(mornings[offset]));
  await expectOnce(offset, 'HAND', reports);
  return {
    ...progress.rates,
    ownMs: (user + system) / 1000 / reports,
    databaseMs: databaseMs / reports,
  };
}

interface Day extends Measured {
  readonly peakMb: number;
  readonly before: Latencies;
  readonly during: Latencies;
  readonly eachSecond: readonly number[];
  /** From the answer to a report handed in until those it concerns were told. */
  readonly newsMs: readonly number[];
  readonly busy: number;
  readonly ours: number;
  readonly stolen: number;
}

async function byService(
  offset: Offset,
  due: number,
  reports: number,
  redisUrl: string | null,
): Promise<Day> {
  const port = await freePort();
  const service = new SluisProcess(['start'], {
    DATABASE_URL: postgres.runtimeUrl,
    PORT: String(port),
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    ...(process.env['DEADLINE_DAY_NODE'] === undefined
      ? {}
      : { NODE_OPTIONS: process.env['DEADLINE_DAY_NODE'] }),
  });
  try {
    await service.says('Sluis is ready at');
    const people = new People(port, reports, handedIn[offset]);
    const atRest = callSteadily(requestsPerSecond, (index) => people.read(index));
    await sleep(5_000);
    const before = await atRest.stop();
    await tidy();
    const calls = callSteadily(requestsPerSecond, (index) => people.next(index));
    const machine = machineTimesMs();
    const times = { own: treeTimeMs(service.pid), database: treeTimeMs(postmaster()) };
    const progress = await Progress.start(due);
    await standAt(mornings[offset]);
    await progress.follow(() => endWhereDone(service, progress));
    const { ms } = progress;
    const own = treeTimeMs(service.pid) - times.own;
    const database = treeTimeMs(postmaster()) - times.database;
    const { busy, stolen } = machineTimesMs();
    const during = await calls.stop();
    await sleep(2_000);
    const newsMs = await people.toldAfter(owner);
    const peak = peakMb(service.pid);
    await standAt(earlierOn(mornings[offset]));
    const ended = await service.stop();
    if (ended.stderr !== '') say(ended.stderr.slice(0, 2_000));
    return {
      ...progress.rates,
      ownMs: own / due,
      databaseMs: database / due,
      peakMb: peak,
      before,
      during,
      eachSecond: progress.eachSecond,
      newsMs,
      busy: (busy - machine.busy) / ms / 2,
      ours: (own + database) / ms / 2,
      stolen: (stolen - machine.stolen) / ms / 2,
    };
  } finally {
    await service.kill();
  }
}

/** How far one side has come: the events that were laid since it began. */
class Progress {
  readonly eachSecond: number[] = [];
  private readonly started = performance.now();
  private ended: number | null = null;
  private lookedAt = this.started;
  private counted = 0;
  /** When the first tenth was laid, and how many were laid by then. */
  private warm: { readonly at: number; readonly laid: number } | null = null;

  private constructor(
    private readonly due: number,
    private readonly before: number,
  ) {}

  static async start(due: number): Promise<Progress> {
    return new Progress(due, await events());
  }

  end(): void {
    this.ended ??= performance.now();
  }

  get ms(): number {
    return (this.ended ?? performance.now()) - this.started;
  }

  get rates(): Pick<Measured, 'perSecond' | 'warmPerSecond'> {
    const perSecond = (this.due * 1000) / this.ms;
    if (this.warm === null) return { perSecond, warmPerSecond: perSecond };
    const { at, laid } = this.warm;
    return { perSecond, warmPerSecond: ((this.due - laid) * 1000) / (this.started + this.ms - at) };
  }

  /** Looks on, and each time calls what may end it, until it has ended. */
  async follow(look: () => Promise<void>): Promise<void> {
    for (;;) {
      await sleep(400);
      await look();
      const now = performance.now();
      const laid = (await events()) - this.before;
      if (this.warm === null && laid >= this.due / 10) this.warm = { at: now, laid };
      const over = this.ended !== null;
      if (over || now - this.lookedAt >= 1_000) {
        this.eachSecond.push(Math.round(((laid - this.counted) * 1000) / (now - this.lookedAt)));
        this.counted = laid;
        this.lookedAt = now;
      }
      if (over) return;
    }
  }
}

/** Ends where every reminder is decided, relayed and done, and every mail recorded. */
async function endWhereDone(service: SluisProcess, progress: Progress): Promise<void> {
  if (service.over) throw new Error(`the service ended: ${service.stderr}`);
  const [row] = (await owner.query(
    `SELECT EXISTS (SELECT FROM grants WHERE next_due_at <= (SELECT sluis_now()))
       OR EXISTS (SELECT FROM outbox WHERE type = 'reminder.sent')
       OR EXISTS (SELECT FROM effects WHERE done_at IS NULL AND reaction = 'remind')
       OR EXISTS (SELECT FROM mails WHERE state = 'open' AND class = 'due') AS busy`,
  )) as { busy: boolean }[];
  if (row?.busy !== true) progress.end();
}

async function events(): Promise<number> {
  const [row] = (await owner.query(
    `SELECT coalesce(last_value, 0) AS last FROM pg_sequences WHERE sequencename = 'events_id_seq'`,
  )) as { last: string }[];
  return Number(row?.last);
}

/** People of the beneficiaries and their administrator: most read, some hand in. */
class People {
  private readonly handedIn = new Map<string, number>();
  private readonly base: string;

  constructor(
    port: number,
    private readonly reports: number,
    private readonly after: number,
  ) {
    this.base = `http://127.0.0.1:${port}/api/v1`;
  }

  next(index: number) {
    return index % 10 === 9 ? this.handIn((index - 9) / 10) : this.read(index);
  }

  read(index: number) {
    const grant = grantOf('DAY', 1 + ((index * 7_919) % this.reports));
    const [kind, path] = (
      [
        ['grant', `grants/${grant}`],
        ['gate', `grants/${grant}/tranches/1/gate`],
        ['grant', `grants/${grant}`],
        ['log', `grants/${grant}/events`],
        ['deadlines', 'deadlines?state=due-soon'],
      ] as const
    )[index % 5] as readonly [string, string];
    return {
      kind,
      send: () => this.ask(path, { headers: { authorization: `Bearer ${administratorToken}` } }),
    };
  }

  private handIn(index: number) {
    const every = everyTokenOf(this.reports);
    const n = (this.after + index + 1) * every;
    const grant = grantOf('DAY', n);
    const send = async (): Promise<void> => {
      if (n > this.reports) return;
      await this.ask(`grants/${grant}/reports/interim/submit-report`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${tokenOf(contactOf('DAY', n))}`,
          'content-type': 'application/json',
          'idempotency-key': `bench-${grant}`,
        },
        body: '{"costs":"9000.00"}',
      });
      this.handedIn.set(`grant:${grant}`, Date.now());
    };
    return { kind: 'hand in', send };
  }

  private async ask(path: string, init: RequestInit): Promise<void> {
    const response = await fetch(`${this.base}/${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  }

  /** For each report handed in, ms from its answer until what follows from it was done. */
  async toldAfter(database: DataSource): Promise<number[]> {
    const rows: { stream: string; at: Date }[] = await database.query(
      `SELECT e.stream, f.done_at AS at FROM events e JOIN effects f ON f.event_id = e.id
        WHERE e.stream = ANY ($1) AND e.type = 'report.submitted' AND f.done_at IS NOT NULL`,
      [[...this.handedIn.keys()]],
    );
    expect(rows).toHaveLength(this.handedIn.size);
    return rows.map(({ stream, at }) => at.getTime() - (this.handedIn.get(stream) ?? 0));
  }
}

/** Each reminder of a lot has one row, one event, one effect that is done, one message, and a mail of its own. */
async function expectOnce(offset: Offset, lot: string, due: number): Promise<void> {
  const [row] = await owner.query(
    `SELECT count(*)::int AS events, count(DISTINCT e.stream)::int AS grants, count(r)::int AS reminders,
       count(f.done_at)::int AS done, count(m)::int AS messages, count(DISTINCT l.message_id)::int AS mails
     FROM events e
     LEFT JOIN reminders r ON r.grant_code = split_part(e.stream, ':', 2) AND r.due_offset = $1
     LEFT JOIN effects f ON f.event_id = e.id
     LEFT JOIN messages m ON m.event_id = e.id
     LEFT JOIN mails l ON l.id = m.mail AND l.state = 'recorded'
     WHERE e.type = 'reminder.sent' AND e.data ->> 'offset' = $1 AND e.stream LIKE $2`,
    [offset, `grant:${lot}-%`],
  );
  expect(row).toEqual({ events: due, grants: due, reminders: due, done: due, messages: due, mails: due });
}

async function dueIn(lot: string, at: string): Promise<number> {
  const [row] = (await owner.query(
    'SELECT count(*)::int AS due FROM grants WHERE next_due_at <= $1 AND code LIKE $2',
    [at, `${lot}-%`],
  )) as { due: number }[];
  return row?.due ?? 0;
}

async function standAt(at: string): Promise<void> {
  await owner.query('UPDATE clock SET stands_at = $1', [at]);
}

/** The afternoon before: what the other side has not done yet must not be due to it. */
function earlierOn(morning: string): string {
  return new Date(Date.parse(morning) - 20 * 3_600_000).toISOString();
}

/** What the fill or the side before left to be cleared, counted and written to disk is not this side's. */
async function tidy(): Promise<void> {
  await owner.query('VACUUM (ANALYZE)');
  const password = readRecord(folder)?.passwords.administrator ?? '';
  const url = Object.assign(new URL(postgres.ownerUrl), { username: administratorRole, password });
  const client = new pg.Client({ connectionString: url.toString() });
  await client.connect();
  await client.query('CHECKPOINT');
  await client.end();
}

function postmaster(): number {
  return runningPostmaster(postgres.clusterDir)?.pid ?? 0;
}

function perReminder({ ownMs, databaseMs }: Measured, who: string): string {
  return `processor time each ${ownMs.toFixed(3)} ms ${who} + ${databaseMs.toFixed(3)} ms PostgreSQL`;
}

function latencies(byKind: Latencies): string {
  const all = [...byKind.values()].flat();
  const each = [...byKind].map(([kind, times]) => `${kind} ${quantile(times, 0.99).toFixed(0)}`);
  return `p50 ${quantile(all, 0.5).toFixed(0)} ms, p99 ${quantile(all, 0.99).toFixed(0)} ms, longest ${Math.max(0, ...all).toFixed(0)} ms (p99 of ${each.join(', ')}; ${all.length} requests)`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
