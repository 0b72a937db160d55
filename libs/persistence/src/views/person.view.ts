import type { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { Actor, Role } from '#domain/people.js';

import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { instantText } from './sql-text.js';

/** Who holds a token that counts. */
export interface Signed extends Actor {
  readonly roles: readonly Role[];
  readonly name: string;
  readonly language: string;
}

export interface PersonListed {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly roles: readonly Role[];
  /** The beneficiary they answer for. */
  readonly of: string | null;
  readonly since: Instant;
  readonly ended: Instant | null;
  /** Where their mail goes; null where they have none. */
  readonly mail: string | null;
  /** Since when that address is known to take no mail; null while it does, or may. */
  readonly mailBouncedAt: Instant | null;
  /** What the mail server said of it. */
  readonly mailBounce: string | null;
  /** Whether they get the digest of each working morning. */
  readonly digest: boolean;
}

/** A token as it may be shown: never itself, only the beginning of its hash. */
export interface TokenListed {
  readonly id: string;
  readonly created: Instant;
  readonly revoked: Instant | null;
}

const columns = `p.id, p.name, p.language, p.roles, p.beneficiary AS of,
  ${instantText('p.since')} AS since, ${instantText('p.ended')} AS ended, p.mail,
  ${instantText('p.mail_bounced_at')} AS "mailBouncedAt", p.mail_bounce AS "mailBounce", p.digest`;

export class PersonView {
  constructor(private readonly database: DataSource) {}

  /**
   * The person behind a token's SHA-256; null where it is unknown or revoked, or the person has left.
   * `demoOnly`: the token is one of the demo's, known to everybody; it opens only a record whose clock stands.
   */
  async byToken(hash: Buffer, demoOnly: boolean): Promise<Signed | null> {
    const [row]: Signed[] = await this.database.query(
      `SELECT p.id, p.name, p.language, p.roles, p.beneficiary AS of
         FROM tokens t JOIN people p ON p.id = t.person
        WHERE t.hash = $1 AND t.revoked IS NULL AND p.ended IS NULL
          AND (NOT $2 OR EXISTS (SELECT FROM clock WHERE stands_at IS NOT NULL))`,
      [hash, demoOnly],
    );
    return row ?? null;
  }

  /** People by id; `of` restricts them to those of one beneficiary. */
  async list(
    filter: { readonly role?: string; readonly of?: string | null },
    page: PageRequest,
  ): Promise<Page<PersonListed>> {
    const where = new Conditions()
      .where((role) => `${role} = ANY (p.roles)`, filter.role)
      .where((of) => `p.beneficiary = ${of}`, filter.of)
      .after(['p.id'], ['text'], page);
    const rows: PersonListed[] = await this.database.query(
      `SELECT ${columns} FROM people p ${where.toString()} ORDER BY p.id LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ id }) => [id]);
  }

  async one(id: string): Promise<PersonListed | null> {
    const [row]: PersonListed[] = await this.database.query(
      `SELECT ${columns} FROM people p WHERE p.id = $1`,
      [id],
    );
    return row ?? null;
  }

  /** Every token a person ever had, the newest first. */
  async tokens(person: string): Promise<TokenListed[]> {
    return this.database.query(
      `SELECT left(encode(hash, 'hex'), 16) AS id, ${instantText('created')} AS created,
              ${instantText('revoked')} AS revoked
         FROM tokens WHERE person = $1 ORDER BY tokens.created DESC, hash LIMIT 1000`,
      [person],
    );
  }
}
