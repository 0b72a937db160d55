import { EntitySchema } from 'typeorm';

import type { CivilDate, Instant } from '#domain/civil-date.js';
import type { Topic } from '#domain/who-is-told.js';

import { date, identity, instant, optional, text } from './columns.js';

/** Days on which something holds, both included, and who said so. */
interface Named {
  id: bigint;
  person: string;
  validFrom: CivilDate;
  validUntil: CivilDate | null;
  namedBy: string;
  namedAt: Instant;
}

/** A person of a beneficiary who is told of something: about one grant, or about all of its grants. */
export interface ContactRow extends Named {
  beneficiary: string;
  grantCode: string | null;
  toldOf: Topic;
}

/** Who is told in a person's stead. */
export interface DeputyRow extends Named {
  deputy: string;
}

const named = {
  id: identity('id'),
  person: text('person'),
  validFrom: date('valid_from'),
  validUntil: optional(date('valid_until')),
  namedBy: text('named_by'),
  namedAt: instant('named_at'),
};

export const contactTable = new EntitySchema<ContactRow>({
  name: 'contact',
  tableName: 'contacts',
  columns: {
    ...named,
    beneficiary: text('beneficiary'),
    grantCode: optional(text('grant_code')),
    toldOf: text('told_of'),
  },
});

export const deputyTable = new EntitySchema<DeputyRow>({
  name: 'deputy',
  tableName: 'deputies',
  columns: { ...named, deputy: text('deputy') },
});
