import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { environment } from '#config/environment.js';
import type { Environment } from '#config/environment.js';
import { isConnectionLost } from '#lifecycle/failures.js';
import { startEmbeddedPostgres } from '#persistence/embedded-postgres.js';
import type { EmbeddedPostgres } from '#persistence/embedded-postgres.js';
import { StartRefused } from '#persistence/start-refused.js';

import type { StartOptions } from './program.js';
import type { Parts, Service, ServiceOptions } from './service.js';
import { keepHeapModest } from './small-heap.js';
import { tellingOf } from './telling.js';
import { waitForRecord } from './wait-for-record.js';

/** How long the service finishes what it has in hand after SIGTERM before it is cut off, in ms. */
const FINISH_WITHIN_MS = 20_000;
/** How long to rest before starting again where the database went away meanwhile, in ms. */
const START_AGAIN_MS = 1_000;
/** A second signal this long after the first ends the process at once, in ms. */
const IMPATIENT_AFTER_MS = 1_000;

/** `sluis start`: serves until SIGTERM or SIGINT. */
export async function start(options: StartOptions): Promise<void> {
  // A day of a hundred thousand deadlines streams through like a batch does.
  keepHeapModest();
  const env = environment();
  const parts: Parts = { api: options.workerOnly !== true, worker: options.apiOnly !== true };
  if (!parts.api && !parts.worker)
    throw new StartRefused('--api-only and --worker-only leave nothing to start; give one of them.');
  if (options.demo && (env.databaseUrl !== null || !parts.api || !parts.worker))
    throw new StartRefused('--demo runs whole and on its own embedded database; unset DATABASE_URL.');
  if (parts.api) await refuseTakenPort(env.host, env.port);
  tellingOf(env);
  const signal = new StopSignal();
  const embedded = env.databaseUrl === null ? await startEmbedded(env) : null;
  signal.mayExit();
  try {
    const databaseUrl = embedded?.runtimeUrl ?? (env.databaseUrl as string);
    // Loaded only once nothing is wrong: faults come at once.
    const service = await startLasting({
      env,
      databaseUrl,
      ownerUrl: embedded?.ownerUrl ?? null,
      parts,
      demo: options.demo === true,
    });
    process.stdout.write(`${[...whereToLook(env, embedded), ...service.greeting].join('\n')}\n`);
    await signal.whileServing();
    await finish(service);
  } finally {
    await embedded?.stop();
  }
  // Whatever some library left open must not keep a stopped service alive.
  process.exit(0);
}

/** Starts the service; where its database goes away in between, waits for it and builds everything anew. */
async function startLasting(options: ServiceOptions): Promise<Service> {
  const { startService } = await import('./service.js');
  for (;;) {
    await waitForRecord(options.databaseUrl);
    try {
      return await startService(options);
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      process.stderr.write('sluis: the database went away while Sluis started; starting again\n');
      await sleep(START_AGAIN_MS);
    }
  }
}

async function startEmbedded(env: Environment): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({
    durable: true,
    dataDir: env.dataDir,
    explicit: env.dataDirExplicit,
  });
  try {
    const { migrateRecord } = await import('./migrate-record.js');
    await migrateRecord(postgres.ownerUrl);
    return postgres;
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

function whereToLook(env: Environment, embedded: EmbeddedPostgres | null): string[] {
  if (embedded === null) return [];
  const elsewhere = embedded.clusterDir.startsWith(env.dataDir) ? '' : ` (cluster in ${embedded.clusterDir})`;
  return [
    `Embedded PostgreSQL: ${env.dataDir}${elsewhere}${embedded.adopted ? ', taken over as it ran' : ''}`,
  ];
}

async function refuseTakenPort(host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', ({ code, message }: NodeJS.ErrnoException) =>
      reject(
        new StartRefused(
          code === 'EADDRINUSE'
            ? `Port ${port} is taken; stop what listens there or choose another with PORT.`
            : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
              ? `HOST is "${host}", which is no address of this machine.`
              : `Port ${port} on ${host} cannot be opened (${code ?? message}).`,
        ),
      ),
    );
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

/** SIGTERM and SIGINT, from the first moment on: by itself neither ends the first process of a container. */
class StopSignal {
  private askedAt: number | undefined;
  private stop: (() => void) | undefined;

  constructor() {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.take());
  }

  private take(): void {
    // Ctrl-C under npm comes twice at once, from the terminal and from npm: only a later one is impatience.
    if (this.askedAt !== undefined && Date.now() - this.askedAt > IMPATIENT_AFTER_MS) process.exit(1);
    this.askedAt ??= Date.now();
    this.stop?.();
  }

  /** From here on nothing is lost by a sudden end: an embedded PostgreSQL is told to stop as the process goes. */
  mayExit(): void {
    this.whenAsked(() => process.exit(0));
  }

  /** Resolves at the first signal. */
  whileServing(): Promise<void> {
    return new Promise((resolve) => this.whenAsked(resolve));
  }

  private whenAsked(stop: () => void): void {
    this.stop = stop;
    if (this.askedAt !== undefined) stop();
  }
}

/** Finishes what is in hand within a bound. */
async function finish(service: Service): Promise<void> {
  const late = setTimeout(() => {
    process.stderr.write('sluis: not finished in time; what was in hand is done again at the next start.\n');
    process.exit(1);
  }, FINISH_WITHIN_MS);
  await service.close();
  clearTimeout(late);
}
