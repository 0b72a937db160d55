import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';

import { Enqueue } from './enqueue.js';
import { queueNames } from './jobs.js';
import type { QueueBackend } from './queue-backend.js';

/**
 * The queues for Nest. `backend` must answer already (`waitForBackend`): a queue built while its backend is
 * away may never recover. A `prefix` keeps a simulation on Redis apart from everything else there.
 */
@Module({})
export class QueueModule {
  static forRoot(backend: QueueBackend, prefix?: string): DynamicModule {
    const { connection } = backend;
    return {
      module: QueueModule,
      global: true,
      imports: [
        BullModule.forRoot(prefix === undefined ? { connection } : { connection, prefix }),
        BullModule.registerQueue(...queueNames.map((name) => ({ name }))),
      ],
      providers: [Enqueue],
      exports: [Enqueue],
    };
  }
}
