import { Readable } from 'node:stream';

import MimeNode from 'nodemailer/lib/mime-node';
import SMTPPool from 'nodemailer/lib/smtp-pool';

import { fromHeaderOf, sourceOf } from './mail-source.js';
import { domainOf } from './sender-address.js';
import type { SenderAddress } from './sender-address.js';
import { oneLine, outcomeOf } from './smtp-outcome.js';
import type { Handed } from './smtp-outcome.js';
import type { SmtpServer } from './smtp-server-url.js';

/** A mail as it goes out: to one address, since a server may take one and refuse another. */
export interface OutgoingMail {
  /** As `parseMail` lets it pass: nothing here looks at it again. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** `<…@domain>`, the same at every attempt. */
  readonly messageId: string;
  /** When it was put together: the same at every attempt. */
  readonly date: Date;
  readonly language: string;
  /** Where its reader can leave it; null for what is owed to them. */
  readonly unsubscribe: string | null;
}

type QueuedMail = Parameters<SMTPPool['send']>[0];

/**
 * A mail that is written already, as nodemailer's transports take one: who it is for, its name, and its bytes. The road
 * from `sendMail` to there composes what is composed here (mail-source.ts), and costs more than the rest of sending.
 */
class WrittenNode extends MimeNode {
  constructor(
    messageId: string,
    private readonly from: string,
    private readonly to: string,
    private readonly source: string,
  ) {
    // It has no parts, so no boundary: without one given, a random one is made.
    super(undefined, { baseBoundary: '-' });
    this.setHeader('Message-ID', messageId);
  }

  /** A new one each time: a connection writes in its own, and may not be the only one that is given this mail. */
  override getEnvelope(): ReturnType<MimeNode['getEnvelope']> {
    return { from: this.from, to: [this.to] };
  }

  override createReadStream(): Readable {
    return Readable.from(this.source);
  }
}

/** Hands mail to a server over a few lasting connections. */
export class MailTransport {
  readonly #pool;
  readonly #fromHeader: string;

  constructor(
    server: SmtpServer,
    private readonly from: SenderAddress,
  ) {
    this.#fromHeader = fromHeaderOf(from);
    const { host, port, tls, user, password, ca, connections, timeoutMs } = server;
    this.#pool = new SMTPPool({
      host,
      port,
      name: domainOf(from),
      secure: tls === 'implicit',
      requireTLS: tls === 'required',
      ignoreTLS: tls === 'none',
      tls: { minVersion: 'TLSv1.2', ...(ca === null ? {} : { ca }) },
      ...(user === null ? {} : { auth: { user, pass: password ?? '' } }),
      maxConnections: connections,
      // A connection for ever would never see a new certificate or another server behind the name.
      maxMessages: 1_000,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
    });
    // Trouble with an idle connection: whoever sends next finds out.
    this.#pool.on('error', () => undefined);
  }

  /** Tries once. Never throws: every failure is an outcome. */
  async send(mail: OutgoingMail): Promise<Handed> {
    try {
      return { kind: 'taken', says: oneLine(await this.#handOver(mail)) };
    } catch (error) {
      return outcomeOf(error);
    }
  }

  /** Answers what the server said when it took the mail; throws nodemailer's error where it did not. */
  #handOver(mail: OutgoingMail): Promise<string> {
    const source = sourceOf(mail, this.#fromHeader);
    const message = new WrittenNode(mail.messageId, this.from.address, mail.to, source);
    // All that the pool reads of a mail.
    const queued: Pick<QueuedMail, 'data' | 'message'> = { data: {}, message };
    return new Promise((resolve, reject) => {
      this.#pool.send(queued as QueuedMail, (error, info) =>
        error === null && info !== undefined
          ? resolve(info.response)
          : reject(error ?? new Error('no answer')),
      );
    });
  }

  /** Ends the connections: what is being delivered is finished, what waits for one fails and is tried again. */
  close(): void {
    this.#pool.close();
  }
}
