import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import type { BeforeApplicationShutdown, OnApplicationShutdown } from '@nestjs/common';
import type { Job as BullJob } from 'bullmq';

import { workerOptions } from '#queue/queue-backend.js';

import { assertHandled, handle, sayTrouble } from './handlers.js';
import type { Handlers } from './handlers.js';
import { Mails } from './mails.js';

/** Mails: put together of messages, and handed over. One run at a time in a process, until nothing waits. */
@Processor('mail', { ...workerOptions, concurrency: 1 })
export class MailsProcessor extends WorkerHost implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly handlers: Handlers<'mail'> = { 'send-mails': () => this.mails.follow() };

  constructor(private readonly mails: Mails) {
    super();
    assertHandled('mail', this.handlers);
  }

  process(job: BullJob): Promise<unknown> {
    return handle(this.handlers, job);
  }

  beforeApplicationShutdown(): void {
    this.mails.stop();
  }

  onApplicationShutdown(): void {
    this.mails.close();
  }

  @OnWorkerEvent('error')
  trouble(error: Error): void {
    sayTrouble('mail', error);
  }
}
