import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job as BullJob } from 'bullmq';
import { DataSource } from 'typeorm';

import { workerOptions } from '#queue/queue-backend.js';

import { Effects } from './effects.js';
import type { Effect } from './effects.js';
import { assertHandled, handle, sayTrouble } from './handlers.js';
import type { Handlers } from './handlers.js';
import { Messages } from './messages.js';
import { Recipients } from './recipients.js';

/** What is told at once to the people it concerns, and the canary that proves the queue lives. */
@Processor('notifications', { ...workerOptions, concurrency: 4 })
export class NotificationsProcessor extends WorkerHost {
  private readonly handlers: Handlers<'notifications'> = {
    notify: ({ effects }) =>
      this.effects.doBatch(effects, {
        'notify-beneficiary': (told) => this.tell(told),
        'notify-agency': (told) => this.tell(told),
        'notify-role': (told) => this.tell(told),
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
    private readonly recipients: Recipients,
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

  private async tell(effects: readonly Effect[]): Promise<'done'> {
    const recipientsOf = await this.recipients.of(effects);
    return this.messages.record(
      effects,
      effects.flatMap((effect) => recipientsOf(effect).map((recipient) => ({ effect, recipient }))),
    );
  }
}
