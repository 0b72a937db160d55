import { readFileSync } from 'node:fs';

/** Where mail is handed over, and how. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first byte; `required`: STARTTLS or nothing; `none`: no TLS at all. */
  readonly tls: 'implicit' | 'required' | 'none';
  readonly user: string | null;
  readonly password: string | null;
  /** Certificates (PEM) to trust instead of the machine's. */
  readonly ca: string | null;
  /** The most connections at once. */
  readonly connections: number;
  /** How long an answer may take, in ms. */
  readonly timeoutMs: number;
}

const defaults = { connections: 5, timeoutS: 30 };
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);
const known = ['tls', 'ca', 'connections', 'timeout'];

/**
 * Reads an SMTP_URL: `smtp://user:password@host:587?connections=5&timeout=30&ca=/path.pem`, or `smtps://` for TLS from
 * the first byte. `smtp://` asks for STARTTLS and sends nothing without it; only to this machine, or with `tls=none`,
 * it goes in the clear. The fault never repeats the address: it may hold a password.
 */
export function readSmtpUrl(text: string): SmtpServer | { readonly fault: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '')
    return { fault: 'is not an address like smtps://user:password@host:465' };
  const unknown = [...url.searchParams.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) return { fault: `knows no "${unknown}"; after ? stand ${known.join(', ')}` };
  const tls = url.searchParams.get('tls');
  if (tls !== null && tls !== 'none')
    return { fault: 'has a tls= that is not "none"; without it TLS is used' };
  const connections = wholeNumber(url, 'connections', defaults.connections, 50);
  if (connections === null) return { fault: 'has a connections= that is no whole number from 1 to 50' };
  const timeoutS = wholeNumber(url, 'timeout', defaults.timeoutS, 600);
  if (timeoutS === null) return { fault: 'has a timeout= that is no number of seconds from 1 to 600' };
  const file = url.searchParams.get('ca');
  const ca = file === null ? null : readOrNull(file);
  if (file !== null && ca === null) return { fault: `names ca=${file}, which cannot be read` };
  const implicit = url.protocol === 'smtps:';
  const clear = tls === 'none' || (loopback.has(url.hostname) && ca === null);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (implicit ? 465 : 587) : Number(url.port),
    tls: implicit ? 'implicit' : clear ? 'none' : 'required',
    user: url.username === '' ? null : decodeURIComponent(url.username),
    password: url.password === '' ? null : decodeURIComponent(url.password),
    ca,
    connections,
    timeoutMs: timeoutS * 1_000,
  };
}

function wholeNumber(url: URL, name: string, otherwise: number, most: number): number | null {
  const text = url.searchParams.get(name);
  if (text === null) return otherwise;
  const number = Number(text);
  return /^\d+$/.test(text) && number >= 1 && number <= most ? number : null;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
