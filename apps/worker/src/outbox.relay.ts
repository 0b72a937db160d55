import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { QueryRunner } from 'typeorm';

import type { NewEvent } from '#domain/events.js';
import { Enqueue } from '#queue/enqueue.js';
import type { EffectKey } from '#queue/jobs.js';

import { reactingTypes, reactionsTo } from './reactions.js';
import { jobsFor } from './ring.js';
import { hookEvents, jobsForWebhooks } from './webhook-hooks.js';

/** Events claimed at once: enough to amortise a transaction, few enough to hold no lock for long. */
const CLAIM = 1_000;
/** Where this many came at once more are coming: they are waited for, in ms, since what follows costs by the batch. */
const MANY = 100;
const GATHER_MS = 200;
/** The safety net where a notification is lost, in ms. */
const POLL_MS = 1_000;
/** How long to wait before listening again after the database went away, in ms. */
const RELISTEN_MS = 500;

/** Where the relay listens: a connection of its own, since LISTEN belongs to one session. */
export const LISTEN_URL = Symbol('LISTEN_URL');

/**
 * Carries committed events to their effects. It claims outbox rows `FOR UPDATE SKIP LOCKED` (never by an id
 * cursor: ids commit out of order), writes their effects in the same transaction and then rings one job for
 * each batch. A crash between commit and ring is made good by the sweep, which rings what stays undone.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(OutboxRelay.name);
  private listener: pg.Client | undefined;
  private wake: (() => void) | undefined;
  private woken = false;
  private stopped = false;
  private running: Promise<void> | undefined;
  private clockMoves = 0;

  constructor(
    private readonly database: DataSource,
    private readonly enqueue: Enqueue,
    @Inject(LISTEN_URL) private readonly listenUrl: string,
  ) {}

  onApplicationBootstrap(): void {
    void this.listen();
    this.running = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.ring();
    await this.running;
    await this.listener?.end().catch(() => undefined);
  }

  private ring(): void {
    this.woken = true;
    this.wake?.();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        this.woken = false;
        const claimed = await this.claim();
        if (claimed === CLAIM) continue;
        if (claimed >= MANY) await pause(GATHER_MS);
      } catch (error) {
        // The database is away, or the queue refused the ring: the rows wait, and so do we.
        this.log.warn(`outbox not relayed: ${error instanceof Error ? error.message : String(error)}`);
        await pause(RELISTEN_MS);
      }
      await this.sleep();
    }
  }

  private async sleep(): Promise<void> {
    if (this.woken || this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }

  /** Claims a batch, writes its effects, rings their jobs. Answers how many events it claimed. */
  private async claim(): Promise<number> {
    const runner = this.database.createQueryRunner();
    let claimed = 0;
    let effects: EffectKey[] = [];
    let hooked: number[] = [];
    try {
      await runner.startTransaction();
      const { rows, subscribed } = await claimRows(runner);
      claimed = rows.length;
      effects = rows.flatMap(effectsOf);
      if (effects.length > 0) await insertEffects(runner, effects);
      if (subscribed && claimed > 0) hooked = await hookEvents(runner, rows);
      await runner.commitTransaction();
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
    if (effects.length > 0) await this.enqueue.add(jobsFor(effects));
    if (hooked.length > 0) await this.enqueue.add(jobsForWebhooks(hooked));
    return claimed;
  }

  private async listen(): Promise<void> {
    while (!this.stopped) {
      const client = new pg.Client({ connectionString: this.listenUrl, keepAlive: true });
      try {
        const gone = new Promise<void>((resolve) => {
          client.on('end', resolve);
          client.on('error', () => resolve());
        });
        await client.connect();
        this.listener = client;
        // A stop in the meantime found no listener to end; this one would keep the process alive.
        if (this.stopped) return await client.end();
        client.on('notification', ({ channel }) => void this.notified(channel));
        await client.query('LISTEN sluis_outbox; LISTEN sluis_clock');
        this.ring();
        await gone;
      } catch {
        // Not there yet, or gone: the poll carries on meanwhile.
      }
      if (!this.stopped) await pause(RELISTEN_MS);
    }
  }

  private async notified(channel: string): Promise<void> {
    if (channel === 'sluis_outbox') return this.ring();
    await this.clockMoved().catch((error: unknown) => this.log.warn(`sweep not rung: ${String(error)}`));
  }

  /** A clock that a demo or a simulation moved may make things due at once. */
  private async clockMoved(): Promise<void> {
    const [row] = (await this.database.query(
      'SELECT EXISTS (SELECT FROM grants WHERE next_due_at <= (SELECT sluis_now())) AS due',
    )) as { due: boolean }[];
    if (row?.due !== true) return;
    this.clockMoves += 1;
    const id = `sweep-clock-${process.pid}-${this.clockMoves}`;
    await this.enqueue.add([{ queue: 'deadlines', name: 'sweep', data: {}, id }]);
  }
}

/** An event that was claimed; those of types that nothing reacts to come without their data. */
type ClaimedRow = NewEvent & { readonly eventId: string };
type ClaimedFields = [
  eventId: string,
  type: NewEvent['type'],
  data: NewEvent['data'],
  actor: string,
  reason: string | null,
];

interface Claimed {
  readonly rows: readonly ClaimedRow[];
  /** Whether there is a webhook at all. */
  readonly subscribed: boolean;
}

/** Claimed rows, found again by their place, which their locks keep them in; as one value, like effects. */
async function claimRows(runner: QueryRunner): Promise<Claimed> {
  const [claimed] = (await runner.query(
    `WITH claimed AS (
       DELETE FROM outbox WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM outbox ORDER BY event_id LIMIT ${CLAIM} FOR UPDATE SKIP LOCKED
       )) RETURNING event_id, type
     )
     SELECT json_agg(json_build_array(c.event_id::text, c.type, e.data, e.actor, e.reason) ORDER BY c.event_id) AS events,
            EXISTS (SELECT FROM webhooks WHERE status <> 'ended') AS subscribed
       FROM claimed c
       LEFT JOIN events e ON e.id = c.event_id AND c.type = ANY ($1)`,
    [reactingTypes],
  )) as [{ events: ClaimedFields[] | null; subscribed: boolean }];
  const rows = (claimed.events ?? []).map(
    ([eventId, type, data, actor, reason]) => ({ eventId, type, data, actor, reason }) as ClaimedRow,
  );
  return { rows, subscribed: claimed.subscribed };
}

function effectsOf(row: ClaimedRow): EffectKey[] {
  return row.data === null
    ? []
    : reactionsTo(row).map(({ reaction, target }) => ({ eventId: row.eventId, reaction, target }));
}

async function insertEffects(runner: QueryRunner, effects: readonly EffectKey[]): Promise<void> {
  await runner.query(
    `INSERT INTO effects (event_id, reaction, target, rung_at)
     SELECT k.event_id, k.reaction, k.target, clock_timestamp()
       FROM unnest($1::bigint[], $2::text[], $3::text[]) AS k (event_id, reaction, target)
     ON CONFLICT DO NOTHING`,
    [effects.map((e) => e.eventId), effects.map((e) => e.reaction), effects.map((e) => e.target)],
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
