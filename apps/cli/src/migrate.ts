import pg from 'pg';

import { environment } from '#config/environment.js';
import { runtimeRole } from '#persistence/bootstrap-roles.js';
import { StartRefused } from '#persistence/start-refused.js';

import { migrateRecord } from './migrate-record.js';
import type { JsonOption } from './program.js';
import { withRecord } from './record.js';

/**
 * `sluis migrate`: on an outside PostgreSQL as DATABASE_OWNER_URL, with the role of DATABASE_URL as the one
 * that serves (made where it is absent); else on the embedded one.
 */
export async function migrateDatabase(options: JsonOption): Promise<void> {
  const { databaseUrl, databaseOwnerUrl } = environment();
  const applied =
    databaseOwnerUrl === null && databaseUrl === null
      ? await withRecord(async ({ ownerUrl }) => migrateWith(ownerUrl, null), { asItIs: true })
      : await migrateWith(databaseOwnerUrl, databaseUrl);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ applied })}\n`
      : applied.length === 0
        ? 'Nothing to do: the database is of this version.\n'
        : `Applied: ${applied.join(', ')}.\n`,
  );
}

async function migrateWith(ownerUrl: string | null, runtimeUrl: string | null): Promise<readonly string[]> {
  if (ownerUrl === null)
    throw new StartRefused(
      'DATABASE_OWNER_URL is not set; give the address that signs in as the owner of the database.',
    );
  try {
    return (await migrateRecord(ownerUrl, roleOf(runtimeUrl))).applied;
  } catch (error) {
    if (error instanceof pg.DatabaseError || isUnreachable(error))
      throw new StartRefused(`The database could not be migrated: ${(error as Error).message}.`);
    throw error;
  }
}

function isUnreachable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}

/** Name and password of the serving role, as DATABASE_URL states them. */
function roleOf(url: string | null): { name: string; password?: string } {
  if (url === null) return { name: runtimeRole };
  const { username, password } = new URL(url);
  const name = decodeURIComponent(username);
  return password === '' ? { name } : { name, password: decodeURIComponent(password) };
}
