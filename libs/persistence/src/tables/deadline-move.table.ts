import { EntitySchema } from 'typeorm';

import type { CivilDate, Instant } from '#domain/civil-date.js';
import type { DeadlineMoveStatus } from '#domain/deadline-move.js';
import type { MovedWindow } from '#domain/moved-grant.js';

import { bytes, date, instant, integer, json, key, optional, text, texts } from './columns.js';

/** One decision that moved a report's deadline in many grants. */
export interface DeadlineMoveRow {
  no: number;
  status: DeadlineMoveStatus;
  programme: string;
  report: string;
  until: CivilDate;
  deadlines: number;
  windows: number;
  linesHash: Buffer;
  dueOn: CivilDate | null;
  beneficiary: string | null;
  grants: string[] | null;
  decisionReference: string | null;
  decisionDate: CivilDate | null;
  reason: string;
  movedBy: string;
  movedAt: Instant;
  undoneBy: string | null;
  undoneAt: Instant | null;
  undoneReason: string | null;
  sequence: number;
  lastEventAt: Instant;
  headHash: Buffer;
}

export const deadlineMoveTable = new EntitySchema<DeadlineMoveRow>({
  name: 'deadline-move',
  tableName: 'deadline_moves',
  columns: {
    no: key(integer('no')),
    status: text('status'),
    programme: text('programme'),
    report: text('report'),
    until: date('until'),
    deadlines: integer('deadlines'),
    windows: integer('windows'),
    linesHash: bytes('lines_hash'),
    dueOn: optional(date('due_on')),
    beneficiary: optional(text('beneficiary')),
    grants: optional(texts('grants')),
    decisionReference: optional(text('decision_reference')),
    decisionDate: optional(date('decision_date')),
    reason: text('reason'),
    movedBy: text('moved_by'),
    movedAt: instant('moved_at'),
    undoneBy: optional(text('undone_by')),
    undoneAt: optional(instant('undone_at')),
    undoneReason: optional(text('undone_reason')),
    sequence: integer('sequence'),
    lastEventAt: instant('last_event_at'),
    headHash: bytes('head_hash'),
  },
});

/** One deadline of a bulk move. */
export interface DeadlineMoveLineRow {
  move: number;
  grantCode: string;
  report: string;
  previousDueOn: CivilDate;
  dueOn: CivilDate;
  windows: MovedWindow[];
}

export const deadlineMoveLineTable = new EntitySchema<DeadlineMoveLineRow>({
  name: 'deadline-move-line',
  tableName: 'deadline_move_lines',
  columns: {
    move: key(integer('move')),
    grantCode: key(text('grant_code')),
    report: text('report'),
    previousDueOn: date('previous_due_on'),
    dueOn: date('due_on'),
    windows: json('windows'),
  },
});
