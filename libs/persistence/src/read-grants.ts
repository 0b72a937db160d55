import type { Instant } from '#domain/civil-date.js';
import type { Grant } from '#domain/grant.js';
import type { Contact } from '#domain/people.js';

import type { Client } from './client.js';
import { instantOf, optionalInstantOf } from './database-values.js';
import { type GrantFileFields, grantOf } from './grant-fields.js';

/** A grant as its rows say it, and who of its beneficiary is reminded. */
export interface ReadGrant {
  readonly grant: Grant;
  readonly nextDueAt: Instant | null;
  readonly contacts: readonly Contact[];
  /** Some of them were ever named for something, or away: who was told at a moment then depends on the day. */
  readonly chosen: boolean;
}

interface ReadRow {
  file: GrantFileFields;
  next_due_at: Date | null;
  contacts: { id: string; since: string }[] | null;
  chosen: boolean;
}

/** Reads grants by code without a lock: for looking, never for deciding. */
export async function readGrants(client: Client, codes: readonly string[]): Promise<Map<string, ReadGrant>> {
  const { rows } = await client.query({
    text: `SELECT grant_file(g) AS file, g.next_due_at,
        (SELECT json_agg(json_build_object('id', p.id, 'since', p.since)) FROM people p
          WHERE p.beneficiary = g.beneficiary AND p.ended IS NULL) AS contacts,
        EXISTS (SELECT FROM contacts c WHERE c.grant_code = g.code
            OR (c.grant_code IS NULL AND c.beneficiary = g.beneficiary))
          OR EXISTS (SELECT FROM deputies d JOIN people p ON p.id = d.person WHERE p.beneficiary = g.beneficiary)
          AS chosen
      FROM grants g WHERE g.code = ANY ($1)`,
    values: [codes],
  });
  return new Map(
    (rows as ReadRow[]).map((row) => {
      const grant = grantOf(row.file);
      const contacts = (row.contacts ?? []).map(({ id, since }) => ({ id, since: instantOf(since) }));
      const { next_due_at: nextDueAt, chosen } = row;
      return [grant.code, { grant, nextDueAt: optionalInstantOf(nextDueAt), contacts, chosen }];
    }),
  );
}
