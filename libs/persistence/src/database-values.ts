/** PostgreSQL's spelling of moments into ours: one width, so that text order is time order. */
import type { Instant } from '#domain/civil-date.js';

/** A timestamptz as the driver (Date) or JSON (text with an offset) gives it. */
export function instantOf(value: Date | string): Instant {
  if (typeof value !== 'string') return value.toISOString();
  return utcInstantOf(value) ?? new Date(value).toISOString();
}

const wholeSeconds = '2024-02-28T08:00:00'.length;
const utc = '+00:00';

/**
 * Of text in UTC with at most milliseconds, as PostgreSQL's JSON has it with trailing zeros left out; null for any
 * other. By the letters alone: reading and writing dates was a tenth of what a sweep took.
 */
function utcInstantOf(text: string): Instant | null {
  if (!text.endsWith(utc) || text[wholeSeconds - 6] !== ':') return null;
  const end = text.length - utc.length;
  if (end === wholeSeconds) return `${text.slice(0, end)}.000Z`;
  const decimals = end - wholeSeconds - 1;
  if (text[wholeSeconds] !== '.' || decimals < 1 || decimals > 3) return null;
  return `${text.slice(0, end)}${'0'.repeat(3 - decimals)}Z`;
}

export function optionalInstantOf(value: Date | string | null): Instant | null {
  return value === null ? null : instantOf(value);
}

export function optionalCentsOf(value: string | null): bigint | null {
  return value === null ? null : BigInt(value);
}
