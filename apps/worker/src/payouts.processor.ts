import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job as BullJob } from 'bullmq';
import { DataSource } from 'typeorm';

import type { Command } from '#domain/commands.js';
import { system } from '#domain/people.js';
import { BankFileApply } from '#lifecycle/bank-file-apply.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import { workerOptions } from '#queue/queue-backend.js';

import { commandIdOf, Effects, ownerOf } from './effects.js';
import type { Effect } from './effects.js';
import { assertHandled, handle, sayTrouble } from './handlers.js';
import type { Handlers } from './handlers.js';

/** Orders payouts that were approved or held back; records grant by grant what a batch took along and banks answer. */
@Processor('payouts', { ...workerOptions, concurrency: 4 })
export class PayoutsProcessor extends WorkerHost {
  private readonly handlers: Handlers<'payouts'> = {
    'order-payouts': ({ effects }) =>
      this.effects.doBatch(effects, {
        'order-payout': (approved) => this.orderApproved(approved),
        'order-held-payouts': (resumed) => this.orderHeld(resumed),
      }),
    'hand-over-payouts': ({ effects }) =>
      this.effects.doBatch(effects, { 'hand-over-payouts': (batches) => this.recordHandOvers(batches) }),
    'apply-bank-file': ({ effects }) =>
      this.effects.doBatch(effects, { 'apply-bank-file': (files) => this.applyBankFiles(files) }),
  };

  constructor(
    private readonly effects: Effects,
    private readonly commands: RunCommands,
    private readonly database: DataSource,
  ) {
    super();
    assertHandled('payouts', this.handlers);
  }

  process(job: BullJob): Promise<unknown> {
    return handle(this.handlers, job);
  }

  @OnWorkerEvent('error')
  trouble(error: Error): void {
    sayTrouble('payouts', error);
  }

  private async orderApproved(effects: readonly Effect[]): Promise<void> {
    // A refusal is a recorded outcome (suspended meanwhile, say), never a retry.
    await this.commands.runBatch(
      effects.map((effect) =>
        orderPayout(commandIdOf(effect, effect.target), ownerOf(effect.stream), Number(effect.target)),
      ),
    );
  }

  private async recordHandOvers(effects: readonly Effect[]): Promise<void> {
    const answers = new BankFileApply(this.database, this.commands);
    for (const no of effects.map(({ stream }) => Number(ownerOf(stream)))) {
      await this.commands.recordHandOver(no);
      await answers.judgeAgain(no);
    }
  }

  private async applyBankFiles(effects: readonly Effect[]): Promise<void> {
    const apply = new BankFileApply(this.database, this.commands);
    for (const no of new Set(effects.map(({ stream }) => Number(ownerOf(stream))))) await apply.file(no);
  }

  private async orderHeld(effects: readonly Effect[]): Promise<void> {
    const grants = effects.map((effect) => ownerOf(effect.stream));
    const held: { grant: string; no: number }[] = await this.database.query(
      `SELECT t.grant_code AS grant, t.no FROM tranches t
        WHERE t.grant_code = ANY ($1) AND t.status = 'approved'
          AND NOT EXISTS (SELECT FROM payouts p WHERE p.grant_code = t.grant_code AND p.tranche = t.no
                             AND p.ordered_sequence > t.approved_sequence)
        ORDER BY t.grant_code, t.no`,
      [grants],
    );
    await this.commands.runBatch(
      effects.flatMap((effect) => {
        const grant = ownerOf(effect.stream);
        return held
          .filter((tranche) => tranche.grant === grant)
          .map(({ no }) => orderPayout(commandIdOf(effect, String(no)), grant, no));
      }),
    );
  }
}

function orderPayout(id: string, grant: string, tranche: number): Command {
  return { id, name: 'order-payout', actor: system, grant, input: { tranche } };
}
