import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Seconds; decisions take milliseconds, a simulation up to a minute. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

/** What this process measures. A registry of its own: two APIs in one process do not meet. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  readonly durations = new Histogram({
    name: 'sluis_http_request_duration_seconds',
    help: 'Time to answer, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: durationBuckets,
    registers: [this.registry],
  });
  readonly refusals = new Counter({
    name: 'sluis_refusals_total',
    help: 'Answers of this process that were problems, by code.',
    labelNames: ['code'],
    registers: [this.registry],
  });
  readonly outboxRows = this.gauge('sluis_outbox_rows', 'Events that no relay has claimed yet.');
  readonly outboxLag = this.gauge('sluis_outbox_lag_seconds', 'Age of the oldest event not claimed yet.');
  readonly dueGrants = this.gauge('sluis_due_grants', 'Grants whose moment has come and was not laid yet.');
  readonly mailsUnderWay = this.gauge('sluis_mails_under_way', 'Mails that are not handed over yet.');
  readonly mailsFailed = this.gauge('sluis_mails_failed', 'Mails that nothing tries any more.');
  readonly mailOldest = this.gauge(
    'sluis_mail_oldest_due_seconds',
    'Since when the oldest mail not handed over is due.',
  );
  readonly mailLateness = new Gauge({
    name: 'sluis_mail_lateness_seconds',
    help: 'From due to handed over, of the mails of the last ten minutes.',
    labelNames: ['quantile'],
    registers: [this.registry],
  });
  readonly undone = new Gauge({
    name: 'sluis_effects_undone',
    help: 'Effects to do, by reaction.',
    labelNames: ['reaction'],
    registers: [this.registry],
  });
  readonly undoneAge = new Gauge({
    name: 'sluis_effects_undone_oldest_seconds',
    help: 'Age of the oldest effect to do, by reaction.',
    labelNames: ['reaction'],
    registers: [this.registry],
  });
  readonly webhooks = new Gauge({
    name: 'sluis_webhook_deliveries',
    help: 'Deliveries to webhooks that are not settled, by state: waiting or parked.',
    labelNames: ['state'],
    registers: [this.registry],
  });
  readonly webhookAge = this.gauge(
    'sluis_webhook_oldest_seconds',
    'Age of the oldest delivery that waits for an active webhook.',
  );

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.registry] });
  }
}
