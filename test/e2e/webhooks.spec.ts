// Webhooks as an operator and an administrator meet them: real processes, a receiver over TLS, and a kill in between.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { system } from '#domain/people.js';
import { addToken } from '#lifecycle/register-writes.js';
import { expectFaults, expectRefusal } from '#test/support/expect-faults.js';
import { type RecordUnderTest, startRecord } from '#test/support/record.js';
import { type Ended, SluisProcess, sluis } from '#test/support/sluis-process.js';
import { until } from '#test/support/until.js';
import { type Received, isSignedBy } from '#test/support/webhook-receiver.js';

let folder: string;
let record: RecordUnderTest;
let receiver: Server;
let settings: Readonly<Record<string, string>>;
const received: Received[] = [];
/** Called with each request before it is answered. */
let before: () => Promise<void> = async () => undefined;
const workers: SluisProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync('/tmp/sluis-webhooks-');
  certify();
  receiver = createServer({ key: file('key.pem'), cert: file('cert.pem') }, (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const event = JSON.parse(body) as Received['event'];
      received.push({ path: request.url ?? '', headers: request.headers, body, event });
      void before().then(() => response.writeHead(200).end('taken'));
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  record = await startRecord();
  settings = {
    DATABASE_URL: record.urls.runtime,
    SLUIS_TOKEN: 'token-of-an',
    SLUIS_WEBHOOK_ALLOW: `localhost:${port()}`,
    SLUIS_PUBLIC_URL: 'https://sluis.example/',
    NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem'),
  };
  await sluis(['migrate'], { DATABASE_URL: record.urls.runtime, DATABASE_OWNER_URL: record.urls.owner });
  const hash = createHash('sha256').update('token-of-an').digest();
  await record.registers.register('token', system, 'add-token', {}, addToken({ person: 'an', hash }));
}, 240_000);
afterAll(async () => {
  for (const worker of workers) await worker.kill();
  receiver?.close();
  receiver?.closeAllConnections();
  await record?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string): Buffer => readFileSync(join(folder, name));
const port = (): number => (receiver.address() as AddressInfo).port;
const url = (): string => `https://localhost:${port()}/sluis`;

/** A certificate for localhost that nobody but NODE_EXTRA_CA_CERTS vouches for. */
function certify(): void {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' });
}

const run = (...args: string[]): Promise<Ended> => sluis(['webhook', ...args], settings, folder);
async function said(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}
async function states(): Promise<string[]> {
  const rows: { state: string }[] = await record.source.query(
    'SELECT state FROM webhook_deliveries WHERE event_id IS NOT NULL',
  );
  return rows.map(({ state }) => state);
}
async function worker(more: Readonly<Record<string, string>> = {}): Promise<SluisProcess> {
  const started = new SluisProcess(['start', '--worker-only'], { ...settings, ...more }, folder);
  workers.push(started);
  await started.says('Sluis works on the queues');
  return started;
}

it('refuses at the command line what it refuses everywhere, and an allow-list that cannot be meant', async () => {
  expectFaults(await run('add', '--url', 'https://169.254.169.254/'), /--url: .*link-local/);
  expectFaults(
    await run('add', '--url', url(), '--type', 'grant.awardet'),
    /did you mean "grant\.awarded"\?/,
  );
  expectFaults(await run('replay', '1', '--from', 'yesterday'), /--from: "yesterday" is no event/);
  expectRefusal(await run('pause', '7'), /There is no webhook 7/);
  const wrong = await sluis(['webhook', 'list'], { ...settings, SLUIS_WEBHOOK_ALLOW: 'https://x' }, folder);
  expect([wrong.code, wrong.stderr]).toEqual([
    1,
    expect.stringMatching(/SLUIS_WEBHOOK_ALLOW: .*write hosts like/),
  ]);
});

it('delivers over TLS, and what a worker that is killed could not record again under its id', async () => {
  const added = await said('add', '--url', url(), '--type', 'grant.awarded', '--programme', 'REN');
  expect(added).toMatch(/^Webhook 1 is added: .*\nIts secret, shown this once:\nwhsec_\S+\n$/);
  const secret = added.trim().split('\n').at(-1)!;
  expect(await said('list')).toBe(`1  active  ${url()}  grant.awarded of REN  0 waiting  0 parked\n`);

  // Without the authority that vouches for it, nothing is sent.
  const doubting = await worker({ NODE_EXTRA_CA_CERTS: '' });
  expectRefusal(await run('test', '1'), /did not arrive: localhost:\d+: .*certificate/);
  expect(received).toEqual([]);
  await doubting.stop();

  const doomed = await worker();
  expect(await said('test', '1')).toMatch(/^Test \d+ arrived\.\n$/);
  expect(isSignedBy(secret, received[0]!)).toBe(true);

  // It is killed once the receiver has what it sent, and before it hears that.
  before = async () => doomed.kill();
  received.length = 0;
  await record.award('KILL-1');
  await until('it is sent', async () => received.length === 1);
  await until('it is dead', async () => doomed.over);
  before = async () => undefined;
  expect(await said('deliveries', '1', '--state', 'waiting')).toMatch(/waiting.*0 tried.*grant:KILL-1#2/);
  // The claim of the dead is void after half a minute, by the machine's clock.
  await record.owner.query(
    'UPDATE webhook_lanes SET claimed_until = clock_timestamp() WHERE claim IS NOT NULL',
  );
  await worker();
  await until('it is sent again', async () => received.length === 2);
  const [first, second] = received as [Received, Received];
  expect(first.headers['webhook-id']).toBe(second.headers['webhook-id']);
  expect([first.body, first.event.source]).toEqual([second.body, 'https://sluis.example']);
  expect(received.every((one) => isSignedBy(secret, one))).toBe(true);
  await until('it is recorded', async () => (await states()).every((state) => state === 'delivered'));
}, 240_000);

it('shows a delivery, delivers it again, and is rotated, paused and ended at the command line', async () => {
  const [first] = received as [Received];
  const [id = ''] = (await said('deliveries', '1', '--grant', 'KILL-1')).split('  ');
  expect(await said('delivery', '1', id)).toMatch(
    /delivered.*1 tried[\s\S]*127\.0\.0\.1 {2}200 {2}delivered\n$/,
  );
  expect(await said('replay', '1', '--from', first.event.id)).toBe(
    `1 events are delivered again, from ${first.event.id} on.\n`,
  );
  await until('it is delivered again', async () => received.length === 3);
  expect(received[2]!.headers['webhook-id']).toBe(first.headers['webhook-id']);
  await until('it is recorded', async () => (await states()).every((state) => state === 'delivered'));
  expect(await said('rotate', '1', '--overlap-hours', '0', '--json')).toMatch(/"secret":"whsec_/);
  expect(await said('retry', '1')).toBe('0 parked deliveries of webhook 1 are tried again.\n');
  expectRefusal(
    await run('skip', '1', id, '--reason', 'x'),
    /it is delivered; it would have to be parked or waiting/,
  );
  expect(await said('pause', '1')).toMatch(/paused/);
  expect(await said('resume', '1')).toMatch(/goes on/);
  expect(await said('end', '1')).toBe('Webhook 1 has ended; 0 deliveries are cancelled.\n');
}, 240_000);
