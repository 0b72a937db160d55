import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job as BullJob } from 'bullmq';
import { DataSource } from 'typeorm';

import { workerOptions } from '#queue/queue-backend.js';

import { Effects } from './effects.js';
import type { Effect } from './effects.js';
import { assertHandled, handle, sayTrouble } from './handlers.js';
import type { Handlers } from './handlers.js';
import { Messages } from './messages.js';

/** What is told at once to the people it concerns, and the canary that proves the queue lives. */
@Processor('notifications', { ...workerOptions, concurrency: 4 })
export class NotificationsProcessor extends WorkerHost {
  private readonly handlers: Handlers<'notifications'> = {
    notify: ({ effects }) =>
      this.effects.doBatch(effects, {
        'notify-beneficiary': (told) => this.tell(told, (of) => of.contacts),
        'notify-agency': (told) => this.tell(told, (of) => of.agency),
        'notify-finance': (told) => this.tell(told, (of) => of.finance),
      }),
    canary: ({ id }) =>
      this.database.query(
        `WITH old AS (DELETE FROM canaries WHERE answered_at < clock_timestamp() - interval '1 hour')
         INSERT INTO canaries (id) VALUES ($1) ON CONFLICT DO NOTHING`,
        [id],
      ),
  };

  constructor(
    private readonly effects: Effects,
    private readonly messages: Messages,
    private readonly database: DataSource,
  ) {
    super();
    assertHandled('notifications', this.handlers);
  }

  process(job: BullJob): Promise<unknown> {
    return handle(this.handlers, job);
  }

  @OnWorkerEvent('error')
  trouble(error: Error): void {
    sayTrouble('notifications', error);
  }

  private async tell(effects: readonly Effect[], pick: (of: Recipients) => readonly string[]): Promise<void> {
    const recipients = await this.recipients(effects);
    await this.messages.record(
      effects.flatMap((effect) => {
        const of = recipients.get(effect.stream);
        return of === undefined ? [] : pick(of).map((recipient) => ({ effect, recipient }));
      }),
    );
  }

  /** Per stream: the persons of its beneficiary, its handler or else every administrator, and all of finance. */
  private async recipients(effects: readonly Effect[]): Promise<Map<string, Recipients>> {
    const streams = [...new Set(effects.map((effect) => effect.stream))];
    const rows: (Recipients & { stream: string })[] = await this.database.query(
      `SELECT s.stream,
              ARRAY(SELECT p.id FROM people p
                     WHERE p.beneficiary = coalesce(g.beneficiary, split_part(s.stream, ':', 2)) AND p.ended IS NULL
                     ORDER BY p.id) AS contacts,
              CASE WHEN g.handler IS NOT NULL THEN ARRAY[g.handler]
                   ELSE ARRAY(SELECT p.id FROM people p
                               WHERE 'administrator' = ANY (p.roles) AND p.ended IS NULL ORDER BY p.id)
              END AS agency,
              ARRAY(SELECT p.id FROM people p
                     WHERE 'finance' = ANY (p.roles) AND p.ended IS NULL ORDER BY p.id) AS finance
         FROM unnest($1::text[]) AS s (stream)
         LEFT JOIN grants g ON s.stream = 'grant:' || g.code`,
      [streams],
    );
    return new Map(rows.map((row) => [row.stream, row]));
  }
}

interface Recipients {
  readonly contacts: readonly string[];
  readonly agency: readonly string[];
  readonly finance: readonly string[];
}
