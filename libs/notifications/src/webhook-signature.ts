import { createHmac, randomBytes } from 'node:crypto';

/** How a secret is shown, once: `whsec_` and its key in base64 (Standard Webhooks 1.0). */
const prefix = 'whsec_';
const keyBytes = 32;

/** A new key; 256 random bits. */
export function newKey(): Buffer {
  return randomBytes(keyBytes);
}

export function secretOf(key: Buffer): string {
  return `${prefix}${key.toString('base64')}`;
}

export interface Signed {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The headers of Standard Webhooks: HMAC-SHA-256 over id, timestamp and body, once for each key. While a secret is
 * changed over, both sign, and a receiver that knows either finds its own.
 */
export function signatureHeaders(
  { id, timestamp, body }: Signed,
  keys: readonly Buffer[],
): Readonly<Record<string, string>> {
  const signatures = keys.map(
    (key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
