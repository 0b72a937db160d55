import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { Role } from '#domain/people.js';

import { bytes, flag, instant, integer, key, optional, text, texts } from './columns.js';

/** A person who signs in or is told of things; `beneficiary` is whom they answer for. */
export interface PersonRow {
  id: string;
  name: string;
  language: string;
  roles: Role[];
  beneficiary: string | null;
  since: Instant;
  ended: Instant | null;
  mail: string | null;
  mailBouncedAt: Instant | null;
  mailBounce: string | null;
  /** Whether they want the digest of each working morning. */
  digest: boolean;
  sequence: number;
  lastEventAt: Instant | null;
  headHash: Buffer | null;
}

export const personTable = new EntitySchema<PersonRow>({
  name: 'person',
  tableName: 'people',
  columns: {
    id: key(text('id')),
    name: text('name'),
    language: text('language'),
    roles: texts('roles'),
    beneficiary: optional(text('beneficiary')),
    since: instant('since'),
    ended: optional(instant('ended')),
    mail: optional(text('mail')),
    mailBouncedAt: optional(instant('mail_bounced_at')),
    mailBounce: optional(text('mail_bounce')),
    digest: flag('digest'),
    sequence: integer('sequence'),
    lastEventAt: optional(instant('last_event_at')),
    headHash: optional(bytes('head_hash')),
  },
});
