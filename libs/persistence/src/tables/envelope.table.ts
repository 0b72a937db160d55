import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { cents, instant, integer, key, optional, text } from './columns.js';

/** A budget envelope of a programme: a year and an article; its amounts are its versions. Never changed. */
export interface EnvelopeRow {
  programme: string;
  year: number;
  article: string;
  createdBy: string;
  createdAt: Instant;
}

/** An amount of an envelope; that of the last version is in force. Never changed. */
export interface EnvelopeVersionRow {
  programme: string;
  year: number;
  article: string;
  version: number;
  amountCents: bigint;
  setBy: string;
  setAt: Instant;
  reason: string | null;
}

const name = {
  programme: key(text('programme')),
  year: key(integer('year')),
  article: key(text('article')),
};

export const envelopeTable = new EntitySchema<EnvelopeRow>({
  name: 'envelope',
  tableName: 'envelopes',
  columns: { ...name, createdBy: text('created_by'), createdAt: instant('created_at') },
});

export const envelopeVersionTable = new EntitySchema<EnvelopeVersionRow>({
  name: 'envelope-version',
  tableName: 'envelope_versions',
  columns: {
    ...name,
    version: key(integer('version')),
    amountCents: cents('amount_cents'),
    setBy: text('set_by'),
    setAt: instant('set_at'),
    reason: optional(text('reason')),
  },
});
