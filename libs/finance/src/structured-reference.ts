/** The Belgian structured reference (OGM/VCS): ten digits and two check digits, bare in a payment file. */
import { type Parsed, fault, value } from '#domain/parsed.js';

const BATCHES = 10_000;
const POSITIONS = 1_000_000;

/**
 * The reference of a payment by its batch's number and its position in it, from 0:
 * (batch mod 10,000) × 1,000,000 + position. Unique within a batch, and repeated after 10,000 batches.
 * A position over 999,999 is a fault.
 *
 * @throws RangeError for a batch or position that is no integer of 0 or more.
 */
export function structuredReference(batch: number, position: number): Parsed<string> {
  for (const part of [batch, position]) {
    if (!Number.isSafeInteger(part) || part < 0) {
      throw new RangeError(`a structured reference is made of integers of 0 or more, not ${part}`);
    }
  }
  if (position >= POSITIONS) {
    return fault(
      `a structured reference numbers ${POSITIONS} payments of a batch and this would be one more; build a second batch, or have the bank profile pay with free text`,
    );
  }
  const base = (batch % BATCHES) * POSITIONS + position;
  return value(String(base).padStart(10, '0') + checkOf(base));
}

/** Why twelve digits are no structured reference of the payment at a position; null where they are. */
export function referenceFault(digits: string, position: number): string | null {
  if (!/^\d{12}$/.test(digits)) {
    return 'the structured reference is not twelve bare digits, such as 010806817183';
  }
  const base = Number(digits.slice(0, 10));
  const check = checkOf(base);
  if (digits.slice(10) !== check) {
    return `the structured reference ends in the check digits ${digits.slice(10)}; for ${digits.slice(0, 10)} they are ${check}`;
  }
  const place = base % POSITIONS;
  return place === position
    ? null
    : `the structured reference is that of position ${place}, and the payment has position ${position}`;
}

/** The first ten digits modulo 97, and 97 where nothing is left. */
function checkOf(base: number): string {
  return String(base % 97 === 0 ? 97 : base % 97).padStart(2, '0');
}
