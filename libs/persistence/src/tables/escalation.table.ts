import { EntitySchema } from 'typeorm';

import type { CivilDate } from '#domain/civil-date.js';

import { date, integer, key, text } from './columns.js';

/** Somebody was told that a report is missing. */
export interface EscalationRow {
  grantCode: string;
  report: string;
  dueOn: CivilDate;
  recipient: string;
  position: number;
}

export const escalationTable = new EntitySchema<EscalationRow>({
  name: 'escalation',
  tableName: 'escalations',
  columns: {
    grantCode: key(text('grant_code')),
    report: key(text('report')),
    dueOn: key(date('due_on')),
    recipient: key(text('recipient')),
    position: integer('position'),
  },
});
