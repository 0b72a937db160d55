import { setTimeout as wait } from 'node:timers/promises';

import { Registers } from '#lifecycle/registers.js';
import {
  changeWebhook,
  endWebhook,
  pauseWebhook,
  replayWebhook,
  retryParked,
  rotateSecret,
  skipDelivery,
  testWebhook,
} from '#lifecycle/webhook-writes.js';
import { newKey, secretOf } from '#notifications/webhook-signature.js';
import { FailureView } from '#persistence/views/failure.view.js';
import { type DeliveryListed, WebhookView } from '#persistence/views/webhook.view.js';
import { onEachBackend } from '#test/support/backends.js';
import { type TestCluster, startTestCluster } from '#test/support/cluster.js';
import { Engine } from '#test/support/engine.js';
import { engineScenario, grantCodes } from '#test/support/engine-scenarios.js';
import type { RedisUnderTest } from '#test/support/redis.js';
import { subscribe, written } from '#test/support/subscriptions.js';
import { until } from '#test/support/until.js';
import { type Answer, Receiver, accept, answering, isSignedBy } from '#test/support/webhook-receiver.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());

let engine: Engine;
let registers: Registers;
let receiver: Receiver;
const open = async (grants = 1, redis: RedisUnderTest | null = null): Promise<void> => {
  engine = await Engine.open(cluster, engineScenario({ grants }), '2023-01-02T10:00', redis?.url ?? null);
  registers = new Registers(engine.source);
  receiver = await Receiver.start();
};
afterEach(async () => {
  try {
    expect((await engine.verify()).violations).toEqual([]);
  } finally {
    await engine.close();
    await receiver.stop();
  }
});

const assign = (code: string): Promise<void> =>
  engine.accepted('an', 'assign-handler', code, { handler: 'an' });
const deliveries = async (webhook: number): Promise<DeliveryListed[]> => {
  const page = await new WebhookView(engine.source).deliveries({ webhook }, { after: null, limit: 200 });
  return [...page.items].reverse();
};
const states = async (webhook: number): Promise<string[]> =>
  (await deliveries(webhook)).map(({ state, attempts }) => `${state} ${attempts}`);
const settled = (webhook: number, count: number): Promise<void> =>
  until(`${count} deliveries of ${webhook} are settled`, async () => {
    const all = await deliveries(webhook);
    return all.length === count && all.every(({ settledAt }) => settledAt !== null);
  });
/** As if the rest after a failure were over. */
const rested = async (): Promise<void> => {
  await engine.owner.query(
    'UPDATE webhook_lanes SET next_attempt_at = clock_timestamp() WHERE next_attempt_at IS NOT NULL',
  );
};
/** The sequences of a grant as the receiver took them. */
const sequencesOf = (code: string): number[] =>
  receiver.received
    .filter(({ event }) => event.subject === `grant:${code}`)
    .map(({ event }) => Number(event.sequence));
const rising = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));

onEachBackend('webhooks', (redis) => {
  it('deliver what is subscribed to, signed, as CloudEvents', async () => {
    await open(2, redis());
    const all = await subscribe(registers, receiver.url);
    const some = await subscribe(registers, `${receiver.url}?some`, {
      types: ['payout.ordered'],
      programme: 'TEST',
    });
    await engine.startWorker();
    await engine.accepted('bart', 'approve-tranche', 'G01', { tranche: 1 });
    await engine.quiet();
    await settled(some.webhook, 1);
    const stored: { id: string; type: string; stream: string }[] = await engine.source.query(
      'SELECT id::text AS id, type, stream FROM events ORDER BY id',
    );
    await settled(all.webhook, stored.length);
    const [ordered] = receiver.received.filter(({ path }) => path.endsWith('?some'));
    expect(ordered!.event).toMatchObject({
      specversion: '1.0',
      source: 'https://sluis.example',
      type: 'payout.ordered',
      subject: 'grant:G01',
      datacontenttype: 'application/json',
      data: { type: 'payout.ordered', data: { endToEndId: 'G01-1-1', amount: '500.00' } },
    });
    expect(ordered!.headers).toMatchObject({
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': ordered!.event.id,
    });
    expect([isSignedBy(some.secret, ordered!), isSignedBy(all.secret, ordered!)]).toEqual([true, false]);
    const others = receiver.received.filter(({ path }) => !path.endsWith('?some'));
    expect(others.map(({ event }) => event.id).sort()).toEqual(stored.map(({ id }) => `evt_${id}`).sort());
    expect(others.every((one) => isSignedBy(all.secret, one))).toBe(true);
    // The account of the beneficiary belongs to no programme: only who asked for everything is told, and shortened.
    const account = others.filter(({ event }) => event.type === 'account.changed');
    expect(account.map(({ event }) => event.data['data'])).toMatchObject([{ iban: 'BE…0166' }]);
    expect(others.some(({ body }) => body.includes('BE07990000000166'))).toBe(false);
  });

  it('keep the order of each grant among two workers, with grants side by side', async () => {
    await open(6, redis());
    const { webhook } = await subscribe(registers, receiver.url, { programme: 'TEST' });
    let refused = 0;
    receiver.answer = async (received, response) => {
      await wait(Math.random() * 15);
      // One in six fails, and holds the others of its grant.
      if (Math.random() < 0.17 && (refused += 1)) return answering(503)(received, response);
      return accept(received, response);
    };
    await engine.startWorker();
    await engine.startWorker();
    const resting = setInterval(() => void rested().catch(() => undefined), 50);
    try {
      for (let round = 0; round < 5; round += 1) await Promise.all(grantCodes(6).map((code) => assign(code)));
      await engine.quiet();
      const [{ count } = { count: 0 }]: { count: number }[] = await engine.source.query(
        `SELECT count(*)::integer AS count FROM events WHERE stream LIKE 'grant:%'`,
      );
      await settled(webhook, count);
    } finally {
      clearInterval(resting);
    }
    for (const code of grantCodes(6)) {
      const taken = sequencesOf(code);
      // What failed comes again at once after itself, and nothing overtakes it.
      expect(rising([...new Set(taken)])).toBe(true);
      expect([...taken].sort((a, b) => a - b)).toEqual(taken);
    }
    expect([receiver.mostOfOne, receiver.mostAtOnce > 1, refused > 0]).toEqual([1, true, true]);
  });
});

describe('a delivery that fails', () => {
  it('is tried again after a rest, holds the later ones of its grant, and no other grant', async () => {
    await open(2);
    const { webhook } = await subscribe(registers, receiver.url, { types: ['grant.handler-assigned'] });
    await engine.startWorker();
    await engine.quiet();
    const refusing: Answer = (received, response) =>
      (received.event.subject === 'grant:G01' ? answering(503) : accept)(received, response);
    receiver.answer = refusing;
    for (const code of ['G01', 'G01', 'G02']) await assign(code);
    await until('both were tried', async () => receiver.received.length === 2);
    await until(
      'both are recorded',
      async () => (await states(webhook)).join() === 'waiting 1,waiting 0,delivered 1',
    );
    expect(receiver.received.map(({ event }) => event.subject).sort()).toEqual(['grant:G01', 'grant:G02']);
    const [first] = await deliveries(webhook);
    expect(first).toMatchObject({ state: 'waiting', attempts: 1, lastError: 'answered 503' });
    const restMs = Date.parse(first!.nextAttemptAt!) - Date.now();
    expect(restMs).toBeGreaterThan(1_000);
    expect(restMs).toBeLessThan(6_000);
    receiver.answer = accept;
    await rested();
    await settled(webhook, 3);
    const [firstId, secondId, otherId] = (await deliveries(webhook)).map(({ id }) => id);
    expect(receiver.ids('grant:G01')).toEqual([firstId, firstId, secondId]);
    expect(receiver.ids('grant:G02')).toEqual([otherId]);
  });

  it('is parked after three days, listed, and the later ones of its grant wait for a person', async () => {
    await open(2);
    const { webhook } = await subscribe(registers, receiver.url, { types: ['grant.handler-assigned'] });
    await engine.startWorker();
    await engine.quiet();
    receiver.answer = (received, response) =>
      (received.event.subject === 'grant:G01' ? answering(500) : accept)(received, response);
    for (const code of ['G01', 'G01', 'G02']) await assign(code);
    await until('it failed once', async () => (await states(webhook))[0] === 'waiting 1');
    await engine.owner.query(
      `UPDATE webhook_deliveries SET attempts = 14 WHERE state = 'waiting' AND attempts = 1`,
    );
    await rested();
    await until('it is parked', async () => (await states(webhook))[0] === 'parked 15');
    await assign('G01');
    await engine.quiet();
    await wait(2_500);
    expect(await states(webhook)).toEqual(['parked 15', 'waiting 0', 'delivered 1', 'waiting 0']);
    const failures = await new FailureView(engine.source).list({ after: null, limit: 10 });
    expect(failures.items).toMatchObject([
      { reaction: 'deliver-webhook', target: String(webhook), attempts: 15, lastError: 'answered 500' },
    ]);

    const [parked, behind] = await deliveries(webhook);
    receiver.answer = accept;
    const reason = 'They took it from the export.';
    await written(registers, skipDelivery('an', { webhook, delivery: parked!.delivery, reason }));
    await settled(webhook, 4);
    expect(await states(webhook)).toEqual(['skipped 15', 'delivered 1', 'delivered 1', 'delivered 1']);
    expect((await deliveries(webhook))[0]).toMatchObject({ skippedBy: 'an', reason });
    expect(receiver.ids('grant:G01').slice(-2)[0]).toBe(behind!.id);
    expect((await new FailureView(engine.source).list({ after: null, limit: 10 })).items).toEqual([]);
  });

  it('and was parked goes out again, in order, where a person says so', async () => {
    await open(1);
    const { webhook } = await subscribe(registers, receiver.url, { types: ['grant.handler-assigned'] });
    await engine.startWorker();
    receiver.answer = answering(500);
    await assign('G01');
    await assign('G01');
    await until('it failed once', async () => (await states(webhook))[0] === 'waiting 1');
    await engine.owner.query(
      `UPDATE webhook_deliveries SET attempts = 14 WHERE state = 'waiting' AND attempts = 1`,
    );
    await rested();
    await until('it is parked', async () => (await states(webhook))[0] === 'parked 15');
    receiver.answer = accept;
    expect(await written(registers, retryParked(webhook, null))).toEqual({ webhook, deliveries: 1 });
    await settled(webhook, 2);
    expect(await states(webhook)).toEqual(['delivered 1', 'delivered 1']);
    expect(rising(sequencesOf('G01').slice(-2))).toBe(true);
    const [first] = await deliveries(webhook);
    await expect(written(registers, retryParked(webhook, first!.delivery))).rejects.toThrow(
      /wrong-state.*delivered/,
    );
    const tries = await new WebhookView(engine.source).attempts(first!.delivery);
    expect(tries.map(({ no, status, error }) => [no, status, error])).toEqual([
      [1, 500, 'answered 500'],
      [2, 500, 'answered 500'],
      [3, 204, null],
    ]);
  });

  it('because its receiver is slow holds up neither other receivers nor anything else', async () => {
    await open(30);
    engine.webhooks = { ...engine.webhooks, bounds: { limitMs: 8_000, mostBytes: 1_000 } };
    const slow = await Receiver.start();
    slow.answer = () => undefined;
    const stuck = await subscribe(registers, slow.url, { types: ['grant.handler-assigned'] });
    const quick = await subscribe(registers, receiver.url, { types: ['grant.handler-assigned'] });
    await engine.startWorker();
    await engine.quiet();
    try {
      await assign('G01');
      await until('the slow one is asked', async () => slow.received.length === 1);
      // Another grant of the same subscription is not held up either.
      await assign('G02');
      await until('it is asked of another grant', async () => slow.received.length === 2, 7_000);
      for (const code of grantCodes(30).slice(2)) await assign(code);
      await until('it has all in hand that it may', async () => slow.mostAtOnce === 8, 7_000);
      await settled(quick.webhook, 30);
      await engine.accepted('bart', 'approve-tranche', 'G01', { tranche: 1 });
      await engine.quiet();
      expect(await engine.events('payout.ordered')).toHaveLength(1);
      expect([
        slow.mostAtOnce,
        (await states(stuck.webhook)).every((one) => one.startsWith('waiting')),
      ]).toEqual([8, true]);
    } finally {
      await slow.stop();
    }
  });
});

describe('a worker that dies between the 200 of a receiver and its own commit', () => {
  it('has it sent again under the same id', async () => {
    await open(1);
    engine.webhooks = { ...engine.webhooks, leaseSeconds: 1 };
    const { webhook } = await subscribe(registers, receiver.url, { types: ['grant.handler-assigned'] });
    // What its commit would have written is refused: as if it had died just then.
    await engine.owner.query(`CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'it dies here'; END $$;
      CREATE TRIGGER dies BEFORE INSERT ON webhook_attempts FOR EACH ROW EXECUTE FUNCTION dies()`);
    await engine.startWorker();
    await assign('G01');
    await assign('G01');
    await until('it was taken twice', async () => receiver.received.length > 1);
    await engine.owner.query('DROP TRIGGER dies ON webhook_attempts');
    await settled(webhook, 2);
    const [first, second] = (await deliveries(webhook)).map(({ id }) => id);
    const taken = receiver.ids();
    expect(taken.length).toBeGreaterThan(2);
    expect(taken.slice(0, -1).every((id) => id === first)).toBe(true);
    expect(taken.at(-1)).toBe(second);
  });
});

describe('a secret', () => {
  it('that is replaced signs on beside the new one for as long as is asked', async () => {
    await open(1);
    const { webhook, secret } = await subscribe(registers, receiver.url, {
      types: ['grant.handler-assigned'],
    });
    await engine.startWorker();
    const next = newKey();
    await written(registers, rotateSecret('an', { webhook, overlapHours: 24 }, next));
    await assign('G01');
    await settled(webhook, 1);
    await engine.owner.query(
      'UPDATE webhook_secrets SET expires_at = clock_timestamp() WHERE expires_at IS NOT NULL',
    );
    await assign('G01');
    await settled(webhook, 2);
    const knows = receiver.received.map((one) => [isSignedBy(secret, one), isSignedBy(secretOf(next), one)]);
    expect(knows).toEqual([
      [true, true],
      [false, true],
    ]);
    // A third at once: the one that leaked signs no more.
    const last = newKey();
    await written(registers, rotateSecret('an', { webhook, overlapHours: 0 }, last));
    await assign('G01');
    await settled(webhook, 3);
    expect([
      isSignedBy(secretOf(next), receiver.received[2]!),
      isSignedBy(secretOf(last), receiver.received[2]!),
    ]).toEqual([false, true]);
  });
});

describe('a replay', () => {
  it('delivers again from an event on, in order and under the same ids; of one grant where asked', async () => {
    await open(2);
    const { webhook } = await subscribe(registers, receiver.url, { types: ['grant.handler-assigned'] });
    await engine.startWorker();
    for (const code of ['G01', 'G02', 'G01', 'G02']) await assign(code);
    await settled(webhook, 4);
    const ids = (await deliveries(webhook)).map(({ id }) => id);
    receiver.received.length = 0;
    const from = { eventId: String(ids[1]).replace('evt_', '') };
    expect(await written(registers, replayWebhook({ webhook, from, stream: null }))).toEqual({
      webhook,
      deliveries: 3,
    });
    await until('it is delivered again', async () => receiver.received.length === 3);
    expect(receiver.ids('grant:G02')).toEqual([ids[1], ids[3]]);
    expect(receiver.ids('grant:G01')).toEqual([ids[2]]);
    await settled(webhook, 4);

    receiver.received.length = 0;
    const place = { stream: 'grant:G01', sequence: 1 };
    const again = replayWebhook({ webhook, from: place, stream: 'grant:G01' });
    expect(await written(registers, again)).toEqual({ webhook, deliveries: 2 });
    await until('it is delivered again', async () => receiver.received.length === 2);
    expect(receiver.ids()).toEqual([ids[0], ids[2]]);
    const nowhere = replayWebhook({ webhook, from: { eventId: '999999' }, stream: null });
    await expect(written(registers, nowhere)).rejects.toThrow(/not-found.*evt_999999/);
    await settled(webhook, 4);
  });

  it('reaches back before the subscription, and what is under way then settles nothing', async () => {
    await open(1);
    await engine.startWorker();
    await assign('G01');
    await engine.quiet();
    const { webhook } = await subscribe(registers, receiver.url, { types: ['grant.handler-assigned'] });
    const from = { stream: 'grant:G01', sequence: 1 };
    await written(registers, replayWebhook({ webhook, from, stream: null }));
    await settled(webhook, 1);
    let release: () => void = () => undefined;
    receiver.answer = (received, response) => {
      release = () => void accept(received, response);
    };
    await assign('G01');
    await until('it is under way', async () => receiver.received.length === 2);
    await written(registers, replayWebhook({ webhook, from, stream: null }));
    receiver.answer = accept;
    await wait(300);
    expect(receiver.received).toHaveLength(2);
    release();
    await settled(webhook, 2);
    const [first, second] = (await deliveries(webhook)).map(({ id }) => id);
    expect(receiver.ids()).toEqual([first, second, first, second]);
  });
});

describe('a subscription', () => {
  it('is tried by a test event, once, whatever waits before it and paused or not', async () => {
    await open(1);
    const { webhook, secret } = await subscribe(registers, receiver.url, { types: ['payout.settled'] });
    await engine.startWorker();
    await written(registers, pauseWebhook(webhook, 'paused'));
    const { delivery } = await written(registers, testWebhook(webhook));
    await settled(webhook, 1);
    expect(receiver.received.map(({ event }) => [event.type, event.id])).toEqual([
      ['webhook.test', `test_${delivery}`],
    ]);
    expect(isSignedBy(secret, receiver.received[0]!)).toBe(true);
    receiver.answer = answering(404);
    await written(registers, testWebhook(webhook));
    await settled(webhook, 2);
    expect(await states(webhook)).toEqual(['delivered 1', 'failed 1']);
    expect((await deliveries(webhook))[1]).toMatchObject({ lastError: 'answered 404', type: 'webhook.test' });
  });

  it('that is paused keeps what happens, moves on with its address, and ended gets nothing more', async () => {
    await open(1);
    const { webhook } = await subscribe(registers, 'http://127.0.0.1:9/', {
      types: ['grant.handler-assigned'],
    });
    await engine.startWorker();
    await written(registers, pauseWebhook(webhook, 'paused'));
    await assign('G01');
    await engine.quiet();
    await until('it waits', async () => (await states(webhook)).join() === 'waiting 0');
    const moved = { url: receiver.url, types: ['grant.handler-assigned'], programme: null } as const;
    await written(registers, changeWebhook(webhook, moved));
    await wait(2_500);
    expect(receiver.received).toEqual([]);
    await written(registers, pauseWebhook(webhook, 'active'));
    await settled(webhook, 1);
    receiver.answer = answering(500);
    await assign('G01');
    await until('it failed', async () => (await states(webhook))[1] === 'waiting 1');
    expect(await written(registers, endWebhook(webhook))).toEqual({ webhook, status: 'ended', cancelled: 1 });
    await assign('G01');
    await engine.quiet();
    expect(await states(webhook)).toEqual(['delivered 1', 'cancelled 1']);
    expect(await engine.source.query('SELECT count(*)::integer AS n FROM webhook_secrets')).toEqual([
      { n: 0 },
    ]);
    await expect(written(registers, testWebhook(webhook))).rejects.toThrow(/wrong-state.*ended/);
  });

  it('costs nothing where there is none', async () => {
    await open(3);
    await engine.startWorker();
    for (const code of grantCodes(3)) await assign(code);
    await engine.quiet();
    const [row] = await engine.source.query(
      `SELECT (SELECT count(*) FROM webhook_deliveries)::integer AS deliveries,
              (SELECT count(*) FROM webhook_lanes)::integer AS lanes`,
    );
    expect(row).toEqual({ deliveries: 0, lanes: 0 });
  });
});

it('keeps no delivery for longer than thirty days', async () => {
  await open(1);
  const { webhook } = await subscribe(registers, receiver.url, { types: ['grant.handler-assigned'] });
  await engine.startWorker();
  await assign('G01');
  await settled(webhook, 1);
  await engine.owner.query(
    `UPDATE webhook_deliveries SET settled_at = clock_timestamp() - interval '31 days'`,
  );
  await until('it is forgotten', async () => (await deliveries(webhook)).length === 0);
});
