import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job as BullJob } from 'bullmq';

import { RunCommands } from '#lifecycle/run-commands.js';
import { workerOptions } from '#queue/queue-backend.js';

import { commandIdOf, Effects, ownerOf } from './effects.js';
import type { Effect } from './effects.js';
import { assertHandled, handle, sayTrouble } from './handlers.js';
import type { Handlers } from './handlers.js';
import { Sweep } from './sweep.js';

/** What falls due by the clock, and what an account command means for the grants it pays. */
@Processor('deadlines', { ...workerOptions, concurrency: 2 })
export class DeadlinesProcessor extends WorkerHost {
  private readonly handlers: Handlers<'deadlines'> = {
    sweep: () => this.sweep.run(),
    reassess: ({ effects }) =>
      this.effects.doBatch(effects, { 'reassess-grants': (done) => this.reassess(done) }),
  };

  constructor(
    private readonly sweep: Sweep,
    private readonly effects: Effects,
    private readonly commands: RunCommands,
  ) {
    super();
    assertHandled('deadlines', this.handlers);
  }

  process(job: BullJob): Promise<unknown> {
    return handle(this.handlers, job);
  }

  @OnWorkerEvent('error')
  trouble(error: Error): void {
    sayTrouble('deadlines', error);
  }

  /** Every grant of the beneficiary looks at the account afresh: payable or fallen back to planned. */
  private async reassess(effects: readonly Effect[]): Promise<void> {
    for (const effect of effects)
      await this.commands.reassessGrantsOf(ownerOf(effect.stream), commandIdOf(effect));
  }
}
