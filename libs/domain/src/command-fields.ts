import { payeeCheckResults } from './account.js';
import type { PayeeCheckResult } from './account.js';
import { parseIban } from './account-number.js';
import { parseCivilDate } from './civil-date.js';
import type { CivilDate } from './civil-date.js';
import {
  articlePattern,
  firstBudgetYear,
  lastBudgetYear,
  longestArticle,
  parseArticle,
  parseBudgetYear,
} from './envelope.js';
import { outcomes } from './events.js';
import type { DecisionReference, Outcome } from './events.js';
import { parseAmount, parseShare } from './money.js';
import type { Cents, Share } from './money.js';
import { fault, isFault, value } from './parsed.js';
import type { Parsed } from './parsed.js';
import { addressSchema, parseAddress } from './postal-address.js';
import type { PostalAddress } from './payment.js';

/** What each field holds once parsed. */
export interface FieldValues {
  tranche: number;
  report: string;
  evaluation: string;
  recovery: number;
  name: string;
  outcome: Outcome;
  share: Share;
  costs: Cents;
  amount: Cents;
  until: CivilDate;
  resubmitBy: CivilDate;
  start: CivilDate;
  end: CivilDate;
  iban: string;
  holder: string;
  address: PostalAddress;
  validFrom: CivilDate;
  validUntil: CivilDate;
  result: PayeeCheckResult;
  suggested: string;
  handler: string;
  beneficiary: string;
  programme: string;
  planVersion: number;
  reason: string;
  evidence: string;
  ground: string;
  against: string;
  endToEndId: string;
  batch: number;
  profile: string;
  dueBy: CivilDate;
  atLeast: Cents;
  atMost: Cents;
  executeOn: CivilDate;
  bankFile: number;
  entry: number;
  content: string;
  file: string;
  sha256: string;
  decision: DecisionReference;
  year: number;
  article: string;
  mute: boolean;
  move: number;
  grants: readonly string[];
  dueOn: CivilDate;
  moveWindows: boolean;
  preview: string;
}
export type FieldName = keyof FieldValues;

interface Field<T> {
  /** Reads untrusted input; a fault sentence says what would be right. */
  readonly parse: (input: unknown) => Parsed<T>;
  /** JSON Schema of the field as it is written in files and requests. */
  readonly schema: Readonly<Record<string, unknown>>;
}

function text(what: string, example: string, longest: number): Field<string> {
  return {
    parse: (input) =>
      typeof input === 'string' && input.trim() !== '' && input.length <= longest
        ? value(input)
        : fault(`${what} is a text of 1 to ${longest} characters`),
    schema: { type: 'string', minLength: 1, maxLength: longest, examples: [example] },
  };
}

function wholeNumber(what: string, most = 10_000): Field<number> {
  return {
    parse: (input) =>
      typeof input === 'number' && Number.isSafeInteger(input) && input >= 1 && input <= most
        ? value(input)
        : fault(`${what} is a whole number from 1 to ${most}`),
    schema: { type: 'integer', minimum: 1, maximum: most, examples: [1] },
  };
}

const amountSchema = {
  type: 'string',
  pattern: '^(0|[1-9]\\d{0,12})\\.\\d{2}$',
  description: 'euro, a text with two decimals',
  examples: ['22000.00'],
};
const dateSchema = { type: 'string', format: 'date', examples: ['2024-03-15'] };

function parseDecision(input: unknown): Parsed<DecisionReference> {
  const right = 'decision is {reference: text, date: YYYY-MM-DD}, the act it was taken by';
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return fault(right);
  const { reference, date, ...unknownFields } = input as Record<string, unknown>;
  if (typeof reference !== 'string' || reference.trim() === '' || reference.length > 200) return fault(right);
  const parsedDate = parseCivilDate(date);
  if (isFault(parsedDate)) return parsedDate;
  const [unknownField] = Object.keys(unknownFields);
  if (unknownField !== undefined) return fault(`decision has no field "${unknownField}"; ${right}`);
  return value({ reference, date: parsedDate.value });
}

const mostGrantsNamed = 1_000;

function parseGrants(input: unknown): Parsed<readonly string[]> {
  const right = `grants is a list of 1 to ${mostGrantsNamed} different grant codes`;
  if (!Array.isArray(input) || input.length === 0 || input.length > mostGrantsNamed) return fault(right);
  const codes = input as readonly unknown[];
  if (codes.some((code) => typeof code !== 'string' || code === '' || code.length > 24)) return fault(right);
  if (new Set(codes).size !== codes.length) return fault(right);
  return value(codes as readonly string[]);
}

/** Every field a command can carry: read, checked and described in one place. */
export const fields: { readonly [F in FieldName]: Field<FieldValues[F]> } = {
  tranche: wholeNumber('tranche'),
  report: text('report', 'interim', 64),
  evaluation: text('evaluation', 'interim', 64),
  recovery: wholeNumber('recovery'),
  name: text('name', 'cooperation-agreement', 64),
  outcome: {
    parse: (input) =>
      outcomes.includes(input as Outcome)
        ? value(input as Outcome)
        : fault(`outcome is one of ${outcomes.join(', ')}`),
    schema: { type: 'string', enum: outcomes, examples: ['favourable'] },
  },
  share: {
    parse: parseShare,
    schema: {
      oneOf: [
        { type: 'number', exclusiveMinimum: 0, maximum: 100 },
        { type: 'string', pattern: '^(100(\\.0{1,4})?|[1-9]?\\d(\\.\\d{1,4})?)$' },
      ],
      description: 'percent, at most four decimals',
      examples: [75],
    },
  },
  costs: { parse: parseAmount, schema: amountSchema },
  amount: { parse: parseAmount, schema: amountSchema },
  until: { parse: parseCivilDate, schema: dateSchema },
  resubmitBy: { parse: parseCivilDate, schema: dateSchema },
  start: { parse: parseCivilDate, schema: dateSchema },
  end: { parse: parseCivilDate, schema: dateSchema },
  iban: { parse: parseIban, schema: { type: 'string', examples: ['BE68539007547034'] } },
  holder: text('holder', 'Stad Antwerpen', 70),
  address: { parse: parseAddress, schema: addressSchema },
  validFrom: { parse: parseCivilDate, schema: dateSchema },
  validUntil: { parse: parseCivilDate, schema: dateSchema },
  result: {
    parse: (input) =>
      payeeCheckResults.includes(input as PayeeCheckResult)
        ? value(input as PayeeCheckResult)
        : fault(`result is one of ${payeeCheckResults.join(', ')}`),
    schema: { type: 'string', enum: payeeCheckResults, examples: ['close-match'] },
  },
  suggested: text('suggested', 'Stad Antwerpen', 140),
  handler: text('handler', 'an', 64),
  beneficiary: text('beneficiary', 'antwerpen', 64),
  programme: text('programme', 'REN', 64),
  planVersion: wholeNumber('planVersion'),
  reason: text('reason', 'The annex with the personnel costs is missing.', 2000),
  evidence: text('evidence', 'Ledger entry 2024-0118 of the Treasury', 200),
  ground: text('ground', 'Law of 16 May 2003, art. 13', 200),
  against: text('against', 'REN-GEN', 24),
  endToEndId: text('endToEndId', 'REN-ANT-1-1', 35),
  batch: wholeNumber('batch', 9_999_999),
  profile: text('profile', 'main', 64),
  dueBy: { parse: parseCivilDate, schema: dateSchema },
  atLeast: { parse: parseAmount, schema: amountSchema },
  atMost: { parse: parseAmount, schema: amountSchema },
  executeOn: { parse: parseCivilDate, schema: dateSchema },
  bankFile: wholeNumber('bankFile', 9_999_999),
  entry: wholeNumber('entry', 100_000_000),
  content: text('content', '<Document …>', 5_000_000),
  file: text('file', 'bank/statement.xml', 500),
  sha256: {
    parse: (input) =>
      typeof input === 'string' && /^[0-9a-f]{64}$/.test(input)
        ? value(input)
        : fault('sha256 is the hash of the file, 64 hexadecimal digits in lower case'),
    schema: { type: 'string', pattern: '^[0-9a-f]{64}$', examples: ['0f'.repeat(32)] },
  },
  decision: {
    parse: parseDecision,
    schema: {
      type: 'object',
      properties: {
        reference: { type: 'string', minLength: 1, maxLength: 200 },
        date: { type: 'string', format: 'date' },
      },
      required: ['reference', 'date'],
      additionalProperties: false,
      examples: [{ reference: 'VR 2022 1612 DOC.1', date: '2022-12-16' }],
    },
  },
  year: {
    parse: parseBudgetYear,
    schema: { type: 'integer', minimum: firstBudgetYear, maximum: lastBudgetYear, examples: [2024] },
  },
  article: {
    parse: parseArticle,
    schema: {
      type: 'string',
      maxLength: longestArticle,
      pattern: articlePattern,
      examples: ['QB0-1QCB2PA-PR'],
    },
  },
  mute: {
    parse: (input) => (typeof input === 'boolean' ? value(input) : fault('mute is true or false')),
    schema: { type: 'boolean', examples: [true] },
  },
  move: wholeNumber('move', 9_999_999),
  grants: {
    parse: parseGrants,
    schema: {
      type: 'array',
      items: { type: 'string', minLength: 1, maxLength: 24 },
      minItems: 1,
      maxItems: mostGrantsNamed,
      uniqueItems: true,
      examples: [['REN-ANT', 'REN-GEN']],
    },
  },
  dueOn: { parse: parseCivilDate, schema: dateSchema },
  moveWindows: {
    parse: (input) => (typeof input === 'boolean' ? value(input) : fault('moveWindows is true or false')),
    schema: { type: 'boolean', examples: [true] },
  },
  preview: {
    parse: (input) =>
      typeof input === 'string' && /^[0-9a-f]{64}$/.test(input)
        ? value(input)
        : fault('preview is the hash that a preview answered, 64 hexadecimal digits in lower case'),
    schema: { type: 'string', pattern: '^[0-9a-f]{64}$', examples: ['0f'.repeat(32)] },
  },
};
