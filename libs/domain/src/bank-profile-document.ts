/** Reads a bank profile: the account that is paid from, and how its bank wants its files. */
import { parseIban } from './account-number.js';
import { type Fault, Reading, codeUpTo, flag, oneOf, textUpTo } from './faults.js';
import { type Parsed, fault, quoted, value } from './parsed.js';
import { type BankProfile, remittanceForms } from './payment.js';

/** A profile as it is entered; the record numbers its versions. */
export type BankProfileInput = Omit<BankProfile, 'version'>;

/** What a simulation is paid from where its file names no bank: the example account of the IBAN registry. */
export const simulatedBank: BankProfileInput = {
  code: 'main',
  name: 'Sluis simulation',
  iban: 'BE68539007547034',
  bic: null,
  batchBooking: false,
  remittance: 'text',
};

const longestName = 70;

/**
 * Reads `{code?, name, iban, bic?, batchBooking?, remittance?}`; the code is `main` where none is given, the
 * booking one a payment, the remittance text. Adds a fault for everything that is not so.
 */
export function readBankProfile(
  reading: Reading,
  path: string,
  input: unknown,
): BankProfileInput | undefined {
  const given = reading.object(path, input, {
    what: 'a bank profile',
    required: ['name', 'iban'],
    optional: ['code', 'bic', 'batchBooking', 'remittance'],
  });
  if (given === undefined) return undefined;
  const code = reading.field(path, given, 'code', codeUpTo(64)) ?? simulatedBank.code;
  const name = reading.field(path, given, 'name', textUpTo(longestName));
  const iban = reading.field(path, given, 'iban', parseIban);
  const bic = reading.field(path, given, 'bic', parseBic) ?? null;
  const batchBooking = reading.field(path, given, 'batchBooking', flag) ?? false;
  const remittance = reading.field(path, given, 'remittance', oneOf(remittanceForms)) ?? 'text';
  if (name === undefined || iban === undefined) return undefined;
  return { code, name, iban, bic, batchBooking, remittance };
}

/** The profile that a request holds, or every fault of it. */
export function parseBankProfile(
  input: unknown,
): { readonly profile: BankProfileInput } | { readonly faults: readonly Fault[] } {
  const reading = new Reading();
  const profile = readBankProfile(reading, '', input);
  return profile === undefined || reading.faults.length > 0 ? { faults: reading.faults } : { profile };
}

/** A bank's identifier, ISO 9362: eight characters, or eleven with the branch. */
function parseBic(input: unknown): Parsed<string> {
  return typeof input === 'string' && /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/.test(input)
    ? value(input)
    : fault(`${quoted(input)} is no BIC; it has eight or eleven characters, like "GKCCBEBB"`);
}
