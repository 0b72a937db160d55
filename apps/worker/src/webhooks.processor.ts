import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job as BullJob } from 'bullmq';

import { Enqueue } from '#queue/enqueue.js';
import { workerOptions } from '#queue/queue-backend.js';

import { assertHandled, handle, sayTrouble } from './handlers.js';
import type { Handlers } from './handlers.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import { jobsForWebhooks } from './webhook-hooks.js';

/**
 * Deliveries to webhooks, in a queue of their own: a slow receiver holds up one of its jobs, and neither other
 * receivers nor anything else the service does.
 */
@Processor('webhooks', { ...workerOptions, concurrency: 50 })
export class WebhooksProcessor extends WorkerHost {
  private readonly handlers: Handlers<'webhooks'> = {
    'deliver-webhooks': ({ webhook }) => this.deliveries.deliver(webhook),
    'sweep-webhooks': () => this.sweep(),
  };

  constructor(
    private readonly deliveries: WebhookDeliveries,
    private readonly enqueue: Enqueue,
  ) {
    super();
    assertHandled('webhooks', this.handlers);
  }

  process(job: BullJob): Promise<unknown> {
    return handle(this.handlers, job);
  }

  @OnWorkerEvent('error')
  trouble(error: Error): void {
    sayTrouble('webhooks', error);
  }

  /** Rings what is due again after a failure, and what was rung for nobody because a worker died. */
  private async sweep(): Promise<void> {
    const due = await this.deliveries.due();
    if (due.length > 0) await this.enqueue.add(jobsForWebhooks(due));
    await this.deliveries.forgetOld();
  }
}
