/** Numbers that carry their own check: the enterprise number of the KBO and the IBAN. */
import { ValidationErrorsIBAN, countrySpecs, validateIBAN } from 'ibantools';

import { type Parsed, fault, quoted, value } from './parsed.js';

const RIGHT_KBO = 'write its ten digits as text, for example "0207500123" or "0207.500.123"';

/**
 * Reads an enterprise number of the Crossroads Bank for Enterprises (KBO) from '0207500123' or
 * '0207.500.123' into its ten digits. The first digit is 0 or 1, the last two are
 * 97 − (the first eight mod 97). Numbers are refused: they lose the leading zero.
 */
export function parseKbo(input: unknown): Parsed<string> {
  if (typeof input !== 'string') return fault(`${quoted(input)} is not a KBO number; ${RIGHT_KBO}`);
  if (!/^(\d+|\d{4}\.\d{3}\.\d{3})$/.test(input)) {
    return fault(`${quoted(input)} is not a KBO number; ${RIGHT_KBO}`);
  }
  const digits = input.replaceAll('.', '');
  if (digits.length !== 10) {
    return fault(
      `${quoted(input)} has ${digits.length} digits; a KBO number has ten, for example "0207500123"`,
    );
  }
  if (digits[0] !== '0' && digits[0] !== '1') {
    return fault(`"${input}" begins with ${digits[0]}; a KBO number begins with 0 or 1`);
  }
  const rightCheck = String(97 - (Number(digits.slice(0, 8)) % 97)).padStart(2, '0');
  if (digits.slice(8) !== rightCheck) {
    return fault(
      `"${input}" ends in the check digits ${digits.slice(8)}; for ${digits.slice(0, 8)} they are ${rightCheck}`,
    );
  }
  return value(digits);
}

/**
 * Reads an IBAN, in any case and with spaces, into its electronic form: length, pattern and check
 * digits (ISO 13616) and the country's own account check. The sentences never repeat the number:
 * faults are logged, and account numbers must not be.
 */
export function parseIban(input: unknown): Parsed<string> {
  if (typeof input !== 'string') {
    return fault('the IBAN is not text; write it like "BE68 5390 0754 7034"');
  }
  const iban = input.replace(/\s/g, '').toUpperCase();
  if (!/^[A-Z0-9]+$/.test(iban)) {
    return fault(
      'the IBAN is empty or holds other things than letters and digits; write it like "BE68 5390 0754 7034"',
    );
  }
  const errors = validateIBAN(iban).errorCodes;
  return errors.length === 0 ? value(iban) : fault(ibanFault(iban, errors));
}

function ibanFault(iban: string, errors: readonly ValidationErrorsIBAN[]): string {
  const country = iban.slice(0, 2);
  const length = countrySpecs[country]?.chars;
  if (errors.includes(ValidationErrorsIBAN.NoIBANCountry) || typeof length !== 'number') {
    return `the IBAN begins with "${country}", which is no country that has IBANs; it begins like "BE68"`;
  }
  if (iban.length !== length) {
    return `the IBAN has ${iban.length} characters; one of ${country} has ${length}`;
  }
  if (errors.includes(ValidationErrorsIBAN.ChecksumNotNumber)) {
    return `the IBAN has no check digits; two digits come after ${country}`;
  }
  if (errors.includes(ValidationErrorsIBAN.WrongBBANFormat)) {
    return `the IBAN has letters or digits in places where ${country} has none; compare it with the account statement`;
  }
  if (errors.length === 1 && errors[0] === ValidationErrorsIBAN.WrongAccountBankBranchChecksum) {
    return `the IBAN's account number fails the check of ${country}; compare it with the account statement`;
  }
  return "the IBAN's check digits do not fit its account number: a character is mistyped or swapped; compare it with the account statement";
}

/** Enough of an account number to know which one is meant, and not the number: `BE…7034`. */
export function shortIban(iban: string): string {
  return `${iban.slice(0, 2)}…${iban.slice(-4)}`;
}

/** Two letters and two digits, then groups that end in a digit: a mistyped number must be found as well. */
const likeIban = /(?<![A-Za-z0-9])(?:[A-Za-z]{2}|[A-Z]{2}\s)\d{2}(?:[\s.]?[A-Za-z]{0,8}[\s.]?\d)+[A-Za-z]*/g;
/** The shortest IBAN has fifteen characters; a typing error or two still leave this many digits. */
const FEWEST_DIGITS = 10;

/**
 * A text without what looks like an account number, in one piece or in groups, right or mistyped. For texts that
 * others read than those it was written for: refused input, errors. A code that looks just like one goes as well.
 */
export function withoutIbans(text: string): string {
  return text.replace(likeIban, (found) => {
    const country = found.slice(0, 2).toUpperCase();
    const likely =
      typeof countrySpecs[country]?.chars === 'number' && found.replace(/\D/g, '').length >= FEWEST_DIGITS;
    return likely ? '[account number]' : found;
  });
}

/** JSON without account numbers, in names of fields as well: a field that does not exist may be called anything. */
export function jsonWithoutIbans(json: unknown): unknown {
  if (typeof json === 'string') return withoutIbans(json);
  if (Array.isArray(json)) return json.map(jsonWithoutIbans);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [withoutIbans(name), jsonWithoutIbans(value)]),
  );
}
