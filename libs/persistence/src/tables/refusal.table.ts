import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { RefusalCode, RefusalFacts } from '#domain/refusal.js';

import { bytes, identity, instant, json, optional, text } from './columns.js';

/** A refused command. */
export interface RefusalRow {
  id: bigint;
  commandId: string;
  inputHash: Buffer;
  command: string;
  stream: string | null;
  actor: string;
  code: RefusalCode;
  facts: RefusalFacts;
  input: unknown;
  at: Instant;
}

export const refusalTable = new EntitySchema<RefusalRow>({
  name: 'refusal',
  tableName: 'refusals',
  columns: {
    id: identity('id'),
    commandId: text('command_id'),
    inputHash: bytes('input_hash'),
    command: text('command'),
    stream: optional(text('stream')),
    actor: text('actor'),
    code: text('code'),
    facts: json('facts'),
    input: json('input'),
    at: instant('at'),
  },
});
