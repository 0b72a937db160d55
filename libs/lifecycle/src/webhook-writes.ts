import type { EventType } from '#domain/events.js';
import { type Refused, refuse, refuseInvalid } from '#domain/refusal.js';
import type { ReplayedFrom } from '#domain/webhook-fields.js';
import type { Client } from '#persistence/client.js';
import { codeOfStream } from '#persistence/views/sql-text.js';

import type { RegisterWrite } from './registers.js';

/** What is subscribed to, and where it goes; `types` empty: every type, `programme` null: everything. */
export interface WebhookSubscription {
  readonly url: string;
  readonly types: readonly EventType[];
  readonly programme: string | null;
}

/** The most events that one replay sends again. */
export const mostReplayed = 100_000;

/** A subscription, with the key that signs what is delivered to it; whoever makes the key shows it, once. */
export function addWebhook(
  by: string,
  subscription: WebhookSubscription,
  key: Buffer,
): RegisterWrite<{ webhook: number; status: string }> {
  return async (client, now) => {
    const { url, types, programme } = subscription;
    const unknown = await refuseProgramme(client, programme);
    if (unknown !== null) return unknown;
    const { rows } = await client.query({
      text: `INSERT INTO webhooks (url, types, programme, created_by, created_at) VALUES ($1, $2, $3, $4, $5)
        RETURNING no AS webhook, status`,
      values: [url, types, programme, by, now],
    });
    const [added] = rows as { webhook: number; status: string }[];
    if (added === undefined) throw new Error('the webhook was not written');
    await addKey(client, added.webhook, by, key);
    return { result: added };
  };
}

/** Subscribes to something else, or elsewhere. What waits goes to the new address. */
export function changeWebhook(
  webhook: number,
  subscription: WebhookSubscription,
): RegisterWrite<WebhookSubscription & { webhook: number }> {
  return async (client) => {
    const found = await locked(client, webhook);
    if ('refused' in found) return found;
    const unknown = await refuseProgramme(client, subscription.programme);
    if (unknown !== null) return unknown;
    const { url, types, programme } = subscription;
    await client.query({
      text: 'UPDATE webhooks SET url = $2, types = $3, programme = $4 WHERE no = $1',
      values: [webhook, url, types, programme],
    });
    return { result: { webhook, url, types, programme } };
  };
}

/** Nothing is sent while it is paused; what happens meanwhile waits, and goes out in order once it is resumed. */
export function pauseWebhook(
  webhook: number,
  to: 'paused' | 'active',
): RegisterWrite<{ webhook: number; status: string }> {
  return async (client) => {
    const found = await locked(client, webhook);
    if ('refused' in found) return found;
    await client.query({ text: 'UPDATE webhooks SET status = $2 WHERE no = $1', values: [webhook, to] });
    return { result: { webhook, status: to } };
  };
}

/** Ends a subscription for good: what waits is never sent, and its secrets are forgotten. */
export function endWebhook(
  webhook: number,
): RegisterWrite<{ webhook: number; status: string; cancelled: number }> {
  return async (client) => {
    const found = await locked(client, webhook);
    if ('refused' in found) return found;
    await client.query({ text: `UPDATE webhooks SET status = 'ended' WHERE no = $1`, values: [webhook] });
    await client.query({ text: 'DELETE FROM webhook_lanes WHERE webhook = $1', values: [webhook] });
    const { rows } = await client.query({
      text: `WITH ended AS (
          UPDATE webhook_deliveries SET state = 'cancelled', settled_at = clock_timestamp()
           WHERE webhook = $1 AND state IN ('waiting','parked') RETURNING 1)
        SELECT count(*)::integer AS cancelled FROM ended`,
      values: [webhook],
    });
    await client.query({ text: 'DELETE FROM webhook_secrets WHERE webhook = $1', values: [webhook] });
    const [{ cancelled } = { cancelled: 0 }] = rows as { cancelled: number }[];
    return { result: { webhook, status: 'ended', cancelled } };
  };
}

/** Another key; the one before signs beside it for `overlapHours` more. Older ones are forgotten at once. */
export function rotateSecret(
  by: string,
  rotation: { readonly webhook: number; readonly overlapHours: number },
  key: Buffer,
): RegisterWrite<{ webhook: number; previousUntil: string }> {
  return async (client) => {
    const { webhook, overlapHours } = rotation;
    const found = await locked(client, webhook);
    if ('refused' in found) return found;
    await client.query({
      text: 'DELETE FROM webhook_secrets WHERE webhook = $1 AND expires_at IS NOT NULL',
      values: [webhook],
    });
    const { rows } = await client.query({
      text: `UPDATE webhook_secrets SET expires_at = clock_timestamp() + make_interval(hours => $2)
        WHERE webhook = $1 AND expires_at IS NULL RETURNING expires_at AS until`,
      values: [webhook, overlapHours],
    });
    await addKey(client, webhook, by, key);
    const [previous] = rows as { until: Date }[];
    if (previous === undefined) throw new Error(`webhook ${webhook} had no secret`);
    return { result: { webhook, previousUntil: previous.until.toISOString() } };
  };
}

/** Something to deliver that is no event: tried once, and before anything that waits. */
export function testWebhook(webhook: number): RegisterWrite<{ webhook: number; delivery: string }> {
  return async (client) => {
    const found = await locked(client, webhook);
    if ('refused' in found) return found;
    const { rows } = await client.query({
      text: `WITH test AS (
          INSERT INTO webhook_deliveries (webhook, stream) VALUES ($1, 'test:' || gen_random_uuid())
          RETURNING id, webhook, stream
        ), lane AS (
          INSERT INTO webhook_lanes (webhook, stream, next_attempt_at) SELECT webhook, stream, clock_timestamp() FROM test)
        SELECT id::text AS delivery FROM test`,
      values: [webhook],
    });
    const [{ delivery } = { delivery: '' }] = rows as { delivery: string }[];
    return { result: { webhook, delivery } };
  };
}

/** Where a replay begins: an event by its id, or by its place in its stream. `stream` keeps it to that one. */
export interface Replay {
  readonly webhook: number;
  readonly from: ReplayedFrom;
  readonly stream: string | null;
}

/**
 * Delivers again what was subscribed to from an event on, in order, and each under the id it had. What a subscription
 * of today would have got counts, whether it existed then or not. Refused where it is more than `mostReplayed`.
 */
export function replayWebhook(replay: Replay): RegisterWrite<{ webhook: number; deliveries: number }> {
  return async (client) => {
    const { webhook, from, stream } = replay;
    const found = await locked(client, webhook);
    if ('refused' in found) return found;
    const event = await eventOf(client, from);
    if (event === null)
      return refuse('not-found', {
        event: 'eventId' in from ? `evt_${from.eventId}` : `${from.stream}#${from.sequence}`,
      });
    const { rows } = await client.query({
      text: replayed,
      values: [webhook, event, stream, mostReplayed + 1],
    });
    const [{ deliveries, streams } = { deliveries: 0, streams: [] }] = rows as {
      deliveries: number;
      streams: string[] | null;
    }[];
    if (deliveries > mostReplayed)
      return refuseInvalid(
        'from',
        `more than ${mostReplayed} events have come since; begin later, or keep it to one grant`,
      );
    await reckon(client, webhook, streams ?? []);
    return { result: { webhook, deliveries } };
  };
}

const replayed = `WITH again AS (
    INSERT INTO webhook_deliveries AS d (webhook, event_id, stream)
    SELECT w.no, e.id, e.stream FROM webhooks w
      JOIN events e ON e.id >= $2::bigint AND (w.types = '{}' OR e.type = ANY (w.types))
     WHERE w.no = $1 AND ($3::text IS NULL OR e.stream = $3)
       AND (w.programme IS NULL OR w.programme = (SELECT g.programme FROM grants g WHERE g.code = ${codeOfStream('e.stream')}))
       -- What the relay has not taken up yet it will deliver itself.
       AND NOT EXISTS (SELECT FROM outbox o WHERE o.event_id = e.id)
     ORDER BY e.id LIMIT $4
    ON CONFLICT (webhook, event_id) DO UPDATE SET state = 'waiting', round = d.round + 1, attempts = 0,
      last_error = NULL, settled_at = NULL, skipped_by = NULL, reason = NULL
    RETURNING stream
  ), lanes AS (
    INSERT INTO webhook_lanes (webhook, stream) SELECT DISTINCT $1::integer, stream FROM again ORDER BY 2
    ON CONFLICT DO NOTHING
  ) SELECT count(*)::integer AS deliveries, array_agg(DISTINCT stream) AS streams FROM again`;

async function eventOf(client: Client, from: Replay['from']): Promise<string | null> {
  const { rows } = await client.query(
    'eventId' in from
      ? { text: 'SELECT id::text AS id FROM events WHERE id = $1', values: [from.eventId] }
      : {
          text: 'SELECT id::text AS id FROM events WHERE stream = $1 AND sequence = $2',
          values: [from.stream, from.sequence],
        },
  );
  return (rows as { id: string }[])[0]?.id ?? null;
}

/** Tries parked deliveries again, the one that is named or all of a webhook; each gets its three days anew. */
export function retryParked(
  webhook: number,
  delivery: string | null,
): RegisterWrite<{ webhook: number; deliveries: number }> {
  return async (client) => {
    const found = await locked(client, webhook);
    if ('refused' in found) return found;
    const { rows } = await client.query({
      text: `UPDATE webhook_deliveries SET state = 'waiting', round = round + 1, attempts = 0
        WHERE webhook = $1 AND state = 'parked' AND ($2::bigint IS NULL OR id = $2) RETURNING stream`,
      values: [webhook, delivery],
    });
    if (delivery !== null && rows.length === 0) return notOpen(client, webhook, delivery, ['parked']);
    await reckon(client, webhook, streamsOf(rows));
    return { result: { webhook, deliveries: rows.length } };
  };
}

/** Gives a delivery up, with a reason; those behind it go on. */
export function skipDelivery(
  by: string,
  skipped: { readonly webhook: number; readonly delivery: string; readonly reason: string },
): RegisterWrite<{ webhook: number; delivery: string; state: string }> {
  return async (client) => {
    const { webhook, delivery, reason } = skipped;
    const found = await locked(client, webhook);
    if ('refused' in found) return found;
    const { rows } = await client.query({
      text: `UPDATE webhook_deliveries SET state = 'skipped', settled_at = clock_timestamp(), skipped_by = $3, reason = $4
        WHERE webhook = $1 AND id = $2 AND state IN ('parked','waiting') AND event_id IS NOT NULL RETURNING stream`,
      values: [webhook, delivery, by, reason],
    });
    if (rows.length === 0) return notOpen(client, webhook, delivery, ['parked', 'waiting']);
    await reckon(client, webhook, streamsOf(rows));
    return { result: { webhook, delivery, state: 'skipped' } };
  };
}

/** Why a delivery cannot be retried or skipped: there is none, or it is in another state. */
async function notOpen(
  client: Client,
  webhook: number,
  delivery: string,
  needed: readonly string[],
): Promise<Refused> {
  const { rows } = await client.query({
    text: 'SELECT state FROM webhook_deliveries WHERE webhook = $1 AND id = $2',
    values: [webhook, delivery],
  });
  const [row] = rows as { state: string }[];
  if (row === undefined) return refuse('not-found', { delivery });
  return refuse('wrong-state', { delivery, state: row.state, needed });
}

function streamsOf(rows: readonly unknown[]): string[] {
  return [...new Set((rows as { stream: string }[]).map(({ stream }) => stream))];
}

async function reckon(client: Client, webhook: number, streams: readonly string[]): Promise<void> {
  await client.query({
    text: 'SELECT webhook_lanes_reckon($1, $2, clock_timestamp())',
    values: [webhook, streams],
  });
}

/** Changes of one webhook wait for each other. Refused where there is none, or it has ended. */
async function locked(client: Client, webhook: number): Promise<{ status: string } | Refused> {
  const { rows } = await client.query({
    text: 'SELECT status FROM webhooks WHERE no = $1 FOR UPDATE',
    values: [webhook],
  });
  const [row] = rows as { status: string }[];
  if (row === undefined) return refuse('not-found', { webhook });
  return row.status === 'ended'
    ? refuse('wrong-state', { webhook, state: 'ended', needed: ['active', 'paused'] })
    : row;
}

async function refuseProgramme(client: Client, programme: string | null): Promise<Refused | null> {
  if (programme === null) return null;
  const { rows } = await client.query({
    text: 'SELECT 1 FROM programmes WHERE code = $1',
    values: [programme],
  });
  return rows.length === 0 ? refuse('not-found', { programme }) : null;
}

async function addKey(client: Client, webhook: number, by: string, key: Buffer): Promise<void> {
  await client.query({
    text: `INSERT INTO webhook_secrets (webhook, no, key, created_by)
      SELECT $1, coalesce(max(no), 0) + 1, $2, $3 FROM webhook_secrets WHERE webhook = $1`,
    values: [webhook, key, by],
  });
}
