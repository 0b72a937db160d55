import { type CivilDate, civilDateOf, defaultTimeZone } from '#domain/civil-date.js';
import type { Actor, Role } from '#domain/people.js';
import { type Refused, refuse, refuseInvalid } from '#domain/refusal.js';
import type { Topic } from '#domain/who-is-told.js';
import type { Client } from '#persistence/client.js';

import type { RegisterWrite } from './registers.js';

/** The days on which it holds, both included. `from` null: today; `until` null: for good. */
interface Days {
  readonly from: CivilDate | null;
  readonly until: CivilDate | null;
}

export interface ContactNamed {
  readonly id: number;
  readonly person: string;
  readonly from: CivilDate;
  readonly until: CivilDate | null;
}

/**
 * Names a person of a beneficiary as the one to be told of a topic, about one grant of it or about all. Refused: an
 * unknown beneficiary, and a person or grant of another one, as `not-found`; days that end before they begin as `invalid`.
 */
export function nameContact(
  by: Actor,
  contact: Days & {
    readonly beneficiary: string;
    readonly person: string;
    readonly of: Topic;
    readonly grant: string | null;
  },
): RegisterWrite<ContactNamed> {
  return async (client, now) => {
    const { beneficiary, person, of, grant, until } = contact;
    const from = contact.from ?? civilDateOf(now, defaultTimeZone);
    if (until !== null && until < from) return endsBefore(from);
    if (!(await exists(client, 'SELECT FROM beneficiaries WHERE id = $1', [beneficiary])))
      return refuse('not-found', { beneficiary });
    const known = 'SELECT FROM people WHERE id = $1 AND beneficiary = $2 AND ended IS NULL';
    if (!(await exists(client, known, [person, beneficiary]))) return refuse('not-found', { person });
    const own = 'SELECT FROM grants WHERE code = $1 AND beneficiary = $2';
    if (grant !== null && !(await exists(client, own, [grant, beneficiary])))
      return refuse('not-found', { grant });
    const { rows } = await client.query({
      text: `INSERT INTO contacts (beneficiary, grant_code, person, told_of, valid_from, valid_until, named_by, named_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id::int`,
      values: [beneficiary, grant, person, of, from, until, by.id, now],
    });
    return { result: { id: (rows[0] as { id: number }).id, person, from, until } };
  };
}

/**
 * Names who is told in a person's stead on these days; nobody has two deputies on one day. Refused as `invalid`: somebody who
 * could not do what the person is told of, because they are of another beneficiary or share no role.
 */
export function nameDeputy(
  by: Actor,
  named: Days & { readonly person: string; readonly deputy: string },
): RegisterWrite<ContactNamed> {
  return async (client, now) => {
    const { person, deputy, until } = named;
    const from = named.from ?? civilDateOf(now, defaultTimeZone);
    if (until !== null && until < from) return endsBefore(from);
    const people = await presentPeople(client, [person, deputy]);
    const [away, instead] = [people.get(person), people.get(deputy)];
    if (away === undefined) return refuse('not-found', { person });
    if (instead === undefined) return refuse('not-found', { deputy });
    const strange = faultOfDeputy(away, instead);
    if (strange !== null) return refuseInvalid('deputy', strange);
    const { rows: overlapping } = await client.query({
      text: `SELECT deputy FROM deputies WHERE person = $1 AND valid_from <= coalesce($3::date, 'infinity')
        AND coalesce(valid_until, 'infinity') >= $2::date`,
      values: [person, from, until],
    });
    const [other] = overlapping as { deputy: string }[];
    if (other !== undefined)
      return refuse('conflict', {
        message: `${other.deputy} stands in for ${person} on some of these days; end that first`,
        deputy: other.deputy,
      });
    const { rows } = await client.query({
      text: `INSERT INTO deputies (person, deputy, valid_from, valid_until, named_by, named_at)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING id::int`,
      values: [person, deputy, from, until, by.id, now],
    });
    return { result: { id: (rows[0] as { id: number }).id, person: deputy, from, until } };
  };
}

/**
 * Ends it after a last day, by default yesterday: at once. What it was until then stays on record. Refused as `invalid`:
 * a day before it began, and one after its last day, since to make it longer is to name somebody anew.
 */
export function endNamed(
  table: 'contacts' | 'deputies',
  { of, id, until }: { readonly of: string; readonly id: number; readonly until: CivilDate | null },
): RegisterWrite<{ id: number; until: CivilDate }> {
  return async (client, now) => {
    const [owner, what] = table === 'contacts' ? ['beneficiary', 'contact'] : ['person', 'deputy'];
    const { rows } = await client.query({
      text: `SELECT valid_from::text AS "from", valid_until::text AS until, valid_until < $3::date AS over,
          (greatest($3::date, valid_from) - 1)::text AS yesterday
        FROM ${table} WHERE id = $1 AND ${owner} = $2 FOR UPDATE`,
      values: [id, of, civilDateOf(now, defaultTimeZone)],
    });
    const [known] = rows as Known[];
    if (known === undefined) return refuse('not-found', { [what]: id });
    if (until !== null && until < known.from)
      return refuseInvalid(
        'until',
        `it began on ${known.from}; name that day or a later one, or none to end it at once`,
      );
    const last = until ?? known.yesterday;
    if (known.until !== null && known.until < last)
      return refuseInvalid(
        'until',
        known.over === true
          ? `it is over since ${known.until}; name somebody anew`
          : `it ends on ${known.until}; name that day or an earlier one`,
      );
    await client.query({ text: `UPDATE ${table} SET valid_until = $2 WHERE id = $1`, values: [id, last] });
    return { result: { id, until: last } };
  };
}

interface Known {
  readonly from: CivilDate;
  readonly until: CivilDate | null;
  /** Null where it is for good. */
  readonly over: boolean | null;
  /** The last day of what ends at once: the day before today, or before it would begin. */
  readonly yesterday: CivilDate;
}

interface Present {
  readonly id: string;
  readonly roles: readonly Role[];
  readonly of: string | null;
}

/** Locked, so that of two who name a deputy for one person at once the second sees what the first wrote. */
async function presentPeople(client: Client, ids: readonly string[]): Promise<Map<string, Present>> {
  const { rows } = await client.query({
    text: `SELECT id, roles, beneficiary AS of FROM people WHERE id = ANY ($1) AND ended IS NULL
      ORDER BY id FOR NO KEY UPDATE`,
    values: [ids],
  });
  return new Map((rows as Present[]).map((person) => [person.id, person]));
}

function faultOfDeputy(away: Present, instead: Present): string | null {
  if (away.id === instead.id) return 'somebody else stands in for a person; name another';
  if (away.of !== instead.of)
    return `${instead.id} does not answer for the same beneficiary as ${away.id}; name one of their own`;
  return away.roles.some((role) => instead.roles.includes(role))
    ? null
    : `${instead.id} holds no role of ${away.id} (${away.roles.join(', ')}) and could do nothing of what is told; name one who does`;
}

function endsBefore(from: CivilDate): Refused {
  return refuseInvalid('until', `it ends before it begins; a last day is ${from} or later`);
}

async function exists(client: Client, text: string, values: unknown[]): Promise<boolean> {
  const { rows } = await client.query({ text, values });
  return rows.length > 0;
}
