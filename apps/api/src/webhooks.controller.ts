import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { isFault } from '#domain/parsed.js';
import { parseReplayedFrom, usualOverlapHours } from '#domain/webhook-fields.js';
import { onlyFor } from '#lifecycle/person-writes.js';
import { type RegisterWrite, Registers } from '#lifecycle/registers.js';
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
import { cloudEventOf } from '#notifications/cloud-event.js';
import { newKey, secretOf } from '#notifications/webhook-signature.js';
import { parseTarget } from '#notifications/webhook-target.js';
import type { Signed } from '#persistence/views/person.view.js';
import { WebhookView } from '#persistence/views/webhook.view.js';

import { registered } from './answer.js';
import { API_SETTINGS, type ApiSettings } from './api-settings.js';
import { CommandId } from './command-id.js';
import { v1 } from './command-paths.js';
import { PageQuery, pageAnswer, pageRequest } from './list-query.js';
import { DescribesList, DescribesOne, DescribesPost } from './openapi-reads.js';
import { webhookExamples as examples } from './openapi-webhook-examples.js';
import { keeps, scopeOf } from './permissions.js';
import { invalid, notFound } from './problem.js';
import { By, Sees, type Sight } from './session.js';
import {
  DeliveriesQuery,
  ReplayRequest,
  RotateSecretRequest,
  SkipDeliveryRequest,
  WebhookRequest,
} from './webhooks.request.js';

const optional = ['types', 'programme'];

/** Webhooks: subscriptions, their secrets and what is delivered to them. The administrator's. */
@ApiTags('webhooks')
@Controller(`${v1}/webhooks`)
export class WebhooksController {
  constructor(
    private readonly view: WebhookView,
    private readonly registers: Registers,
    @Inject(API_SETTINGS) private readonly settings: ApiSettings,
  ) {}

  @Get()
  @DescribesList('Subscriptions in the order in which they were made.', examples.webhook, examples.nulls)
  async list(
    @Sees('webhooks') _sight: Sight,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return pageAnswer(await this.view.list(pageRequest(query, ['integer'])), request, response);
  }

  @Get(':webhook')
  @DescribesOne('One subscription; nothing shows its secret again.', examples.webhook, examples.nulls)
  async one(@Sees('webhooks') _sight: Sight, @Param('webhook') no: string) {
    const found = await this.view.one(numbered(no));
    if (found === null) throw notFound({ webhook: no });
    return found;
  }

  /** The secret is made here and shown once: repeated, the answer is that it was made, without it. */
  @Post()
  @HttpCode(201)
  @DescribesPost(
    'Subscribes an address to events, as CloudEvents signed by a secret that is shown this once.',
    examples.asked,
    examples.added,
    optional,
  )
  async add(
    @By() person: Signed,
    @CommandId() id: string,
    @Body() body: WebhookRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const subscription = this.subscription(body);
    const key = newKey();
    const write = addWebhook(person.id, subscription, key);
    const added = await this.register(person, id, 'add-webhook', subscription, write, response);
    response.location(`/${v1}/webhooks/${added.webhook}`);
    return { ...added, secret: shownOnce(response, key) };
  }

  @Post(':webhook/change')
  @HttpCode(200)
  @DescribesPost(
    'Subscribes to something else, or elsewhere; what waits goes to the new address.',
    examples.asked,
    examples.changed,
    optional,
  )
  async change(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('webhook') no: string,
    @Body() body: WebhookRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const subscription = this.subscription(body);
    const webhook = numbered(no);
    const write = changeWebhook(webhook, subscription);
    return this.register(person, id, 'change-webhook', { webhook, ...subscription }, write, response);
  }

  @Post(':webhook/pause')
  @HttpCode(200)
  @DescribesPost('Nothing is sent any more; what happens meanwhile waits.', null, examples.paused)
  async pause(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('webhook') no: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const webhook = numbered(no);
    return this.register(person, id, 'pause-webhook', { webhook }, pauseWebhook(webhook, 'paused'), response);
  }

  @Post(':webhook/resume')
  @HttpCode(200)
  @DescribesPost('Goes on, in order, with what waited.', null, { ...examples.paused, status: 'active' })
  async resume(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('webhook') no: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const webhook = numbered(no);
    return this.register(
      person,
      id,
      'resume-webhook',
      { webhook },
      pauseWebhook(webhook, 'active'),
      response,
    );
  }

  @Post(':webhook/end')
  @HttpCode(200)
  @DescribesPost('Ends a subscription for good; what waits is cancelled.', null, examples.ended)
  async end(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('webhook') no: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const webhook = numbered(no);
    return this.register(person, id, 'end-webhook', { webhook }, endWebhook(webhook), response);
  }

  @Post(':webhook/rotate-secret')
  @HttpCode(200)
  @DescribesPost(
    'A new secret, shown this once; the one before signs beside it for as long as is asked.',
    { overlapHours: usualOverlapHours },
    examples.rotated,
    ['overlapHours'],
  )
  async rotate(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('webhook') no: string,
    @Body() { overlapHours = usualOverlapHours }: RotateSecretRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const input = { webhook: numbered(no), overlapHours };
    const key = newKey();
    const write = rotateSecret(person.id, input, key);
    const rotated = await this.register(person, id, 'rotate-webhook-secret', input, write, response);
    return { ...rotated, secret: shownOnce(response, key) };
  }

  @Post(':webhook/test')
  @HttpCode(202)
  @DescribesPost(
    'Sends an event of type webhook.test, once; the delivery says what came of it.',
    null,
    examples.tested,
  )
  async test(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('webhook') no: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const webhook = numbered(no);
    const tested = await this.register(
      person,
      id,
      'test-webhook',
      { webhook },
      testWebhook(webhook),
      response,
    );
    response.location(`/${v1}/webhooks/${webhook}/deliveries/${tested.delivery}`);
    return tested;
  }

  @Post(':webhook/replay')
  @HttpCode(200)
  @DescribesPost(
    'Delivers again, in order and under the same ids, from an event on.',
    examples.replay,
    examples.replayed,
    ['grant'],
  )
  async replay(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('webhook') no: string,
    @Body() { from, grant }: ReplayRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const webhook = numbered(no);
    const stream = grant === undefined ? null : `grant:${grant}`;
    const read = parseReplayedFrom(from);
    if (isFault(read)) throw new Error('the request was checked before');
    const write = replayWebhook({ webhook, from: read.value, stream });
    return this.register(person, id, 'replay-webhook', { webhook, from, stream }, write, response);
  }

  @Post(':webhook/retry')
  @HttpCode(200)
  @DescribesPost('Tries every parked delivery again.', null, examples.replayed)
  async retryAll(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('webhook') no: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const webhook = numbered(no);
    return this.register(person, id, 'retry-webhook', { webhook }, retryParked(webhook, null), response);
  }

  @Get(':webhook/deliveries')
  @DescribesList('Deliveries, the latest first, without what they say.', examples.delivery, examples.nulls)
  async deliveries(
    @Sees('webhooks') _sight: Sight,
    @Param('webhook') no: string,
    @Query() query: DeliveriesQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['bigint']);
    const webhook = numbered(no);
    if ((await this.view.one(webhook)) === null) throw notFound({ webhook: no });
    return pageAnswer(await this.view.deliveries({ ...query, webhook }, page), request, response);
  }

  /** What is sent is of a file: shown to those who read files. */
  @Get(':webhook/deliveries/:delivery')
  @DescribesOne(
    'A delivery with every attempt, and to an administrator or auditor what is sent.',
    examples.deliveryRead,
    examples.nulls,
  )
  async delivery(
    @By() person: Signed,
    @Sees('webhooks') _sight: Sight,
    @Param('webhook') no: string,
    @Param('delivery') delivery: string,
  ) {
    const found = await this.view.delivery(numbered(no), identified(delivery));
    if (found === null) throw notFound({ delivery });
    const mayRead = scopeOf(person, 'webhook-payloads') !== null;
    const event = mayRead ? await this.view.eventOf(delivery) : null;
    const sent = event === null ? null : (JSON.parse(cloudEventOf(this.settings.publicUrl, event)) as object);
    return { ...found, tries: await this.view.attempts(delivery), sent };
  }

  @Post(':webhook/deliveries/:delivery/retry')
  @HttpCode(200)
  @DescribesPost('Tries a parked delivery again; those behind it follow.', null, examples.replayed)
  async retry(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('webhook') no: string,
    @Param('delivery') given: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const input = { webhook: numbered(no), delivery: identified(given) };
    const write = retryParked(input.webhook, input.delivery);
    return this.register(person, id, 'retry-webhook', input, write, response);
  }

  @Post(':webhook/deliveries/:delivery/skip')
  @HttpCode(200)
  @DescribesPost(
    'Gives a delivery up, with a reason; those behind it go on.',
    { reason: 'The receiver took it from the export.' },
    examples.skipped,
  )
  async skip(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('webhook') no: string,
    @Param('delivery') given: string,
    @Body() { reason }: SkipDeliveryRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const input = { webhook: numbered(no), delivery: identified(given), reason };
    return this.register(person, id, 'skip-delivery', input, skipDelivery(person.id, input), response);
  }

  private subscription({ url, types = [], programme = null }: Subscribing): WebhookSubscription {
    const target = parseTarget(url, this.settings.webhookAllow);
    if (isFault(target)) throw invalid([{ path: 'url', message: target.fault }]);
    return { url: target.value, types, programme };
  }

  private async register<T>(
    person: Signed,
    id: string,
    name: string,
    input: unknown,
    write: RegisterWrite<T>,
    response: Response,
  ): Promise<T> {
    const allowed = onlyFor(person, keeps.webhooks, write);
    return registered(await this.registers.register(id, person, name, input, allowed), response);
  }
}

type Subscribing = Pick<WebhookRequest, 'url' | 'types'> & { programme?: string | null };

/** A number of a webhook. Throws the 404 problem for what can be none. */
function numbered(no: string): number {
  if (!/^\d{1,9}$/.test(no)) throw notFound({ webhook: no.slice(0, 60) });
  return Number(no);
}

function identified(delivery: string): string {
  if (!/^\d{1,18}$/.test(delivery)) throw notFound({ delivery: delivery.slice(0, 60) });
  return delivery;
}

function shownOnce(response: Response, key: Buffer): string | null {
  return response.getHeader('Idempotency-Replayed') === undefined ? secretOf(key) : null;
}
