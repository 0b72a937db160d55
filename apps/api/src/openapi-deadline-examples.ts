/** Answers about bulk moves and explained deadlines as they look, for the OpenAPI document. */

const movedAt = '2024-02-01T09:00:00.000Z';
const reason = 'The floods of January closed the town halls.';

const move = {
  status: 'applied',
  programme: 'REN',
  report: 'interim',
  until: '2024-03-15',
  deadlines: 4,
  windows: 0,
  reason,
  movedBy: 'an',
  movedAt,
};

const previewed = { grant: 'REN-ANT', beneficiary: 'antwerpen', report: 'interim' };

const window = {
  evaluation: 'interim',
  before: { from: '2024-03-01', to: '2024-05-31' },
  after: { from: '2024-03-17', to: '2024-06-16' },
};

export const deadlineMoveExamples = {
  event: {
    stream: 'deadline-move:1',
    sequence: 1,
    type: 'deadline-move.applied',
    data: { programme: 'REN', report: 'interim', until: '2024-03-15', deadlines: 4, windows: 0 },
    actor: 'an',
    reason,
    occurredAt: movedAt,
  },
  listed: { move: 1, ...move },
  one: {
    no: 1,
    ...move,
    linesHash: '5c1f1c1a6b2f0d5b4b2a9d3a0e8f7c6d5b4a39281706f5e4d3c2b1a09f8e7d6c',
    dueOn: null,
    beneficiary: null,
    grants: null,
    decision: null,
    undoneBy: null,
    undoneAt: null,
    undoneReason: null,
    sequence: 1,
    lastEventAt: movedAt,
  },
  line: {
    grant: 'REN-ANT',
    report: 'interim',
    previousDueOn: '2024-02-28',
    dueOn: '2024-03-15',
    windows: [window],
  },
  asked: { programme: 'REN', report: 'interim', until: '2024-03-15', dueOn: '2024-02-28', moveWindows: true },
  preview: {
    lines: [
      {
        ...previewed,
        from: '2024-02-28',
        to: '2024-03-15',
        windows: [window],
        reminders: [{ offset: '-P14D', from: '2024-02-14T08:00:00.000Z', to: '2024-03-01T08:00:00.000Z' }],
        payments: [{ tranche: 2, amount: '22400.00', from: '2024-06-30', to: '2024-07-16' }],
      },
    ],
    deadlines: 1,
    windows: 1,
    preview: '5c1f1c1a6b2f0d5b4b2a9d3a0e8f7c6d5b4a39281706f5e4d3c2b1a09f8e7d6c',
    inTheWay: 0,
    refused: null,
  },
  undoPreview: {
    lines: [
      {
        ...previewed,
        from: '2024-03-15',
        to: '2024-02-28',
        windows: [{ evaluation: 'interim', before: window.after, after: window.before }],
        reminders: [{ offset: '-P14D', from: '2024-03-01T08:00:00.000Z', to: '2024-02-14T08:00:00.000Z' }],
        payments: [{ tranche: 2, amount: '22400.00', from: '2024-07-16', to: '2024-06-30' }],
      },
    ],
    deadlines: 1,
    windows: 1,
    inTheWay: 0,
    refused: null,
  },
} as const;

export const explainedExample = {
  grant: 'REN-ANT',
  report: 'interim',
  title: 'Interim report',
  kind: 'both',
  reportStatus: 'expected',
  state: 'open',
  extended: true,
  dueOn: '2024-03-15',
  timeZone: 'Europe/Brussels',
  rule: {
    from: '2024-12-31',
    rule: 'grant-end plus P2M',
    rawDueOn: '2025-02-28',
    shift: 'next-working-day',
    dueOn: '2025-02-28',
    passedOver: [{ on: '2025-03-01', because: 'Saturday' }],
  },
  history: [
    {
      at: movedAt,
      event: 'deadline.extended',
      by: 'an',
      reason,
      from: '2024-02-28',
      dueOn: '2024-03-15',
      move: 1,
      request: {
        by: 'stad',
        at: '2024-01-30T10:00:00.000Z',
        until: '2024-03-15',
        reason: 'Our accountant is ill.',
      },
    },
  ],
  request: { until: '2024-03-31', by: 'stad', at: movedAt },
  extensions: {
    granted: 1,
    times: 2,
    longest: 'P3M',
    latest: '2024-06-30',
    lastDay: '2024-05-28',
    askBefore: 'P7D',
    askedBy: '2024-03-08',
  },
  windows: [{ evaluation: 'interim', from: '2024-03-17', to: '2024-06-16', moved: true }],
  reminders: [
    {
      offset: '-P14D',
      at: '2024-03-01T08:00:00.000Z',
      outcome: 'sent',
      told: [{ to: 'stad', outcome: 'sent' }],
    },
  ],
  escalation: { at: '2024-03-29T08:00:00.000Z', outcome: 'planned', told: [] },
  earlier: [{ dueOn: '2024-02-28', offset: '-P30D', to: 'stad', outcome: 'sent' }],
} as const;
