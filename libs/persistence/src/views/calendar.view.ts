import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { CalendarEntry } from '#domain/calendar-entry.js';
import type { Role } from '#domain/people.js';

import { type Client, readAtOneMoment } from '../client.js';
import { Plans } from '../plans.js';
import { deadlineEntries } from './calendar-deadlines.js';
import { ownPaymentEntries, paymentEntries } from './calendar-payments.js';
import { windowEntries, windowsEntries } from './calendar-windows.js';
import type { Signed } from './person.view.js';
import { ScheduleView } from './schedule.view.js';

/** What a person's calendar holds; `more`: so much that the furthest away had to be left out. */
export interface Calendar {
  readonly entries: readonly CalendarEntry[];
  readonly more: boolean;
}

/** Whose calendar holds anything. An auditor waits for nothing, and an operator reads no files. */
export const calendarRoles: readonly Role[] = [
  'administrator',
  'evaluator',
  'approver',
  'finance',
  'beneficiary',
];

/** Which grants `g` an entry may be about, one by one; $1. */
export interface Whose {
  readonly text: string;
  readonly value: string;
}

/** How often, in minutes, what follows from the clock alone is looked at again: midnight in every zone is on it. */
const clockMinutes = 15;

/**
 * The calendar of a person: of a beneficiary's its deadlines, evaluation windows and expected payouts; of an
 * administrator deadlines and windows of the grants they handle and of those that nobody handles; of whoever evaluates
 * or decides all windows, a programme's together; of finance the expected payouts of each day.
 */
@Injectable()
export class CalendarView {
  private readonly plans = new Plans();

  constructor(
    private readonly database: DataSource,
    private readonly schedule: ScheduleView,
  ) {}

  /**
   * What a calendar rests on, as a text that is the same as long as that is: its grants and how many events each has,
   * accounts, titles, and the quarter of an hour. Far cheaper than the calendar.
   */
  async version({ id, name, language, roles, of }: Signed): Promise<string> {
    const all = roles.some((role) => ['evaluator', 'approver', 'finance'].includes(role));
    const rows: { version: string }[] = await this.database.query(
      `SELECT json_build_array(
          (SELECT sum(hashtextextended(g.code || ':' || g.sequence, 0)::numeric) FROM grants g
            WHERE $1 OR g.beneficiary = $2 OR $3 AND (g.handler = $4 OR g.handler IS NULL)),
          (SELECT sum(hashtextextended(b.id || ':' || b.sequence, 0)::numeric) FROM beneficiaries b
            WHERE $2::text IS NULL OR b.id = $2),
          (SELECT sum(hashtextextended(p.code || ':' || p.title, 0)::numeric) FROM programmes p),
          floor(extract(epoch FROM sluis_now()) / ${clockMinutes * 60}))::text AS version`,
      [all, of, roles.includes('administrator'), id],
    );
    return JSON.stringify([id, name, language, roles, of, rows[0]?.version]);
  }

  /** All of its entries, as of one moment. */
  async of(person: Signed): Promise<Calendar> {
    const { roles, of, id } = person;
    const seesAll = roles.includes('evaluator') || roles.includes('approver');
    const whose: Whose | null =
      of !== null
        ? { text: 'g.beneficiary = $1', value: of }
        : roles.includes('administrator')
          ? { text: '(g.handler = $1 OR g.handler IS NULL)', value: id }
          : null;
    const { plans } = this;
    const parts: Calendar[] = [];
    const read = readAtOneMoment(this.database, async function* (client: Client) {
      if (whose !== null) yield await deadlineEntries(client, plans, whose);
      if (whose !== null && !seesAll) yield await windowEntries(client, plans, whose);
      if (seesAll) yield await windowsEntries(client, plans);
    });
    for await (const part of read) parts.push(part);
    if (of !== null) parts.push(await ownPaymentEntries(this.database, this.schedule, of));
    if (roles.includes('finance')) parts.push(await paymentEntries(this.database, this.schedule));
    return {
      entries: parts.flatMap(({ entries }) => entries).sort(byDay),
      more: parts.some(({ more }) => more),
    };
  }
}

function byDay(a: CalendarEntry, b: CalendarEntry): number {
  const [first, second] = [a, b].map(({ from, key }) => [from, ...key].join(' '));
  return (first ?? '') < (second ?? '') ? -1 : 1;
}
