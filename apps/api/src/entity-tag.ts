import { createHash } from 'node:crypto';

import type { Request, Response } from 'express';

import { ProblemAnswer } from './problem.js';

/** The tag of a stream at a sequence, after a command: `"13"`. */
export function tagOf(sequence: number): string {
  return `"${sequence}"`;
}

/**
 * The tag of a body read at a sequence: `"13-9f86d081884c7d65"`. The second half is there because a body
 * may change without its grant: a deadline comes near, an account is verified. If-Match looks at the first.
 */
export function tagOfBody(sequence: number, body: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  return `"${sequence}-${digest.slice(0, 16)}"`;
}

/** The sequence that If-Match names; undefined where nothing is asked. Throws the 400 problem for no tag of ours. */
export function expectedSequence(request: Request): number | undefined {
  const given = request.headers['if-match'];
  if (given === undefined || given.trim() === '*') return undefined;
  const [, sequence] = /^\s*"(\d{1,9})(?:-[0-9a-f]{16})?"\s*$/.exec(given) ?? [];
  if (sequence === undefined)
    throw new ProblemAnswer('malformed', {
      detail: 'The header If-Match names one ETag as it was received, in its quotes, for example "13".',
    });
  return Number(sequence);
}

/**
 * Tags an answer and says whether the asker has it already (If-None-Match): the answer is then an empty 304.
 * Not left to Express, which never answers 304 to "Cache-Control: no-cache"; fetch sends that along.
 */
export function tagged(request: Request, response: Response, tag: string): boolean {
  response.setHeader('ETag', tag);
  const given = (request.headers['if-none-match'] ?? '').split(',');
  const known = given.some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag);
  if (known) response.status(304);
  return known;
}
