import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { Redis } from 'ioredis';

import { freePort } from '#persistence/cluster-process.js';

export interface RedisUnderTest {
  readonly url: string;
  /** Takes it away as a restart does; with its append-only file nothing is lost. */
  down(): Promise<void>;
  /** Brings it back on the same port. */
  up(): Promise<void>;
  /** Loses everything in it, as one without an append-only file does. */
  lose(): Promise<void>;
  stop(): Promise<void>;
}

/** A Redis of the suite's own on a free port, with the settings of docker-compose.yml. */
export async function startRedis(): Promise<RedisUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-redis-'));
  const port = await freePort();
  let server = await startServer(folder, port);
  const down = async (): Promise<void> => {
    if (server.exitCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGTERM');
    await gone;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    down,
    up: async () => {
      server = await startServer(folder, port);
    },
    lose: async () => {
      await asking(port, (client) => client.flushall());
    },
    stop: async () => {
      await down();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startServer(folder: string, port: number): Promise<ChildProcess> {
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const keeps = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--save', ''];
  const server = spawn('redis-server', [...place, ...keeps], { stdio: 'ignore' });
  for (const end = Date.now() + 10_000; ; await wait(50)) {
    if (server.exitCode !== null) throw new Error(`redis-server ended with code ${server.exitCode}`);
    if (await answers(port)) return server;
    if (Date.now() > end) throw new Error('redis-server does not answer');
  }
}

async function answers(port: number): Promise<boolean> {
  return asking(port, (client) => client.ping()).then(
    (answer) => answer === 'PONG',
    () => false,
  );
}

async function asking<T>(port: number, ask: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await ask(client);
  } finally {
    client.disconnect();
  }
}
