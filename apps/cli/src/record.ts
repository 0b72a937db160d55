import { environment } from '#config/environment.js';
import { dataSource } from '#config/data-source.js';
import { findRunningCluster, holdsCluster, startEmbeddedPostgres } from '#persistence/embedded-postgres.js';
import { StartRefused } from '#persistence/start-refused.js';
import type { DataSource } from 'typeorm';

/** How to reach the record from the command line, beside a service that may or may not run. */
export interface RecordAddress {
  /** Signs in as the runtime role. */
  readonly runtimeUrl: string;
  /** Signs in as the owner; null where only DATABASE_URL is known. */
  readonly ownerUrl: string | null;
  /** The service runs on this embedded record right now. */
  readonly served: boolean;
}

/**
 * Opens the record for one command: DATABASE_URL, else the embedded database of a running service, else the
 * embedded database itself, started for as long as the command takes and brought to this version as `start`
 * does, unless it is to be opened `asItIs`. Throws StartRefused where there is no embedded database yet and the
 * command is about one that is there (`existing`): a mistyped SLUIS_DATA must not pass for an empty record.
 */
export async function withRecord<T>(
  work: (address: RecordAddress) => Promise<T>,
  { asItIs = false, existing = false }: { readonly asItIs?: boolean; readonly existing?: boolean } = {},
): Promise<T> {
  const { databaseUrl, databaseOwnerUrl, dataDir, dataDirExplicit } = environment();
  if (databaseUrl !== null)
    return work({ runtimeUrl: databaseUrl, ownerUrl: databaseOwnerUrl, served: false });
  if (existing && !holdsCluster(dataDir))
    throw new StartRefused(`There is no database in ${dataDir}; set SLUIS_DATA to the folder of a Sluis.`);
  const running = await findRunningCluster(dataDir);
  if (running !== undefined)
    return work({ runtimeUrl: running.runtimeUrl, ownerUrl: running.ownerUrl, served: true });
  const postgres = await startEmbeddedPostgres({ durable: true, dataDir, explicit: dataDirExplicit });
  // A process that a signal ends would leave the server behind; one that exits stops it.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));
  try {
    // Loaded only here: it brings the whole queue along, which a command on a record that is served never needs.
    if (!asItIs) await (await import('./migrate-record.js')).migrateRecord(postgres.ownerUrl);
    return await work({ runtimeUrl: postgres.runtimeUrl, ownerUrl: postgres.ownerUrl, served: false });
  } finally {
    await postgres.stop();
  }
}

/** Runs work on a connected data source and closes it. Throws StartRefused where nobody answers, or nothing is migrated. */
export async function withDatabase<T>(url: string, work: (database: DataSource) => Promise<T>): Promise<T> {
  const database = dataSource(url, { poolSize: 4, applicationName: 'sluis cli' });
  try {
    await database.initialize();
  } catch (error) {
    throw new StartRefused(`The database does not let us in: ${reasonOf(error)}.`);
  }
  try {
    const [row] = (await database.query(`SELECT to_regclass('grants') IS NOT NULL AS migrated`)) as {
      migrated: boolean;
    }[];
    if (row?.migrated !== true) throw new StartRefused('The database is not migrated; run: sluis migrate');
    return await work(database);
  } finally {
    await database.destroy();
  }
}

/** What a database error says, without the address (it holds a password). */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
