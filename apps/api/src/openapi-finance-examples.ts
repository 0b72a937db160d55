/** Answers about batches, bank files and exports as they look, for the OpenAPI document. */

const builtAt = '2024-02-21T09:00:00.000Z';

const totals = {
  batch: 1,
  status: 'handed-over',
  lines: 3,
  amount: '67200.00',
  excluded: 1,
  executeOn: '2024-02-23',
};

export const bankProfileExamples = {
  setting: {
    code: 'main',
    name: 'Agentschap Binnenlands Bestuur',
    iban: 'BE68539007547034',
    bic: 'GKCCBEBB',
    batchBooking: true,
    remittance: 'text',
  },
  set: { profile: 'main', version: 1 },
  listed: {
    code: 'main',
    version: 1,
    name: 'Agentschap Binnenlands Bestuur',
    iban: 'BE…7034',
    bic: 'GKCCBEBB',
    batchBooking: true,
    remittance: 'text',
    enteredBy: 'fien',
    enteredAt: builtAt,
  },
} as const;

export const batchExamples = {
  listed: { ...totals, profile: 'main', builtBy: 'fien', builtAt },
  one: {
    ...totals,
    messageId: 'SLUIS-0000001',
    profile: { code: 'main', version: 1, name: 'Agentschap Binnenlands Bestuur', iban: 'BE…7034' },
    file: {
      format: 'pain.001.001.09',
      sha256: 'fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9',
      bytes: 3120,
    },
    steps: [
      { step: 'batch.built', by: 'fien', at: builtAt, reason: null },
      { step: 'batch.released', by: 'bart', at: '2024-02-21T10:00:00.000Z', reason: null },
      { step: 'batch.exported', by: 'fien', at: '2024-02-21T10:05:00.000Z', reason: null },
      { step: 'batch.handed-over', by: 'fien', at: '2024-02-21T10:15:00.000Z', reason: null },
    ],
    unrecorded: 0,
    sequence: 4,
  },
  line: {
    position: 0,
    endToEndId: 'REN-ANT-1-1',
    grant: 'REN-ANT',
    tranche: 1,
    amount: '22400.00',
    payee: 'Stad Antwerpen',
    iban: 'BE68539007547034',
    address: { town: 'Antwerpen', country: 'BE' },
    remittance: 'REN-ANT tranche 1 Roma Experten Netwerk',
    payout: 'handed-over',
  },
  exclusion: { endToEndId: 'REN-GNT-1-1', because: 'account-not-verified' },
  event: {
    stream: 'batch:1',
    sequence: 2,
    type: 'batch.released',
    version: 1,
    data: { executeOn: '2024-02-23', messageId: 'SLUIS-0000001' },
    actor: 'bart',
    reason: null,
    commandId: 'bart/release-1',
    occurredAt: '2024-02-21T10:00:00.000Z',
    previousHash: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
    hash: 'fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9',
  },
  file: '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">…</Document>\n',
} as const;

const bankFile = {
  bankFile: 1,
  name: 'statement-2024-02-23.xml',
  kind: 'camt.053.001.08',
  messageId: 'STATEMENT-54',
  createdAt: '2024-02-23T05:00:00.000Z',
  sha256: 'fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9',
  bytes: 8190,
  entries: 4,
  waiting: 1,
  unrecorded: 0,
  importedBy: 'fien',
  importedAt: '2024-02-23T08:00:00.000Z',
};

const imported = {
  stream: 'bank-file:1',
  sequence: 1,
  type: 'bank-file.imported',
  data: {
    entries: 4,
    kind: bankFile.kind,
    known: 0,
    matched: 3,
    messageId: bankFile.messageId,
    name: bankFile.name,
    sha256: bankFile.sha256,
    waiting: 1,
  },
  actor: 'fien',
  reason: null,
  occurredAt: bankFile.importedAt,
};

/** What may be null in a bank file and in its entries, beside what may be anywhere. */
export const fileNulls = ['name', 'createdAt'];
export const entryNulls = 'endToEndId payments amount currency account iban name payout recovery batch'.split(
  ' ',
);

export const bankFileExamples = {
  content:
    '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">…</Document>\n',
  imported: { at: bankFile.importedAt, sequence: 1, events: [imported] },
  listed: bankFile,
  one: {
    ...bankFile,
    became: { matched: 0, applied: 3, known: 0, noted: 0, waiting: 1, assigned: 0, dismissed: 0 },
    sequence: 1,
  },
  entry: {
    bankFile: 1,
    entry: 4,
    place: 'statement 1, entry 4',
    answer: 'settled',
    status: 'waiting',
    because: 'no payout has this EndToEndId',
    endToEndId: 'REN-ANT-2',
    messageId: 'SLUIS-0000001',
    wholeFile: false,
    payments: 1,
    amount: '22400.00',
    currency: 'EUR',
    bankReference: 'BANK-0004',
    bookedOn: '2024-02-22',
    account: 'BE…7034',
    counterparty: { iban: 'BE…6769', name: 'Stad Antwerpen' },
    reasonCode: 'AC04',
    reason: 'account closed',
    text: 'REN-ANT tranche 2',
    payout: { endToEndId: 'REN-ANT-2-1', grant: 'REN-ANT', tranche: 2 },
    recovery: { grant: 'REN-ANT', recovery: 1 },
    batch: 1,
    decided: { by: 'fien', at: '2024-02-23T09:00:00.000Z' },
    candidates: {
      payouts: [
        {
          endToEndId: 'REN-ANT-2-1',
          grant: 'REN-ANT',
          tranche: 2,
          amount: '22400.00',
          status: 'handed-over',
          named: false,
          sameAmount: true,
          sameAccount: true,
        },
      ],
      recoveries: [{ grant: 'REN-ANT', recovery: 1, open: '22400.00', sameAmount: true, sameAccount: true }],
    },
  },
  event: {
    ...imported,
    version: 1,
    commandId: 'fien/statement-54',
    previousHash: null,
    hash: bankFile.sha256,
  },
} as const;

const whose = { programme: 'REN', beneficiary: 'antwerpen', beneficiaryName: 'Stad Antwerpen' };
const payout = { endToEndId: 'REN-ANT-1-1', grant: 'REN-ANT', tranche: 1 };

/** What may be null in the lists of finance, beside what may be anywhere. */
export const financeNulls = ['month', 'expectedOn', 'returnedOn', 'returnedAt'];
export const forecastNulls = ['month', 'programme', 'beneficiary'];

export const financeExamples = {
  scheduled: {
    month: '2024-06',
    expectedOn: '2024-06-30',
    certain: false,
    upTo: false,
    grant: 'REN-ANT',
    tranche: 2,
    ...whose,
    amount: '22400.00',
    status: 'planned',
    waitsFor: ['report:interim', 'evaluation:interim'],
  },
  forecast: {
    month: '2024-06',
    programme: 'REN',
    beneficiary: 'antwerpen',
    certain: '22400.00',
    certainCount: 1,
    expected: '33600.00',
    expectedCount: 2,
  },
  payoutDone: {
    settledOn: '2024-02-22',
    returnedOn: '2024-02-27',
    settledAt: '2024-02-22T08:00:00.000Z',
    returnedAt: '2024-02-27T08:00:00.000Z',
    ...payout,
    attempt: 1,
    ...whose,
    amount: '22400.00',
  },
  commitment: {
    grant: 'REN-ANT',
    status: 'active',
    ...whose,
    awarded: '56000.00',
    released: '5600.00',
    committed: '50400.00',
    approved: '22400.00',
    paid: '22400.00',
    recovered: '0.00',
    open: '28000.00',
  },
  ageing: {
    handedOverOn: '2024-02-21',
    handedOverAt: '2024-02-21T10:15:00.000Z',
    days: 4,
    bucket: '3-7',
    status: 'handed-over',
    ...payout,
    ...whose,
    amount: '22400.00',
  },
} as const;

export const exportExamples = {
  csv: '"Month";"Certain";"Certain payments";"Uncertain";"Uncertain payments"\r\n"2024-03";67200,00;3;0,00;0\r\n',
  xlsx: 'PK…',
  json: `${JSON.stringify(financeExamples.forecast)}\n`,
} as const;
