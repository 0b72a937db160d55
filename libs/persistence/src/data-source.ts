import type { Pool } from 'pg';
import { DataSource } from 'typeorm';

import { Record0001 } from './migrations/0001-record.js';
import { Finance0002 } from './migrations/0002-finance.js';
import { Contacts0003 } from './migrations/0003-contacts.js';
import { Mail0004 } from './migrations/0004-mail.js';
import { Extensions0005 } from './migrations/0005-extensions.js';
import { Webhooks0006 } from './migrations/0006-webhooks.js';
import { Deadlines0007 } from './migrations/0007-deadlines.js';
import { MailTemplates0008 } from './migrations/0008-mail-templates.js';
import { Feeds0009 } from './migrations/0009-feeds.js';
import { OpenMails0010 } from './migrations/0010-open-mails.js';
import { Lean0011 } from './migrations/0011-lean.js';
import { TemplateFaults0012 } from './migrations/0012-template-faults.js';
import { Claims0013 } from './migrations/0013-claims.js';
import { Told0014 } from './migrations/0014-told.js';
import { tables } from './tables/tables.js';

/** Connections opened before they are needed. */
const MOST_OPENED = 10;
const KEEP_ALIVE_MS = 30_000;

export interface DataSourceSettings {
  /** The most connections the pool opens; 10 by default. */
  readonly poolSize?: number;
  /** Shown in pg_stat_activity; tells the processes of an installation apart. */
  readonly applicationName?: string;
  /** Milliseconds to wait for a connection; 10 seconds by default. */
  readonly connectTimeoutMs?: number;
  /** Told of connections that were lost while idle. The pool replaces them; this is only for a log. */
  readonly onLostConnection?: (error: Error) => void;
}

/**
 * The database behind `url` (postgresql://…), not connected yet: `initialize()` connects. Losing the
 * database later never ends the process: idle connections report to `onLostConnection`, busy ones fail
 * their query, and the pool opens new ones.
 */
export function dataSource(url: string, settings: DataSourceSettings = {}): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    applicationName: settings.applicationName ?? 'sluis',
    poolSize: settings.poolSize ?? 10,
    connectTimeoutMS: settings.connectTimeoutMs ?? 10_000,
    entities: tables,
    migrations: [
      Record0001,
      Finance0002,
      Contacts0003,
      Mail0004,
      Extensions0005,
      Webhooks0006,
      Deadlines0007,
      MailTemplates0008,
      Feeds0009,
      OpenMails0010,
      Lean0011,
      TemplateFaults0012,
      Claims0013,
      Told0014,
    ],
    synchronize: false,
    // The runtime role may not, and nothing here needs one.
    installExtensions: false,
    // Its queries are short or walk through rows once: compiling them costs more than it gains.
    // A connection that lies idle says now and then that it is there, so that nothing on the way forgets it.
    extra: { options: '-c jit=off', keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MS },
    logging: false,
    poolErrorHandler: settings.onLostConnection ?? (() => undefined),
  });
}

/**
 * Opens what connections a source's pool may have, at most ten, and lets them stay open from now on, where idle ones else
 * end after 10 seconds: what a connection has learnt of tables and plans it keeps for the morning on which everything falls
 * due. One that cannot be had now is opened when it is needed, as always.
 *
 * For a process that serves, once it has started: whatever fails before leaves no connection behind.
 */
export async function keepConnectionsOpen(source: DataSource): Promise<void> {
  const { options } = (source.driver as unknown as { readonly master: Pool }).master;
  options.idleTimeoutMillis = 0;
  const count = Math.min(options.max, MOST_OPENED);
  const runners = Array.from({ length: count }, () => source.createQueryRunner());
  await Promise.allSettled(runners.map((runner) => runner.connect()));
  await Promise.allSettled(runners.map((runner) => runner.release()));
}
