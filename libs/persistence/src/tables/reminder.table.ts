import { EntitySchema } from 'typeorm';

import type { CivilDate } from '#domain/civil-date.js';

import { date, integer, key, text } from './columns.js';

/** A reminder that was decided: sent once, or superseded. */
export interface ReminderRow {
  grantCode: string;
  report: string;
  dueOn: CivilDate;
  dueOffset: string;
  recipient: string;
  channel: 'mail';
  position: number;
  outcome: 'sent' | 'superseded';
}

export const reminderTable = new EntitySchema<ReminderRow>({
  name: 'reminder',
  tableName: 'reminders',
  columns: {
    grantCode: key(text('grant_code')),
    report: key(text('report')),
    dueOn: key(date('due_on')),
    dueOffset: key(text('due_offset')),
    recipient: key(text('recipient')),
    channel: key(text('channel')),
    position: integer('position'),
    outcome: text('outcome'),
  },
});
