import type { GrantEvent } from './events.js';
import { parseAmount, parseShare } from './money.js';
import type { Cents, Share } from './money.js';
import { isFault } from './parsed.js';

/** Replaces the one item that matches; the others keep their reference. */
export function replace<T>(items: readonly T[], matches: (item: T) => boolean, change: (item: T) => T): T[] {
  let found = false;
  const changed = items.map((item) => {
    if (!matches(item)) return item;
    found = true;
    return change(item);
  });
  if (!found) throw new Error('an event names a thing that its grant does not have');
  return changed;
}

export function cents(amount: string): Cents {
  const parsed = parseAmount(amount);
  if (isFault(parsed)) throw new Error(`an event holds a broken amount: ${parsed.fault}`);
  return parsed.value;
}

export function optionalCents(amount: string | undefined): Cents | null {
  return amount === undefined ? null : cents(amount);
}

export function optionalShare(share: string | undefined): Share | null {
  if (share === undefined) return null;
  const parsed = parseShare(share);
  if (isFault(parsed)) throw new Error(`an event holds a broken share: ${parsed.fault}`);
  return parsed.value;
}

export function unknownEvent(event: GrantEvent): Error {
  return new Error(`${event.type} cannot be folded`);
}
