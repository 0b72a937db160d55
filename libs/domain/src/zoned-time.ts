/**
 * Civil days and times of a time zone as instants, and back. A simulation asks these some hundred
 * thousand times over a few thousand days. So only where a day begins and ends is asked of
 * the time zone rules, and remembered; on a day on which no clock changes the rest is arithmetic.
 */
import { Temporal } from 'temporal-polyfill';

import {
  type CivilDate,
  dateOfDayNumber,
  dayAfter,
  dayNumberOf,
  parseCivilDate,
  twoDigits,
} from './calendar-day.js';
import { type Parsed, fault, quoted, value } from './parsed.js';

/** A moment in UTC, always 'YYYY-MM-DDTHH:MM:SS.mmmZ': of one width, so that text order is time order. */
export type Instant = string;

/** An IANA time zone name, such as 'Europe/Brussels'. */
export type TimeZone = string;

/** The zone of a programme that states none, and of what belongs to no programme: the bank's days. */
export const defaultTimeZone: TimeZone = 'Europe/Brussels';

const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;
const MOST_OFFSET_MINUTES = 14 * 60;
/** Bounds the memory; some fifty years of days, or a few zones' worth of them. */
const MOST_REMEMBERED_DAYS = 20_000;
const INSTANT_SHAPE = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const RIGHT_MOMENT =
  'write it as YYYY-MM-DDTHH:MM, for example "2024-02-20T16:00", with Z or an offset such as +01:00 where it is not local time';

/** A civil day of a zone: from `start`, inclusive, to `end`, where the next one begins. */
interface ZonedDay {
  readonly start: Instant;
  readonly end: Instant;
  /** The day's midnight if it were one of UTC, in ms since 1970. */
  readonly midnightMs: number;
  /** The offset that holds all day, in ms; null on a day on which the clocks change. */
  readonly steadyOffset: number | null;
}

const zonedDays = new Map<string, ZonedDay>();

function dayOf(date: CivilDate, zone: TimeZone): ZonedDay {
  const key = `${date} ${zone}`;
  const known = zonedDays.get(key);
  if (known !== undefined) return known;
  const day = dayByTheRules(date, zone);
  if (zonedDays.size >= MOST_REMEMBERED_DAYS) {
    const oldest = zonedDays.keys().next();
    if (oldest.done !== true) zonedDays.delete(oldest.value);
  }
  zonedDays.set(key, day);
  return day;
}

function dayByTheRules(date: CivilDate, zone: TimeZone): ZonedDay {
  const midnightMs = dayNumberOf(date) * MS_PER_DAY;
  const startMs = startByTheRules(date, zone);
  const endMs = startByTheRules(dayAfter(date), zone);
  // A change during the day or at either midnight makes the two ends differ.
  const steady = midnightMs - startMs === midnightMs + MS_PER_DAY - endMs;
  return {
    start: instantOf(startMs),
    end: instantOf(endMs),
    midnightMs,
    steadyOffset: steady ? midnightMs - startMs : null,
  };
}

function startByTheRules(date: CivilDate, zone: TimeZone): number {
  return Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds;
}

/** The offset in ms at a moment, asked of the time zone rules. */
function offsetAt(ms: number, zone: TimeZone): number {
  const zoned = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  return zoned.offsetNanoseconds / 1_000_000;
}

/** A local time, in ms after local midnight as clocks show it, as ms since 1970 UTC; 'compatible'. */
function momentOf(date: CivilDate, clockMs: number, zone: TimeZone): number {
  const { midnightMs, steadyOffset } = dayOf(date, zone);
  if (steadyOffset !== null) return midnightMs + clockMs - steadyOffset;
  return Temporal.PlainDate.from(date)
    .toPlainDateTime()
    .add({ milliseconds: clockMs })
    .toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
}

function instantOf(ms: number): Instant {
  return `${clockText(ms)}.${String(modulo(ms, 1000)).padStart(3, '0')}Z`;
}

/** 'YYYY-MM-DDTHH:MM:SS' of ms since 1970, as a clock there shows it. */
function clockText(ms: number): string {
  const clock = modulo(ms, MS_PER_DAY);
  const date = dateOfDayNumber((ms - clock) / MS_PER_DAY);
  const seconds = Math.floor(clock / 1000);
  const minutes = Math.floor(seconds / 60);
  return `${date}T${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
}

function modulo(ms: number, divisor: number): number {
  return ((ms % divisor) + divisor) % divisor;
}

function assertInstant(instant: Instant): void {
  if (!INSTANT_SHAPE.test(instant)) {
    throw new RangeError(`${quoted(instant)} is not an instant; it is written like 2024-02-20T15:00:00.000Z`);
  }
}

function msOf(instant: Instant): number {
  assertInstant(instant);
  const clockMs = clockMsOf(instant.slice(11, 16)) + Number(instant.slice(17, 19)) * 1000;
  return dayNumberOf(instant.slice(0, 10)) * MS_PER_DAY + clockMs + Number(instant.slice(20, 23));
}

/**
 * The instant at which a civil day begins in a zone; a deadline of the day before ends here. Where
 * the clocks skip midnight it is the first moment after it.
 *
 * @throws RangeError for text that is no date, or an unknown zone.
 */
export function startOfDay(date: CivilDate, zone: TimeZone): Instant {
  return dayOf(date, zone).start;
}

/**
 * The instant of a local time 'HH:MM' on a day. Where the clocks change it is 'compatible', as in
 * RFC 5545: a time that is skipped is moved on by the gap, of a time that comes twice the first counts.
 *
 * @throws RangeError for text that is no date or time of day, or an unknown zone.
 */
export function instantAt(date: CivilDate, time: string, zone: TimeZone): Instant {
  const parsed = parseTimeOfDay(time);
  if ('fault' in parsed) throw new RangeError(parsed.fault);
  return instantOf(momentOf(date, clockMsOf(time), zone));
}

/**
 * The civil day of an instant in a zone: the one that had begun and whose next had not, by
 * `startOfDay`; so a moment never belongs to a day that was over.
 *
 * @throws RangeError for text that is no instant, or an unknown zone.
 */
export function civilDateOf(instant: Instant, zone: TimeZone): CivilDate {
  if (instant === lastAsked?.instant && zone === lastAsked.zone) return lastAsked.date;
  assertInstant(instant);
  let date = instant.slice(0, 10);
  while (instant < dayOf(date, zone).start) date = dateOfDayNumber(dayNumberOf(date) - 1);
  while (instant >= dayOf(date, zone).end) date = dayAfter(date);
  lastAsked = { instant, zone, date };
  return date;
}

/** Now is asked again and again: several times for each grant of a batch. */
let lastAsked: { readonly instant: Instant; readonly zone: TimeZone; readonly date: CivilDate } | undefined;

/**
 * An instant as local time with its offset, to the whole second below: '2024-02-14T09:00:00+01:00'.
 *
 * @throws RangeError for text that is no instant, or an unknown zone.
 */
export function formatLocal(instant: Instant, zone: TimeZone): string {
  const ms = msOf(instant);
  const offset = dayOf(civilDateOf(instant, zone), zone).steadyOffset ?? offsetAt(ms, zone);
  return clockText(ms + offset) + offsetText(offset);
}

function offsetText(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / MS_PER_MINUTE);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `${offset < 0 ? '-' : '+'}${twoDigits(hours)}:${twoDigits(rest)}`;
}

/**
 * Reads a moment: local time of the zone ('2024-02-20T16:00', seconds and up to three decimals
 * optional) unless it ends in Z or an offset. Of a local time that comes twice when the clocks go
 * back the first counts; an offset names the second. Refuses a local time that the clocks skip.
 */
export function parseMoment(input: unknown, zone: TimeZone): Parsed<Instant> {
  const shape = /^([^T]{10})T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+-]\d\d:\d\d)?$/;
  const parts = typeof input === 'string' ? shape.exec(input) : null;
  if (parts === null) return fault(`${quoted(input)} is not a moment; ${RIGHT_MOMENT}`);
  const [, day = '', time = '', seconds = '00', decimals = '', ending] = parts;
  const date = parseCivilDate(day);
  if ('fault' in date) return date;
  const clock = parseTimeOfDay(time);
  if ('fault' in clock) return clock;
  if (Number(seconds) > 59) return fault(`${quoted(input)} has ${seconds} seconds; they run from 00 to 59`);
  const clockMs = clockMsOf(time) + Number(seconds) * 1000 + Number(decimals.padEnd(3, '0'));
  return ending === undefined ? localMoment(day, clockMs, zone) : offsetMoment(day, clockMs, ending);
}

function localMoment(date: CivilDate, clockMs: number, zone: TimeZone): Parsed<Instant> {
  const ms = momentOf(date, clockMs, zone);
  const { midnightMs, steadyOffset } = dayOf(date, zone);
  const asked = midnightMs + clockMs;
  const offset = steadyOffset ?? offsetAt(ms, zone);
  if (ms + offset === asked) return value(instantOf(ms));
  return fault(
    `"${clockText(asked)}" does not exist in ${zone}: the clocks skip it; the time after the change is "${clockText(ms + offset)}"`,
  );
}

function offsetMoment(date: CivilDate, clockMs: number, ending: string): Parsed<Instant> {
  const [hours, minutes] = ending === 'Z' ? [0, 0] : [Number(ending.slice(1, 3)), Number(ending.slice(4))];
  if (minutes > 59 || hours * 60 + minutes > MOST_OFFSET_MINUTES) {
    return fault(`the offset "${ending}" does not exist; offsets run from -14:00 to +14:00`);
  }
  const offset = (hours * 60 + minutes) * MS_PER_MINUTE * (ending.startsWith('-') ? -1 : 1);
  return value(instantOf(dayNumberOf(date) * MS_PER_DAY + clockMs - offset));
}

/** Reads a time of day 'HH:MM', 00:00 to 23:59. */
export function parseTimeOfDay(input: unknown): Parsed<string> {
  if (typeof input === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(input)) return value(input);
  return fault(`${quoted(input)} is not a time of day; write HH:MM from 00:00 to 23:59, for example "09:00"`);
}

function clockMsOf(time: string): number {
  return (Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))) * MS_PER_MINUTE;
}

/**
 * Reads an IANA time zone name, in any case; the value has the usual one. A bare offset is refused:
 * it knows no summer time.
 */
export function parseTimeZone(input: unknown): Parsed<TimeZone> {
  const wrong = fault(
    `${quoted(input)} is not a time zone; write an IANA name, for example "Europe/Brussels"`,
  );
  if (typeof input !== 'string' || !/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(input)) return wrong;
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: input }).resolvedOptions().timeZone;
    // A name that is an alias resolves to another one: it stays as its programme wrote it.
    return value(known.toLowerCase() === input.toLowerCase() ? known : input);
  } catch {
    return wrong;
  }
}
