import type { Command } from 'commander';

import { type ActingOptions, asPerson, changing } from './program-finance.js';
import { under } from './under.js';

export interface CalendarAddOptions extends ActingOptions {
  readonly name?: string;
}

/** Calendars to subscribe to. */
export function addCalendars(sluis: Command): void {
  const calendar = under(
    sluis,
    'calendar',
    'Your calendar feeds: secret addresses that calendars subscribe to.',
  );
  changing(calendar, 'add', 'Make a calendar feed of your own; its address is shown this once.')
    .option('--name <text>', 'what you call it: a device, a calendar')
    .action(async (options: CalendarAddOptions) => (await import('./calendar.js')).addCalendar(options));
  asPerson(calendar, 'list', 'Your calendar feeds, the newest first.').action(
    async (options: ActingOptions) => (await import('./calendar.js')).listCalendars(options),
  );
  changing(calendar, 'revoke <feed>', 'Take back the address of one of your calendar feeds.').action(
    async (feed: string, options: ActingOptions) =>
      (await import('./calendar.js')).revokeCalendar(feed, options),
  );
}
