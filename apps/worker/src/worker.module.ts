import { Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationBootstrap } from '@nestjs/common';

import { LifecycleModule } from '#lifecycle/lifecycle.module.js';
import { Enqueue } from '#queue/enqueue.js';

import { DeadlinesProcessor } from './deadlines.processor.js';
import { Effects } from './effects.js';
import { Messages } from './messages.js';
import { NotificationsProcessor } from './notifications.processor.js';
import { LISTEN_URL, OutboxRelay } from './outbox.relay.js';
import { PayoutsProcessor } from './payouts.processor.js';
import { RemindersProcessor } from './reminders.processor.js';
import { Sweep } from './sweep.js';

/** How often the sweep comes round, in ms: due rows wait at most this long, lost jobs at most 15 s. */
const SWEEP_EVERY_MS = 2_000;

/**
 * The worker: relay, sweep and the processors of every queue. Needs PersistenceModule and QueueModule
 * beside it; any number of workers may run, in one process with the API or apart.
 */
@Module({})
export class WorkerModule implements OnApplicationBootstrap {
  static forRoot(listenUrl: string): DynamicModule {
    return {
      module: WorkerModule,
      imports: [LifecycleModule],
      providers: [
        { provide: LISTEN_URL, useValue: listenUrl },
        Effects,
        Messages,
        Sweep,
        OutboxRelay,
        DeadlinesProcessor,
        RemindersProcessor,
        PayoutsProcessor,
        NotificationsProcessor,
      ],
    };
  }

  constructor(private readonly enqueue: Enqueue) {}

  /** What fell due while nothing ran is swept at once, then every other second. */
  async onApplicationBootstrap(): Promise<void> {
    await this.enqueue.scheduleSweep(SWEEP_EVERY_MS);
    await this.enqueue.add([
      { queue: 'deadlines', name: 'sweep', data: {}, id: `sweep-start-${process.pid}-${Date.now()}` },
    ]);
  }
}
