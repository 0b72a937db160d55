import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';

import type { PersonView, Signed } from '#persistence/views/person.view.js';

import { personBehind } from './identity.js';
import { type Readable, scopeOf } from './permissions.js';
import { ProblemAnswer } from './problem.js';

/** What the middleware learnt about a request before its handler runs. */
export interface Session {
  readonly person: Signed;
}

const sessions = new WeakMap<object, Session>();

/** Addresses that are themselves what lets one in: calendar feeds, the way out of a digest. They stand in no log. */
export const secretPath = /^\/(calendars|unsubscribe)\//;

/** Addresses that need no token: they say nothing about anybody's file, or are secret themselves. */
const open = [
  /^\/health\/(live|ready)$/,
  /^\/api\/openapi\.json$/,
  /^\/api\/docs(\/|$)/,
  /^\/metrics$/,
  secretPath,
];

export function isOpen(path: string): boolean {
  return open.some((pattern) => pattern.test(path));
}

/**
 * Finds the person behind the bearer token before anything of the body is read. Whatever is wrong with the
 * token (missing, unknown, revoked, its person gone) gives the one same answer.
 */
export function authenticate(people: PersonView) {
  return async (request: Request, _response: Response, next: NextFunction): Promise<void> => {
    if (isOpen(request.path)) return next();
    const [, token] =
      /^Bearer ([A-Za-z0-9._~+/-]{1,200}=*)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined) return next(unauthenticated());
    try {
      const person = await personBehind(people, token);
      if (person === null) return next(unauthenticated());
      sessions.set(request, { person });
      next();
    } catch (error) {
      next(error);
    }
  };
}

function unauthenticated(): ProblemAnswer {
  return new ProblemAnswer('unauthenticated', { headers: { 'WWW-Authenticate': 'Bearer realm="sluis"' } });
}

/** The person who asks. Throws the 401 problem where there is none. */
export function personOf(request: object): Signed {
  const session = sessions.get(request);
  if (session === undefined) throw unauthenticated();
  return session.person;
}

/** The person who asks, as a parameter of a handler. */
export const By = createParamDecorator((_: unknown, context: ExecutionContext) =>
  personOf(context.switchToHttp().getRequest<object>()),
);

/** How far a reader's sight goes: `of` is the one beneficiary they see, null all of them. */
export interface Sight {
  readonly of: string | null;
}

/** What this person sees of a resource. Throws the 403 problem where they see none of it. */
export function sightOf(person: Signed, what: Readable): Sight {
  const scope = scopeOf(person, what);
  if (scope === null)
    throw new ProblemAnswer('not-allowed', {
      detail: `${person.id} may not read ${what}: none of their roles (${person.roles.join(', ')}) does.`,
      facts: { read: what, by: person.id },
    });
  // Whoever answers for a beneficiary always has one; "" is none, so that a fault shows nothing rather than all.
  return { of: scope === 'all' ? null : (person.of ?? '') };
}

/** Sight of a resource, as a parameter of a handler: `@Sees('grants') sight`. */
export const Sees = createParamDecorator((what: Readable, context: ExecutionContext) =>
  sightOf(personOf(context.switchToHttp().getRequest<object>()), what),
);
