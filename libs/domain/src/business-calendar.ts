/**
 * Working days: all but Saturdays, Sundays and the legal holidays of a programme's calendar.
 * Source: Regulation (EEC, Euratom) 1182/71 art. 2 and art. 3(4).
 */
import { type CivilDate, dateOfDayNumber, dayNumberOf, parseCivilDate } from './calendar-day.js';
import { quoted } from './parsed.js';

/** A table of legal holidays over whole years, both included: date → name. */
export interface BusinessCalendar {
  readonly code: string;
  readonly fromYear: number;
  readonly toYear: number;
  readonly holidays: ReadonlyMap<CivilDate, string>;
}

/** A day was asked about that lies outside the calendar's table: unknown, which is not "no holiday". */
export class CalendarRangeError extends RangeError {
  constructor(
    readonly date: CivilDate,
    calendar: BusinessCalendar,
  ) {
    super(
      `${date} lies outside the holiday calendar ${calendar.code}, which knows the years ${calendar.fromYear} to ${calendar.toYear}; take a date within them or add the holidays of ${date.slice(0, 4)} to it`,
    );
    this.name = 'CalendarRangeError';
  }
}

/**
 * Whether a day is neither a Saturday, a Sunday nor a holiday of the calendar.
 *
 * @throws CalendarRangeError for a year outside the table, weekends included.
 */
export function isWorkingDay(date: CivilDate, calendar: BusinessCalendar): boolean {
  return isWorking(dayNumberOf(date), date, calendar);
}

/**
 * The day itself where it is a working day, else the first one after it
 * (Regulation 1182/71 art. 3(4): the period ends with the last hour of the following working day).
 *
 * @throws CalendarRangeError where the day, or one that has to be looked at, lies outside the table.
 */
export function nextWorkingDay(date: CivilDate, calendar: BusinessCalendar): CivilDate {
  let dayNumber = dayNumberOf(date);
  let day = date;
  while (!isWorking(dayNumber, day, calendar)) {
    dayNumber += 1;
    day = dateOfDayNumber(dayNumber);
  }
  return day;
}

/** Why a day is no working day: its holiday, `Saturday` or `Sunday`; null where it is one. */
export function whyClosed(date: CivilDate, calendar: BusinessCalendar): string | null {
  if (isWorkingDay(date, calendar)) return null;
  return calendar.holidays.get(date) ?? (weekdayOf(dayNumberOf(date)) === 0 ? 'Sunday' : 'Saturday');
}

/** Day 0, 1970-01-01, was a Thursday. Weekdays count from Sunday = 0. */
function weekdayOf(dayNumber: number): number {
  return (((dayNumber + 4) % 7) + 7) % 7;
}

function isWorking(dayNumber: number, date: CivilDate, calendar: BusinessCalendar): boolean {
  const year = Number(date.slice(0, 4));
  if (year < calendar.fromYear || year > calendar.toYear) throw new CalendarRangeError(date, calendar);
  const weekday = weekdayOf(dayNumber);
  return weekday !== 0 && weekday !== 6 && !calendar.holidays.has(date);
}

/**
 * Builds a calendar from what its YAML file holds: `code`, `fromYear`, `toYear` and `holidays`, a
 * map of 'YYYY-MM-DD' to a name. Every year of the range has to list holidays: a year that was
 * forgotten must not pass for one without any.
 *
 * @throws RangeError with a sentence for anything else.
 */
export function calendarOf(data: unknown): BusinessCalendar {
  if (!isRecord(data)) throw new RangeError(`a holiday calendar is a map, not ${quoted(data)}`);
  const { code, fromYear, toYear } = data;
  if (typeof code !== 'string' || code === '') {
    throw new RangeError(`a holiday calendar has a code, for example "BE", not ${quoted(code)}`);
  }
  if (!isYear(fromYear) || !isYear(toYear) || fromYear > toYear) {
    throw new RangeError(
      `the holiday calendar ${code} runs from ${quoted(fromYear)} to ${quoted(toYear)}; fromYear and toYear are years in that order, for example 2010 and 2040`,
    );
  }
  const holidays = holidaysOf(data['holidays'], code, fromYear, toYear);
  return { code, fromYear, toYear, holidays };
}

function holidaysOf(data: unknown, code: string, fromYear: number, toYear: number): Map<CivilDate, string> {
  if (!isRecord(data)) {
    throw new RangeError(`the holidays of calendar ${code} are a map of dates to names, not ${quoted(data)}`);
  }
  const holidays = new Map<CivilDate, string>();
  const yearsSeen = new Set<number>();
  for (const [key, name] of Object.entries(data)) {
    const date = parseCivilDate(key);
    if ('fault' in date) throw new RangeError(`calendar ${code}: ${date.fault}`);
    const year = Number(key.slice(0, 4));
    if (year < fromYear || year > toYear) {
      throw new RangeError(`calendar ${code}: ${key} lies outside its years ${fromYear} to ${toYear}`);
    }
    if (typeof name !== 'string' || name === '') {
      throw new RangeError(`calendar ${code}: the holiday of ${key} needs a name, not ${quoted(name)}`);
    }
    yearsSeen.add(year);
    holidays.set(date.value, name);
  }
  for (let year = fromYear; year <= toYear; year += 1) {
    if (!yearsSeen.has(year))
      throw new RangeError(`calendar ${code} lists no holidays for ${year}; add them`);
  }
  return holidays;
}

function isRecord(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function isYear(data: unknown): data is number {
  return typeof data === 'number' && Number.isInteger(data) && data >= 1900 && data <= 2999;
}
