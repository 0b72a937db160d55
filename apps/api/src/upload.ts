import type { Request } from 'express';

import { mostBankFileBytes } from '#domain/bank-file.js';

import { v1 } from './command-paths.js';
import { ProblemAnswer } from './problem.js';

/** What a bank file may be sent as. */
export const uploadTypes = ['application/xml', 'text/xml', 'application/octet-stream'] as const;

/** The sender went away before the whole file had come. */
export class SenderGone extends Error {
  override readonly name = 'SenderGone';
}

/** The kind of content a request says it has, without parameters. */
export function mediaTypeOf(request: Request): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Whether the body is a bank file: it is read as it comes and never held whole. */
export function isUpload(request: Request): boolean {
  const sent = mediaTypeOf(request);
  return (
    request.method === 'POST' &&
    request.path.replace(/\/$/, '') === `/${v1}/bank-files` &&
    uploadTypes.some((type) => type === sent)
  );
}

/**
 * The bytes of an upload as they come, no faster than they are taken. Throws the 413 problem for more than a bank
 * file may have, at once where the length is stated, and SenderGone where the connection broke.
 */
export async function* uploadOf(request: Request): AsyncGenerator<Uint8Array, void, undefined> {
  if (Number(request.headers['content-length'] ?? 0) > mostBankFileBytes) throw tooLarge();
  let bytes = 0;
  try {
    // An upload that is given up must still be answered: nobody destroys the connection for it.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > mostBankFileBytes) throw tooLarge();
      yield chunk;
    }
  } catch (error) {
    throw request.destroyed && !request.complete ? new SenderGone('the sender went away') : error;
  }
  if (!request.complete) throw new SenderGone('the sender went away');
}

function tooLarge(): ProblemAnswer {
  return new ProblemAnswer('too-large', {
    detail: `A bank file has at most ${mostBankFileBytes / 2 ** 30} GiB; ask the bank for files by day.`,
    headers: { Connection: 'close' },
  });
}
