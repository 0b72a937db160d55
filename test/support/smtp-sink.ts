import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A mail as the sink took it. */
export interface TakenMail {
  /** Milliseconds, by the machine's clock. */
  readonly at: number;
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  /** Whether it came over TLS. */
  readonly secure: boolean;
  readonly user: string | null;
  readonly raw: string;
}

/** What the sink does out of the ordinary. */
export interface SinkBehaviour {
  readonly connect?: 'refuse' | 'hang';
  /** Answers to recipients by address, such as `550 5.1.1 no such user`, or `hang`. */
  readonly recipients?: Readonly<Record<string, string>>;
  /** After a mail: an answer such as `451 later`, `hang`, `close` without taking it, `take-close` after taking it. */
  readonly data?: string;
  /** For how many mails `data` holds. */
  readonly times?: number;
  readonly delayMs?: number;
}

export interface SinkOptions {
  /** Folder with key.pem and cert.pem: it offers TLS. */
  readonly tls?: string;
  /** TLS from the first byte. */
  readonly implicit?: boolean;
  /** Where each mail is written as a line of JSON instead of being kept. */
  readonly file?: string;
  readonly port?: number;
}

export interface SmtpSink {
  readonly port: number;
  /** `smtp://127.0.0.1:port`, or `smtps://` where it speaks TLS from the first byte. */
  readonly url: string;
  mails(): Promise<readonly TakenMail[]>;
  counts(): Promise<{ readonly taken: number; readonly messageIds: number; readonly twice: number }>;
  behave(behaviour: SinkBehaviour): Promise<void>;
  forget(): Promise<void>;
  stop(): Promise<void>;
}

const scriptOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Starts an SMTP server in a process of its own that takes every mail, until told otherwise. */
export async function startSmtpSink(options: SinkOptions = {}): Promise<SmtpSink> {
  const given = [
    ...(options.tls === undefined ? [] : ['--tls', options.tls]),
    ...(options.implicit === true ? ['--implicit'] : []),
    ...(options.file === undefined ? [] : ['--file', options.file]),
    ...(options.port === undefined ? [] : ['--port', String(options.port)]),
  ];
  const { smtp, ask, stop } = await startServer([scriptOf('./smtp-sink.mjs'), ...given]);
  return {
    port: smtp,
    url: `${options.implicit === true ? 'smtps' : 'smtp'}://127.0.0.1:${smtp}`,
    mails: () => ask('/mails'),
    counts: () => ask('/counts'),
    behave: async (behaviour) => void (await ask('/behave', behaviour)),
    forget: async () => void (await ask('/forget', {})),
    stop,
  };
}

/** An SMTP server that takes every mail and only counts: of the time of a bench it takes as little as it can. */
export interface SmtpCounter {
  readonly port: number;
  taken(): Promise<number>;
  forget(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSmtpCounter(): Promise<SmtpCounter> {
  const { smtp, ask, stop } = await startServer([scriptOf('./smtp-counter.mjs')]);
  return {
    port: smtp,
    taken: async () => (await ask<{ taken: number }>('/counts')).taken,
    forget: async () => void (await ask('/forget', {})),
    stop,
  };
}

interface Server {
  readonly smtp: number;
  ask<T>(path: string, body?: unknown): Promise<T>;
  stop(): Promise<void>;
}

async function startServer(command: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  const { smtp, http } = JSON.parse(line) as { smtp: number; http: number };
  return {
    smtp,
    ask: async <T>(path: string, body?: unknown): Promise<T> => {
      const answer = await fetch(
        `http://127.0.0.1:${http}${path}`,
        body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
      );
      return (await answer.json()) as T;
    },
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
