import type { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { EventType } from '#domain/events.js';

import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { instantText } from './sql-text.js';

/** A notification as it was decided to be sent. */
export interface MessageListed {
  readonly id: string;
  /** Null for a digest, which no event asked for. */
  readonly event: string | null;
  readonly recipient: string;
  readonly kind: EventType | 'digest';
  readonly subject: string | null;
  readonly at: Instant;
  /** The mail that carries it, where mails are put together. */
  readonly mail: string | null;
  /** `grant:<code>` or `beneficiary:<id>` */
  readonly stream: string | null;
  readonly sequence: number | null;
}

export class MessageView {
  constructor(private readonly database: DataSource) {}

  /** Messages in the order in which they were recorded; `recipient` shows that person's alone. */
  async list(
    filter: {
      readonly recipient?: string | null;
      readonly kind?: string;
      readonly grant?: string;
    },
    page: PageRequest,
  ): Promise<Page<MessageListed>> {
    const where = new Conditions()
      .where((it) => `m.recipient = ${it}`, filter.recipient)
      .where((it) => `m.kind = ${it}`, filter.kind)
      .where((it) => `e.stream = 'grant:' || ${it}`, filter.grant)
      .after(['m.id'], ['bigint'], page);
    const rows: MessageListed[] = await this.database.query(
      `SELECT m.id::text, m.event_id::text AS event, m.recipient, m.kind, m.subject, ${instantText('m.at')} AS at,
              m.mail::text, e.stream, e.sequence
         FROM messages m LEFT JOIN events e ON e.id = m.event_id
        ${where.toString()} ORDER BY m.id LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ id }) => [id]);
  }
}
