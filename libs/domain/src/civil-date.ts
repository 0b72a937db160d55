/**
 * Dates, periods and moments: the one module the rules read them from. A deadline is a civil date
 * in the programme's time zone and ends where the next civil day begins there.
 */
import {
  type CivilDate,
  dateOfDayNumber,
  dayNumberOf,
  daysInMonth,
  formatDate,
  partsOf,
} from './calendar-day.js';
import { type Parsed, fault, quoted, value } from './parsed.js';

export {
  type CivilDate,
  dayAfter,
  daysBetween,
  parseCivilDate,
  parseMonthDay,
  yearlyDate,
} from './calendar-day.js';
export {
  type Instant,
  type TimeZone,
  civilDateOf,
  defaultTimeZone,
  formatLocal,
  instantAt,
  parseMoment,
  parseTimeOfDay,
  parseTimeZone,
  startOfDay,
} from './zoned-time.js';

/** An ISO 8601 period of whole years, months, weeks and days, without a sign: 'P30D', 'P1Y6M'. */
export type Period = string;

/**
 * How a term of months or years ends.
 * - `same-date`: on the same-numbered day, clamped at the month's end (Regulation 1182/71 art. 3(2)(c)).
 * - `day-before-ordinal`: on the day before it (Belgian Judicial Code art. 54).
 * - `month-end-sticky`: like `same-date`, but the last day of a month leads to the last day of a month.
 */
export type MonthRule = 'same-date' | 'day-before-ordinal' | 'month-end-sticky';

const LONGEST_YEARS = 100;
const RIGHT_PERIOD = 'write whole years, months, weeks or days, for example "P30D", "P2M" or "P1Y6M"';

/** A period as two counts, which is all that date arithmetic needs. */
interface Span {
  readonly months: number;
  readonly days: number;
}

/**
 * Reads an ISO 8601 period of whole years, months, weeks and days; 'P0D' is allowed. The value is
 * free of leading zeros and empty parts ('P07D' → 'P7D'), since a reminder's key holds its text.
 * Refuses parts of a day, signs, fractions, and more than 100 years.
 */
export function parsePeriod(input: unknown): Parsed<Period> {
  if (typeof input !== 'string') return fault(`${quoted(input)} is not a period; ${RIGHT_PERIOD}`);
  const counts = countsOf(input);
  if (counts === null) return fault(periodFault(input));
  const { months, days } = spanOfCounts(counts);
  if (months > LONGEST_YEARS * 12 || days > LONGEST_YEARS * 365) {
    return fault(`${quoted(input)} is too long; a period has at most ${LONGEST_YEARS} years`);
  }
  const text = counts.map((count, part) => (count === 0 ? '' : `${count}${'YMWD'[part]}`)).join('');
  return value(text === '' ? 'P0D' : `P${text}`);
}

function periodFault(text: string): string {
  const shown = quoted(text);
  if (/^[+-]P|^P.*[+-]\d/.test(text)) {
    return `${shown} carries a sign; write the period without one, for example "P7D": the rule it stands in says before or after`;
  }
  if (/^P[^T]*T/.test(text)) {
    return `${shown} has a part of a day; a deadline counts whole days: ${RIGHT_PERIOD}`;
  }
  if (/\d[.,]\d/.test(text)) return `${shown} has a fraction; ${RIGHT_PERIOD}`;
  return `${shown} is not a period; ${RIGHT_PERIOD}`;
}

/** Years, months, weeks and days as written; null for what is no period. */
function countsOf(text: string): number[] | null {
  const parts = /^P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?$/.exec(text);
  return parts === null ? null : parts.slice(1).map((count: string | undefined) => Number(count ?? 0));
}

function spanOfCounts([years = 0, months = 0, weeks = 0, days = 0]: readonly number[]): Span {
  return { months: years * 12 + months, days: weeks * 7 + days };
}

/**
 * A date plus (1) or minus (-1) a period: its years and months first, by the month rule, then its
 * weeks and days. 2023-01-31 + P1M = 2023-02-28.
 *
 * `day-before-ordinal` acts on forward terms only ("van de zoveelste tot de dag vóór de
 * zoveelste"; where that day does not exist, the month's last day). Counting back, it is
 * `same-date`. For periods of weeks and days alone the rules do not differ.
 *
 * @throws RangeError for text that is no date or period, or a result outside the years 1–9999.
 */
export function addPeriod(
  date: CivilDate,
  period: Period,
  sign: 1 | -1,
  rule: MonthRule = 'same-date',
): CivilDate {
  const counts = countsOf(period);
  if (counts === null) throw new RangeError(periodFault(period));
  const { months, days } = spanOfCounts(counts);
  const moved = months === 0 ? date : addMonths(date, sign * months, rule);
  return days === 0 ? moved : dateOfDayNumber(dayNumberOf(moved) + sign * days);
}

function addMonths(date: CivilDate, months: number, rule: MonthRule): CivilDate {
  const { year, month, day } = partsOf(date);
  const monthsSinceYear0 = year * 12 + month - 1 + months;
  const toYear = Math.floor(monthsSinceYear0 / 12);
  const toMonth = monthsSinceYear0 - toYear * 12 + 1;
  const length = daysInMonth(toYear, toMonth);
  if (rule === 'month-end-sticky' && day === daysInMonth(year, month))
    return formatDate(toYear, toMonth, length);
  const sameDate = formatDate(toYear, toMonth, Math.min(day, length));
  const dayBefore = rule === 'day-before-ordinal' && months > 0 && day <= length;
  return dayBefore ? dateOfDayNumber(dayNumberOf(sameDate) - 1) : sameDate;
}
