/**
 * What a SEPA credit transfer must be and the schema of pain.001.001.09 does not notice. Each check answers with
 * a sentence that says what would be right, and never repeats an account number.
 */
import { countrySpecs, isValidBIC } from 'ibantools';

import { parseIban } from '#domain/account-number.js';
import { parseCivilDate } from '#domain/civil-date.js';
import { type Cents, formatAmount } from '#domain/money.js';
import { isFault, quoted } from '#domain/parsed.js';
import {
  type BankProfile,
  type PaymentFileHead,
  type PaymentLine,
  type PostalAddress,
  type RemittanceForm,
  remittanceForms,
} from '#domain/payment.js';

import { idFault, isSepaText } from './sepa-text.js';
import { referenceFault } from './structured-reference.js';

/** The longest free text of a payment. */
export const LONGEST_REMITTANCE = 140;
const LONGEST_NAME = 70;
const LEAST_CENTS = 1n;
/** 999,999,999.99: the most one SEPA credit transfer carries. */
const MOST_CENTS = 99_999_999_999n;
/** Bounds the memory of one file; banks take far fewer. */
const MOST_LINES = 10_000_000;
/** DecimalNumber of the schema has 18 digits, cents included. */
const LEAST_TOO_LARGE_SUM = 10n ** 18n;

/** How IBANs of the SEPA schemes begin (EPC409-09, with Serbia since May 2026). */
const sepaCountries: ReadonlySet<string> = new Set(
  (
    'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK ' + // European Union
    'IS LI NO ' + // European Economic Area
    'AD AL CH GB GI MC MD ME MK RS SM VA'
  ).split(' '),
);

/** BICFIDec2014Identifier of the schema; ibantools knows the countries, and lets small letters pass. */
const BIC = /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/;

/** Schema lengths of the parts of PostalAddress24 that are written. */
const addressParts = [
  { part: 'street', name: 'street', longest: 70 },
  { part: 'number', name: 'number', longest: 16 },
  { part: 'postCode', name: 'post code', longest: 16 },
  { part: 'town', name: 'town', longest: 35 },
] as const;

type Check = (line: PaymentLine, form: RemittanceForm) => string | null;

const checks: readonly Check[] = [
  ({ endToEndId }) => {
    const wrong = idFault(endToEndId);
    return wrong === null ? null : `the EndToEndId ${quoted(endToEndId)} ${wrong}`;
  },
  ({ amountCents }) => amountFault(amountCents),
  ({ iban }) => sepaIbanFault(iban),
  ({ payee }) => nameFault("the payee's name", payee, "enter the account holder's name as the bank knows it"),
  ({ address }) => (address === null ? null : addressFault(address)),
  ({ remittance, position }, form) =>
    form === 'structured' ? referenceFault(remittance, position) : textFault(remittance),
];

/** The first rule that a line breaks, as a sentence; null for a line that may stand in a file. */
export function lineFault(line: PaymentLine, form: RemittanceForm): string | null {
  for (const check of checks) {
    const wrong = check(line, form);
    if (wrong !== null) return wrong;
  }
  return null;
}

/** The first rule that the head of a file breaks, its bank profile's included; null for a right one. */
export function headFault(head: PaymentFileHead): string | null {
  const wrongId = idFault(head.messageId);
  if (wrongId !== null) return `the message id ${quoted(head.messageId)} ${wrongId}`;
  if (!isInstant(head.createdAt)) {
    return `the moment of creation ${quoted(head.createdAt)} is not one in UTC, such as 2024-02-20T16:00:00.000Z`;
  }
  const executeOn = parseCivilDate(head.executeOn);
  if (isFault(executeOn)) return `the day of execution: ${executeOn.fault}`;
  if (!Number.isInteger(head.lines) || head.lines < 1 || head.lines > MOST_LINES) {
    return `a file has 1 to ${MOST_LINES} payments, not ${head.lines}`;
  }
  if (head.amountCents < LEAST_CENTS || head.amountCents >= LEAST_TOO_LARGE_SUM) {
    return `the sum ${formatAmount(head.amountCents)} is not one of 0.01 up to eighteen digits`;
  }
  return profileFault(head.profile);
}

/**
 * Why nothing can be paid by a bank profile; null where its name, IBAN, BIC and form of reference may stand in a
 * file. The name must be in SEPA characters already (`sepaText`).
 */
export function profileFault(profile: BankProfile): string | null {
  const wrongName = nameFault("the payer's name", profile.name, 'shorten the name of the bank profile');
  if (wrongName !== null) return wrongName;
  const wrongIban = sepaIbanFault(profile.iban);
  if (wrongIban !== null) return `the payer's account: ${wrongIban}`;
  if (profile.bic !== null && !(BIC.test(profile.bic) && isValidBIC(profile.bic))) {
    return `the BIC ${quoted(profile.bic)} is none; write eight or eleven capitals and digits such as "GKCCBEBB", or leave it out`;
  }
  return remittanceForms.includes(profile.remittance)
    ? null
    : `the form of reference ${quoted(profile.remittance)} is not one of ${remittanceForms.join(', ')}`;
}

function isInstant(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return false;
  const ms = Date.parse(text);
  return Number.isFinite(ms) && new Date(ms).toISOString() === text;
}

function amountFault(cents: Cents): string | null {
  return cents >= LEAST_CENTS && cents <= MOST_CENTS
    ? null
    : `the amount is ${formatAmount(cents)}; one payment carries ${formatAmount(LEAST_CENTS)} to ${formatAmount(MOST_CENTS)} euro`;
}

/** IBANs that passed: batches pay the same accounts again and again, and their checks are half the work on a line. */
const passed = new Set<string>();
const MOST_REMEMBERED = 10_000;

/** The account must be exactly what was verified: an IBAN in another notation is refused, not rewritten. */
function sepaIbanFault(iban: string): string | null {
  if (passed.has(iban)) return null;
  const wrong = checkedIbanFault(iban);
  if (wrong === null) {
    if (passed.size === MOST_REMEMBERED) passed.clear();
    passed.add(iban);
  }
  return wrong;
}

function checkedIbanFault(iban: string): string | null {
  const read = parseIban(iban);
  if (isFault(read)) return read.fault;
  if (read.value !== iban) {
    return 'the IBAN has spaces or small letters; enter it in capitals without spaces, like "BE68539007547034"';
  }
  const country = iban.slice(0, 2);
  return sepaCountries.has(country)
    ? null
    : `the IBAN is one of ${country}, which SEPA payments do not reach; enter an account in a SEPA country, or pay outside the file`;
}

/**
 * A name is never cut: a cut one fails the Verification of Payee, and the payment with it. The sentence does not
 * repeat it: a holder may be a person.
 */
function nameFault(what: string, name: string, right: string): string | null {
  if (!/[a-zA-Z0-9]/.test(name)) {
    return `${what} has no letters that a bank passes on; ${right}, in Latin letters`;
  }
  if (!isSepaText(name)) return `${what} holds characters that a bank does not pass on; ${right}`;
  return name.length <= LONGEST_NAME
    ? null
    : `${what} has ${name.length} characters in the bank's alphabet; at most ${LONGEST_NAME} are possible: ${right}`;
}

function addressFault(address: PostalAddress): string | null {
  if (address.town === '') return 'the address has no town; enter town and country, or no address at all';
  for (const { part, name, longest } of addressParts) {
    const text = address[part];
    if (text === undefined) continue;
    if (!isSepaText(text)) return `the ${name} of the address is empty or not in the bank's alphabet`;
    if (text.length > longest) {
      return `the ${name} of the address has ${text.length} characters in the bank's alphabet; at most ${longest} are possible`;
    }
  }
  return Object.hasOwn(countrySpecs, address.country)
    ? null
    : `the country of the address is ${quoted(address.country)}; write two capitals by ISO 3166-1, such as "BE"`;
}

function textFault(text: string): string | null {
  if (!isSepaText(text)) return "the payment's text is empty or not in the bank's alphabet";
  return text.length <= LONGEST_REMITTANCE
    ? null
    : `the payment's text has ${text.length} characters; at most ${LONGEST_REMITTANCE} are possible`;
}
