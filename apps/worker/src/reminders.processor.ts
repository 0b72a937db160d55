import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job as BullJob } from 'bullmq';

import { workerOptions } from '#queue/queue-backend.js';

import { Effects } from './effects.js';
import type { Effect } from './effects.js';
import { assertHandled, handle, sayTrouble } from './handlers.js';
import type { Handlers } from './handlers.js';
import { Messages } from './messages.js';

/**
 * Reminders and escalations: decided in the grant's transaction, recorded here for their recipient. Two batches at once
 * keep two processors busy; with more a deadline day took as long, and left less for those who ask something.
 */
@Processor('reminders', { ...workerOptions, concurrency: 2 })
export class RemindersProcessor extends WorkerHost {
  private readonly handlers: Handlers<'reminders'> = {
    remind: ({ effects }) =>
      this.effects.doBatch(effects, {
        remind: (sent) => this.tell(sent),
        escalate: (sent) => this.tell(sent),
      }),
  };

  constructor(
    private readonly effects: Effects,
    private readonly messages: Messages,
  ) {
    super();
    assertHandled('reminders', this.handlers);
  }

  process(job: BullJob): Promise<unknown> {
    return handle(this.handlers, job);
  }

  @OnWorkerEvent('error')
  trouble(error: Error): void {
    sayTrouble('reminders', error);
  }

  private tell(effects: readonly Effect[]): Promise<'done'> {
    return this.messages.record(
      effects,
      effects.map((effect) => ({ effect, recipient: effect.target })),
    );
  }
}
