import { once } from 'node:events';
import { type IncomingHttpHeaders, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { Webhook } from 'standardwebhooks';

/** A request as a receiver took it. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: CloudEvent;
}

export interface CloudEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly sequence: string;
  readonly datacontenttype: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How a receiver answers. */
export type Answer = (received: Received, response: ServerResponse) => void | Promise<void>;

export const accept: Answer = (_, response) => void response.writeHead(204).end();
export const answering =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) =>
    void response.writeHead(status, headers).end();

/** A receiver of webhooks on the loopback address, over real HTTP. */
export class Receiver {
  readonly received: Received[] = [];
  /** Answers 204 unless a test says otherwise. */
  answer: Answer = accept;
  /** The most requests it had in hand at once, over all and of one subject. */
  mostAtOnce = 0;
  mostOfOne = 0;
  private readonly inHand: string[] = [];
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const event = JSON.parse(body) as CloudEvent;
      const received = { path: request.url ?? '', headers: request.headers, body, event };
      this.received.push(received);
      this.inHand.push(event.subject);
      this.mostAtOnce = Math.max(this.mostAtOnce, this.inHand.length);
      this.mostOfOne = Math.max(
        this.mostOfOne,
        this.inHand.filter((subject) => subject === event.subject).length,
      );
      response.on('close', () => this.inHand.splice(this.inHand.indexOf(event.subject), 1));
      void this.answer(received, response);
    });
  });

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/sluis`;
  }

  ids(subject?: string): string[] {
    return this.received
      .filter(({ event }) => subject === undefined || event.subject === subject)
      .map(({ event }) => event.id);
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await wait(0);
  }
}

/** What the reference library of Standard Webhooks says of a request under a secret. */
export function isSignedBy(secret: string, { body, headers }: Received): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
