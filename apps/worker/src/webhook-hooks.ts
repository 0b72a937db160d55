import type { QueryRunner } from 'typeorm';

import { codeOfStream } from '#persistence/views/sql-text.js';
import type { JobToAdd } from '#queue/enqueue.js';

/**
 * Writes a delivery for each claimed event and webhook that subscribed to it, in the relay's transaction and in one
 * statement; asked only where there is a webhook at all. What belongs to no single programme (accounts, batches, bank
 * files) goes to subscriptions that name none. Answers the webhooks that have something to deliver now.
 */
export async function hookEvents(
  runner: QueryRunner,
  events: readonly { readonly eventId: string }[],
): Promise<number[]> {
  const rows: { webhook: number }[] = await runner.query(
    `WITH hooked AS (
       INSERT INTO webhook_deliveries (webhook, event_id, stream)
       SELECT w.no, e.id, e.stream
         FROM unnest($1::bigint[]) AS c (event_id)
         JOIN events e ON e.id = c.event_id
         JOIN webhooks w ON w.status <> 'ended' AND (w.types = '{}' OR e.type = ANY (w.types))
        WHERE w.programme IS NULL
           OR w.programme = (SELECT g.programme FROM grants g WHERE g.code = ${codeOfStream('e.stream')})
        ORDER BY e.id
       ON CONFLICT DO NOTHING RETURNING webhook, stream
     ), laned AS (
       INSERT INTO webhook_lanes AS l (webhook, stream, next_attempt_at)
       SELECT webhook, stream, clock_timestamp() FROM (SELECT DISTINCT webhook, stream FROM hooked) h
        ORDER BY webhook, stream
       ON CONFLICT (webhook, stream) DO UPDATE
         SET next_attempt_at = coalesce(l.next_attempt_at, excluded.next_attempt_at) WHERE NOT l.parked
       RETURNING webhook
     ) SELECT DISTINCT webhook FROM laned`,
    [events.map(({ eventId }) => eventId)],
  );
  return rows.map(({ webhook }) => webhook);
}

let rung = 0;

/** One job for each webhook, however much it has to deliver. Ids are never met again: a ring must not be lost. */
export function jobsForWebhooks(webhooks: readonly number[]): JobToAdd[] {
  return webhooks.map((webhook) => ({
    queue: 'webhooks',
    name: 'deliver-webhooks',
    data: { webhook },
    id: `deliver-webhooks-${webhook}-${process.pid}-${Date.now()}-${(rung += 1)}`,
  }));
}
