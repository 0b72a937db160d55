import { EntitySchema } from 'typeorm';

import type { CivilDate } from '#domain/civil-date.js';

import { date, key, text } from './columns.js';

/** One legal holiday of a calendar. */
export interface HolidayRow {
  calendar: string;
  date: CivilDate;
  name: string;
}

export const holidayTable = new EntitySchema<HolidayRow>({
  name: 'holiday',
  tableName: 'holidays',
  columns: {
    calendar: key(text('calendar')),
    date: key(date('date')),
    name: text('name'),
  },
});
