import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { subjectOf } from '#notifications/subject.js';

import type { Effect } from './effects.js';
import { ownerOf } from './effects.js';

/**
 * The local outbox: who was told what, once per event, person and kind. Where no mail service is
 * configured messages lie here for the API to show; nothing is silently dropped.
 */
@Injectable()
export class Messages {
  constructor(private readonly database: DataSource) {}

  async record(messages: readonly { readonly effect: Effect; readonly recipient: string }[]): Promise<void> {
    if (messages.length === 0) return;
    await this.database.query(
      `INSERT INTO messages (event_id, recipient, kind, subject)
       SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
      [
        messages.map(({ effect }) => effect.eventId),
        messages.map(({ recipient }) => recipient),
        messages.map(({ effect }) => effect.event.type),
        messages.map(({ effect }) => subjectOf(ownerOf(effect.stream), effect.event)),
      ],
    );
  }
}
