import type { DataSource } from 'typeorm';

import type { CivilDate, Instant } from '#domain/civil-date.js';
import type { Topic } from '#domain/who-is-told.js';

import { instantText } from './sql-text.js';

interface NamedRead {
  readonly id: number;
  readonly from: CivilDate;
  readonly until: CivilDate | null;
  readonly namedBy: string;
  readonly namedAt: Instant;
}

export interface ContactRead extends NamedRead {
  readonly person: string;
  readonly of: Topic;
  /** The one grant it concerns; null: all of the beneficiary's. */
  readonly grant: string | null;
}

export interface DeputyRead extends NamedRead {
  readonly deputy: string;
}

const named = `id::int, valid_from::text AS "from", valid_until::text AS until,
  named_by AS "namedBy", ${instantText('named_at')} AS "namedAt"`;
const mostShown = 1_000;

/** Who is told of what, and in whose stead: the latest named first, those that are over included. */
export class ContactView {
  constructor(private readonly database: DataSource) {}

  async ofBeneficiary(beneficiary: string): Promise<ContactRead[]> {
    return this.database.query(
      `SELECT ${named}, person, told_of AS of, grant_code AS grant FROM contacts
        WHERE beneficiary = $1 ORDER BY contacts.id DESC LIMIT ${mostShown}`,
      [beneficiary],
    );
  }

  async deputiesOf(person: string): Promise<DeputyRead[]> {
    return this.database.query(
      `SELECT ${named}, deputy FROM deputies WHERE person = $1 ORDER BY deputies.id DESC LIMIT ${mostShown}`,
      [person],
    );
  }
}
