import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { EventType } from '#domain/events.js';

import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { instantText } from './sql-text.js';

/** A notification as it was decided to be sent. */
export interface MessageListed {
  readonly event: string;
  readonly recipient: string;
  readonly kind: EventType;
  readonly subject: string | null;
  readonly at: Instant;
  /** `grant:<code>` or `beneficiary:<id>` */
  readonly stream: string;
  readonly sequence: number;
}

@Injectable()
export class MessageView {
  constructor(private readonly database: DataSource) {}

  /** Messages in the order of their events; `recipient` shows that person's alone. */
  async list(
    filter: { readonly recipient?: string | null; readonly kind?: string; readonly grant?: string },
    page: PageRequest,
  ): Promise<Page<MessageListed>> {
    const where = new Conditions()
      .where((it) => `m.recipient = ${it}`, filter.recipient)
      .where((it) => `m.kind = ${it}`, filter.kind)
      .where((it) => `e.stream = 'grant:' || ${it}`, filter.grant)
      .after(['m.event_id', 'm.recipient', 'm.kind'], ['bigint', 'text', 'text'], page);
    const rows: MessageListed[] = await this.database.query(
      `SELECT m.event_id::text AS event, m.recipient, m.kind, m.subject, ${instantText('m.at')} AS at,
              e.stream, e.sequence
         FROM messages m JOIN events e ON e.id = m.event_id
        ${where.toString()} ORDER BY m.event_id, m.recipient, m.kind LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ event, recipient, kind }) => [event, recipient, kind]);
  }
}
