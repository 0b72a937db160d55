import { createHash } from 'node:crypto';

import type { DynamicModule } from '@nestjs/common';

import { type ApiOptions, startApi } from '#api/main.js';
import { addBeneficiary, addPerson, addToken } from '#lifecycle/register-writes.js';
import { type Role, system } from '#domain/people.js';
import { PersistenceModule } from '#persistence/persistence.module.js';
import { migrateQueue, queueConnection, waitForBackend } from '#queue/queue-backend.js';
import { QueueModule } from '#queue/queue.module.js';
import { localTelling } from '#worker/mail-settings.js';
import { WorkerModule } from '#worker/worker.module.js';
import pg from 'pg';

import { type RecordUnderTest, people, startRecord } from './record.js';

/** What came back: the status, the headers, and the body as JSON where it is JSON. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Row;
  /** A list within the body; empty where there is none. */
  list(name: string): readonly Row[];
}
type Row = Readonly<Record<string, unknown>>;

export interface ApiUnderTest {
  readonly record: RecordUnderTest;
  readonly url: string;
  /** A GET as this person; null: without a token. */
  get(by: string | null, path: string, headers?: Record<string, string>): Promise<Answered>;
  /** A POST as this person, under a new key unless one is given. */
  post(by: string | null, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  /** Takes the database away, for good. */
  loseDatabase(): Promise<void>;
  stop(): Promise<void>;
}

export function tokenOf(person: string): string {
  return `token-of-${person}`;
}

/** The record of `startRecord` with a second beneficiary, an operator and an auditor, served by API and worker. */
export async function startApiUnderTest(
  options: Partial<ApiOptions> & { worker?: boolean } = {},
): Promise<ApiUnderTest> {
  const { worker = true, ...more } = options;
  const record = await startRecord();
  await migrateQueues(record.urls.owner);
  await addOthers(record);
  const backend = queueConnection({ redisUrl: null, databaseUrl: record.urls.runtime }, () => undefined);
  await waitForBackend(backend);
  const webhooks = { publicUrl: more.publicUrl ?? 'https://sluis.example', allowed: more.webhookAllow ?? [] };
  const modules: DynamicModule[] = [
    PersistenceModule.forRoot(record.urls.runtime),
    QueueModule.forRoot(backend),
    ...(worker ? [WorkerModule.forRoot(record.urls.runtime, localTelling, webhooks)] : []),
  ];
  const api = await startApi({ port: 0, modules, ...more });
  let sent = 0;
  let lost: Promise<void> | undefined;
  const loseDatabase = (): Promise<void> => (lost ??= record.stop());
  const ask = async (by: string | null, path: string, init: RequestInit): Promise<Answered> => {
    const headers = new Headers(init.headers);
    if (by !== null && !headers.has('Authorization')) headers.set('Authorization', `Bearer ${tokenOf(by)}`);
    const response = await fetch(`${api.url}${path}`, { ...init, headers });
    const text = await response.text();
    const json = (response.headers.get('Content-Type') ?? '').includes('json') && text !== '';
    const body = (json && !text.includes('}\n{') ? JSON.parse(text) : {}) as Row;
    const list = (name: string): readonly Row[] => (body[name] ?? []) as readonly Row[];
    return { status: response.status, headers: response.headers, text, body, list };
  };
  return {
    record,
    url: api.url,
    get: (by, path, headers = {}) => ask(by, path, { headers }),
    post: (by, path, body, headers = {}) => {
      const raw = typeof body === 'string' || body instanceof Uint8Array;
      return ask(by, path, {
        method: 'POST',
        headers: {
          'Idempotency-Key': `key-${(sent += 1)}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
      });
    },
    loseDatabase,
    stop: async () => {
      await api.close();
      await backend.close();
      await loseDatabase();
    },
  };
}

async function migrateQueues(ownerUrl: string): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  await migrateQueue(owner, 'sluis_runtime');
  await owner.end();
}

async function addOthers({ registers }: RecordUnderTest): Promise<void> {
  const gent = { id: 'gent', name: 'Stad Gent', kbo: '0207451227' };
  await registers.register('gent', system, 'add-beneficiary', gent, addBeneficiary(gent));
  const others = [
    { id: 'gentenaar', roles: ['beneficiary' as const], of: 'gent' },
    { id: 'olga', roles: ['operator' as const], of: null },
    { id: 'aude', roles: ['auditor' as const], of: null },
  ];
  for (const person of others)
    await registers.register(`person-${person.id}`, system, 'add-person', person, addPerson(person));
  for (const person of [...Object.keys(people), ...others.map(({ id }) => id)])
    await giveToken(registers, person);
}

async function giveToken(registers: RecordUnderTest['registers'], person: string): Promise<void> {
  const hash = createHash('sha256').update(tokenOf(person)).digest();
  await registers.register(`token-${person}`, system, 'add-token', { person }, addToken({ person, hash }));
}

/** Another person of the agency, who may sign in. */
export async function addColleague(
  { registers }: RecordUnderTest,
  person: { readonly id: string; readonly roles: readonly Role[] },
): Promise<void> {
  const colleague = { ...person, of: null };
  await registers.register(`person-${person.id}`, system, 'add-person', colleague, addPerson(colleague));
  await giveToken(registers, person.id);
}
