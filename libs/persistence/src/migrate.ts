import { readFileSync } from 'node:fs';

import pg from 'pg';
import { parse } from 'yaml';

import { type BusinessCalendar, calendarOf } from '#domain/business-calendar.js';

import { type Queryable, restrictRuntimeRole, runtimeRole } from './bootstrap-roles.js';
import { dataSource } from './data-source.js';

/** Any constant: who migrates this database holds it, and a second one waits. */
const migrateLock = 7_483_201;

const calendars = ['BE'];

/** Functions over the tables, laid again at every migrate: a table that grows a column needs no copy of them. */
const functions = ['load', 'save', 'told', 'webhooks'];

/** The migrations that were run, and how many the schema now counts. */
export interface Migrated {
  readonly applied: readonly string[];
}

/**
 * Brings a database to this version's schema and gives the runtime role its rights. Repeatable, and safe
 * for several processes at once: an advisory lock lets one after the other. `ownerUrl` signs in as the
 * owner of the database; `runtime` is the role of DATABASE_URL, made where it is absent and the owner may.
 *
 * `beside` is what needs the role but none of these tables, on a connection of its own: it is done meanwhile, since
 * half of the time goes into waiting.
 *
 * Throws StartRefused where that role could change the schema (see `restrictRuntimeRole`).
 */
export async function migrate(
  ownerUrl: string,
  runtime: { name: string; password?: string } = { name: runtimeRole },
  beside: () => Promise<void> = () => Promise.resolve(),
): Promise<Migrated> {
  const client = new pg.Client({ connectionString: ownerUrl });
  // Losing the connection shows in the query at hand; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrateLock]);
    await restrictRuntimeRole(client, runtime);
    // Both to their end, also where one fails: nothing may still be changing when the lock goes.
    const [record, rest] = await Promise.allSettled([
      migrateTables(client, ownerUrl, runtime.name),
      beside(),
    ]);
    if (record.status === 'rejected') throw record.reason;
    if (rest.status === 'rejected') throw rest.reason;
    return { applied: record.value };
  } finally {
    await client.end();
  }
}

async function migrateTables(client: pg.Client, ownerUrl: string, role: string): Promise<string[]> {
  const applied = await runMigrations(ownerUrl);
  for (const name of functions) await client.query(readSql(`functions/${name}.sql`));
  for (const code of calendars) await seedCalendar(client, readCalendar(code));
  await client.query(rightsOf(role));
  return applied;
}

async function runMigrations(ownerUrl: string): Promise<string[]> {
  const source = dataSource(ownerUrl, { poolSize: 1 });
  await source.initialize();
  try {
    const run = await source.runMigrations({ transaction: 'all' });
    return run.map(({ name }) => name);
  } finally {
    await source.destroy();
  }
}

function rightsOf(role: string): string {
  return readSql('rights.sql').replaceAll(/\bsluis_runtime\b/g, () => pg.escapeIdentifier(role));
}

function readSql(name: string): string {
  return readFileSync(new URL(`./migrations/${name}`, import.meta.url), 'utf8');
}

/** The holiday calendar that comes with the service, from config/holidays. Throws RangeError if it is broken. */
export function readCalendar(code: string): BusinessCalendar {
  const file = new URL(`../../../config/holidays/${code}.yaml`, import.meta.url);
  return calendarOf(parse(readFileSync(file, 'utf8')));
}

/** Adds what the database's calendar lacks; holidays it already has stay as they are. */
async function seedCalendar(client: Queryable, calendar: BusinessCalendar): Promise<void> {
  const { code, fromYear, toYear, holidays } = calendar;
  await client.query(
    `INSERT INTO calendars AS c (code, from_year, to_year) VALUES ($1, $2, $3)
     ON CONFLICT (code) DO UPDATE SET
       from_year = least(c.from_year, excluded.from_year), to_year = greatest(c.to_year, excluded.to_year)
     WHERE c.from_year > excluded.from_year OR c.to_year < excluded.to_year`,
    [code, fromYear, toYear],
  );
  await client.query(
    `INSERT INTO holidays (calendar, date, name) SELECT $1, * FROM unnest($2::date[], $3::text[])
     ON CONFLICT DO NOTHING`,
    [code, [...holidays.keys()], [...holidays.values()]],
  );
}
