import { eventTypes } from './event-types.js';
import type { EventType } from './events.js';
import { nearest } from './faults.js';
import { type Parsed, fault, quoted, value } from './parsed.js';

/** The longest that a secret which was replaced may go on signing, in hours. */
export const mostOverlapHours = 7 * 24;
/** How long it does unless something else is asked. */
export const usualOverlapHours = 24;

/** Reads types of events to subscribe to; none of them is every type. */
export function parseEventTypes(input: unknown): Parsed<readonly EventType[]> {
  if (!Array.isArray(input))
    return fault(`${quoted(input)} is no list of types of events, such as report.submitted`);
  const known: ReadonlySet<unknown> = new Set(eventTypes);
  const unknown: unknown = input.find((type) => !known.has(type));
  if (unknown !== undefined) {
    const near = typeof unknown === 'string' ? nearest(unknown, eventTypes) : null;
    return fault(
      `${quoted(unknown)} is no type of event${near === null ? '' : `; did you mean ${quoted(near)}?`}`,
    );
  }
  if (new Set(input).size < input.length) return fault('each type is named once');
  return value(input as EventType[]);
}

export function parseOverlapHours(input: unknown): Parsed<number> {
  if (typeof input === 'number' && Number.isInteger(input) && input >= 0 && input <= mostOverlapHours)
    return value(input);
  return fault(`${quoted(input)} is no whole number of hours from 0 to ${mostOverlapHours}`);
}

/** Where a replay begins: an event by the id that receivers have, or by its place in its stream. */
export type ReplayedFrom =
  { readonly eventId: string } | { readonly stream: string; readonly sequence: number };

export function parseReplayedFrom(input: unknown): Parsed<ReplayedFrom> {
  const text = typeof input === 'string' ? input : '';
  const [, eventId] = /^evt_(\d{1,18})$/.exec(text) ?? [];
  if (eventId !== undefined) return value({ eventId });
  const [, stream, sequence] = /^([a-z-]+:[A-Za-z0-9._-]{1,64})#(\d{1,9})$/.exec(text) ?? [];
  if (stream !== undefined && sequence !== undefined) return value({ stream, sequence: Number(sequence) });
  return fault(`${quoted(input)} is no event; write evt_123 as the receiver has it, or grant:REN-ANT#12`);
}
