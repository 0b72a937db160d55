import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { bytes, instant, key, optional, text } from './columns.js';

/** A bearer token, by its SHA-256. */
export interface TokenRow {
  hash: Buffer;
  person: string;
  created: Instant;
  revoked: Instant | null;
}

export const tokenTable = new EntitySchema<TokenRow>({
  name: 'token',
  tableName: 'tokens',
  columns: {
    hash: key(bytes('hash')),
    person: text('person'),
    created: instant('created'),
    revoked: optional(instant('revoked')),
  },
});
