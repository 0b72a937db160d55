import pg from 'pg';
import { errorCode, StartRefused } from './start-refused.js';

/** Names used in the built-in database; an outside one may have its own. */
export const databaseName = 'sluis';
export const ownerRole = 'sluis_owner';
export const runtimeRole = 'sluis_runtime';

export interface Login {
  readonly name: string;
  readonly password: string;
}

/** What both kinds of connection offer and all that is asked of them. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/** Sluis is tried on these; older ones lack what the migrations use. */
const supportedMajors = { from: 15, to: 18 };

async function ensureLogin(client: Queryable, login: Login): Promise<void> {
  const name = pg.escapeIdentifier(login.name);
  const found = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [login.name]);
  const verb = found.rowCount ? 'ALTER' : 'CREATE';
  await client.query(
    `${verb} ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${pg.escapeLiteral(login.password)}`,
  );
}

/**
 * Makes database, owner and runtime role in a cluster that is wholly ours, and closes the database to everyone
 * else. Repeatable: what exists stays, passwords become the given ones. `administrator` is a superuser's client in
 * any database of that cluster.
 */
export async function createDatabaseAndRoles(
  administrator: Queryable,
  { owner, runtime }: { owner: Login; runtime: Login },
): Promise<void> {
  await ensureLogin(administrator, owner);
  await ensureLogin(administrator, runtime);
  const database = pg.escapeIdentifier(databaseName);
  const found = await administrator.query('SELECT 1 FROM pg_database WHERE datname = $1', [databaseName]);
  if (!found.rowCount) {
    await administrator.query(`CREATE DATABASE ${database} OWNER ${pg.escapeIdentifier(owner.name)}`);
  }
  await administrator.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
}

/**
 * Draws the line between the role that migrates and the one that serves, in the database the owner's client is
 * connected to: no CREATE and no TEMP on the database, no CREATE on schema public, CONNECT and nothing else. What
 * the runtime role may read and write is granted by each migration beside its table. Repeatable; run at every
 * migrate, on the built-in database and on an outside one of PostgreSQL 15 to 18 alike.
 *
 * Throws StartRefused when the server's version is not supported, when the role is absent and the owner may not make
 * it, when owner and runtime are one role, or when the runtime role still could change the schema afterwards.
 */
export async function restrictRuntimeRole(
  owner: Queryable,
  runtime: { name: string; password?: string },
): Promise<void> {
  await assertSupportedVersion(owner);
  await ensureRuntimeRole(owner, runtime);
  const { rows } = await owner.query<{ database: string; owner: string }>(
    'SELECT current_database() AS database, current_user AS owner',
  );
  const here = rows[0];
  if (!here) throw new Error('SELECT without FROM returned no row');
  if (here.owner === runtime.name) {
    throw new StartRefused(
      `DATABASE_OWNER_URL and DATABASE_URL both sign in as ${runtime.name}, so give DATABASE_URL a role of its own that owns nothing.`,
    );
  }
  const database = pg.escapeIdentifier(here.database);
  const role = pg.escapeIdentifier(runtime.name);
  // TEMP reaches every role through PUBLIC, so it has to go there; CONNECT may stay, others may need it.
  await owner.query(`REVOKE CREATE, TEMPORARY ON DATABASE ${database} FROM PUBLIC`);
  await owner.query(`REVOKE CREATE, TEMPORARY ON DATABASE ${database} FROM ${role}`);
  await owner.query(`GRANT CONNECT ON DATABASE ${database} TO ${role}`);
  await revokePublicSchema(owner, role);
  await assertRuntimeRoleIsBound(owner, runtime.name);
}

async function assertSupportedVersion(client: Queryable): Promise<void> {
  const { rows } = await client.query<{ num: string }>("SELECT current_setting('server_version_num') AS num");
  const major = Math.floor(Number(rows[0]?.num) / 10_000);
  if (major < supportedMajors.from) {
    throw new StartRefused(
      `The database is PostgreSQL ${major}, but Sluis needs ${supportedMajors.from} to ${supportedMajors.to}.`,
    );
  }
}

async function ensureRuntimeRole(
  owner: Queryable,
  runtime: { name: string; password?: string },
): Promise<void> {
  const found = await owner.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [runtime.name]);
  if (found.rowCount) return;
  const name = pg.escapeIdentifier(runtime.name);
  const password = runtime.password === undefined ? '' : ` PASSWORD ${pg.escapeLiteral(runtime.password)}`;
  try {
    await owner.query(`CREATE ROLE ${name} LOGIN${password}`);
  } catch (error) {
    if (errorCode(error) !== '42501') throw error;
    throw new StartRefused(
      `The role ${runtime.name} of DATABASE_URL does not exist and the owner may not make it, so run as administrator: CREATE ROLE ${name} LOGIN PASSWORD '…';`,
    );
  }
}

/** In a cluster upgraded from PostgreSQL 14 everyone may still create in public, and its owner may be another. */
async function revokePublicSchema(owner: Queryable, role: string): Promise<void> {
  const { rows } = await owner.query<{ mine: boolean }>(
    "SELECT pg_has_role(current_user, nspowner, 'USAGE') AS mine FROM pg_namespace WHERE nspname = 'public'",
  );
  if (!rows[0]?.mine) return;
  await owner.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
  await owner.query(`REVOKE CREATE ON SCHEMA public FROM ${role}`);
}

/**
 * Refuses (StartRefused, naming what) a runtime role that could do DDL here: superuser, owner of anything, or CREATE
 * on the database or one of its schemas, or TEMP. Any client may ask.
 */
export async function assertRuntimeRoleIsBound(client: Queryable, role: string): Promise<void> {
  const { rows } = await client.query<{ fault: string }>(
    `SELECT 'is a superuser' AS fault FROM pg_roles WHERE rolname = $1 AND rolsuper
     UNION ALL
     SELECT format('may %s in database %s', lower(p), current_database())
       FROM unnest(ARRAY['CREATE', 'TEMP']) p WHERE has_database_privilege($1, current_database(), p)
     UNION ALL
     SELECT format('may create in schema %s', nspname) FROM pg_namespace
      WHERE nspname NOT LIKE 'pg\\_%' AND has_schema_privilege($1, oid, 'CREATE')
     UNION ALL
     SELECT format('owns %s', oid::regclass) FROM pg_class
      WHERE pg_has_role($1, relowner, 'USAGE') AND relnamespace <> 'pg_catalog'::regnamespace
        AND relnamespace::regnamespace::text <> 'information_schema' AND relnamespace::regnamespace::text NOT LIKE 'pg\\_%'
     LIMIT 1`,
    [role],
  );
  const fault = rows[0]?.fault;
  if (fault) {
    throw new StartRefused(
      `The role ${role} ${fault}, but the role that serves must not be able to change the schema, so take that from it or name another in DATABASE_URL.`,
    );
  }
}
