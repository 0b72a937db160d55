import { resolve } from 'node:path';

import { parseAllowedHosts } from '#domain/allowed-hosts.js';
import { isFault } from '#domain/parsed.js';
import { StartRefused } from '#persistence/start-refused.js';

/** What the environment says; every variable is described in docs/operations.md. */
export interface Environment {
  /** PORT; 3000 by default. */
  readonly port: number;
  /** HOST; the loopback address by default, so that nothing is open unasked. */
  readonly host: string;
  /** DATABASE_URL of the runtime role; null: the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  /** DATABASE_OWNER_URL of the role that owns the schema, for `sluis migrate` and the first persons. */
  readonly databaseOwnerUrl: string | null;
  /** REDIS_URL; null: BullMQ on PostgreSQL. */
  readonly redisUrl: string | null;
  /** SLUIS_DATA: where the embedded database lies. */
  readonly dataDir: string;
  /** SLUIS_DATA was set: refuse it rather than put the database elsewhere. */
  readonly dataDirExplicit: boolean;
  /** SLUIS_METRICS_TOKEN: who may read /metrics from afar; null: loopback alone. */
  readonly metricsToken: string | null;
  /** SLUIS_TOKEN: whose token the command line acts under; --token goes before it. */
  readonly token: string | null;
  /** SLUIS_PAIN_XSD: path of the schema that each payment file must pass as well; null: own checks alone. */
  readonly painSchema: string | null;
  /** SMTP_URL: where mail is handed over; null: it stays in the local outbox. */
  readonly smtpUrl: string | null;
  /** SLUIS_MAIL_FROM: the sender of all mail; null only where it stays here. */
  readonly mailFrom: string | null;
  /** SLUIS_PUBLIC_URL: where links in mails and feeds lead, and the source of webhooks; without a slash at its end. */
  readonly publicUrl: string;
  /** SLUIS_WEBHOOK_ALLOW: hosts that webhooks may go to although their address is not public. */
  readonly webhookAllow: readonly string[];
  /** SLUIS_POOL: the most database connections of a process. */
  readonly poolSize: number;
}

const defaultPort = 3000;
const defaultPool = 10;

/** Reads the environment. Throws StartRefused with one sentence for a value that cannot be meant. */
export function environment(from: NodeJS.ProcessEnv = process.env): Environment {
  const data = given(from['SLUIS_DATA']);
  const port = wholeNumber('PORT', from['PORT'], defaultPort, 0, 65_535);
  const host = given(from['HOST']) ?? '127.0.0.1';
  return {
    port,
    host,
    databaseUrl: url('DATABASE_URL', from['DATABASE_URL'], ['postgres:', 'postgresql:']),
    databaseOwnerUrl: url('DATABASE_OWNER_URL', from['DATABASE_OWNER_URL'], ['postgres:', 'postgresql:']),
    redisUrl: url('REDIS_URL', from['REDIS_URL'], ['redis:', 'rediss:']),
    dataDir: resolve(data ?? '.sluis'),
    dataDirExplicit: data !== null,
    metricsToken: given(from['SLUIS_METRICS_TOKEN']),
    token: given(from['SLUIS_TOKEN']),
    painSchema: given(from['SLUIS_PAIN_XSD']),
    smtpUrl: given(from['SMTP_URL']),
    mailFrom: given(from['SLUIS_MAIL_FROM']),
    publicUrl: publicUrl(from['SLUIS_PUBLIC_URL']) ?? `http://${host}:${port}`,
    webhookAllow: allowedHosts('SLUIS_WEBHOOK_ALLOW', from['SLUIS_WEBHOOK_ALLOW']),
    poolSize: wholeNumber('SLUIS_POOL', from['SLUIS_POOL'], defaultPool, 2, 200),
  };
}

function publicUrl(text: string | undefined): string | null {
  const set = given(text);
  if (set === null) return null;
  const url = URL.canParse(set) ? new URL(set) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new StartRefused('SLUIS_PUBLIC_URL is not an address like https://subsidies.agency.example.');
  // As it is written on the line: a host in ASCII, nothing that breaks it.
  return url.href.replace(/\/+$/, '');
}

function given(text: string | undefined): string | null {
  return text === undefined || text.trim() === '' ? null : text.trim();
}

function wholeNumber(
  name: string,
  text: string | undefined,
  otherwise: number,
  least: number,
  most: number,
): number {
  const set = given(text);
  if (set === null) return otherwise;
  const number = Number(set);
  if (!/^\d+$/.test(set) || number < least || number > most)
    throw new StartRefused(`${name} is "${set}"; it must be a whole number from ${least} to ${most}.`);
  return number;
}

/** The value is never repeated: it may hold a password. */
function url(name: string, text: string | undefined, protocols: readonly string[]): string | null {
  const set = given(text);
  if (set === null) return null;
  const example = `${protocols.at(-1)}//user:password@host:port${name === 'REDIS_URL' ? '' : '/database'}`;
  if (!URL.canParse(set) || !protocols.includes(new URL(set).protocol))
    throw new StartRefused(`${name} is not an address like ${example}.`);
  return set;
}

function allowedHosts(name: string, text: string | undefined): readonly string[] {
  const parsed = parseAllowedHosts(given(text) ?? '');
  if (isFault(parsed)) throw new StartRefused(`${name}: ${parsed.fault}.`);
  return parsed.value;
}
