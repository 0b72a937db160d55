import type { Field, Fields, MessageFacts, MessageKind } from './message-facts.js';
import { digestTasks, messageFields, nameOf } from './message-facts.js';
import type { TemplateKind } from './template-kinds.js';
import { layoutFields } from './template-kinds.js';

const toBeneficiary = {
  recipient: 'Lieve Peeters',
  audience: 'beneficiary',
  link: 'https://subsidies.example/grants/REN-ANT',
  on: '2024-02-14',
  by: 'Karim Haddad',
  contact: 'Karim Haddad',
  contactMail: 'karim.haddad@agency.example',
} as const;

const grant = {
  grant: 'REN-ANT',
  programme: 'Roma Experten Netwerk 2023-2024',
  beneficiary: 'Stad Antwerpen',
} as const;

const told = { ...toBeneficiary, ...grant } as const;
const work = { ...told, recipient: 'Karim Haddad', audience: 'agency', by: 'Lieve Peeters' } as const;

const waiting = [
  { tranche: 2, amount: '22400.00' },
  { tranche: 3, amount: '11200.00' },
] as const;

const report = { report: 'tussentijds verslag', waiting } as const;
const due = { ...report, dueOn: '2024-02-28' } as const;
const evaluation = { evaluation: 'interim', until: '2024-05-31', ...report } as const;
const tranche = { tranche: 2, amount: '22400.00' } as const;
const reason = 'De uitgaven van het vierde kwartaal ontbreken.\nVoeg ook de loonstaten toe.';
const settlement = {
  accepted: '51300.00',
  paid: '44800.00',
  recovered: '0.00',
  compensated: '0.00',
} as const;
const payout = { ...tranche, reference: 'SL000000000042', reason: 'AC04: account closed' } as const;
const recovery = { recovery: 1, amount: '4700.00', open: '3200.00', reason } as const;
const account = {
  beneficiary: 'Stad Antwerpen',
  account: 'BE68 •••• •••• 7034',
  holder: 'Stad Antwerpen, dienst Financiën',
} as const;
const decision = { decisionReference: 'MB 2022/1234', decisionDate: '2022-12-09' } as const;

/** Facts of every kind, as the Roma Experten Netwerk of 2023-2024 (product.md, F1) might bring about. */
const examples: { readonly [K in MessageKind]: MessageFacts<K> } = {
  'grant.awarded': {
    kind: 'grant.awarded',
    ...told,
    amount: '56000.00',
    start: '2023-01-01',
    end: '2024-12-31',
    ...decision,
    tranches: [{ tranche: 1, amount: '22400.00' }, ...waiting],
    deadlines: [
      { report: 'tussentijds verslag', dueOn: '2024-02-28' },
      { report: 'eindverslag', dueOn: '2025-02-28' },
    ],
  },
  'grant.suspended': { kind: 'grant.suspended', ...told, reason },
  'grant.resumed': { kind: 'grant.resumed', ...told, reason },
  'grant.terminated': { kind: 'grant.terminated', ...told, reason, ...decision, ...tranche },
  'grant.closed': { kind: 'grant.closed', ...told },
  'grant.reopened': { kind: 'grant.reopened', ...told, reason, ...decision },
  'deadline.extended': {
    kind: 'deadline.extended',
    ...told,
    ...due,
    dueOn: '2024-03-15',
    previousDueOn: '2024-02-28',
    reason,
  },
  'deadline.restored': { kind: 'deadline.restored', ...told, ...due, previousDueOn: '2024-03-15', reason },
  'extension.asked': { kind: 'extension.asked', ...work, ...due, until: '2024-03-15', reason },
  'extension.refused': { kind: 'extension.refused', ...told, ...due, until: '2024-03-15', reason },
  'reminder.sent': { kind: 'reminder.sent', ...told, ...due, overdue: false, days: 14 },
  'report.escalated': { kind: 'report.escalated', ...work, ...due, on: '2024-03-13', days: 14 },
  'report.submitted': { kind: 'report.submitted', ...work, ...due, late: false, costs: '51300.00' },
  'report.returned': { kind: 'report.returned', ...told, ...due, dueOn: '2024-03-29', reason },
  'report.accepted': { kind: 'report.accepted', ...told, ...report, costs: '51300.00' },
  'report.reopened': { kind: 'report.reopened', ...told, ...report, reason },
  'report.waived': { kind: 'report.waived', ...told, ...report, reason },
  'evaluation.opened': { kind: 'evaluation.opened', ...work, ...evaluation },
  'evaluation.recommended': {
    kind: 'evaluation.recommended',
    ...work,
    ...evaluation,
    outcome: 'partly-favourable',
    share: '62.5',
    reason,
  },
  'evaluation.decided': {
    kind: 'evaluation.decided',
    ...told,
    ...evaluation,
    outcome: 'partly-favourable',
    share: '62.5',
    reason,
  },
  'evaluation.reopened': { kind: 'evaluation.reopened', ...told, ...evaluation, reason },
  'tranche.payable': { kind: 'tranche.payable', ...work, ...tranche },
  'tranche.first-approved': { kind: 'tranche.first-approved', ...work, ...tranche },
  'tranche.withheld': { kind: 'tranche.withheld', ...told, ...tranche, evaluation: 'interim', reason },
  'tranche.restored': { kind: 'tranche.restored', ...told, ...tranche, withheld: false, reason },
  'tranche.reduced': {
    kind: 'tranche.reduced',
    ...told,
    tranche: 2,
    amount: '14000.00',
    released: '8400.00',
    because: 'evaluation',
    evaluation: 'interim',
    recovery: 1,
    recoveryOf: 'REN-ANT-2021',
    ...settlement,
    reason,
  },
  'tranche.cancelled': {
    kind: 'tranche.cancelled',
    ...told,
    ...tranche,
    because: 'settlement',
    evaluation: 'interim',
    ...settlement,
    reason,
  },
  'payout.settled': { kind: 'payout.settled', ...told, ...payout, account: account.account },
  'payout.marked-executed': {
    kind: 'payout.marked-executed',
    ...work,
    ...payout,
    evidence: 'uittreksel 2024/031',
  },
  'payout.rejected': { kind: 'payout.rejected', ...work, ...payout },
  'payout.returned': { kind: 'payout.returned', ...work, ...payout },
  'payout.unknown': { kind: 'payout.unknown', ...work, ...payout },
  'recovery.proposed': {
    kind: 'recovery.proposed',
    ...work,
    ...recovery,
    tranche: 3,
    ground: 'wet van 16 mei 2003, art. 13',
  },
  'recovery.notified': {
    kind: 'recovery.notified',
    ...told,
    ...recovery,
    ground: 'wet van 16 mei 2003, art. 13',
  },
  'recovery.settled': { kind: 'recovery.settled', ...told, ...recovery },
  'recovery.offset': { kind: 'recovery.offset', ...told, ...recovery, tranche: 3, against: 'REN-ANT-2025' },
  'recovery.waived': { kind: 'recovery.waived', ...told, ...recovery },
  'account.changed': {
    kind: 'account.changed',
    ...toBeneficiary,
    ...account,
    validFrom: '2024-03-01',
    validUntil: '2026-12-31',
  },
  'account.payee-checked': {
    kind: 'account.payee-checked',
    ...toBeneficiary,
    recipient: 'Karim Haddad',
    audience: 'agency',
    ...account,
    result: 'no-match',
    suggested: 'Stad Gent',
  },
  'contact.bounced': {
    kind: 'contact.bounced',
    ...toBeneficiary,
    recipient: 'Karim Haddad',
    audience: 'agency',
    person: 'Lieve Peeters',
    mail: 'lieve.peeters@antwerpen.example',
    beneficiary: 'Stad Antwerpen',
    response: '550 5.1.1 User unknown',
  },
  digest: {
    kind: 'digest',
    recipient: 'Karim Haddad',
    audience: 'agency',
    link: 'https://subsidies.example/work',
    on: '2024-02-29',
    total: 3 * digestTasks.length,
    groups: digestTasks.map((task) => ({
      task,
      count: 3,
      link: `https://subsidies.example/work?task=${task}`,
      items: [
        {
          about: 'REN-ANT',
          what: 'tussentijds verslag',
          beneficiary: 'Stad Antwerpen',
          amount: '22400.00',
          since: '2024-02-27',
          dueOn: '2024-05-31',
        },
        { about: 'REN-GNT' },
      ],
    })),
  },
};

const layoutExample = {
  recipient: 'Lieve Peeters',
  audience: 'beneficiary',
  count: 3,
  others: 2,
  first: 'Tussentijds verslag uiterlijk woensdag 28 februari 2024 (REN-ANT)',
  digest: false,
  contact: toBeneficiary.contact,
  contactMail: toBeneficiary.contactMail,
} as const;

/** Facts with every field that the kind may have. */
export function exampleOf<K extends MessageKind>(kind: K): MessageFacts<K> {
  return examples[kind];
}

type Values = Readonly<Record<string, unknown>>;

/**
 * The example with what may differ made to differ: each field that may be absent absent once, alone and
 * with all others; every word, flag, a count of one; lists with one item and with none.
 */
export function variantsOf(kind: TemplateKind): Values[] {
  const full: Values = kind === 'layout' ? { kind, ...layoutExample } : examples[kind];
  const fields: Fields = kind === 'layout' ? layoutFields : messageFields[kind];
  const optional = Object.keys(fields)
    .filter((key) => key.endsWith('?'))
    .map(nameOf);
  const variants = [full, without(full, optional)];
  for (const name of optional) {
    variants.push(without(full, [name]));
    variants.push(
      without(
        full,
        optional.filter((other) => other !== name),
      ),
    );
  }
  for (const [key, field] of Object.entries(fields)) {
    const name = nameOf(key);
    for (const value of valuesOf(field, full[name])) {
      variants.push({ ...full, [name]: value }, { ...without(full, optional), [name]: value });
    }
  }
  return variants;
}

function without(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}

function valuesOf(field: Field, given: unknown): readonly unknown[] {
  if (field === 'flag') return [true, false];
  if (field === 'count') return [1];
  if (typeof field !== 'object') return [];
  return 'words' in field ? field.words : [(given as readonly unknown[]).slice(0, 1), []];
}
