import type { Instant } from '#domain/civil-date.js';
import type { Grant } from '#domain/grant.js';
import type { Contact } from '#domain/people.js';

import type { Client } from './client.js';
import { instantOf, optionalInstantOf } from './database-values.js';
import { grantsOf } from './grant-fields.js';
import type { GrantFilesFields } from './grant-files-fields.js';

/** A grant as its rows say it, and who of its beneficiary is reminded. */
export interface ReadGrant {
  readonly grant: Grant;
  readonly nextDueAt: Instant | null;
  readonly contacts: readonly Contact[];
  /** Some of them were ever named for something, or away: who was told at a moment then depends on the day. */
  readonly chosen: boolean;
}

interface ReadRow {
  code: string;
  next_due_at: Date | null;
  contacts: { id: string; since: string }[] | null;
  chosen: boolean;
}

/**
 * Reads grants by code without a lock: for looking, never for deciding. `client` is in a transaction that sees one
 * moment throughout.
 */
export async function readGrants(client: Client, codes: readonly string[]): Promise<Map<string, ReadGrant>> {
  const { rows: files } = await client.query({ text: 'SELECT grant_files($1) AS files', values: [codes] });
  const grants = grantsOf((files[0] as { files: GrantFilesFields }).files);
  const { rows } = await client.query({
    text: `SELECT g.code, g.next_due_at,
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
    (rows as ReadRow[]).flatMap((row) => {
      const grant = grants.get(row.code);
      const contacts = (row.contacts ?? []).map(({ id, since }) => ({ id, since: instantOf(since) }));
      const { next_due_at: nextDueAt, chosen } = row;
      const read = { contacts, chosen, nextDueAt: optionalInstantOf(nextDueAt) };
      return grant === undefined ? [] : [[row.code, { ...read, grant }] as const];
    }),
  );
}
