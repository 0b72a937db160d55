import { setTimeout as wait } from 'node:timers/promises';

import { keeps } from '#api/permissions.js';
import { environment } from '#config/environment.js';
import { Reading, codeUpTo, textUpTo } from '#domain/faults.js';
import { fault, value } from '#domain/parsed.js';
import {
  parseEventTypes,
  parseOverlapHours,
  parseReplayedFrom,
  usualOverlapHours,
} from '#domain/webhook-fields.js';
import type { RegisterWrite } from '#lifecycle/registers.js';
import {
  type WebhookSubscription,
  addWebhook,
  changeWebhook,
  endWebhook,
  pauseWebhook,
  replayWebhook,
  retryParked,
  rotateSecret,
  skipDelivery,
  testWebhook,
} from '#lifecycle/webhook-writes.js';
import { newKey, secretOf } from '#notifications/webhook-signature.js';
import { parseTarget } from '#notifications/webhook-target.js';
import { type DeliveryListed, type DeliveryState, deliveryStates } from '#persistence/views/webhook.view.js';

import { CommandRefused, acting, everyRow, numberOf, refuseFaults, registered } from './acting.js';
import type { Acting } from './acting.js';
import type { ActingOptions } from './program-finance.js';
import type {
  WebhookAddOptions,
  WebhookDeliveriesOptions,
  WebhookReplayOptions,
  WebhookRetryOptions,
  WebhookRotateOptions,
  WebhookSkipOptions,
} from './program-webhooks.js';
import { UsageFault } from './usage-fault.js';

/** How long `test` waits for what came of it, in ms: a worker comes by every two seconds, an attempt takes ten. */
const TEST_WITHIN_MS = 20_000;

/** `sluis webhook add` */
export async function add(options: WebhookAddOptions): Promise<void> {
  const subscription = subscriptionOf(options);
  await acting(options, async (me) => {
    const key = newKey();
    const write = addWebhook(me.person.id, subscription, key);
    const { result, replayed } = await written(me, 'add-webhook', subscription, write);
    const secret = replayed ? null : secretOf(key);
    say(options, { ...result, secret }, [
      `Webhook ${result.webhook} is added: ${subscription.url}`,
      secret === null ? 'Its secret was shown when it was made.' : `Its secret, shown this once:\n${secret}`,
    ]);
  });
}

/** `sluis webhook list` */
export async function list(options: ActingOptions): Promise<void> {
  await acting(options, async (me) => {
    me.mayRead('webhooks');
    for await (const row of everyRow((page) => me.views.webhooks.list(page))) {
      const { webhook, status, url, types, programme, waiting, parked } = row;
      const what = [
        types.length === 0 ? 'every type' : types.join(' '),
        ...(programme === null ? [] : [`of ${programme}`]),
      ];
      const words = [String(webhook), status, url, what.join(' '), `${waiting} waiting`, `${parked} parked`];
      say(options, row, [words.join('  ')]);
    }
  });
}

/** `sluis webhook change NO` */
export async function change(no: string, options: WebhookAddOptions): Promise<void> {
  const webhook = numberOf('webhook', no);
  const subscription = subscriptionOf(options);
  await acting(options, async (me) => {
    const input = { webhook, ...subscription };
    const { result } = await written(me, 'change-webhook', input, changeWebhook(webhook, subscription));
    say(options, result, [`Webhook ${webhook} goes to ${subscription.url}`]);
  });
}

/** `sluis webhook pause NO` */
export async function pause(no: string, options: ActingOptions): Promise<void> {
  const webhook = numberOf('webhook', no);
  await acting(options, async (me) => {
    const write = pauseWebhook(webhook, 'paused');
    const { result } = await written(me, 'pause-webhook', { webhook }, write);
    say(options, result, [`Webhook ${webhook} is paused; what happens meanwhile waits.`]);
  });
}

/** `sluis webhook resume NO` */
export async function resume(no: string, options: ActingOptions): Promise<void> {
  const webhook = numberOf('webhook', no);
  await acting(options, async (me) => {
    const write = pauseWebhook(webhook, 'active');
    const { result } = await written(me, 'resume-webhook', { webhook }, write);
    say(options, result, [`Webhook ${webhook} goes on.`]);
  });
}

/** `sluis webhook end NO` */
export async function end(no: string, options: ActingOptions): Promise<void> {
  const webhook = numberOf('webhook', no);
  await acting(options, async (me) => {
    const { result } = await written(me, 'end-webhook', { webhook }, endWebhook(webhook));
    say(options, result, [`Webhook ${webhook} has ended; ${result.cancelled} deliveries are cancelled.`]);
  });
}

/** `sluis webhook rotate NO` */
export async function rotate(no: string, options: WebhookRotateOptions): Promise<void> {
  const webhook = numberOf('webhook', no);
  const { overlapHours: given } = options;
  const overlapHours =
    given === undefined
      ? usualOverlapHours
      : readOrRefuse('--overlap-hours', parseOverlapHours(/^\d+$/.test(given) ? Number(given) : given));
  await acting(options, async (me) => {
    const key = newKey();
    const input = { webhook, overlapHours };
    const write = rotateSecret(me.person.id, input, key);
    const { result, replayed } = await written(me, 'rotate-webhook-secret', input, write);
    const secret = replayed ? null : secretOf(key);
    say(options, { ...result, secret }, [
      `Webhook ${webhook} has a new secret; the one before signs beside it until ${result.previousUntil}.`,
      secret === null ? 'It was shown when it was made.' : `Shown this once:\n${secret}`,
    ]);
  });
}

/** `sluis webhook test NO`: exit code 1 where it did not arrive. */
export async function test(no: string, options: ActingOptions): Promise<void> {
  const webhook = numberOf('webhook', no);
  await acting(options, async (me) => {
    const { result } = await written(me, 'test-webhook', { webhook }, testWebhook(webhook));
    const found = await outcomeOf(me, webhook, result.delivery);
    if (found.state === 'waiting')
      throw new CommandRefused(
        `Test ${result.delivery} still waits: no worker has taken it up. sluis webhook delivery ${webhook} ${result.delivery} shows what comes of it.`,
      );
    if (found.state !== 'delivered')
      throw new CommandRefused(`Test ${result.delivery} did not arrive: ${String(found.lastError)}`);
    say(options, found, [`Test ${result.delivery} arrived.`]);
  });
}

async function outcomeOf(me: Acting, webhook: number, delivery: string): Promise<DeliveryListed> {
  for (const until = Date.now() + TEST_WITHIN_MS; ; await wait(200)) {
    const found = await me.views.webhooks.delivery(webhook, delivery);
    if (found === null) throw new Error(`delivery ${delivery} was written and is not on record`);
    if (found.state !== 'waiting' || Date.now() > until) return found;
  }
}

/** `sluis webhook deliveries NO` */
export async function deliveries(no: string, options: WebhookDeliveriesOptions): Promise<void> {
  const webhook = numberOf('webhook', no);
  const state = options.state === undefined ? undefined : stateOf(options.state);
  const grant =
    options.grant === undefined ? undefined : readOrRefuse('--grant', codeUpTo(64)(options.grant));
  const filter = {
    webhook,
    ...(state === undefined ? {} : { state }),
    ...(grant === undefined ? {} : { grant }),
  };
  await acting(options, async (me) => {
    me.mayRead('webhooks');
    for await (const row of everyRow((page) => me.views.webhooks.deliveries(filter, page)))
      say(options, row, [lineOf(row)]);
  });
}

/** `sluis webhook delivery NO DELIVERY` */
export async function delivery(no: string, id: string, options: ActingOptions): Promise<void> {
  const webhook = numberOf('webhook', no);
  const asked = String(numberOf('delivery', id));
  await acting(options, async (me) => {
    me.mayRead('webhooks');
    const found = await me.views.webhooks.delivery(webhook, asked);
    if (found === null) throw new CommandRefused(`There is no delivery ${id} of webhook ${no}.`);
    const tries = await me.views.webhooks.attempts(asked);
    const lines = tries.map(({ at, tookMs, address, status, error }) =>
      ['', at, `${tookMs} ms`, address ?? 'no address', status ?? 'no answer', error ?? 'delivered'].join(
        '  ',
      ),
    );
    say(options, { ...found, tries }, [lineOf(found), ...lines]);
  });
}

function lineOf({
  delivery: id,
  id: event,
  type,
  stream,
  sequence,
  state,
  attempts,
  ...row
}: DeliveryListed): string {
  const place = stream === null ? [] : [`${stream}#${sequence}`];
  const next = row.nextAttemptAt === null || attempts === 0 ? [] : [`again ${row.nextAttemptAt}`];
  const wrong = row.lastError === null ? [] : [row.lastError];
  return [id, state.padEnd(9), `${attempts} tried`, event, type, ...place, ...wrong, ...next].join('  ');
}

/** `sluis webhook retry NO` */
export async function retry(no: string, options: WebhookRetryOptions): Promise<void> {
  const webhook = numberOf('webhook', no);
  const asked = options.delivery === undefined ? null : String(numberOf('--delivery', options.delivery));
  const input = asked === null ? { webhook } : { webhook, delivery: asked };
  await acting(options, async (me) => {
    const { result } = await written(me, 'retry-webhook', input, retryParked(webhook, asked));
    say(options, result, [`${result.deliveries} parked deliveries of webhook ${webhook} are tried again.`]);
  });
}

/** `sluis webhook skip NO DELIVERY` */
export async function skip(no: string, id: string, options: WebhookSkipOptions): Promise<void> {
  const input = {
    webhook: numberOf('webhook', no),
    delivery: String(numberOf('delivery', id)),
    reason: readOrRefuse('--reason', textUpTo(2000)(options.reason)),
  };
  await acting(options, async (me) => {
    const { result } = await written(me, 'skip-delivery', input, skipDelivery(me.person.id, input));
    say(options, result, [`Delivery ${result.delivery} is skipped.`]);
  });
}

/** `sluis webhook replay NO` */
export async function replay(no: string, options: WebhookReplayOptions): Promise<void> {
  const webhook = numberOf('webhook', no);
  const from = readOrRefuse('--from', parseReplayedFrom(options.from));
  const grant = options.grant === undefined ? null : readOrRefuse('--grant', codeUpTo(64)(options.grant));
  const stream = grant === null ? null : `grant:${grant}`;
  await acting(options, async (me) => {
    const input = { webhook, from: options.from, stream };
    const { result } = await written(me, 'replay-webhook', input, replayWebhook({ webhook, from, stream }));
    say(options, result, [`${result.deliveries} events are delivered again, from ${options.from} on.`]);
  });
}

function subscriptionOf({ url, type = [], programme }: WebhookAddOptions): WebhookSubscription {
  const reading = new Reading();
  const read = {
    url: reading.take('--url', parseTarget(url, environment().webhookAllow)),
    types: reading.take('--type', parseEventTypes(type)),
    programme: programme === undefined ? null : reading.take('--programme', codeUpTo(64)(programme)),
  };
  refuseFaults(reading);
  // Nothing is undefined where there was no fault.
  return read as WebhookSubscription;
}

function readOrRefuse<T>(option: string, parsed: Parameters<typeof Reading.prototype.take<T>>[1]): T {
  if ('fault' in parsed) throw new UsageFault(`${option}: ${parsed.fault}`);
  return parsed.value;
}

function stateOf(text: string): DeliveryState {
  const state = deliveryStates.find((known) => known === text);
  return readOrRefuse(
    '--state',
    state === undefined ? fault(`"${text}" is none of ${deliveryStates.join(', ')}`) : value(state),
  );
}

function written<T>(
  me: Acting,
  name: string,
  input: unknown,
  write: RegisterWrite<T>,
): Promise<{ readonly result: T; readonly replayed: boolean }> {
  return registered(me, name, keeps.webhooks, input, write);
}

function say({ json }: ActingOptions, answer: unknown, lines: readonly string[]): void {
  process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${lines.join('\n')}\n`);
}
