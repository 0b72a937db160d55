import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { instant, integer, key, text } from './columns.js';

/** A document received or an approval given. */
export interface ReceiptRow {
  grantCode: string;
  kind: 'document' | 'approval';
  name: string;
  position: number;
  sinceAt: Instant;
  sinceEvent: string;
  sinceSequence: number;
}

export const receiptTable = new EntitySchema<ReceiptRow>({
  name: 'receipt',
  tableName: 'receipts',
  columns: {
    grantCode: key(text('grant_code')),
    kind: key(text('kind')),
    name: key(text('name')),
    position: integer('position'),
    sinceAt: instant('since_at'),
    sinceEvent: text('since_event'),
    sinceSequence: integer('since_sequence'),
  },
});
