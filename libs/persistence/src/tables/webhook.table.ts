import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { EventType } from '#domain/events.js';

import { bytes, cents, flag, identity, instant, integer, key, optional, text, texts } from './columns.js';

/** A subscription to events; `types` empty: every type. */
export interface WebhookRow {
  no: number;
  url: string;
  types: EventType[];
  programme: string | null;
  status: 'active' | 'paused' | 'ended';
  createdBy: string;
  createdAt: Instant;
}

/** What signs deliveries; one that was replaced until it expires. */
export interface WebhookSecretRow {
  webhook: number;
  no: number;
  key: Buffer;
  createdBy: string;
  createdAt: Instant;
  expiresAt: Instant | null;
}

/** An event for a subscription, or a test of it. Times are the machine's. */
export interface WebhookDeliveryRow {
  id: bigint;
  webhook: number;
  eventId: bigint | null;
  stream: string;
  state: 'waiting' | 'delivered' | 'parked' | 'skipped' | 'failed' | 'cancelled';
  round: number;
  attempts: number;
  lastError: string | null;
  createdAt: Instant;
  settledAt: Instant | null;
  skippedBy: string | null;
  reason: string | null;
}

export interface WebhookAttemptRow {
  delivery: bigint;
  no: number;
  at: Instant;
  tookMs: number;
  address: string | null;
  status: number | null;
  error: string | null;
}

/** What a subscription has next of a stream, and who has it in hand. */
export interface WebhookLaneRow {
  webhook: number;
  stream: string;
  nextAttemptAt: Instant | null;
  parked: boolean;
  claim: string | null;
  claimedUntil: Instant | null;
}

export const webhookTable = new EntitySchema<WebhookRow>({
  name: 'webhook',
  tableName: 'webhooks',
  columns: {
    no: key(integer('no')),
    url: text('url'),
    types: texts('types'),
    programme: optional(text('programme')),
    status: text('status'),
    createdBy: text('created_by'),
    createdAt: instant('created_at'),
  },
});

export const webhookSecretTable = new EntitySchema<WebhookSecretRow>({
  name: 'webhookSecret',
  tableName: 'webhook_secrets',
  columns: {
    webhook: key(integer('webhook')),
    no: key(integer('no')),
    key: bytes('key'),
    createdBy: text('created_by'),
    createdAt: instant('created_at'),
    expiresAt: optional(instant('expires_at')),
  },
});

export const webhookDeliveryTable = new EntitySchema<WebhookDeliveryRow>({
  name: 'webhookDelivery',
  tableName: 'webhook_deliveries',
  columns: {
    id: identity('id'),
    webhook: integer('webhook'),
    eventId: optional(cents('event_id')),
    stream: text('stream'),
    state: text('state'),
    round: integer('round'),
    attempts: integer('attempts'),
    lastError: optional(text('last_error')),
    createdAt: instant('created_at'),
    settledAt: optional(instant('settled_at')),
    skippedBy: optional(text('skipped_by')),
    reason: optional(text('reason')),
  },
});

export const webhookAttemptTable = new EntitySchema<WebhookAttemptRow>({
  name: 'webhookAttempt',
  tableName: 'webhook_attempts',
  columns: {
    delivery: key(cents('delivery')),
    no: key(integer('no')),
    at: instant('at'),
    tookMs: integer('took_ms'),
    address: optional(text('address')),
    status: optional(integer('status')),
    error: optional(text('error')),
  },
});

export const webhookLaneTable = new EntitySchema<WebhookLaneRow>({
  name: 'webhookLane',
  tableName: 'webhook_lanes',
  columns: {
    webhook: key(integer('webhook')),
    stream: key(text('stream')),
    nextAttemptAt: optional(instant('next_attempt_at')),
    parked: flag('parked'),
    claim: optional(text('claim')),
    claimedUntil: optional(instant('claimed_until')),
  },
});
