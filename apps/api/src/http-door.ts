import type { Server } from 'node:http';

import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';

import { PersonView } from '#persistence/views/person.view.js';

import { requireIdempotencyKey } from './command-id.js';
import { v1 } from './command-paths.js';
import { Metrics } from './metrics.js';
import { ProblemAnswer, invalid } from './problem.js';
import { authenticate, secretPath } from './session.js';
import { isUpload, mediaTypeOf } from './upload.js';

const bodyLimit = 1024 * 1024;
const scenarioLimit = 5 * 1024 * 1024;
const simulations = `/${v1}/simulations`;

/**
 * Milliseconds: a whole request must have come, its head, and how long an idle connection stays. A gigabyte takes
 * its time; what is no upload must have come in `body`.
 */
const timeouts = { request: 1_800_000, body: 30_000, headers: 10_000, keepAlive: 10_000 };

/** Nothing is loaded from elsewhere and nobody frames us; the docs page needs its own scripts and inline styles. */
const nothing = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const docsPage =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'";

/** What every request passes before its route, in this order. */
export function openDoor(app: NestExpressApplication): void {
  app.disable('x-powered-by');
  // The tag of a grant is its own; for the rest Express would hash bodies that nobody asks for again.
  app.disable('etag');
  app.use(measure(app.get(Metrics)));
  app.use(secure);
  app.use(readableAddress);
  app.use(comeInTime);
  app.use(authenticate(app.get(PersonView)));
  app.use(requireIdempotencyKey);
  const ofSimulation = (request: Request): boolean => request.path === simulations;
  app.useBodyParser('text', {
    limit: scenarioLimit,
    type: (request) => ofSimulation(request as Request) && isScenario(request as Request),
  });
  app.useBodyParser('json', {
    limit: bodyLimit,
    type: (request) => !ofSimulation(request as Request) && isJson(request as Request),
  });
  app.use(requireReadBody);
}

export function setTimeouts(server: Server): void {
  server.requestTimeout = timeouts.request;
  server.headersTimeout = timeouts.headers;
  server.keepAliveTimeout = timeouts.keepAlive;
}

/** Node's own limit is that of the longest upload. */
function comeInTime(request: Request, response: Response, next: NextFunction): void {
  if (!isUpload(request)) {
    const late = setTimeout(() => {
      if (!request.complete) request.destroy();
    }, timeouts.body);
    response.once('close', () => clearTimeout(late));
  }
  next();
}

function secure(request: Request, response: Response, next: NextFunction): void {
  response.set({
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Content-Security-Policy': /^\/api\/docs(\/|$)/.test(request.path) ? docsPage : nothing,
    // For the proxy that ends TLS in front of us; without TLS browsers ignore it.
    'Strict-Transport-Security': 'max-age=31536000',
    'Cache-Control': 'private, no-cache',
    Vary: 'Authorization',
  });
  next();
}

/** An address that the database could not even compare is none. */
function readableAddress(request: Request, _response: Response, next: NextFunction): void {
  const bad = /%00|\0/.test(request.url);
  next(bad ? new ProblemAnswer('malformed', { detail: 'The address holds a NUL character.' }) : undefined);
}

function isJson(request: Request): boolean {
  return mediaTypeOf(request) === 'application/json';
}

function isScenario(request: Request): boolean {
  return ['application/json', 'application/yaml', 'application/x-yaml', 'text/yaml'].includes(
    mediaTypeOf(request),
  );
}

/** A body that no parser took is of a kind we do not read; one that is no object has no fields. Uploads read theirs. */
function requireReadBody(request: Request, _response: Response, next: NextFunction): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const body: unknown = request.body;
  // What a mail program posts to leave a digest says nothing that its address does not.
  if (isUpload(request) || secretPath.test(request.path)) return next();
  if (request.method === 'POST' && body === undefined && (encoding !== undefined || Number(length ?? 0) > 0))
    return next(new ProblemAnswer('unsupported-media-type'));
  if (Array.isArray(body))
    return next(invalid([{ path: 'body', message: 'a list is not what is sent here; send an object' }]));
  next();
}

function measure(metrics: Metrics) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const end = metrics.durations.startTimer();
    response.once('close', () => {
      // The pattern and not the address: labels must not grow with what is asked.
      const route: unknown = (request.route as { path?: unknown } | undefined)?.path;
      end({
        method: request.method,
        route: typeof route === 'string' ? route : 'none',
        status: response.statusCode,
      });
    });
    next();
  };
}
