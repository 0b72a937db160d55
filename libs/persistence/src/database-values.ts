/** PostgreSQL's spelling of moments into ours: one width, so that text order is time order. */
import type { Instant } from '#domain/civil-date.js';

/** A timestamptz as the driver (Date) or JSON (text with an offset) gives it. */
export function instantOf(value: Date | string): Instant {
  return (typeof value === 'string' ? new Date(value) : value).toISOString();
}

export function optionalInstantOf(value: Date | string | null): Instant | null {
  return value === null ? null : instantOf(value);
}

export function optionalCentsOf(value: string | null): bigint | null {
  return value === null ? null : BigInt(value);
}
