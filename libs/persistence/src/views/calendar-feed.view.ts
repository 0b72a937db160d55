import type { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import type { Signed } from './person.view.js';
import { instantText } from './sql-text.js';

/** A calendar feed as it may be shown: never its address, only the beginning of the hash of that. */
export interface CalendarFeedListed {
  readonly id: string;
  readonly name: string | null;
  readonly created: Instant;
  /** By the machine's clock, to the hour; null: never. */
  readonly lastUsed: Instant | null;
  readonly revoked: Instant | null;
}

/** Whose feeds there are. */
export class CalendarFeedView {
  constructor(private readonly database: DataSource) {}

  /**
   * The person behind the SHA-256 of a feed's secret, and a note that it was used; null where it is unknown or
   * revoked, or the person has left.
   */
  async use(hash: Buffer): Promise<Signed | null> {
    const [row]: (Signed & { stale: boolean })[] = await this.database.query(
      `SELECT p.id, p.name, p.language, p.roles, p.beneficiary AS of,
              f.last_used_at IS NULL OR f.last_used_at < clock_timestamp() - interval '1 hour' AS stale
         FROM calendar_feeds f JOIN people p ON p.id = f.person
        WHERE f.hash = $1 AND f.revoked IS NULL AND p.ended IS NULL`,
      [hash],
    );
    if (row === undefined) return null;
    const { stale, ...person } = row;
    if (stale)
      await this.database.query(
        'UPDATE calendar_feeds SET last_used_at = clock_timestamp() WHERE hash = $1',
        [hash],
      );
    return person;
  }

  /** Every feed a person ever had, the newest first. */
  async list(person: string): Promise<CalendarFeedListed[]> {
    return this.database.query(
      `SELECT left(encode(hash, 'hex'), 16) AS id, name, ${instantText('created')} AS created,
              ${instantText('last_used_at')} AS "lastUsed", ${instantText('revoked')} AS revoked
         FROM calendar_feeds WHERE person = $1 ORDER BY calendar_feeds.created DESC, hash LIMIT 1000`,
      [person],
    );
  }
}
