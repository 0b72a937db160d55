import pg from 'pg';

import { runtimeRole } from '#persistence/bootstrap-roles.js';
import { migrate } from '#persistence/migrate.js';
import type { Migrated } from '#persistence/migrate.js';
import { migrateQueue } from '#queue/queue-backend.js';

/**
 * Brings a database to this version: the record's own schema, then BullMQ's, with the rights of the runtime
 * role on both. Repeatable. BullMQ's lie there also where REDIS_URL is set, so that taking Redis away needs
 * no migration.
 */
export async function migrateRecord(
  ownerUrl: string,
  runtime: { readonly name: string; readonly password?: string } = { name: runtimeRole },
): Promise<Migrated> {
  return migrate(ownerUrl, runtime, async () => {
    const owner = new pg.Client({ connectionString: ownerUrl });
    owner.on('error', () => undefined);
    await owner.connect();
    try {
      await migrateQueue(owner, runtime.name);
    } finally {
      await owner.end();
    }
  });
}
