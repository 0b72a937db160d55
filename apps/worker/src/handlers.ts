import { Logger } from '@nestjs/common';
import { UnrecoverableError } from 'bullmq';
import type { Job as BullJob } from 'bullmq';

import { jobNames } from '#queue/jobs.js';
import type { Job, QueueName } from '#queue/jobs.js';

/** One function for each job of a queue; the compiler keeps it exhaustive. */
export type Handlers<Q extends QueueName> = {
  readonly [J in Extract<Job, { queue: Q }> as J['name']]: (data: J['data']) => Promise<unknown>;
};

/** Throws where a job of the queue has no handler: the boot fails instead of the first such job. */
export function assertHandled<Q extends QueueName>(queue: Q, handlers: Handlers<Q>): void {
  const missing = jobNames[queue].filter((name) => !Object.hasOwn(handlers, name));
  if (missing.length > 0) throw new Error(`queue ${queue} has no handler for ${missing.join(', ')}`);
}

/** Hands a job to its handler. A name that this version does not know is not tried again. */
export async function handle<Q extends QueueName>(handlers: Handlers<Q>, job: BullJob): Promise<unknown> {
  const handler = (handlers as Record<string, ((data: unknown) => Promise<unknown>) | undefined>)[job.name];
  if (handler === undefined) throw new UnrecoverableError(`this version has no handler for "${job.name}"`);
  return handler(job.data);
}

const log = new Logger('Worker');

/** Trouble of a worker with its backend: said, never fatal, since BullMQ tries again for as long as it takes. */
export function sayTrouble(queue: QueueName, error: Error): void {
  log.warn(`queue ${queue}: ${error.message}`);
}
