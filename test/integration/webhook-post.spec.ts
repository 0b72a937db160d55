// What the other side of a webhook may do: each is named, bounded in time and size, and nothing is followed.
import { once } from 'node:events';
import { type AddressInfo, type Server, createServer } from 'node:net';

import { type PostOutcome, postWebhook } from '#notifications/webhook-post.js';
import type { Resolve } from '#notifications/webhook-target.js';
import { Receiver, accept, answering } from '#test/support/webhook-receiver.js';

const bounds = { limitMs: 500, mostBytes: 2_000 };
const body = JSON.stringify({ subject: 'grant:A', id: 'evt_1' });
let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(() => receiver.stop());

function post(
  url = receiver.url,
  more: { allowed?: string[]; resolve?: Resolve } = {},
): Promise<PostOutcome> {
  return postWebhook({ url, headers: { 'x-test': 'yes' }, body, allowed: ['127.0.0.1'], bounds, ...more });
}

it('is delivered where a 2xx answers', async () => {
  expect(await post()).toEqual({
    status: 204,
    address: '127.0.0.1',
    error: null,
    tookMs: expect.any(Number),
  });
  const [{ headers, path }] = receiver.received as [(typeof receiver.received)[0]];
  expect([path, headers['x-test'], headers['content-length']]).toEqual([
    '/sluis',
    'yes',
    String(body.length),
  ]);
});

it.each([
  [400, 'answered 400'],
  [410, 'answered 410'],
  [500, 'answered 500'],
])('fails by its name where %d answers', async (status, error) => {
  receiver.answer = answering(status);
  expect(await post()).toMatchObject({ status, error });
});

it.each([301, 302, 303, 307, 308])('does not follow a redirect (%d)', async (status) => {
  const elsewhere = await Receiver.start();
  receiver.answer = answering(status, { Location: elsewhere.url });
  expect(await post()).toMatchObject({
    status,
    error: expect.stringContaining('a redirect, which is not followed'),
  });
  expect(elsewhere.received).toEqual([]);
  await elsewhere.stop();
});

it('does not wait for who answers 200 after a minute', async () => {
  receiver.answer = (received, response) =>
    void setTimeout(() => void accept(received, response), 60_000).unref();
  const outcome = await post();
  expect(outcome).toMatchObject({ status: null, error: 'did not answer within 0.5 seconds' });
  expect(outcome.tookMs).toBeLessThan(2_000);
});

it('does not wait for an answer that trickles for ever', async () => {
  let trickle: NodeJS.Timeout | undefined;
  receiver.answer = (_, response) => {
    response.writeHead(200).flushHeaders();
    trickle = setInterval(() => response.write('.'), 20);
  };
  expect(await post()).toMatchObject({
    status: 200,
    error: 'answered 200, but did not end its answer within 0.5 seconds',
  });
  clearInterval(trickle);
});

it('cuts off an answer that streams for ever', async () => {
  let written = 0;
  let cut = false;
  receiver.answer = (_, response) => {
    response.on('close', () => (cut = true));
    const more = (): void => {
      while (!cut && response.write('x'.repeat(1_000))) written += 1_000;
    };
    response.writeHead(200).on('drain', more);
    more();
  };
  expect(await post()).toMatchObject({ status: 200, error: expect.stringMatching(/longer than 2000 bytes/) });
  expect(written).toBeLessThan(20_000_000);
});

it('does not read an answer that says it is too long', async () => {
  receiver.answer = answering(200, { 'Content-Length': '1000000000' });
  expect(await post()).toMatchObject({ error: expect.stringMatching(/longer than 2000 bytes/) });
});

it('does not count an answer that is cut off as delivered', async () => {
  receiver.answer = (_, response) => {
    response.writeHead(200, { 'Content-Length': '100' }).write('half');
    setTimeout(() => response.destroy(), 20);
  };
  expect(await post()).toMatchObject({ status: 200, error: 'the answer was cut off' });
});

describe('what does not speak HTTP', () => {
  let server: Server;
  afterEach(() => server.close());
  const speaking = async (text: string | null): Promise<string> => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      if (text !== null) socket.end(text);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };

  it.each([
    ['says nothing', null, /did not answer/],
    ['hangs up', '', /cut off|hang up/],
    ['speaks something else', '220 smtp.example ESMTP\r\n', /Parse Error/],
    ['sends headers without end', `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(20_000)}`, /Parse Error|cut off/],
  ])('and %s fails', async (_, text, error) => {
    expect((await post(await speaking(text))).error).toMatch(error);
  });

  it('and nothing that listens fails', async () => {
    const url = await speaking(null);
    server.close();
    expect((await post(url)).error).toMatch(/nothing listens there/);
  });
});

describe('an address that is not public', () => {
  it('is not connected to, written plainly or behind a name', async () => {
    const { port } = receiver;
    const https = (host: string): string => `https://${host}:${port}/`;
    const local: Resolve = (_, __, answer) => answer(null, [{ address: '127.0.0.1', family: 4 }]);
    expect((await post(https('127.0.0.1'), { allowed: [] })).error).toMatch(/not public \(loopback\)/);
    expect((await post(receiver.url, { allowed: [] })).error).toMatch(/over https only/);
    expect((await post(https('hooks.example'), { allowed: [], resolve: local })).error).toBe(
      '127.0.0.1 is not public (loopback); an operator would have to allow the host (SLUIS_WEBHOOK_ALLOW)',
    );
    expect(receiver.received).toEqual([]);
  });

  it('is not reached by a name that resolves to something else a moment later', async () => {
    const answers = ['127.0.0.1', '10.255.255.1'];
    const asked: string[] = [];
    const rebinding: Resolve = (name, _, answer) => {
      asked.push(name);
      answer(null, [{ address: answers[asked.length - 1] ?? '10.255.255.1', family: 4 }]);
    };
    const url = `http://hooks.example:${receiver.port}/`;
    // Asked once: what was judged is what is connected to.
    const outcome = await post(url, { allowed: ['hooks.example'], resolve: rebinding });
    expect([outcome.error, outcome.address, asked]).toEqual([null, '127.0.0.1', ['hooks.example']]);
    // And the other way round: first public, then loopback, where nothing is allowed.
    const turning: Resolve = (name, _, answer) => {
      asked.push(name);
      answer(null, [{ address: asked.length === 2 ? '192.88.98.1' : '127.0.0.1', family: 4 }]);
    };
    receiver.received.length = 0;
    await post(`https://hooks.example:${receiver.port}/`, { allowed: [], resolve: turning });
    expect(asked).toHaveLength(2);
    expect(receiver.received).toEqual([]);
  });
});
