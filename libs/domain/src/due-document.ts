/** Reads when a tranche or report is due, and what a report reminds of. */
import { parseCivilDate, parseMonthDay, parsePeriod, parseTimeOfDay } from './civil-date.js';
import type { Period } from './civil-date.js';
import { type Given, type Reading, fieldPath, oneOf, wholeWithin } from './faults.js';
import { type Parsed, fault, quoted, value } from './parsed.js';
import type { DueRule, PlannedReport, ReminderPolicy, YearlyRule } from './plan.js';
import { defaultEscalation, defaultReminders } from './plan.js';

const FIRST_YEAR = 1900;
const LAST_YEAR = 2999;
const MOST_YEARS = 100;

/** The default of a tranche: payable as soon as its gate opens. */
export const gate: DueRule = { kind: 'relative', on: 'gate', sign: 1, period: null };

const anchors = ['grant-start', 'grant-end', 'gate'] as const;

/** Reads `{on, plus?, minus?}`; `of` a report refuses `gate`. Undefined, with its faults, where it cannot be read. */
export function readDue(
  reading: Reading,
  path: string,
  input: unknown,
  of: 'tranche' | 'report',
): DueRule | undefined {
  if (typeof input === 'object' && input !== null && Object.hasOwn(input, 'every')) {
    reading.add(
      fieldPath(path, 'every'),
      'only a report is due every year; give each tranche a date of its own',
    );
    return undefined;
  }
  const what = `a due date {on, plus or minus} of a ${of}`;
  const given = reading.object(path, input, { what, required: ['on'], optional: ['plus', 'minus'] });
  if (given === undefined) return undefined;
  const plus = reading.field(path, given, 'plus', parsePeriod);
  const minus = reading.field(path, given, 'minus', parsePeriod);
  const on = reading.field(path, given, 'on', (text) => parseOn(text, of));
  if (given['plus'] !== undefined && given['minus'] !== undefined)
    reading.add(path, 'a due date has plus or minus, not both');
  if (on === undefined) return undefined;
  if (on === 'grant-start' || on === 'grant-end' || on === 'gate') {
    if (on === 'gate' && given['minus'] !== undefined)
      reading.add(
        fieldPath(path, 'minus'),
        'nothing can be due before its gate opens; write plus, or leave it out',
      );
    return { kind: 'relative', on, sign: minus === undefined ? 1 : -1, period: plus ?? minus ?? null };
  }
  for (const name of ['plus', 'minus'])
    if (given[name] !== undefined)
      reading.add(
        fieldPath(path, name),
        `a date stands alone: write the day itself, or count from grant-start or grant-end`,
      );
  return { kind: 'date', on };
}

function parseOn(input: unknown, of: 'tranche' | 'report'): Parsed<string> {
  if (input === 'gate' && of === 'report')
    return fault('a report has no gate; it is due on a date, grant-start or grant-end, or every year');
  if (anchors.includes(input as 'gate')) return value(input as string);
  if (typeof input === 'string' && /^\d/.test(input)) return parseCivilDate(input);
  const places = of === 'tranche' ? 'grant-start, grant-end or gate' : 'grant-start or grant-end';
  return fault(`${quoted(input)} is no due date; write a date such as 2024-02-28, ${places}`);
}

/** Reads the deadline of a report: as a tranche's without `gate`, or `{every: year, on: "MM-DD", from, to}`. */
export function readReportDue(
  reading: Reading,
  path: string,
  input: unknown,
): DueRule | YearlyRule | undefined {
  const yearly = typeof input === 'object' && input !== null && Object.hasOwn(input, 'every');
  return yearly ? readYearly(reading, path, input) : readDue(reading, path, input, 'report');
}

function readYearly(reading: Reading, path: string, input: unknown): YearlyRule | undefined {
  const given = reading.object(path, input, {
    what: 'a yearly deadline {every: year, on, from, to}',
    required: ['every', 'on', 'from', 'to'],
    optional: [],
  });
  if (given === undefined) return undefined;
  const year = wholeWithin(FIRST_YEAR, LAST_YEAR);
  const every = reading.field(path, given, 'every', oneOf(['year']));
  const on = reading.field(path, given, 'on', parseMonthDay);
  const from = reading.field(path, given, 'from', year);
  const to = reading.field(path, given, 'to', year);
  if (from === undefined || to === undefined) return undefined;
  if (from > to)
    reading.add(
      fieldPath(path, 'to'),
      `${to} comes before ${from}; the years run from the earlier to the later`,
    );
  else if (to - from >= MOST_YEARS)
    reading.add(
      fieldPath(path, 'to'),
      `${from} to ${to} are ${to - from + 1} years; at most ${MOST_YEARS} are possible`,
    );
  else if (every !== undefined && on !== undefined) return { kind: 'yearly', on, from, to };
  return undefined;
}

/** Terms are shifted, stated and yearly dates are not (Regulation 1182/71 art. 3(4) speaks of periods). */
export function defaultShift(due: DueRule | YearlyRule): PlannedReport['shift'] {
  return due.kind === 'relative' && due.period !== null ? 'next-working-day' : 'none';
}

/** Reads `{before?, after?, at?}`; each part that is absent is the default policy's, an empty list is none. */
export function readReminders(reading: Reading, path: string, input: unknown): ReminderPolicy {
  if (input === undefined) return defaultReminders;
  const given = reading.object(path, input, {
    what: 'a reminder policy {before, after, at}',
    required: [],
    optional: ['before', 'after', 'at'],
  });
  if (given === undefined) return defaultReminders;
  const seen = new Map<string, string>();
  return {
    before: readOffsets(reading, path, given, 'before', seen),
    after: readOffsets(reading, path, given, 'after', seen),
    at: reading.field(path, given, 'at', parseTimeOfDay) ?? defaultReminders.at,
  };
}

function readOffsets(
  reading: Reading,
  path: string,
  given: Given,
  side: 'before' | 'after',
  seen: Map<string, string>,
): readonly Period[] {
  if (given[side] === undefined) return defaultReminders[side];
  const periods: Period[] = [];
  for (const item of reading.list(path, given, side, 'periods, for example [P14D, P1D]')) {
    const period = reading.take(item.path, parsePeriod(item.input));
    if (period === undefined) continue;
    const moment = momentOf(period, side);
    const first = seen.get(moment);
    if (first === undefined) seen.set(moment, item.path);
    else reading.add(item.path, `${quoted(period)} is the same moment as ${first}; a moment reminds once`);
    periods.push(period);
  }
  return periods;
}

/** P1W and P7D, P1Y and P12M, and no time before or after, are each one moment. */
function momentOf(period: Period, side: 'before' | 'after'): string {
  const count = (unit: string): number => Number(new RegExp(`(\\d+)${unit}`).exec(period)?.[1] ?? 0);
  const months = count('Y') * 12 + count('M');
  const days = count('W') * 7 + count('D');
  return months === 0 && days === 0 ? 'the day itself' : `${side} ${months} ${days}`;
}

/** Reads the period after which a report is escalated; `none`, as null, turns it off. */
export function readEscalation(reading: Reading, path: string, given: Given): Period | null {
  if (given['escalate'] === 'none') return null;
  const read = (input: unknown): Parsed<Period> => {
    const period = parsePeriod(input);
    return 'fault' in period ? fault(`${period.fault}; "none" turns escalation off`) : period;
  };
  return reading.field(path, given, 'escalate', read) ?? defaultEscalation;
}
