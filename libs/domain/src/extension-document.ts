/** Reads how far the deadlines of a plan may be extended, and the days on which its offices are closed. */
import { daysBetween, parseCivilDate, parsePeriod } from './civil-date.js';
import { type Given, type Reading, fieldPath, textUpTo, wholeWithin } from './faults.js';
import type { ClosingDays, ExtensionPolicy, PlannedReport } from './plan.js';
import { defaultExtensions } from './plan.js';

const MOST_TIMES = 100;
const MOST_CLOSINGS = 1_000;
/** A closing of more days in a row is a mistake in a year, not a holiday. */
const LONGEST_CLOSING_DAYS = 62;

/** Reads `{times?, longest?, latest?, askBefore?}`; what is absent bounds nothing. */
export function readExtensions(
  reading: Reading,
  path: string,
  input: unknown,
  due: PlannedReport['due'],
): ExtensionPolicy {
  if (input === undefined) return defaultExtensions;
  const given = reading.object(path, input, {
    what: 'an extension policy {times, longest, latest, askBefore}',
    required: [],
    optional: ['times', 'longest', 'latest', 'askBefore'],
  });
  if (given === undefined) return defaultExtensions;
  const latest = reading.field(path, given, 'latest', parseCivilDate) ?? null;
  if (latest !== null && due.kind === 'yearly')
    reading.add(
      fieldPath(path, 'latest'),
      'a report that is due every year has no one last day; write longest, which counts from each deadline',
    );
  if (latest !== null && due.kind === 'date' && latest < due.on)
    reading.add(
      fieldPath(path, 'latest'),
      `${latest} comes before the deadline itself, ${due.on}; the last day allowed is that day or a later one`,
    );
  return {
    times: reading.field(path, given, 'times', wholeWithin(0, MOST_TIMES)) ?? null,
    longest: reading.field(path, given, 'longest', parsePeriod) ?? null,
    latest,
    askBefore: reading.field(path, given, 'askBefore', parsePeriod) ?? null,
  };
}

/** Reads the closing days of a programme: `{on, name}` or `{from, to, name}` each. */
export function readClosingDays(reading: Reading, path: string, given: Given): readonly ClosingDays[] {
  const items = reading.list(path, given, 'closingDays', 'closing days, each {on, name} or {from, to, name}');
  if (items.length > MOST_CLOSINGS)
    reading.add(
      fieldPath(path, 'closingDays'),
      `${items.length} are too many; a plan has at most ${MOST_CLOSINGS} entries, each of several days where they adjoin`,
    );
  return items.slice(0, MOST_CLOSINGS).flatMap((item) => readClosing(reading, item.path, item.input) ?? []);
}

function readClosing(reading: Reading, path: string, input: unknown): ClosingDays | undefined {
  const given = reading.object(path, input, {
    what: 'a closing day {on, name} or {from, to, name}',
    required: ['name'],
    optional: ['on', 'from', 'to'],
  });
  if (given === undefined) return undefined;
  const name = reading.field(path, given, 'name', textUpTo(100));
  const on = reading.field(path, given, 'on', parseCivilDate);
  const from = reading.field(path, given, 'from', parseCivilDate) ?? on;
  const to = reading.field(path, given, 'to', parseCivilDate) ?? on;
  const single = given['on'] !== undefined;
  if (single === (given['from'] !== undefined || given['to'] !== undefined))
    reading.add(path, 'a closing day has either on, or from and to');
  else if (!single) reading.need(path, given, 'a closing of several days', ['from', 'to']);
  if (name === undefined || from === undefined || to === undefined) return undefined;
  if (to < from)
    reading.add(fieldPath(path, 'to'), `${to} comes before ${from}; they run from the first day to the last`);
  else if (daysBetween(from, to) >= LONGEST_CLOSING_DAYS)
    reading.add(
      fieldPath(path, 'to'),
      `${from} to ${to} are ${daysBetween(from, to) + 1} days; at most ${LONGEST_CLOSING_DAYS} in a row are possible`,
    );
  else return { from, to, name };
  return undefined;
}
