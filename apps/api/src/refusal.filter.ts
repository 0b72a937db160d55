import { randomUUID } from 'node:crypto';

import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Injectable,
  Logger,
} from '@nestjs/common';
import type { Request, Response } from 'express';

import { withoutIbans } from '#domain/account-number.js';
import { isConnectionLost } from '#lifecycle/failures.js';

import { Metrics } from './metrics.js';
import { ProblemAnswer, type ProblemCode } from './problem.js';
import { RouteTable } from './route-table.js';
import { secretPath } from './session.js';

/** Problems of the frameworks, by their status. */
const byStatus: Readonly<Record<number, ProblemCode>> = {
  400: 'malformed',
  413: 'too-large',
  415: 'unsupported-media-type',
};

const retryAfterSeconds = 5;

/** The one place where what went wrong becomes an answer: problem details (RFC 9457), never a stack. */
@Catch()
@Injectable()
export class RefusalFilter implements ExceptionFilter {
  private readonly log = new Logger('Api');

  constructor(
    private readonly routes: RouteTable,
    private readonly metrics: Metrics,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const { problem, headers } = this.answerTo(exception, request);
    this.metrics.refusals.inc({ code: problem.code });
    // Too late for an answer: what was begun is broken off, so that nobody takes it for whole.
    if (response.headersSent) return void response.destroy();
    response.status(problem.status).set({ ...headers, 'Cache-Control': 'no-store' });
    response.type('application/problem+json').send(JSON.stringify(problem));
  }

  private answerTo(exception: unknown, request: Request): Pick<ProblemAnswer, 'problem' | 'headers'> {
    if (exception instanceof ProblemAnswer) return exception;
    if (exception instanceof HttpException && exception.getStatus() < 500)
      return this.ofFramework(exception.getStatus(), exception, request);
    return this.ofOurs(exception, request);
  }

  private ofFramework(status: number, exception: HttpException, request: Request): ProblemAnswer {
    if (status === 404) {
      const allowed = this.routes.methodsAt(request.path);
      if (allowed.length > 0)
        return new ProblemAnswer('method-not-allowed', {
          detail: `${request.method} is not possible here; ${allowed.join(' and ')} ${allowed.length === 1 ? 'is' : 'are'}.`,
          headers: { Allow: allowed.join(', ') },
        });
      return new ProblemAnswer('not-found', {
        detail: 'There is nothing at this address; /api/docs lists every address.',
      });
    }
    const code = byStatus[status] ?? 'malformed';
    const said = status === 400 ? readable(exception.message) : undefined;
    return new ProblemAnswer(
      code,
      said === undefined ? {} : { detail: `The request could not be read: ${said}` },
    );
  }

  /** Ours: a line in the log under an id that the answer names, and nothing of it in the answer. */
  private ofOurs(exception: unknown, request: Request): Pick<ProblemAnswer, 'problem' | 'headers'> {
    const id = randomUUID();
    const path = secretPath.test(request.path) ? request.path.replace(/^(\/\w+\/).*/, '$1…') : request.path;
    const asked = `${id} ${request.method} ${path}`;
    if (isConnectionLost(exception)) {
      this.log.warn(`${asked}: ${exception instanceof Error ? exception.message : String(exception)}`);
      const headers = { 'Retry-After': String(retryAfterSeconds) };
      const { problem } = new ProblemAnswer('unavailable');
      return { problem: { ...problem, id }, headers };
    }
    this.log.error(`${asked}: ${exception instanceof Error ? exception.stack : String(exception)}`);
    const { problem } = new ProblemAnswer('internal-error', {
      detail: `Something broke on our side and was logged as ${id}. Sending the same request again is safe.`,
    });
    return { problem: { ...problem, id }, headers: {} };
  }
}

/**
 * What a parser says: short, and it helps. It quotes a piece of what was sent, perhaps half an account number, which
 * no longer looks like one: of quoted text no long number is left.
 */
function readable(message: string): string {
  const said = withoutIbans(message).slice(0, 200);
  return said.includes('"') ? said.replaceAll(/\d(?:[\s.]?\d){3,}/g, '…') : said;
}
