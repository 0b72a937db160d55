/**
 * Days of the calendar as text and as day numbers. Plain integer arithmetic of the proleptic
 * Gregorian calendar: these run hundreds of thousands of times in a simulation, where building a
 * date object for each would be most of the cost.
 */
import { type Parsed, fault, quoted, value } from './parsed.js';

/** A day of the calendar, 'YYYY-MM-DD', without a time zone. Text order is date order. */
export type CivilDate = string;

/**
 * Years that input may name. With periods of at most 100 years no computed date can leave the
 * four-digit years, and a mistyped "0203-01-01" is caught.
 */
const FIRST_YEAR = 1900;
const LAST_YEAR = 2999;

const MONTH_NAMES = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAYS_PER_ERA = 146_097;
const DAYS_FROM_ERA_TO_1970 = 719_468;

/**
 * Reads a day of the calendar from 'YYYY-MM-DD', years 1900–2999. Refuses other notations, and
 * days that do not exist with the month's real length.
 */
export function parseCivilDate(input: unknown): Parsed<CivilDate> {
  const parts = typeof input === 'string' ? /^(\d{4})-(\d\d)-(\d\d)$/.exec(input) : null;
  if (typeof input !== 'string' || parts === null) {
    return fault(`${quoted(input)} is not a date; write it as YYYY-MM-DD, for example "2024-02-29"`);
  }
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (year < FIRST_YEAR || year > LAST_YEAR) {
    return fault(
      `"${input}" lies in the year ${parts[1]}; years from ${FIRST_YEAR} to ${LAST_YEAR} are possible`,
    );
  }
  const wrong = wrongMonthOrDay(month, day, daysInMonth(year, month), ` ${year}`);
  return wrong === null ? value(input) : fault(`"${input}" is not a day of the calendar; ${wrong}`);
}

/**
 * Reads a day of every year from 'MM-DD'. 02-29 is a day of the calendar too: `yearlyDate` gives
 * 28 February in the years that lack it.
 */
export function parseMonthDay(input: unknown): Parsed<string> {
  const parts = typeof input === 'string' ? /^(\d\d)-(\d\d)$/.exec(input) : null;
  if (typeof input !== 'string' || parts === null) {
    return fault(`${quoted(input)} is not a day of the year; write it as MM-DD, for example "02-28"`);
  }
  const month = Number(parts[1]);
  const wrong = wrongMonthOrDay(month, Number(parts[2]), daysInMonth(2000, month), '');
  return wrong === null ? value(input) : fault(`"${input}" is not a day of the year; ${wrong}`);
}

function wrongMonthOrDay(month: number, day: number, length: number, ofYear: string): string | null {
  if (month < 1 || month > 12) return 'months run from 01 to 12';
  if (day >= 1 && day <= length) return null;
  const name = `${MONTH_NAMES[month - 1]}${ofYear}`;
  return day < 1 ? `the days of ${name} run from 01 to ${length}` : `${name} has ${length} days`;
}

/**
 * The day that 'MM-DD' names in a year; 02-29 becomes 28 February outside leap years.
 *
 * @throws RangeError for text that `parseMonthDay` refuses.
 */
export function yearlyDate(year: number, monthDay: string): CivilDate {
  const parsed = parseMonthDay(monthDay);
  if ('fault' in parsed) throw new RangeError(parsed.fault);
  const month = Number(monthDay.slice(0, 2));
  return formatDate(year, month, Math.min(Number(monthDay.slice(3)), daysInMonth(year, month)));
}

/** The number of days of a month (1–12) in a year; 0 for a month that does not exist. */
export function daysInMonth(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);
}

/** Year, month (1–12) and day of a date. @throws RangeError for text in any other notation. */
export function partsOf(date: CivilDate): { year: number; month: number; day: number } {
  const year = Number(date.slice(0, 4));
  const month = Number(date.slice(5, 7));
  const day = Number(date.slice(8));
  if (date.length !== 10 || !(day >= 1 && day <= daysInMonth(year, month))) {
    throw new RangeError(`${quoted(date)} is not a day of the calendar; a date is written YYYY-MM-DD`);
  }
  return { year, month, day };
}

/** 'YYYY-MM-DD' of a year, month and day. @throws RangeError outside the years 1–9999. */
export function formatDate(year: number, month: number, day: number): CivilDate {
  if (!(year >= 1 && year <= 9999)) {
    throw new RangeError(`the year ${year} is out of reach; dates lie in the years 1 to 9999`);
  }
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}`;
}

/**
 * Days since 1970-01-01, negative before it.
 * Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
 */
export function dayNumberOf(date: CivilDate): number {
  const { year, month, day } = partsOf(date);
  // Years are counted from 1 March, so that the leap day comes last.
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - DAYS_FROM_ERA_TO_1970;
}

/** The date of a day number; the reverse of `dayNumberOf` (civil_from_days of the same source). */
export function dateOfDayNumber(dayNumber: number): CivilDate {
  const shifted = dayNumber + DAYS_FROM_ERA_TO_1970;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return formatDate(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day);
}

/** The next day of the calendar. */
export function dayAfter(date: CivilDate): CivilDate {
  const { year, month, day } = partsOf(date);
  if (day < daysInMonth(year, month)) return `${date.slice(0, 8)}${twoDigits(day + 1)}`;
  return month < 12 ? formatDate(year, month + 1, 1) : formatDate(year + 1, 1, 1);
}

/** Whole days from `a` to `b`: 0 for the same day, negative where `b` is earlier. */
export function daysBetween(a: CivilDate, b: CivilDate): number {
  return dayNumberOf(b) - dayNumberOf(a);
}

/** A number below 100 as a clock or a date shows it: 7 → '07'. */
export function twoDigits(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}
