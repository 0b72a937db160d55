import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import type { MailClass, MailState } from '../tables/mail.table.js';
import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { instantText } from './sql-text.js';

export type { MailClass, MailState };

/** A mail to one person, and how far it got. */
export interface MailListed {
  readonly id: string;
  readonly recipient: string;
  readonly class: MailClass;
  /** The moment its messages share, by the rules' clock. */
  readonly moment: Instant;
  readonly state: MailState;
  /** Null while it is open: only then may messages join it. */
  readonly messageId: string | null;
  readonly messages: number;
  readonly attempts: number;
  /** When it may be tried; of one that is being sent, when its sender is given up. */
  readonly nextAttemptAt: Instant | null;
  readonly address: string | null;
  readonly response: string | null;
  readonly lastError: string | null;
  readonly handedOverAt: Instant | null;
  /** From due to handed over, in seconds. */
  readonly lateSeconds: number | null;
}

/** A mail with the facts it is written from. */
export interface MailRead extends MailListed {
  readonly language: string;
  readonly items: readonly {
    readonly id: string;
    readonly kind: string;
    readonly event: string | null;
    readonly subject: string | null;
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
}

const columns = `m.id::text, m.recipient, m.class, ${instantText('m.moment')} AS moment, m.state,
  m.message_id AS "messageId", (SELECT count(*)::int FROM messages x WHERE x.mail = m.id) AS messages, m.attempts,
  ${instantText('m.next_attempt_at')} AS "nextAttemptAt", m.address, m.response, m.last_error AS "lastError",
  ${instantText('m.handed_over_at')} AS "handedOverAt", (m.late_ms / 1000.0)::float8 AS "lateSeconds"`;

@Injectable()
export class MailView {
  constructor(private readonly database: DataSource) {}

  /** Mails in the order in which they were opened; `own` shows that person's alone. */
  async list(
    filter: {
      readonly own?: string | null;
      readonly recipient?: string;
      readonly state?: MailState;
      readonly class?: MailClass;
    },
    page: PageRequest,
  ): Promise<Page<MailListed>> {
    const where = new Conditions()
      .where((it) => `m.recipient = ${it}`, filter.own)
      .where((it) => `m.recipient = ${it}`, filter.recipient)
      .where((it) => `m.state = ${it}`, filter.state)
      .where((it) => `m.class = ${it}`, filter.class)
      .after(['m.id'], ['bigint'], page);
    const rows: MailListed[] = await this.database.query(
      `SELECT ${columns} FROM mails m ${where.toString()} ORDER BY m.id LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ id }) => [id]);
  }

  /** One mail with its messages; null where there is none, or it is another's than `own`. */
  async one(id: string, own: string | null): Promise<MailRead | null> {
    if (!/^\d{1,18}$/.test(id)) return null;
    const [row]: MailRead[] = await this.database.query(
      `SELECT ${columns}, coalesce((SELECT p.language FROM people p WHERE p.id = m.recipient), '') AS language,
              coalesce((SELECT json_agg(json_build_object('id', x.id::text, 'kind', x.kind, 'event', x.event_id::text,
                'subject', x.subject, 'facts', x.facts) ORDER BY x.id) FROM messages x WHERE x.mail = m.id), '[]') AS items
         FROM mails m WHERE m.id = $1 AND ($2::text IS NULL OR m.recipient = $2)`,
      [id, own],
    );
    return row ?? null;
  }
}
