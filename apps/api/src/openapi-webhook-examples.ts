/** Answers about webhooks as they look, for the OpenAPI document. */

const at = '2024-02-28T08:00:00.000Z';

const asked = {
  url: 'https://receiver.example/sluis',
  types: ['report.submitted', 'payout.settled'],
  programme: 'REN',
};

const delivery = {
  delivery: '41',
  webhook: 1,
  id: 'evt_1207',
  stream: 'grant:REN-ANT',
  sequence: 12,
  type: 'report.submitted',
  state: 'waiting',
  attempts: 1,
  lastError: 'answered 503',
  createdAt: at,
  nextAttemptAt: '2024-02-28T08:00:05.000Z',
  settledAt: null,
  skippedBy: null,
  reason: null,
};

export const webhookExamples = {
  /** Fields that may be null where the example has a value. */
  nulls: [
    'programme',
    'lastDeliveredAt',
    'stream',
    'sequence',
    'lastError',
    'nextAttemptAt',
    'settledAt',
    'address',
    'status',
    'error',
    'sent',
  ],
  asked,
  added: { webhook: 1, status: 'active', secret: 'whsec_shown-once' },
  changed: { webhook: 1, ...asked },
  paused: { webhook: 1, status: 'paused' },
  ended: { webhook: 1, status: 'ended', cancelled: 3 },
  rotated: { webhook: 1, previousUntil: '2024-02-29T08:00:00.000Z', secret: 'whsec_shown-once' },
  tested: { webhook: 1, delivery: '42' },
  replay: { from: 'evt_1207', grant: 'REN-ANT' },
  replayed: { webhook: 1, deliveries: 5 },
  skipped: { webhook: 1, delivery: '41', state: 'skipped' },
  webhook: {
    webhook: 1,
    ...asked,
    status: 'active',
    createdBy: 'an',
    createdAt: at,
    previousSecretUntil: null,
    waiting: 1,
    parked: 0,
    lastDeliveredAt: at,
  },
  delivery,
  deliveryRead: {
    ...delivery,
    tries: [{ no: 1, at, tookMs: 212, address: '93.184.215.14', status: 503, error: 'answered 503' }],
    sent: {
      specversion: '1.0',
      id: 'evt_1207',
      source: 'https://sluis.example',
      type: 'report.submitted',
      subject: 'grant:REN-ANT',
      time: at,
      sequence: '0000000012',
      datacontenttype: 'application/json',
      data: {
        stream: 'grant:REN-ANT',
        sequence: 12,
        type: 'report.submitted',
        data: { costs: '22000.00', dueOn: '2024-02-28', late: false, report: 'interim' },
        actor: 'stad-antwerpen',
        reason: null,
        occurredAt: at,
      },
    },
  },
};
