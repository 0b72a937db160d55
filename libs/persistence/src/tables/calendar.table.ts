import { EntitySchema } from 'typeorm';

import { integer, key, text } from './columns.js';

/** The years for which holidays are known. */
export interface CalendarRow {
  code: string;
  fromYear: number;
  toYear: number;
}

export const calendarTable = new EntitySchema<CalendarRow>({
  name: 'calendar',
  tableName: 'calendars',
  columns: {
    code: key(text('code')),
    fromYear: integer('from_year'),
    toYear: integer('to_year'),
  },
});
