import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { Queue } from 'bullmq';

import type { Job, QueueName } from './jobs.js';

/**
 * A job with its own id, always: without one BullMQ on PostgreSQL creates a sequence at the first `add`,
 * which the runtime role may not. An id that is still there is not added again.
 */
export type JobToAdd = Job & { readonly id: string };

/** Done jobs go at once; given-up ones stay a while to be looked at, their effects are rung by the sweep. */
const jobOptions = {
  removeOnComplete: true,
  removeOnFail: { age: 7 * 24 * 3600, count: 1_000 },
  attempts: 3,
  backoff: { type: 'exponential', delay: 1_000 },
} as const;

/** What comes round by itself: what falls due, and deliveries whose moment has come. */
const sweeps = [
  { queue: 'deadlines', name: 'sweep' },
  { queue: 'webhooks', name: 'sweep-webhooks' },
] as const satisfies readonly Pick<Job, 'queue' | 'name'>[];

/** From how many jobs of one queue on they are added in bulk. */
const BULK_FROM = 5;

/** Rings the doorbell. Only the worker's relay and sweep, and the canary of the API, do. */
@Injectable()
export class Enqueue implements OnModuleInit {
  private readonly queues: Readonly<Record<QueueName, Queue>>;

  constructor(
    @InjectQueue('deadlines') deadlines: Queue,
    @InjectQueue('reminders') reminders: Queue,
    @InjectQueue('payouts') payouts: Queue,
    @InjectQueue('notifications') notifications: Queue,
    @InjectQueue('mail') mail: Queue,
    @InjectQueue('webhooks') webhooks: Queue,
  ) {
    this.queues = { deadlines, reminders, payouts, notifications, mail, webhooks };
    // A queue without a listener would end the process when its backend goes away; adding fails then anyway.
    for (const queue of this.all()) queue.on('error', () => undefined);
  }

  /** Fails the boot where the backend went away meanwhile: a queue whose first connection failed never recovers. */
  async onModuleInit(): Promise<void> {
    await Promise.all(this.all().map((queue) => queue.waitUntilReady()));
  }

  /** Adds jobs; many of one queue in one round trip. */
  async add(jobs: readonly JobToAdd[]): Promise<void> {
    const byQueue = new Map<QueueName, JobToAdd[]>();
    for (const job of jobs) byQueue.set(job.queue, [...(byQueue.get(job.queue) ?? []), job]);
    await Promise.all([...byQueue].map(([name, group]) => this.addTo(this.queues[name], group)));
  }

  /** On PostgreSQL a bulk works through temporary tables: worth it only from a handful of jobs on. */
  private async addTo(queue: Queue, jobs: readonly JobToAdd[]): Promise<unknown> {
    if (jobs.length < BULK_FROM)
      return Promise.all(
        jobs.map(({ name, data, id }) => queue.add(name, data, { ...jobOptions, jobId: id })),
      );
    return queue.addBulk(
      jobs.map(({ name, data, id }) => ({ name, data, opts: { ...jobOptions, jobId: id } })),
    );
  }

  /** Lets each sweep come round every so many milliseconds, one at a time over all workers. */
  async scheduleSweep(everyMs: number): Promise<void> {
    await Promise.all(
      sweeps.map(({ queue, name }) =>
        this.queues[queue].upsertJobScheduler(
          name,
          { every: everyMs },
          { name, data: {}, opts: { removeOnComplete: true, removeOnFail: 100 } },
        ),
      ),
    );
  }

  /** Lets mails be put together and sent every so many milliseconds, one run at a time over all workers. */
  async scheduleMails(everyMs: number): Promise<void> {
    await this.queues.mail.upsertJobScheduler(
      'send-mails',
      { every: everyMs },
      { name: 'send-mails', data: {}, opts: { removeOnComplete: true, removeOnFail: 100 } },
    );
  }

  /** Every queue, for metrics. */
  all(): readonly Queue[] {
    return Object.values(this.queues);
  }

  /** Removes the queues with all their jobs: the end of a simulation. */
  async obliterate(): Promise<void> {
    for (const queue of this.all()) await queue.obliterate({ force: true });
  }
}
