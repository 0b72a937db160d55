/** The queues of the service. One worker process may serve all of them, or many may. */
export const queueNames = ['deadlines', 'reminders', 'payouts', 'notifications', 'mail', 'webhooks'] as const;
export type QueueName = (typeof queueNames)[number];

/** One thing to do because of one event, to one target: the primary key of the `effects` table. */
export interface EffectKey {
  /** Identity of the event, as text: JSON has no 64-bit integers. */
  readonly eventId: string;
  readonly reaction: string;
  readonly target: string;
}

/**
 * Every job there is. Jobs carry keys, never figures, IBANs or addresses: PostgreSQL is the record, a job
 * is only its doorbell, and one job rings for a whole batch of effects.
 */
export type Job =
  | { readonly queue: 'deadlines'; readonly name: 'sweep'; readonly data: { readonly since?: string } }
  | { readonly queue: 'deadlines'; readonly name: 'reassess'; readonly data: EffectBatch }
  | { readonly queue: 'reminders'; readonly name: 'remind'; readonly data: EffectBatch }
  | { readonly queue: 'payouts'; readonly name: 'order-payouts'; readonly data: EffectBatch }
  | { readonly queue: 'payouts'; readonly name: 'hand-over-payouts'; readonly data: EffectBatch }
  | { readonly queue: 'payouts'; readonly name: 'apply-bank-file'; readonly data: EffectBatch }
  | { readonly queue: 'notifications'; readonly name: 'notify'; readonly data: EffectBatch }
  | { readonly queue: 'notifications'; readonly name: 'canary'; readonly data: { readonly id: string } }
  | { readonly queue: 'mail'; readonly name: 'send-mails'; readonly data: { readonly since?: string } }
  | {
      readonly queue: 'webhooks';
      readonly name: 'deliver-webhooks';
      readonly data: { readonly webhook: number };
    }
  | { readonly queue: 'webhooks'; readonly name: 'sweep-webhooks'; readonly data: Record<string, never> };

export interface EffectBatch {
  readonly effects: readonly EffectKey[];
}

export type JobName = Job['name'];

/** The names of a queue's jobs: every one has a handler, or the worker does not start. */
export const jobNames: { readonly [Q in QueueName]: readonly Extract<Job, { queue: Q }>['name'][] } = {
  deadlines: ['sweep', 'reassess'],
  reminders: ['remind'],
  payouts: ['order-payouts', 'hand-over-payouts', 'apply-bank-file'],
  notifications: ['notify', 'canary'],
  mail: ['send-mails'],
  webhooks: ['deliver-webhooks', 'sweep-webhooks'],
};

/** Jobs that do effects, with the queue each rings in. */
export type EffectJobName = Extract<Job, { data: EffectBatch }>['name'];

export const queueOfEffects: { readonly [N in EffectJobName]: QueueName } = {
  reassess: 'deadlines',
  remind: 'reminders',
  'order-payouts': 'payouts',
  'hand-over-payouts': 'payouts',
  'apply-bank-file': 'payouts',
  notify: 'notifications',
};
