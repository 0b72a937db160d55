import { once } from 'node:events';
import { type Server, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import type { Response } from 'express';

import { type Sending, send } from './sending.js';

const piece = 'x'.repeat(1_000_000);

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that answers with what `work` writes; faults break off what was begun. */
async function serve(
  work: (sending: Sending) => Promise<void>,
): Promise<{ url: string; ended: Promise<unknown> }> {
  let end: (how: unknown) => void;
  const ended = new Promise((resolve) => (end = resolve));
  server = createServer((_, answer) => {
    const response = answer as Response;
    send(response, () => response.setHeader('Content-Type', 'text/plain'), work).then(
      () => end('sent'),
      (error: Error) => {
        if (response.headersSent) response.destroy();
        else response.writeHead(500).end();
        end(error.message);
      },
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ended };
}

it('sends every piece in order, and an answer of none', async () => {
  const whole = await serve(async (sending) => {
    for (const some of ['one ', 'two ', 'three']) await sending.write(some);
  });
  expect(await (await fetch(whole.url)).text()).toBe('one two three');
  expect(await whole.ended).toBe('sent');
  server?.close();
  const { url } = await serve(async () => undefined);
  const empty = await fetch(url);
  expect([empty.status, empty.headers.get('Content-Type'), await empty.text()]).toEqual([
    200,
    'text/plain',
    '',
  ]);
});

it('has sent nothing where the only piece was followed by a fault', async () => {
  const { url, ended } = await serve(async (sending) => {
    await sending.write('all of it');
    throw new Error('not what was exported');
  });
  expect((await fetch(url)).status).toBe(500);
  expect(await ended).toBe('not what was exported');
});

it('is visibly broken off where it fails midway', async () => {
  const { url } = await serve(async (sending) => {
    await sending.write(piece);
    await sending.write(piece);
    throw new Error('broken');
  });
  const response = await fetch(url);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow('terminated');
});

it('goes no faster than it is read, and ends with its reader', async () => {
  let written = 0;
  const { url, ended } = await serve(async (sending) => {
    for (; written < 1_000; written += 1) await sending.write(piece);
  });
  const asked = get(url);
  asked.on('error', () => undefined);
  await once(asked, 'response');
  await wait(300);
  // What fits into the buffers of two sockets, not a gigabyte.
  expect(written).toBeLessThan(50);
  asked.destroy();
  expect(await ended).toBe('sent');
  expect(written).toBeLessThan(50);
});
