import { createTransport } from 'nodemailer';

import { fromHeaderOf, sourceOf } from './mail-source.js';
import { domainOf } from './sender-address.js';
import type { SenderAddress } from './sender-address.js';
import { oneLine, outcomeOf } from './smtp-outcome.js';
import type { Handed } from './smtp-outcome.js';
import type { SmtpServer } from './smtp-server-url.js';

/** A mail as it goes out: to one address, since a server may take one and refuse another. */
export interface OutgoingMail {
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
    this.#pool = createTransport({
      pool: true,
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
      // What a mail holds is what it was given; nothing is ever fetched into it.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    // Trouble with an idle connection: whoever sends next finds out.
    this.#pool.on('error', () => undefined);
  }

  /** Tries once. Never throws: every failure is an outcome. */
  async send(mail: OutgoingMail): Promise<Handed> {
    try {
      const info = await this.#pool.sendMail({
        envelope: { from: this.from.address, to: [mail.to] },
        messageId: mail.messageId,
        raw: sourceOf(mail, this.#fromHeader),
      });
      return { kind: 'taken', says: oneLine(info.response) };
    } catch (error) {
      return outcomeOf(error);
    }
  }

  /** Ends the connections; what is under way fails and is tried again. */
  close(): void {
    this.#pool.close();
  }
}
