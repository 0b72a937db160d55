import { createHash } from 'node:crypto';

import ical, { ICalCalendarMethod, ICalEventStatus, ICalEventTransparency } from 'ical-generator';

import type { CalendarEntry } from '#domain/calendar-entry.js';
import { type CivilDate, dayAfter } from '#domain/civil-date.js';

import { calendarName, entryText, notAll } from './calendar-texts.js';
import { mailLanguageOf } from './message-facts.js';

/** How often a calendar is asked to look again, in seconds. */
const lookAgain = 3_600;

/**
 * A calendar as iCalendar (RFC 5545): whole days that keep nobody from being free, with UIDs that stay whatever moves.
 * What is met or dropped is there as CANCELLED, so that calendars take it away. Follows from the entries alone: no
 * clock, no randomness.
 */
export function calendarFeed(
  person: { readonly name: string; readonly language: string },
  { entries, more }: { readonly entries: readonly CalendarEntry[]; readonly more: boolean },
): string {
  const language = mailLanguageOf(person.language);
  const calendar = ical({
    name: calendarName(language, person.name),
    ...(more ? { description: notAll(language) } : {}),
    prodId: { company: 'Sluis', product: 'calendar', language: language.toUpperCase() },
    method: ICalCalendarMethod.PUBLISH,
    ttl: lookAgain,
  });
  for (const entry of entries) {
    const { summary, details } = entryText(entry, language);
    const modified = new Date(entry.modifiedAt);
    calendar.createEvent({
      id: uidOf(entry.key),
      sequence: entry.sequence,
      // Without a METHOD of scheduling this is when the entry was last revised (RFC 5545, 3.8.7.2).
      stamp: modified,
      lastModified: modified,
      start: dayOf(entry.from),
      end: dayOf(dayAfter(entry.to)),
      allDay: true,
      summary,
      description: details.join('\n'),
      status: entry.closed === null ? ICalEventStatus.CONFIRMED : ICalEventStatus.CANCELLED,
      transparency: ICalEventTransparency.TRANSPARENT,
    });
  }
  return `${calendar.toString()}\r\n`;
}

/** Names come from people and may hold anything; a UID is plain. */
function uidOf(key: CalendarEntry['key']): string {
  const digest = createHash('sha256').update(JSON.stringify(key)).digest('hex');
  return `${key[0]}-${digest.slice(0, 32)}@sluis`;
}

/** Days are written from UTC, whatever the zone of the machine. */
function dayOf(day: CivilDate): Date {
  return new Date(`${day}T00:00:00Z`);
}
