import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import { Inject, Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { AllowedHosts } from '#domain/allowed-hosts.js';
import { cloudEventOf, cloudEventType, idOfEvent, testEventOf } from '#notifications/cloud-event.js';
import { type PostBounds, type PostOutcome, postBounds, postWebhook } from '#notifications/webhook-post.js';
import { restAfter } from '#notifications/webhook-retry.js';
import { signatureHeaders } from '#notifications/webhook-signature.js';
import type { Resolve } from '#notifications/webhook-target.js';
import { instantOf } from '#persistence/database-values.js';

/** What deliveries are told by whoever starts the worker. */
export interface WebhookSettings {
  /** Where this installation is reached: the source of its events. */
  readonly publicUrl: string;
  readonly allowed: AllowedHosts;
  /** A test's own. */
  readonly bounds?: PostBounds;
  readonly resolve?: Resolve;
  readonly leaseSeconds?: number;
}

export const WEBHOOK_SETTINGS = Symbol('WEBHOOK_SETTINGS');

/** Deliveries of one webhook that are under way at once in a process, each of another stream. */
const AT_ONCE = 8;
/** How long a claim counts, in seconds: longer than an attempt can take, so that only a dead worker loses one. */
const LEASE_S = 30;
/** How long a delivery waits where an earlier event of its stream is still on its way to us, in seconds. */
const HELD_S = 0.25;
/** A webhook that has had this long gives others their turn, in ms; the sweep rings it again. */
const TURN_MS = 60_000;
/** Settled deliveries are kept this many days; a replay makes them anew. */
const KEPT_DAYS = 30;
const FORGOTTEN_AT_ONCE = 1_000;

interface Claimed {
  readonly delivery: string;
  readonly round: number;
  readonly attempts: number;
  readonly stream: string;
  readonly held: boolean;
  readonly eventId: string | null;
  readonly sequence: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly actor: string;
  readonly reason: string | null;
  readonly occurredAt: Date | null;
}

interface Target {
  readonly url: string;
  readonly keys: readonly Buffer[];
  /** By the clock of the database, in seconds. */
  readonly now: number;
}

interface Turn {
  /** It was rung meanwhile. */
  again: boolean;
  /** Looks for more although what is under way is not done: a slow delivery holds up no other grant. */
  wake: () => void;
  /** By `performance.now()`. */
  readonly end: number;
}

/**
 * Delivers to webhooks: at least once, and in the order of the events of a stream. Of a webhook and a stream at most
 * one delivery is under way, under a claim that a dead worker loses; what a receiver took and we could not record
 * before we died is sent again under the same id.
 */
@Injectable()
export class WebhookDeliveries implements BeforeApplicationShutdown {
  /** Webhooks that this process delivers to now. */
  private readonly turns = new Map<number, Turn>();
  private stopped = false;

  constructor(
    private readonly database: DataSource,
    @Inject(WEBHOOK_SETTINGS) private readonly settings: WebhookSettings,
  ) {}

  beforeApplicationShutdown(): void {
    this.stopped = true;
  }

  /** Delivers what is due of one webhook. A second ring while that lasts is taken up by the first. */
  async deliver(webhook: number): Promise<void> {
    const running = this.turns.get(webhook);
    if (running !== undefined) {
      running.again = true;
      running.wake();
      return;
    }
    const turn: Turn = { again: false, wake: () => undefined, end: performance.now() + TURN_MS };
    this.turns.set(webhook, turn);
    try {
      do {
        turn.again = false;
        await this.takeTurn(webhook, turn);
      } while (turn.again && this.goesOn(turn));
    } finally {
      this.turns.delete(webhook);
    }
  }

  /** Webhooks with a delivery whose moment has come and that nobody has in hand. */
  async due(): Promise<number[]> {
    const rows: { webhook: number }[] = await this.database.query(
      `SELECT w.no AS webhook FROM webhooks w
        WHERE w.status <> 'ended' AND EXISTS (SELECT FROM webhook_lanes l
          WHERE l.webhook = w.no AND l.next_attempt_at <= clock_timestamp()
            AND (l.claimed_until IS NULL OR l.claimed_until < clock_timestamp())
            AND (w.status = 'active' OR l.stream LIKE 'test:%'))`,
    );
    return rows.map(({ webhook }) => webhook);
  }

  /** Deliveries that were settled long ago go, a bounded number at a time. */
  async forgetOld(): Promise<void> {
    await this.database.query(
      `DELETE FROM webhook_deliveries WHERE id IN (SELECT d.id FROM webhooks w CROSS JOIN LATERAL (
         SELECT id FROM webhook_deliveries
          WHERE webhook = w.no AND settled_at < clock_timestamp() - make_interval(days => ${KEPT_DAYS})
          ORDER BY settled_at LIMIT ${FORGOTTEN_AT_ONCE}) d)`,
    );
  }

  /** Keeps up to AT_ONCE deliveries under way until nothing is due, or the turn is over. */
  private async takeTurn(webhook: number, turn: Turn): Promise<void> {
    const underWay = new Set<Promise<void>>();
    let failure: unknown;
    const start = (work: Promise<void>): void => {
      const tracked: Promise<void> = work
        .catch((error: unknown) => (failure ??= error))
        .then(() => void underWay.delete(tracked));
      underWay.add(tracked);
    };
    try {
      while (failure === undefined && this.goesOn(turn)) {
        const rung = new Promise<void>((resolve) => {
          turn.wake = resolve;
        });
        const found = await this.claim(webhook, AT_ONCE - underWay.size);
        for (const work of found) start(work);
        if (found.length === 0 && underWay.size === 0) break;
        if (underWay.size >= AT_ONCE) await Promise.race(underWay);
        else if (found.length === 0) await Promise.race([...underWay, rung]);
      }
    } finally {
      await Promise.all(underWay);
    }
    if (failure !== undefined) throw failure;
  }

  private goesOn({ end }: Turn): boolean {
    return !this.stopped && performance.now() < end;
  }

  /** Claims what is due and starts to deliver it. */
  private async claim(webhook: number, most: number): Promise<Promise<void>[]> {
    const token = randomUUID();
    const lease = this.settings.leaseSeconds ?? LEASE_S;
    const claimed: Claimed[] = await this.database.query(
      `SELECT delivery::text AS delivery, round, attempts, stream, held, event_id::text AS "eventId", sequence, type,
              data, actor, reason, occurred_at AS "occurredAt"
         FROM webhook_claim($1, $2, $3, make_interval(secs => $4))`,
      [webhook, most, token, lease],
    );
    if (claimed.length === 0) return [];
    const target = await this.target(webhook);
    const readAt = performance.now();
    return claimed.map((one) => this.attempt(one, token, target, readAt));
  }

  private async target(webhook: number): Promise<Target> {
    const [target]: Target[] = await this.database.query(
      `SELECT w.url, extract(epoch FROM clock_timestamp())::float8 AS now,
              ARRAY(SELECT s.key FROM webhook_secrets s
                     WHERE s.webhook = w.no AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())
                     ORDER BY s.no DESC) AS keys
         FROM webhooks w WHERE w.no = $1`,
      [webhook],
    );
    if (target === undefined) throw new Error(`there is no webhook ${webhook}`);
    return target;
  }

  private async attempt(claimed: Claimed, token: string, target: Target, readAt: number): Promise<void> {
    const { delivery, round, attempts, held, eventId } = claimed;
    if (held) {
      await this.database.query('SELECT webhook_release($1, $2, make_interval(secs => $3))', [
        delivery,
        token,
        HELD_S,
      ]);
      return wait(HELD_S * 1000);
    }
    const timestamp = Math.floor(target.now + (performance.now() - readAt) / 1000);
    const outcome = await this.send(claimed, target, timestamp);
    // A test is tried once: whoever asked for it looks at the answer.
    const rest = outcome.error === null || eventId === null ? null : restAfter(attempts + 1, Math.random());
    await this.database.query(
      `SELECT webhook_settle($1, $2, $3, $4, $5, $6, $7, make_interval(secs => $8))`,
      [delivery, round, token, outcome.address, outcome.status, outcome.error, outcome.tookMs, rest],
    );
  }

  private send(claimed: Claimed, { url, keys }: Target, timestamp: number): Promise<PostOutcome> {
    const { delivery, eventId, stream, sequence, type, data, actor, reason, occurredAt } = claimed;
    const { publicUrl: source, allowed, bounds = postBounds, resolve } = this.settings;
    const id = eventId === null ? `test_${delivery}` : idOfEvent(eventId);
    const body =
      eventId === null || occurredAt === null
        ? testEventOf(source, id, instantOf(new Date(timestamp * 1000)))
        : cloudEventOf(source, {
            id: eventId,
            stream,
            sequence,
            type,
            data,
            actor,
            reason,
            occurredAt: instantOf(occurredAt),
          });
    const headers = {
      'content-type': cloudEventType,
      'user-agent': 'Sluis-Webhooks',
      ...signatureHeaders({ id, timestamp, body }, keys),
    };
    return postWebhook({
      url,
      headers,
      body,
      allowed,
      bounds,
      ...(resolve === undefined ? {} : { resolve }),
    });
  }
}
