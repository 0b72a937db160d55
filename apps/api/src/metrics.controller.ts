import { createHash, timingSafeEqual } from 'node:crypto';

import { Controller, Get, Inject, Logger, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { OperationView } from '#persistence/views/operation.view.js';
import { Enqueue } from '#queue/enqueue.js';

import { API_SETTINGS, type ApiSettings } from './api-settings.js';
import { Metrics } from './metrics.js';
import { ProblemAnswer } from './problem.js';

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** Prometheus' text: with SLUIS_METRICS_TOKEN for whoever sends it, without it for this machine alone. */
@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  private readonly log = new Logger(MetricsController.name);

  constructor(
    private readonly metrics: Metrics,
    private readonly operation: OperationView,
    private readonly enqueue: Enqueue,
    @Inject(API_SETTINGS) private readonly settings: ApiSettings,
  ) {}

  @Get()
  async read(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (!this.mayRead(request))
      throw new ProblemAnswer('unauthenticated', {
        detail:
          'Metrics take the bearer token of SLUIS_METRICS_TOKEN; without one set, a call from this machine.',
        headers: { 'WWW-Authenticate': 'Bearer realm="sluis metrics"' },
      });
    // What cannot be asked now is left out: the process's own figures matter most when the database is away.
    await this.backlog().catch((error: unknown) => this.log.warn(`backlog not read: ${String(error)}`));
    const own = await this.metrics.registry.metrics();
    const queues = await this.queues().catch((error: unknown) => {
      this.log.warn(`queues not read: ${String(error)}`);
      return '';
    });
    response.type(this.metrics.registry.contentType).send(`${own}\n${queues}`);
  }

  private mayRead(request: Request): boolean {
    const { metricsToken } = this.settings;
    // Behind a proxy every call comes from this machine: then it says for whom, and a token is needed.
    if (metricsToken === null)
      return (
        loopback.has(request.socket.remoteAddress ?? '') && request.headers['x-forwarded-for'] === undefined
      );
    const [, given = ''] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
    return timingSafeEqual(digest(given), digest(metricsToken));
  }

  private async backlog(): Promise<void> {
    const { outboxRows, outboxLagSeconds, dueGrants, undone, mails, webhooks } =
      await this.operation.backlog();
    this.metrics.outboxRows.set(outboxRows);
    this.metrics.outboxLag.set(outboxLagSeconds);
    this.metrics.dueGrants.set(dueGrants);
    this.metrics.webhooks.set({ state: 'waiting' }, webhooks.waiting);
    this.metrics.webhooks.set({ state: 'parked' }, webhooks.parked);
    this.metrics.webhookAge.set(webhooks.oldestSeconds);
    this.metrics.mailsUnderWay.set(mails.underWay);
    this.metrics.mailsFailed.set(mails.failed);
    this.metrics.mailOldest.set(mails.oldestSeconds);
    this.metrics.mailLateness.set({ quantile: '0.5' }, mails.lateSeconds.median);
    this.metrics.mailLateness.set({ quantile: '0.99' }, mails.lateSeconds.p99);
    this.metrics.mailLateness.set({ quantile: '1' }, mails.lateSeconds.most);
    this.metrics.undone.reset();
    this.metrics.undoneAge.reset();
    for (const { reaction, effects, oldestSeconds } of undone) {
      this.metrics.undone.set({ reaction }, effects);
      this.metrics.undoneAge.set({ reaction }, oldestSeconds);
    }
  }

  /** BullMQ's own figures of every queue; comments once, since each queue repeats them. */
  private async queues(): Promise<string> {
    const texts = await Promise.all(this.enqueue.all().map((queue) => queue.exportPrometheusMetrics()));
    return oneFamilyEach(texts.flatMap((text) => text.split('\n')));
  }
}

/** Prometheus wants the samples of a metric together under one comment. */
function oneFamilyEach(lines: readonly string[]): string {
  const families = new Map<string, { readonly comments: Set<string>; readonly samples: string[] }>();
  for (const line of lines) {
    const name = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1] ?? /^([A-Za-z_:][\w:]*)/.exec(line)?.[1];
    if (name === undefined) continue;
    const family = families.get(name) ?? { comments: new Set(), samples: [] };
    families.set(name, family);
    if (line.startsWith('#')) family.comments.add(line);
    else family.samples.push(line);
  }
  return [...families.values()]
    .map(({ comments, samples }) => `${[...comments, ...samples].join('\n')}\n`)
    .join('');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
