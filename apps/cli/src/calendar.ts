import { createHash, randomBytes } from 'node:crypto';

import { registerProblem } from '#api/answer.js';
import { environment } from '#config/environment.js';
import { textUpTo } from '#domain/faults.js';
import { isFault } from '#domain/parsed.js';
import { addCalendarFeed, revokeCalendarFeed } from '#lifecycle/calendar-feed-writes.js';
import { onlyFor } from '#lifecycle/person-writes.js';
import { calendarRoles } from '#persistence/views/calendar.view.js';

import { acting, refusedHere } from './acting.js';
import type { CalendarAddOptions } from './program-calendar.js';
import type { ActingOptions } from './program-finance.js';
import { UsageFault } from './usage-fault.js';

/** `sluis calendar add`: 256 random bits in the address, shown once and kept as their SHA-256. */
export async function addCalendar(options: CalendarAddOptions): Promise<void> {
  const name = options.name === undefined ? null : nameOf(options.name);
  const { publicUrl } = environment();
  await acting(options, async ({ registers, person, commandId }) => {
    const secret = randomBytes(32).toString('base64url');
    const hash = createHash('sha256').update(secret).digest();
    const input = { person: person.id, name };
    const write = onlyFor(person, calendarRoles, addCalendarFeed({ ...input, hash }));
    const outcome = await registers.register(commandId, person, 'add-calendar-feed', input, write);
    if (!outcome.accepted) throw refusedHere(registerProblem(outcome.refused).problem);
    const address = outcome.replayed ? null : `${publicUrl}/calendars/${secret}.ics`;
    const said =
      address === null
        ? `The calendar feed ${outcome.result.id} was made before; its address is not shown again.`
        : `Address of the calendar feed ${outcome.result.id}, shown this once:\n${address}`;
    process.stdout.write(options.json ? `${JSON.stringify({ ...outcome.result, address })}\n` : `${said}\n`);
  });
}

function nameOf(text: string): string {
  const parsed = textUpTo(200)(text);
  if (isFault(parsed)) throw new UsageFault(`--name: ${parsed.fault}`);
  return parsed.value;
}

/** `sluis calendar list`: one's own, the newest first. */
export async function listCalendars(options: ActingOptions): Promise<void> {
  await acting(options, async ({ views, person }) => {
    for (const feed of await views.calendarFeeds.list(person.id)) {
      const { id, name, created, lastUsed, revoked } = feed;
      const used = lastUsed === null ? 'never used' : `last used ${lastUsed}`;
      const words = [
        id,
        name ?? '-',
        `made ${created}`,
        used,
        ...(revoked === null ? [] : [`revoked ${revoked}`]),
      ];
      process.stdout.write(options.json ? `${JSON.stringify(feed)}\n` : `${words.join('  ')}\n`);
    }
  });
}

/** `sluis calendar revoke`: one of one's own. */
export async function revokeCalendar(feed: string, options: ActingOptions): Promise<void> {
  await acting(options, async ({ registers, person, commandId }) => {
    const input = { person: person.id, feed };
    const write = revokeCalendarFeed(input);
    const outcome = await registers.register(commandId, person, 'revoke-calendar-feed', input, write);
    if (!outcome.accepted) throw refusedHere(registerProblem(outcome.refused).problem);
    process.stdout.write(
      options.json ? `${JSON.stringify(outcome.result)}\n` : `The calendar feed ${feed} is revoked.\n`,
    );
  });
}
