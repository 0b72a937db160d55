import http from 'node:http';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';

import type { AllowedHosts } from '#domain/allowed-hosts.js';

import { type Resolve, TargetRefused, pinnedLookup, refusedTarget, resolveOnce } from './webhook-target.js';

/** What came of sending once. It was delivered where `error` is null. */
export interface PostOutcome {
  readonly status: number | null;
  /** The address that was connected to. */
  readonly address: string | null;
  /** A sentence; nothing of what was sent or of a secret stands in it. */
  readonly error: string | null;
  readonly tookMs: number;
}

export interface PostBounds {
  /** From the name to the end of the answer. */
  readonly limitMs: number;
  /** The longest answer that is read. */
  readonly mostBytes: number;
}

/** Receivers are asked to answer at once and to work afterwards; an answer is looked at for its status alone. */
export const postBounds: PostBounds = { limitMs: 10_000, mostBytes: 64 * 1024 };

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly allowed: AllowedHosts;
  readonly bounds?: PostBounds;
  readonly resolve?: Resolve;
}

/**
 * Sends a POST and reads the answer to its end. Delivered is what a 2xx answers in time and within bounds; a
 * redirect is not followed, an answer that is too long or too slow is cut off. Never throws, whatever the other
 * side does; over TLS its certificate is checked (NODE_EXTRA_CA_CERTS names further authorities).
 */
export function postWebhook(post: Post): Promise<PostOutcome> {
  const { limitMs, mostBytes } = post.bounds ?? postBounds;
  const url = new URL(post.url);
  const began = performance.now();
  return new Promise((settle) => {
    let status: number | null = null;
    let address: string | null = null;
    const settled = (error: string | null): void =>
      settle({ status, address, error, tookMs: Math.round(performance.now() - began) });
    const refused = refusedTarget(url, post.allowed);
    if (refused !== null) return settled(refused);
    const done = (error: string | null): void => {
      clearTimeout(timer);
      settled(error);
      // Whatever still comes is not waited for.
      request.destroy();
    };
    const timer = setTimeout(() => done(tooSlow(limitMs, status)), limitMs);
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method: 'POST',
      // A connection of its own: its address was judged as it was opened.
      agent: false,
      headers: { ...post.headers, 'content-length': String(Buffer.byteLength(post.body)) },
      lookup: pinnedLookup(url, post.allowed, post.resolve ?? resolveOnce),
    });
    request.on('error', (error) => done(sentenceOf(error, url)));
    request.on('socket', (socket) => socket.on('connect', () => (address = socket.remoteAddress ?? null)));
    request.on('response', (response) => {
      status = response.statusCode ?? 0;
      readToEnd(response, mostBytes, done);
    });
    request.end(post.body);
  });
}

function readToEnd(response: IncomingMessage, mostBytes: number, done: (error: string | null) => void): void {
  const status = response.statusCode ?? 0;
  const tooLong = `the answer is longer than ${mostBytes} bytes; answer ${status} with nothing or little`;
  const wrong = faultOf(status);
  // The status says it all: what a refusal, a redirect or a failure goes on to say is not read.
  if (wrong !== null) return done(wrong);
  if (Number(response.headers['content-length'] ?? 0) > mostBytes) return done(tooLong);
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostBytes) done(tooLong);
  });
  response.on('end', () => done(response.complete ? null : 'the answer was cut off'));
  response.on('error', () => done('the answer was cut off'));
}

function faultOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400)
    return `answered ${status}, a redirect, which is not followed; change the address of the webhook where it moved`;
  return `answered ${status}`;
}

function tooSlow(limitMs: number, status: number | null): string {
  const until = `within ${limitMs / 1000} seconds`;
  return status === null
    ? `did not answer ${until}`
    : `answered ${status}, but did not end its answer ${until}`;
}

const longestError = 300;

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut off',
  ENOTFOUND: 'there is no such name',
  EAI_AGAIN: 'the name could not be asked for',
  ENETUNREACH: 'there is no way to that network',
  EHOSTUNREACH: 'there is no way to that host',
  ETIMEDOUT: 'the host does not answer',
  EPROTO: 'what listens there does not speak TLS',
};

function sentenceOf(error: NodeJS.ErrnoException, url: URL): string {
  if (error instanceof TargetRefused) return error.message;
  const [first = error] =
    error instanceof AggregateError ? (error.errors as NodeJS.ErrnoException[]) : [error];
  const code = first.code ?? '';
  const said = sentences[code] ?? (first.message || code);
  // A certificate may say anything, and no text of the record holds a NUL.
  return `${url.host}: ${said}`.replaceAll(/\p{Cc}+/gu, ' ').slice(0, longestError);
}
