import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';

import { commandIdOf } from './identity.js';
import { ProblemAnswer } from './problem.js';
import { personOf, secretPath } from './session.js';

const printable = /^[\x20-\x7e]{1,200}$/;

/** Every POST names itself, so that sending it again is harmless. Runs after `authenticate`. */
export function requireIdempotencyKey(request: Request, _response: Response, next: NextFunction): void {
  // A mail program that leaves a digest for its reader sends none; the link is the key.
  if (request.method !== 'POST' || secretPath.test(request.path)) return next();
  const key = request.headers['idempotency-key'];
  if (typeof key === 'string' && printable.test(key.trim()) && key.trim() !== '') return next();
  const detail =
    key === undefined
      ? 'Every POST needs a header Idempotency-Key: 1 to 200 printable characters of your choice, a new one for each command.'
      : 'The header Idempotency-Key holds 1 to 200 printable characters.';
  next(new ProblemAnswer('idempotency-key', { detail }));
}

/** The id of the command that this POST gives, as a parameter of a handler. */
export const CommandId = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<Request>();
  return commandIdOf(personOf(request).id, String(request.headers['idempotency-key']).trim());
});
