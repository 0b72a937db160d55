import type { Command } from 'commander';

import { type ActingOptions, asPerson, changing } from './program-finance.js';
import { under } from './under.js';

export interface WebhookAddOptions extends ActingOptions {
  readonly url: string;
  readonly type?: readonly string[];
  readonly programme?: string;
}
export interface WebhookRotateOptions extends ActingOptions {
  readonly overlapHours?: string;
}
export interface WebhookDeliveriesOptions extends ActingOptions {
  readonly state?: string;
  readonly grant?: string;
}
export interface WebhookReplayOptions extends ActingOptions {
  readonly from: string;
  readonly grant?: string;
}
export interface WebhookRetryOptions extends ActingOptions {
  readonly delivery?: string;
}
export interface WebhookSkipOptions extends ActingOptions {
  readonly reason: string;
}

/** Webhooks: who is told of events, and what became of each delivery. */
export function addWebhooks(sluis: Command): void {
  const webhook = under(sluis, 'webhook', 'Addresses that events are delivered to.');
  addSubscriptions(webhook);
  addDeliveries(webhook);
}

function subscribing(command: Command): Command {
  return command
    .requiredOption('--url <address>', 'where to; https, or a host the operator allows')
    .option(
      '--type <type...>',
      'events of these types alone, such as report.submitted; every type unless given',
    )
    .option('--programme <code>', 'of this programme alone');
}

function addSubscriptions(webhook: Command): void {
  subscribing(changing(webhook, 'add', 'Subscribe an address; its secret is shown this once.')).action(
    async (options: WebhookAddOptions) => (await import('./webhook.js')).add(options),
  );
  asPerson(webhook, 'list', 'Subscriptions, with what waits and what is parked.').action(
    async (options: ActingOptions) => (await import('./webhook.js')).list(options),
  );
  subscribing(changing(webhook, 'change <no>', 'Subscribe to something else, or elsewhere.')).action(
    async (no: string, options: WebhookAddOptions) => (await import('./webhook.js')).change(no, options),
  );
  changing(webhook, 'pause <no>', 'Send nothing; what happens meanwhile waits.').action(
    async (no: string, options: ActingOptions) => (await import('./webhook.js')).pause(no, options),
  );
  changing(webhook, 'resume <no>', 'Go on, in order, with what waited.').action(
    async (no: string, options: ActingOptions) => (await import('./webhook.js')).resume(no, options),
  );
  changing(webhook, 'end <no>', 'End it for good; what waits is cancelled.').action(
    async (no: string, options: ActingOptions) => (await import('./webhook.js')).end(no, options),
  );
  changing(
    webhook,
    'rotate <no>',
    'Make a new secret, shown this once; the old one signs beside it for a while.',
  )
    .option('--overlap-hours <hours>', 'for how long, 0 to 168; 24 unless given')
    .action(async (no: string, options: WebhookRotateOptions) =>
      (await import('./webhook.js')).rotate(no, options),
    );
}

function addDeliveries(webhook: Command): void {
  changing(webhook, 'test <no>', 'Send an event of type webhook.test and say what came of it.').action(
    async (no: string, options: ActingOptions) => (await import('./webhook.js')).test(no, options),
  );
  asPerson(webhook, 'deliveries <no>', 'Deliveries, the latest first.')
    .option('--state <state>', 'only in this state, such as parked')
    .option('--grant <code>', 'only of this grant')
    .action(async (no: string, options: WebhookDeliveriesOptions) =>
      (await import('./webhook.js')).deliveries(no, options),
    );
  asPerson(webhook, 'delivery <no> <delivery>', 'One delivery with every attempt.').action(
    async (no: string, delivery: string, options: ActingOptions) =>
      (await import('./webhook.js')).delivery(no, delivery, options),
  );
  changing(webhook, 'retry <no>', 'Try parked deliveries again.')
    .option('--delivery <id>', 'this one; all of them unless given')
    .action(async (no: string, options: WebhookRetryOptions) =>
      (await import('./webhook.js')).retry(no, options),
    );
  changing(webhook, 'skip <no> <delivery>', 'Give a delivery up; those behind it go on.')
    .requiredOption('--reason <text>', 'why')
    .action(async (no: string, delivery: string, options: WebhookSkipOptions) =>
      (await import('./webhook.js')).skip(no, delivery, options),
    );
  changing(webhook, 'replay <no>', 'Deliver again from an event on, in order and under the same ids.')
    .requiredOption('--from <event>', 'evt_123 as the receiver has it, or grant:REN-ANT#12')
    .option('--grant <code>', 'of this grant alone')
    .action(async (no: string, options: WebhookReplayOptions) =>
      (await import('./webhook.js')).replay(no, options),
    );
}
