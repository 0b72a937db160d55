import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { Role } from '#domain/people.js';

import { instant, key, optional, text, texts } from './columns.js';

/** A person who signs in or is told of things; `beneficiary` is whom they answer for. */
export interface PersonRow {
  id: string;
  name: string;
  language: string;
  roles: Role[];
  beneficiary: string | null;
  since: Instant;
  ended: Instant | null;
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
  },
});
