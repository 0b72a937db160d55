/**
 * Money and percentages. This is the one place where rounding happens: `splitByShares` rounds by
 * largest remainder, `shareOf` rounds down, and nothing else rounds at all. No float holds money.
 */
import { type Parsed, fault, quoted, value } from './parsed.js';

/** An amount in whole euro cents. */
export type Cents = bigint;

/** A part of a whole in integer millionths: 100% is 1_000_000, 33.3333% is 333_333. */
export type Share = number;

const WHOLE_SHARE = 1_000_000;
const MILLIONTHS_PER_PERCENT = 10_000;
const MOST_EURO_DIGITS = 13;
const RIGHT_AMOUNT = 'write it as text with two decimals, for example "56000.00"';
const RIGHT_SHARE = 'write a percentage above 0 and up to 100, for example "40" or "33.3333"';

/**
 * Reads an amount in euro from its text: "0.00", "56000.00". Exactly two decimals, no sign, no
 * thousands separators, no superfluous zeros in front, at most 13 digits before the point.
 * Numbers are refused even where they look right: a float has already lost what was written.
 */
export function parseAmount(input: unknown): Parsed<Cents> {
  if (typeof input === 'number' || typeof input === 'bigint') {
    return fault(`${String(input)} is a number; an amount is text: ${RIGHT_AMOUNT}, in quotes`);
  }
  if (typeof input !== 'string') {
    return fault(`${quoted(input)} is not an amount; ${RIGHT_AMOUNT}`);
  }
  const parts = /^(\d+)\.(\d\d)$/.exec(input);
  if (parts === null) return fault(amountFault(input));
  const euros = parts[1] ?? '';
  if (euros.length > 1 && euros.startsWith('0')) {
    return fault(`${quoted(input)} has zeros in front; ${RIGHT_AMOUNT}`);
  }
  if (euros.length > MOST_EURO_DIGITS) {
    return fault(
      `${quoted(input)} has ${euros.length} digits before the point; at most ${MOST_EURO_DIGITS} are possible`,
    );
  }
  return value(BigInt(euros + (parts[2] ?? '')));
}

function amountFault(text: string): string {
  const shown = quoted(text);
  if (/^-\d/.test(text)) return `${shown} is negative; an amount is 0.00 or more, without a sign`;
  if (/^\+\d/.test(text)) return `${shown} carries a sign; ${RIGHT_AMOUNT}`;
  const decimals = /^\d+\.(\d*)$/.exec(text)?.[1];
  if (decimals !== undefined && decimals.length > 2) {
    return `${shown} has ${decimals.length} decimals; cents have exactly two, for example "56000.00"`;
  }
  if (decimals !== undefined || /^\d+$/.test(text)) {
    return `${shown} has ${decimals?.length ?? 0} decimals; an amount has exactly two, for example "56000.00"`;
  }
  if (/^\d[\d.,' \u00a0\u202f]*$/.test(text)) {
    return `${shown} has separators; ${RIGHT_AMOUNT}: a point before the cents and nothing else`;
  }
  return `${shown} is not an amount; ${RIGHT_AMOUNT}`;
}

/** An amount in cents as euro text with two decimals: 5600000n → "56000.00", -5n → "-0.05". */
export function formatAmount(cents: Cents): string {
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/**
 * Reads a percentage (0 < s ≤ 100, at most four decimals) into integer millionths. A number is
 * read from its shortest decimal text, never by multiplying it: 33.3333 is 333,333 exactly.
 */
export function parseShare(input: unknown): Parsed<Share> {
  if (typeof input !== 'string' && typeof input !== 'number') {
    return fault(`${quoted(input)} is not a percentage; ${RIGHT_SHARE}`);
  }
  const text = String(input);
  const parts = /^(0|[1-9]\d*)(?:\.(\d+))?$/.exec(text);
  if (parts === null) {
    if (/^-\d/.test(text)) return fault(`${quoted(input)} is negative; ${RIGHT_SHARE}`);
    return fault(`${quoted(input)} is not a percentage; ${RIGHT_SHARE}`);
  }
  const whole = parts[1] ?? '';
  const decimals = parts[2] ?? '';
  if (decimals.length > 4) {
    return fault(
      `${quoted(input)} has ${decimals.length} decimals; a percentage has at most four, for example "33.3333"`,
    );
  }
  const share = Number(whole) * MILLIONTHS_PER_PERCENT + Number(decimals.padEnd(4, '0'));
  if (share === 0) return fault(`${quoted(input)} is nothing; ${RIGHT_SHARE}`);
  if (share > WHOLE_SHARE) return fault(`${quoted(input)} is more than 100; ${RIGHT_SHARE}`);
  return value(share);
}

/** A share as the shortest percentage text: 400_000 → "40", 333_333 → "33.3333". */
export function formatShare(share: Share): string {
  assertShare(share);
  const whole = Math.floor(share / MILLIONTHS_PER_PERCENT);
  const decimals = String(share % MILLIONTHS_PER_PERCENT)
    .padStart(4, '0')
    .replace(/0+$/, '');
  return decimals === '' ? String(whole) : `${whole}.${decimals}`;
}

/**
 * Splits an amount by shares with the largest remainder on whole cents, ties to the lowest index.
 * Shares that make 100% give parts that sum to `total`; shares that make less give parts that sum
 * to the largest whole-cent amount ≤ total × Σ (the rest belongs to the plan's `remainder`).
 *
 * @throws RangeError for a negative total, a share that is no integer in 0…1_000_000, or Σ > 100%.
 */
export function splitByShares(total: Cents, shares: readonly Share[]): Cents[] {
  assertTotal(total);
  for (const share of shares) assertShare(share);
  const sum = shares.reduce((together, share) => together + share, 0);
  if (sum > WHOLE_SHARE) {
    throw new RangeError(`the shares make ${formatExcess(sum)}%; together they make at most 100%`);
  }
  const parts = shares.map((share) => shareOf(total, share));
  const missing = parts.reduce((left, part) => left - part, shareOf(total, sum));
  const byRemainder = shares
    .map((share, index) => ({ index, remainder: (total * BigInt(share)) % BigInt(WHOLE_SHARE) }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  for (const { index } of byRemainder.slice(0, Number(missing))) parts[index] = (parts[index] ?? 0n) + 1n;
  return parts;
}

/**
 * The largest whole-cent amount ≤ share × total: what a partly favourable evaluation leaves.
 *
 * @throws RangeError for a negative total or a share that is no integer in 0…1_000_000.
 */
export function shareOf(total: Cents, share: Share): Cents {
  assertTotal(total);
  assertShare(share);
  return (total * BigInt(share)) / BigInt(WHOLE_SHARE);
}

function formatExcess(sum: number): string {
  return (sum / MILLIONTHS_PER_PERCENT).toFixed(4).replace(/\.?0+$/, '');
}

function assertTotal(total: Cents): void {
  if (total < 0n) throw new RangeError(`only an amount of 0.00 or more is split, not ${formatAmount(total)}`);
}

function assertShare(share: Share): void {
  if (!Number.isInteger(share) || share < 0 || share > WHOLE_SHARE) {
    throw new RangeError(`a share is an integer of millionths in 0…${WHOLE_SHARE}, not ${share}`);
  }
}
