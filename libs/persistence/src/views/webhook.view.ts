import type { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { EventType } from '#domain/events.js';

import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { instantText } from './sql-text.js';

/** A subscription, without anything secret. */
export interface WebhookListed {
  readonly webhook: number;
  readonly url: string;
  /** Empty: every type. */
  readonly types: readonly EventType[];
  /** Null: every programme, and what belongs to none. */
  readonly programme: string | null;
  readonly status: 'active' | 'paused' | 'ended';
  readonly createdBy: string;
  readonly createdAt: Instant;
  /** Until when a secret that was replaced still signs; null where none does. */
  readonly previousSecretUntil: Instant | null;
  readonly waiting: number;
  readonly parked: number;
  readonly lastDeliveredAt: Instant | null;
}

export const deliveryStates = ['waiting', 'delivered', 'parked', 'skipped', 'failed', 'cancelled'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** What is delivered of one event; nothing of what the event says. */
export interface DeliveryListed {
  readonly delivery: string;
  readonly webhook: number;
  /** As receivers know it: `evt_<id>`, or `test_<delivery>`. */
  readonly id: string;
  /** Null of a test. */
  readonly stream: string | null;
  readonly sequence: number | null;
  readonly type: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly createdAt: Instant;
  readonly nextAttemptAt: Instant | null;
  readonly settledAt: Instant | null;
  readonly skippedBy: string | null;
  readonly reason: string | null;
}

export interface AttemptListed {
  readonly no: number;
  readonly at: Instant;
  readonly tookMs: number;
  readonly address: string | null;
  readonly status: number | null;
  readonly error: string | null;
}

/** The event behind a delivery, for whoever may read what was sent. */
export interface DeliveredEvent {
  readonly id: string;
  readonly stream: string;
  readonly sequence: number;
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
  readonly actor: string;
  readonly reason: string | null;
  readonly occurredAt: Instant;
}

export interface DeliveryFilter {
  readonly webhook: number;
  readonly state?: DeliveryState;
  readonly grant?: string;
}

const webhookRow = `w.no AS webhook, w.url, w.types, w.programme, w.status, w.created_by AS "createdBy",
  ${instantText('w.created_at')} AS "createdAt",
  (SELECT ${instantText('max(s.expires_at)')} FROM webhook_secrets s
    WHERE s.webhook = w.no AND s.expires_at > clock_timestamp()) AS "previousSecretUntil",
  (SELECT count(*)::integer FROM webhook_deliveries d WHERE d.webhook = w.no AND d.state = 'waiting') AS waiting,
  (SELECT count(*)::integer FROM webhook_deliveries d WHERE d.webhook = w.no AND d.state = 'parked') AS parked,
  (SELECT ${instantText('d.settled_at')} FROM webhook_deliveries d
    WHERE d.webhook = w.no AND d.state = 'delivered' AND d.settled_at IS NOT NULL
    ORDER BY d.settled_at DESC LIMIT 1) AS "lastDeliveredAt"`;

const deliveryRow = `d.id::text AS delivery, d.webhook,
  CASE WHEN d.event_id IS NULL THEN 'test_' || d.id ELSE 'evt_' || d.event_id END AS id,
  e.stream, e.sequence, coalesce(e.type, 'webhook.test') AS type, d.state, d.attempts, d.last_error AS "lastError",
  ${instantText('d.created_at')} AS "createdAt",
  CASE WHEN d.state = 'waiting' THEN ${instantText('l.next_attempt_at')} END AS "nextAttemptAt",
  ${instantText('d.settled_at')} AS "settledAt", d.skipped_by AS "skippedBy", d.reason`;

const deliveryFrom = `webhook_deliveries d
  LEFT JOIN events e ON e.id = d.event_id
  LEFT JOIN webhook_lanes l ON l.webhook = d.webhook AND l.stream = d.stream`;

export class WebhookView {
  constructor(private readonly database: DataSource) {}

  /** Subscriptions in the order in which they were made; ended ones stay. */
  async list(page: PageRequest): Promise<Page<WebhookListed>> {
    const where = new Conditions().after(['w.no'], ['integer'], page);
    const rows: WebhookListed[] = await this.database.query(
      `SELECT ${webhookRow} FROM webhooks w ${where.toString()} ORDER BY w.no LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ webhook }) => [String(webhook)]);
  }

  async one(webhook: number): Promise<WebhookListed | null> {
    const [row]: WebhookListed[] = await this.database.query(
      `SELECT ${webhookRow} FROM webhooks w WHERE w.no = $1`,
      [webhook],
    );
    return row ?? null;
  }

  /** Deliveries of a webhook, the latest first. */
  async deliveries(
    { webhook, state, grant }: DeliveryFilter,
    page: PageRequest,
  ): Promise<Page<DeliveryListed>> {
    const where = new Conditions()
      .where((it) => `d.webhook = ${it}`, webhook)
      .where((it) => `d.state = ${it}`, state)
      .where((it) => `d.stream = 'grant:' || ${it}`, grant)
      .where((it) => `d.id < ${it}::bigint`, page.after?.[0]);
    const rows: DeliveryListed[] = await this.database.query(
      `SELECT ${deliveryRow} FROM ${deliveryFrom} ${where.toString()} ORDER BY d.id DESC LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ delivery }) => [delivery]);
  }

  async delivery(webhook: number, delivery: string): Promise<DeliveryListed | null> {
    const [row]: DeliveryListed[] = await this.database.query(
      `SELECT ${deliveryRow} FROM ${deliveryFrom} WHERE d.webhook = $1 AND d.id = $2`,
      [webhook, delivery],
    );
    return row ?? null;
  }

  /** Every attempt at a delivery, the first one first. */
  attempts(delivery: string): Promise<AttemptListed[]> {
    return this.database.query(
      `SELECT no, ${instantText('at')} AS at, took_ms AS "tookMs", address, status, error
         FROM webhook_attempts WHERE delivery = $1 ORDER BY no`,
      [delivery],
    );
  }

  async eventOf(delivery: string): Promise<DeliveredEvent | null> {
    const [row]: DeliveredEvent[] = await this.database.query(
      `SELECT e.id::text AS id, e.stream, e.sequence, e.type, e.data, e.actor, e.reason,
              ${instantText('e.occurred_at')} AS "occurredAt"
         FROM webhook_deliveries d JOIN events e ON e.id = d.event_id WHERE d.id = $1`,
      [delivery],
    );
    return row ?? null;
  }
}
