import { type CommandName, shapeOf } from '#domain/commands.js';

/** Answers as they look, for the OpenAPI document: the schemas are made from them. */

const since = { at: '2024-04-12T08:00:00.000Z', event: 'evaluation.decided', sequence: 14 };

/** Fields of a plan that may be left out. */
export const planOptional = ['timeZone', 'reports', 'evaluations', 'approval'];

export const planExample = {
  timeZone: 'Europe/Brussels',
  tranches: [
    { no: 1, share: 40, due: { on: 'grant-start' } },
    { no: 2, remainder: true, requires: ['report:interim', 'evaluation:interim'] },
  ],
  reports: [{ code: 'interim', kind: 'both', due: { on: '2024-02-28' } }],
  evaluations: [{ code: 'interim', report: 'interim' }],
  approval: { fourEyes: true, secondApproverAbove: '50000.00' },
};

export const examples = {
  me: { id: 'an', name: 'An', language: 'nl', roles: ['administrator'], of: null },
  person: {
    id: 'stad',
    name: 'Stad Antwerpen',
    language: 'nl',
    roles: ['beneficiary'],
    of: 'antwerpen',
    since: '2022-12-01T09:00:00.000Z',
    ended: null,
  },
  token: { id: '9f86d081884c7d65', created: '2022-12-01T09:00:00.000Z', revoked: null },
  newToken: { person: 'stad', id: '9f86d081884c7d65', token: 'shown-once' },
  programme: { code: 'REN', title: 'Roma Experten Netwerk', createdAt: since.at, latestVersion: 1 },
  version: { programme: 'REN', version: 1, createdBy: 'an', createdAt: since.at, plan: planExample },
  registeredVersion: { programme: 'REN', version: 1 },
  registered: { id: 'antwerpen' },
  beneficiary: {
    id: 'antwerpen',
    name: 'Stad Antwerpen',
    kbo: '0207500123',
    createdAt: since.at,
    sequence: 2,
  },
  account: {
    version: 1,
    iban: 'BE68539007547034',
    enteredBy: 'an',
    enteredAt: since.at,
    verifiedBy: 'fien',
    verifiedAt: since.at,
  },
  grantListed: {
    code: 'REN-ANT',
    beneficiary: 'antwerpen',
    programme: 'REN',
    planVersion: 1,
    status: 'active',
    amount: '56000.00',
    paid: '22400.00',
    start: '2023-01-01',
    end: '2024-12-31',
    handler: 'an',
    nextDueOn: '2024-02-28',
    sequence: 12,
  },
  grant: {
    code: 'REN-ANT',
    status: 'active',
    beneficiary: { id: 'antwerpen', name: 'Stad Antwerpen' },
    programme: { code: 'REN', title: 'Roma Experten Netwerk', version: 1 },
    amount: '56000.00',
    start: '2023-01-01',
    end: '2024-12-31',
    handler: 'an',
    decision: { reference: 'VR 2022 1612 DOC.1', date: '2022-12-16' },
    muted: false,
    sequence: 14,
    since,
    sums: {
      awarded: '56000.00',
      scheduled: '56000.00',
      approved: '22400.00',
      ordered: '22400.00',
      paid: '22400.00',
      released: '0.00',
      recovered: '0.00',
    },
    tranches: [
      {
        no: 2,
        status: 'payable',
        awarded: '33600.00',
        amount: '33600.00',
        released: '0.00',
        dueOn: null,
        because: null,
        firstApprovalBy: null,
        approvalBy: null,
        since,
      },
    ],
    reports: [
      {
        code: 'interim',
        status: 'accepted',
        dueOn: '2024-02-28',
        rawDueOn: '2024-02-28',
        state: 'met',
        extended: false,
        late: false,
        reportedCosts: '22000.00',
        acceptedCosts: '22000.00',
        request: null,
        since,
      },
    ],
    evaluations: [
      {
        code: 'interim',
        status: 'decided',
        recommended: { outcome: 'favourable', share: null, by: 'els' },
        decided: { outcome: 'favourable', share: null, by: 'bart' },
        since,
      },
    ],
    payouts: [
      {
        endToEndId: 'REN-ANT-1-1',
        tranche: 1,
        attempt: 1,
        amount: '22400.00',
        status: 'settled',
        held: null,
        accountVersion: 1,
        since,
      },
    ],
    recoveries: [
      {
        no: 1,
        status: 'notified',
        amount: '1000.00',
        open: '1000.00',
        settled: '0.00',
        tranche: null,
        since,
      },
    ],
    receipts: [{ kind: 'document', name: 'cooperation-agreement', since }],
  },
  gate: {
    grant: 'REN-ANT',
    tranche: 2,
    status: 'planned',
    open: false,
    openSince: null,
    conditions: [
      {
        requirement: 'report:interim',
        met: true,
        state: 'accepted',
        since: '2024-03-05T09:00:00.000Z',
        event: { sequence: 11, type: 'report.accepted', actor: 'an' },
      },
      {
        requirement: 'evaluation:interim',
        met: false,
        state: 'open',
        since: '2024-03-05T09:00:00.000Z',
        event: { sequence: 12, type: 'evaluation.opened', actor: 'system' },
      },
    ],
    obstacles: [{ code: 'gate-closed', missing: ['evaluation:interim'] }],
  },
  event: {
    stream: 'grant:REN-ANT',
    sequence: 11,
    type: 'report.accepted',
    version: 1,
    data: { report: 'interim', late: false, dueOn: '2024-02-28', costs: '22000.00' },
    actor: 'an',
    reason: null,
    commandId: 'an/accept-REN-ANT-interim',
    occurredAt: '2024-03-05T09:00:00.000Z',
    previousHash: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
    hash: 'fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9',
  },
  deadline: {
    dueOn: '2024-02-28',
    grant: 'REN-ANT',
    report: 'interim',
    state: 'due-soon',
    extended: false,
    rawDueOn: '2024-02-28',
    reportStatus: 'expected',
    beneficiary: 'antwerpen',
    programme: 'REN',
    handler: 'an',
  },
  payout: {
    grant: 'REN-ANT',
    tranche: 1,
    attempt: 1,
    endToEndId: 'REN-ANT-1-1',
    amount: '22400.00',
    status: 'ordered',
    held: null,
    accountVersion: 1,
    beneficiary: 'antwerpen',
    programme: 'REN',
    since: since.at,
  },
  message: {
    event: '42',
    recipient: 'stad',
    kind: 'reminder.sent',
    subject: 'REN-ANT: report interim is due on 2024-02-28',
    at: '2024-02-14T08:00:00.000Z',
    stream: 'grant:REN-ANT',
    sequence: 9,
  },
  refusal: {
    id: '7',
    at: '2024-03-06T10:00:00.000Z',
    command: 'approve-tranche',
    stream: 'grant:REN-ANT',
    by: 'bart',
    code: 'gate-closed',
    facts: { tranche: 2, missing: ['evaluation:interim'] },
    input: { tranche: 2 },
    commandId: 'bart/approve-REN-ANT-2',
  },
  failure: {
    event: { id: '42', stream: 'grant:REN-ANT', sequence: 9, type: 'reminder.sent' },
    reaction: 'remind',
    target: 'stad',
    attempts: 3,
    lastError: 'the mail server does not answer',
    since: '2024-02-14T08:00:00.000Z',
  },
  problem: {
    type: '/api/docs/problems/gate-closed',
    title: 'Gate closed',
    status: 409,
    detail: 'Tranche 2 of REN-ANT cannot be approved: evaluation:interim is still missing.',
    code: 'gate-closed',
    facts: { tranche: 2, missing: ['evaluation:interim'] },
  },
} as const;

/** What a command answers, as an example: one event of the thing it acts on. */
export function exampleEvents(name: CommandName): Record<string, unknown> {
  const account = shapeOf(name).on === 'beneficiary';
  const { stream, sequence, type, data, actor, reason, occurredAt } = examples.event;
  const event = account
    ? { stream: 'beneficiary:antwerpen', sequence: 1, type: 'account.changed', data: { version: 1 } }
    : { stream, sequence, type, data };
  return { at: occurredAt, sequence: event.sequence, events: [{ ...event, actor, reason, occurredAt }] };
}
