import { type BusinessCalendar, isWorkingDay } from './business-calendar.js';
import { type CivilDate, type Instant, civilDateOf, defaultTimeZone, instantAt } from './civil-date.js';

/** When the digest of a working day is made: local time of the agency. */
const digestAt = '08:00';
/** Whose holidays are no working days. */
export const digestCalendar = 'BE';

/** A working morning: its day and the moment at which its digest is made. */
export interface Morning {
  readonly day: CivilDate;
  readonly at: Instant;
}

/**
 * The working morning that has come by `now`, of today alone: what an outage passed over is not made up for. Null before
 * 08:00 in Brussels, at weekends and on holidays.
 *
 * @throws CalendarRangeError for a year that the calendar does not know.
 */
export function morningOf(now: Instant, calendar: BusinessCalendar): Morning | null {
  const day = civilDateOf(now, defaultTimeZone);
  const at = instantAt(day, digestAt, defaultTimeZone);
  return now >= at && isWorkingDay(day, calendar) ? { day, at } : null;
}
