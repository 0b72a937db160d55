import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';

import { type DynamicModule, type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';

import { StartRefused, errorCode } from '#persistence/start-refused.js';

import type { ApiSettings } from './api-settings.js';
import { ApiModule } from './api.module.js';
import { openDoor, setTimeouts } from './http-door.js';
import { describeApi, serveDocs } from './openapi.js';
import { RouteTable } from './route-table.js';

export interface ApiOptions extends Partial<ApiSettings> {
  /** 0: a free one. */
  readonly port: number;
  /** The loopback address by default. */
  readonly host?: string;
  /** PersistenceModule and QueueModule, and whatever else is to live in this process (a worker). */
  readonly modules: readonly (Type | DynamicModule)[];
  /** What is done once everything runs and before the first request is let in. */
  readonly prepare?: (app: INestApplicationContext) => Promise<void>;
}

export interface RunningApi {
  readonly app: INestApplicationContext;
  readonly url: string;
  /** Takes no new requests, finishes those in hand within `boundMs`, closes every module. Repeatable. */
  close(boundMs?: number): Promise<void>;
}

/** How long requests in hand may take at a stop, in ms; what lasts longer is cut off. */
const closeWithinMs = 10_000;
const closeIdleEveryMs = 50;

/** Beside this file in the build; a test on the sources gives its own command. */
const commandLine = fileURLToPath(new URL('../../cli/src/main.js', import.meta.url));
const defaults: ApiSettings = {
  metricsToken: null,
  painSchema: null,
  publicUrl: 'http://127.0.0.1:3000',
  webhookAllow: [],
  simulateCommand: [process.execPath, commandLine, 'simulate', '-', '--json'],
  simulations: { atOnce: 2, limitMs: 60_000 },
};

/** The application of one process: the API and what lives beside it. */
@Module({})
class ApiProcess {}

/** Starts the API on its port. Throws StartRefused, in one sentence, where the port or the host cannot be had. */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { port, host = '127.0.0.1', modules } = options;
  const settings = {
    metricsToken: options.metricsToken ?? defaults.metricsToken,
    painSchema: options.painSchema ?? defaults.painSchema,
    publicUrl: options.publicUrl ?? defaults.publicUrl,
    webhookAllow: options.webhookAllow ?? defaults.webhookAllow,
    simulateCommand: options.simulateCommand ?? defaults.simulateCommand,
    simulations: options.simulations ?? defaults.simulations,
  };
  const imports = [...modules, ApiModule.forRoot(settings)];
  const app = await NestFactory.create<NestExpressApplication>(
    { module: ApiProcess, imports },
    { bodyParser: false, logger: ['warn', 'error', 'fatal'], abortOnError: false },
  );
  try {
    openDoor(app);
    const document = describeApi(app);
    serveDocs(app, document);
    app.get(RouteTable).learn(document);
    const server = app.getHttpServer() as Server;
    setTimeouts(server);
    await app.init();
    await options.prepare?.(app);
    await listen(app, port, host);
    return { app, url: urlOf(server, host), close: closing(app, server) };
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
}

async function listen(app: NestExpressApplication, port: number, host: string): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EADDRINUSE')
      throw new StartRefused(`Port ${port} is taken on ${host}; set PORT to another one.`);
    if (code === 'EACCES')
      throw new StartRefused(`Port ${port} may not be opened; set PORT to one above 1023.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new StartRefused(`HOST is "${host}", which is no address of this machine.`);
    throw error;
  }
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${shown}:${port}`;
}

function closing(app: NestExpressApplication, server: Server): RunningApi['close'] {
  let closed: Promise<void> | undefined;
  return (boundMs = closeWithinMs) => {
    closed ??= (async () => {
      const cut = setTimeout(() => server.closeAllConnections(), boundMs);
      // A connection whose answer is out would stay for its keep-alive; nothing more comes over it.
      const idle = setInterval(() => server.closeIdleConnections(), closeIdleEveryMs);
      try {
        await app.close();
      } finally {
        clearTimeout(cut);
        clearInterval(idle);
      }
    })();
    return closed;
  };
}
