import type { CivilDate } from '#domain/civil-date.js';
import { outcomes } from '#domain/events.js';

/**
 * What a message says, fixed when it is recorded: everything a template may name and nothing else.
 * The table is data, so that the types, the check of a template when it is saved (an unknown field is
 * refused with its line) and the list an author reads are one thing. A key that ends in `?` may be absent.
 *
 * Values carry no language and no layout: amounts are decimal strings ("22400.00"), dates civil dates
 * ("2024-02-28"), shares percentages ("60"); the templates' filters write them out.
 */
export type Field = 'text' | 'date' | 'amount' | 'share' | 'count' | 'flag' | 'link' | Words | List;

/** One of a few words that a template tells apart: `favourable`, `partly-favourable` … */
export interface Words {
  readonly words: readonly string[];
}

export interface List {
  readonly list: Fields;
}

export interface Fields {
  readonly [name: string]: Field;
}

type ValueOf<F extends Field> = F extends 'text' | 'link' | 'amount' | 'share'
  ? string
  : F extends 'date'
    ? CivilDate
    : F extends 'count'
      ? number
      : F extends 'flag'
        ? boolean
        : F extends { readonly words: readonly (infer W)[] }
          ? W
          : F extends { readonly list: infer L extends Fields }
            ? readonly FactsOf<L>[]
            : never;

export type FactsOf<F extends Fields> = {
  readonly [K in keyof F as K extends `${string}?` ? never : K]: ValueOf<F[K]>;
} & {
  readonly [K in keyof F as K extends `${infer Name}?` ? Name : never]?: ValueOf<F[K]>;
};

/** The languages people are written to in; a person's other language reads as the first. */
export const mailLanguages = ['nl', 'fr', 'en'] as const;
export type MailLanguage = (typeof mailLanguages)[number];

export function mailLanguageOf(language: string): MailLanguage {
  return mailLanguages.find((known) => known === language) ?? mailLanguages[0];
}

const anyone = {
  /** The name of whoever is written to. */
  recipient: 'text',
  /** On which side they stand: the same event may be told to both. */
  audience: { words: ['beneficiary', 'agency'] },
  /** Where it is done, or read: a whole http or https address. */
  link: 'link',
  /** The civil day on which it happened, in the programme's time zone. */
  on: 'date',
  /** The name of the person who did it; absent where the service did. */
  'by?': 'text',
  /** Who answers questions: the grant's handler. */
  'contact?': 'text',
  'contactMail?': 'text',
} as const satisfies Fields;

const ofGrant = {
  ...anyone,
  /** Its code. */
  grant: 'text',
  /** Title of the programme. */
  programme: 'text',
  /** Name of the beneficiary. */
  beneficiary: 'text',
} as const satisfies Fields;

/** The tranches that rest on it and are neither paid nor cancelled, with the amount each has now. */
const waiting = { list: { tranche: 'count', amount: 'amount' } } as const satisfies List;

const ofReport = {
  ...ofGrant,
  /** Its title, else its code. */
  report: 'text',
  waiting,
} as const satisfies Fields;

const ofDueReport = {
  ...ofReport,
  /** The last day on which it is in time. */
  dueOn: 'date',
} as const satisfies Fields;

const ofEvaluation = {
  ...ofGrant,
  /** Its code: evaluations have no title. */
  evaluation: 'text',
  /** Title of the report it judges, else its code. */
  report: 'text',
  /** Last day of its window. */
  'until?': 'date',
  waiting,
} as const satisfies Fields;

const ofJudgement = {
  ...ofEvaluation,
  outcome: { words: outcomes },
  /** Percentage of the tranche that stays, where partly favourable. */
  'share?': 'share',
  'reason?': 'text',
} as const satisfies Fields;

const ofTranche = { ...ofGrant, tranche: 'count', amount: 'amount' } as const satisfies Fields;

/** The terms of a settlement (domain.md, "Settlement"). */
const settlement = {
  'accepted?': 'amount',
  'paid?': 'amount',
  'recovered?': 'amount',
  'compensated?': 'amount',
} as const satisfies Fields;

const ofPayout = {
  ...ofTranche,
  /** The bank's end-to-end reference. */
  reference: 'text',
  'reason?': 'text',
} as const satisfies Fields;

const ofRecovery = {
  ...ofGrant,
  /** Its number within the grant. */
  recovery: 'count',
  amount: 'amount',
  /** What is still to come back. */
  open: 'amount',
  'reason?': 'text',
} as const satisfies Fields;

const ofAccount = {
  ...anyone,
  beneficiary: 'text',
  /** The account with its middle hidden: "BE68 •••• •••• 7034". Never the whole number. */
  account: 'text',
  /** In whose name it stands, where that is not the beneficiary. */
  'holder?': 'text',
} as const satisfies Fields;

const decision = { 'decisionReference?': 'text', 'decisionDate?': 'date' } as const satisfies Fields;

/** What waits on a person of the agency; one heading of the digest each, in this order. */
export const digestTasks = [
  'review-report',
  'answer-extension',
  'chase-report',
  'recommend-evaluation',
  'decide-evaluation',
  'approve-tranche',
  'approve-tranche-second',
  'verify-account',
  'release-batch',
  'confirm-payout',
  'resolve-payout',
  'match-bank-entry',
  'notify-recovery',
  'correct-contact',
  'look-at-failure',
] as const;
export type DigestTask = (typeof digestTasks)[number];

/** Every kind of message and its facts. Kinds are event types, and `digest`. */
export const messageFields = {
  'grant.awarded': {
    ...ofGrant,
    amount: 'amount',
    start: 'date',
    end: 'date',
    ...decision,
    tranches: { list: { tranche: 'count', amount: 'amount' } },
    deadlines: { list: { report: 'text', dueOn: 'date' } },
  },
  'grant.suspended': { ...ofGrant, 'reason?': 'text' },
  'grant.resumed': { ...ofGrant, 'reason?': 'text' },
  /** `tranche` and `amount`: the one that its decision spares. */
  'grant.terminated': {
    ...ofGrant,
    'reason?': 'text',
    ...decision,
    'tranche?': 'count',
    'amount?': 'amount',
  },
  'grant.closed': ofGrant,
  'grant.reopened': { ...ofGrant, 'reason?': 'text', ...decision },
  'deadline.extended': { ...ofDueReport, previousDueOn: 'date', 'reason?': 'text' },
  /** A move that was undone: `dueOn` holds again. */
  'deadline.restored': { ...ofDueReport, previousDueOn: 'date', 'reason?': 'text' },
  'extension.asked': { ...ofDueReport, until: 'date', 'reason?': 'text' },
  'extension.refused': { ...ofDueReport, until: 'date', 'reason?': 'text' },
  /** `days` from the reminder to `dueOn`, or since it where `overdue`; 0 on the day itself. */
  'reminder.sent': { ...ofDueReport, overdue: 'flag', days: 'count' },
  /** `days` since `dueOn`. */
  'report.escalated': { ...ofDueReport, days: 'count' },
  'report.submitted': { ...ofDueReport, late: 'flag', 'costs?': 'amount' },
  /** `dueOn`: by when it is handed in again. */
  'report.returned': { ...ofDueReport, 'reason?': 'text' },
  'report.accepted': { ...ofReport, 'costs?': 'amount' },
  'report.reopened': { ...ofReport, 'reason?': 'text' },
  'report.waived': { ...ofReport, 'reason?': 'text' },
  'evaluation.opened': ofEvaluation,
  'evaluation.recommended': ofJudgement,
  'evaluation.decided': ofJudgement,
  'evaluation.reopened': { ...ofEvaluation, 'reason?': 'text' },
  'tranche.payable': ofTranche,
  'tranche.first-approved': ofTranche,
  /** `evaluation`: the unfavourable one; absent where a person withheld it. */
  'tranche.withheld': { ...ofTranche, 'evaluation?': 'text', 'reason?': 'text' },
  'tranche.restored': { ...ofTranche, withheld: 'flag', 'reason?': 'text' },
  /** `amount`: what is left; `recovery` is the number of the one offset here, of grant `recoveryOf` if of another. */
  'tranche.reduced': {
    ...ofTranche,
    released: 'amount',
    because: { words: ['evaluation', 'recovery', 'settlement'] },
    'evaluation?': 'text',
    'recovery?': 'count',
    'recoveryOf?': 'text',
    ...settlement,
    'reason?': 'text',
  },
  'tranche.cancelled': {
    ...ofTranche,
    because: { words: ['person', 'zero', 'evaluation', 'settlement', 'terminated'] },
    'evaluation?': 'text',
    ...settlement,
    'reason?': 'text',
  },
  'payout.settled': { ...ofPayout, 'account?': 'text' },
  'payout.marked-executed': { ...ofPayout, evidence: 'text' },
  'payout.rejected': ofPayout,
  'payout.returned': ofPayout,
  'payout.unknown': ofPayout,
  /** `tranche` whose settlement proposed it; `ground`: the legal one that a person named. */
  'recovery.proposed': { ...ofRecovery, 'tranche?': 'count', 'ground?': 'text' },
  'recovery.notified': { ...ofRecovery, 'ground?': 'text' },
  'recovery.settled': ofRecovery,
  /** `against`: the other grant whose tranche it was; absent where it is the recovery's own. */
  'recovery.offset': { ...ofRecovery, tranche: 'count', 'against?': 'text' },
  'recovery.waived': ofRecovery,
  'account.changed': { ...ofAccount, 'validFrom?': 'date', 'validUntil?': 'date' },
  'account.payee-checked': {
    ...ofAccount,
    result: { words: ['match', 'close-match', 'no-match', 'not-possible'] },
    'suggested?': 'text',
  },
  /** `mail`: the address that did not take it; `response`: what the other server said. */
  'contact.bounced': { ...anyone, person: 'text', mail: 'text', 'beneficiary?': 'text', 'response?': 'text' },
  /** `on`: the working morning. Only tasks with something waiting; `items` the first few of `count`. */
  digest: {
    recipient: 'text',
    audience: { words: ['agency'] },
    link: 'link',
    on: 'date',
    total: 'count',
    groups: {
      list: {
        task: { words: digestTasks },
        count: 'count',
        link: 'link',
        items: {
          list: {
            /** What it is about: a grant's code, a beneficiary's name, a batch's number. */
            about: 'text',
            /** What of it, in itself: a report's title, "2" of a tranche, a person's name. */
            'what?': 'text',
            'beneficiary?': 'text',
            'amount?': 'amount',
            /** Since when it waits. */
            'since?': 'date',
            /** By when it must be done. */
            'dueOn?': 'date',
          },
        },
      },
    },
  },
} as const satisfies Record<string, Fields>;

export type MessageKind = keyof typeof messageFields;

export const messageKinds = Object.keys(messageFields) as readonly MessageKind[];

/** The facts of one message: one item of a mail. */
export type MessageFacts<K extends MessageKind = MessageKind> = {
  [T in K]: { readonly kind: T } & FactsOf<(typeof messageFields)[T]>;
}[K];

/**
 * What is wrong with facts as they were recorded, or null: a field that is missing, unknown or of
 * another type, by its path ("waiting.0.amount is missing").
 */
export function faultOfFacts(facts: { readonly kind: string }): string | null {
  const { kind, ...values } = facts;
  if (!(messageKinds as readonly string[]).includes(kind)) return `${kind} is no kind of message`;
  return faultOfFields(messageFields[kind as MessageKind], values, '');
}

function faultOfFields(
  fields: Fields,
  values: Readonly<Record<string, unknown>>,
  path: string,
): string | null {
  const known = new Set<string>();
  for (const [key, field] of Object.entries(fields)) {
    const name = nameOf(key);
    known.add(name);
    const given = values[name] ?? null;
    if (given === null && name === key) return `${path}${name} is missing`;
    const fault = given === null ? null : faultOfValue(field, given, `${path}${name}`);
    if (fault !== null) return fault;
  }
  const unknown = Object.keys(values).find((name) => !known.has(name));
  return unknown === undefined ? null : `${path}${unknown} is no field of it`;
}

/** The name of a field without the mark that it may be absent. */
export function nameOf(key: string): string {
  return key.replace(/\?$/, '');
}

const patterns: { readonly [F in Extract<Field, string>]?: RegExp } = {
  date: /^\d{4}-\d\d-\d\d$/,
  amount: /^(0|[1-9]\d*)\.\d\d$/,
  share: /^\d{1,3}(\.\d{1,4})?$/,
  link: /^https?:\/\/\S+$/,
};

function faultOfValue(field: Field, given: unknown, path: string): string | null {
  if (typeof field === 'object' && 'list' in field) {
    if (!Array.isArray(given)) return `${path} is no list`;
    const items = given as readonly Readonly<Record<string, unknown>>[];
    return items.reduce<string | null>(
      (fault, item, at) => fault ?? faultOfFields(field.list, item, `${path}.${at}.`),
      null,
    );
  }
  if (typeof field === 'object') {
    return field.words.includes(given as string) ? null : `${path} is none of ${field.words.join(', ')}`;
  }
  if (field === 'flag') return typeof given === 'boolean' ? null : `${path} is neither true nor false`;
  if (field === 'count') return Number.isSafeInteger(given) ? null : `${path} is no whole number`;
  if (typeof given !== 'string') return `${path} is no text`;
  return patterns[field]?.test(given) === false ? `${path} is no ${field}: "${given}"` : null;
}
