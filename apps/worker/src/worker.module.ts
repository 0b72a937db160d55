import { Module, Optional } from '@nestjs/common';
import type {
  BeforeApplicationShutdown,
  DynamicModule,
  OnApplicationBootstrap,
  OnModuleInit,
} from '@nestjs/common';
import type { Worker } from 'bullmq';

import { LifecycleModule } from '#lifecycle/lifecycle.module.js';
import { Enqueue } from '#queue/enqueue.js';

import { DeadlinesProcessor } from './deadlines.processor.js';
import { Digests } from './digests.js';
import { Effects } from './effects.js';
import { localTelling, TELLING } from './mail-settings.js';
import type { TellingSettings } from './mail-settings.js';
import { Mails } from './mails.js';
import { MailsProcessor } from './mails.processor.js';
import { Messages } from './messages.js';
import { NotificationsProcessor } from './notifications.processor.js';
import { LISTEN_URL, OutboxRelay } from './outbox.relay.js';
import { PayoutsProcessor } from './payouts.processor.js';
import { Recipients } from './recipients.js';
import { RemindersProcessor } from './reminders.processor.js';
import { Sweep } from './sweep.js';
import { WEBHOOK_SETTINGS, WebhookDeliveries } from './webhook-deliveries.js';
import type { WebhookSettings } from './webhook-deliveries.js';
import { WebhooksProcessor } from './webhooks.processor.js';

/** How often the sweep comes round, in ms: due rows wait at most this long, lost jobs at most 15 s. */
const SWEEP_EVERY_MS = 2_000;
/** How often mails that have settled are put together, and those that wait sent, in ms. */
const MAILS_EVERY_MS = 1_000;
/** How often its schedule is laid again, in ms: a queue that lost everything has lost that as well. */
const RESCHEDULE_MS = 10_000;

/** Where nobody says from where: a test, a bench. */
const noWebhookSettings: WebhookSettings = { publicUrl: 'http://127.0.0.1:3000', allowed: [] };

/**
 * The worker: relay, sweep and the processors of every queue. Needs PersistenceModule and QueueModule
 * beside it; any number of workers may run, in one process with the API or apart.
 */
@Module({})
export class WorkerModule implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private rescheduling: NodeJS.Timeout | undefined;

  static forRoot(
    listenUrl: string,
    telling: TellingSettings = localTelling,
    webhooks: WebhookSettings = noWebhookSettings,
  ): DynamicModule {
    return {
      module: WorkerModule,
      imports: [LifecycleModule],
      providers: [
        { provide: LISTEN_URL, useValue: listenUrl },
        { provide: TELLING, useValue: telling },
        { provide: WEBHOOK_SETTINGS, useValue: webhooks },
        Digests,
        Effects,
        Messages,
        Recipients,
        Sweep,
        OutboxRelay,
        DeadlinesProcessor,
        RemindersProcessor,
        PayoutsProcessor,
        NotificationsProcessor,
        ...(telling.mails === null ? [] : [Mails, MailsProcessor]),
        WebhookDeliveries,
        WebhooksProcessor,
      ],
    };
  }

  constructor(
    private readonly enqueue: Enqueue,
    private readonly deadlines: DeadlinesProcessor,
    private readonly reminders: RemindersProcessor,
    private readonly payouts: PayoutsProcessor,
    private readonly notifications: NotificationsProcessor,
    private readonly webhooks: WebhooksProcessor,
    /** Absent where no mail is put together. */
    @Optional() private readonly mails?: MailsProcessor,
  ) {}

  /** Fails the boot where the backend went away since it was last seen; see `workerOptions`. */
  async onModuleInit(): Promise<void> {
    await Promise.all(this.workers().map((worker) => worker.waitUntilReady()));
  }

  /** What fell due while nothing ran is swept at once, then every other second. */
  async onApplicationBootstrap(): Promise<void> {
    for (const worker of this.workers())
      worker.run().catch((error: unknown) => worker.emit('error', error as Error));
    await this.schedule();
    await this.enqueue.add([
      { queue: 'deadlines', name: 'sweep', data: {}, id: `sweep-start-${process.pid}-${Date.now()}` },
    ]);
    this.rescheduling = setInterval(() => {
      // Where the backend is away the next turn will do; the relay says so meanwhile.
      this.schedule().catch(() => undefined);
    }, RESCHEDULE_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.rescheduling);
  }

  private async schedule(): Promise<void> {
    await this.enqueue.scheduleSweep(SWEEP_EVERY_MS);
    if (this.mails !== undefined) await this.enqueue.scheduleMails(MAILS_EVERY_MS);
  }

  private workers(): Worker[] {
    const processors = [this.deadlines, this.reminders, this.payouts, this.notifications, this.webhooks];
    return [...processors, ...(this.mails === undefined ? [] : [this.mails])].map(({ worker }) => worker);
  }
}
