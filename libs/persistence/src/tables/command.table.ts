import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { bytes, flag, instant, integer, json, key, optional, text } from './columns.js';

/** A command id, what it asked (hash) and what it came to. */
export interface CommandRow {
  id: string;
  inputHash: Buffer;
  name: string;
  stream: string | null;
  actor: string;
  at: Instant;
  refused: boolean;
  firstSequence: number | null;
  lastSequence: number | null;
  result: unknown;
}

export const commandTable = new EntitySchema<CommandRow>({
  name: 'command',
  tableName: 'commands',
  columns: {
    id: key(text('id')),
    inputHash: bytes('input_hash'),
    name: text('name'),
    stream: optional(text('stream')),
    actor: text('actor'),
    at: instant('at'),
    refused: flag('refused'),
    firstSequence: optional(integer('first_sequence')),
    lastSequence: optional(integer('last_sequence')),
    result: optional(json('result')),
  },
});
