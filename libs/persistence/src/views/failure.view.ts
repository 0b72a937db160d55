import type { DataSource } from 'typeorm';

import { withoutIbans } from '#domain/account-number.js';
import type { Instant } from '#domain/civil-date.js';
import type { EventType } from '#domain/events.js';

import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { instantText, mailsUnderWay } from './sql-text.js';

/**
 * What was to follow from an event, was tried, and is still undone: an effect, (reaction `sweep`) what fell due
 * for a grant after its last event, (reaction `mail`) a mail that failed, was given up on, or is late, or (reaction
 * `deliver-webhook`) a delivery to a webhook, parked ones included.
 */
export interface FailureListed {
  /** Null where none led to it: a digest that could not be sent. */
  readonly event: {
    readonly id: string;
    /** `grant:<code>` or `beneficiary:<id>` */
    readonly stream: string;
    readonly sequence: number;
    readonly type: EventType;
  } | null;
  readonly reaction: string;
  /** What it is done to: a tranche, a person, `mail:<id>`; empty where the reaction has only one. */
  readonly target: string;
  readonly attempts: number;
  readonly lastError: string | null;
  /** Since when it is to be done, by the machine's clock. */
  readonly since: Instant;
}

export class FailureView {
  constructor(private readonly database: DataSource) {}

  /** Failures in the order of their events. One leaves the list when it is done; the sweep tries it until then. */
  async list(page: PageRequest): Promise<Page<FailureListed>> {
    const where = new Conditions().after(
      ['f.event_id', 'f.reaction', 'f.target'],
      ['bigint', 'text', 'text'],
      page,
    );
    const rows: (FailureListed & { readonly key: string })[] = await this.database.query(
      `SELECT CASE WHEN e.id IS NOT NULL THEN json_build_object('id', e.id::text, 'stream', e.stream,
                'sequence', e.sequence, 'type', e.type) END AS event, f.event_id::text AS key,
              f.reaction, f.target, f.attempts, f.last_error AS "lastError",
              ${instantText('f.created_at')} AS since
         FROM (
           SELECT event_id, reaction, target, attempts, last_error, created_at FROM effects
            WHERE done_at IS NULL AND (attempts > 0 OR last_error IS NOT NULL)
           UNION ALL
           SELECT event_id, 'deliver-webhook', webhook::text, attempts, last_error, created_at
             FROM webhook_deliveries
            WHERE (state = 'parked' OR state = 'waiting' AND attempts > 0) AND event_id IS NOT NULL
           UNION ALL
           SELECT l.id, 'sweep', d.grant_code, d.attempts, d.last_error, d.since
             FROM due_failures d JOIN grants g ON g.code = d.grant_code
             JOIN events l ON l.stream = 'grant:' || g.code AND l.sequence = g.sequence
           UNION ALL
           SELECT coalesce((SELECT min(x.event_id) FROM messages x WHERE x.mail = m.id), 0), 'mail', 'mail:' || m.id,
                  m.attempts, coalesce(m.last_error, 'not handed over yet, and late'), m.opened_at
             FROM (SELECT id, attempts, last_error, opened_at FROM mails WHERE state IN ('failed', 'parked')
                   UNION ALL
                   SELECT * FROM ${mailsUnderWay('id, attempts, last_error, opened_at')}
                    WHERE opened_at < clock_timestamp() - interval '15 minutes') m
         ) f LEFT JOIN events e ON e.id = f.event_id
        ${where.toString()} ORDER BY f.event_id, f.reaction, f.target LIMIT ${page.limit + 1}`,
      where.values,
    );
    const { items, next } = pageOf(rows, page.limit, ({ key, reaction, target }) => [key, reaction, target]);
    const shown = items.map(({ key: _key, ...row }) => ({
      ...row,
      lastError: row.lastError && withoutIbans(row.lastError),
    }));
    return { items: shown, next };
  }
}
