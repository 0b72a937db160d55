import { webhookExamples as examples } from '#api/openapi-webhook-examples.js';
import { type Received, Receiver, answering, isSignedBy } from '#test/support/webhook-receiver.js';

import { type Answered, type ApiUnderTest, startApiUnderTest } from '../support/api.js';
import { until } from '../support/until.js';

let api: ApiUnderTest;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.start();
  api = await startApiUnderTest({
    webhookAllow: [`127.0.0.1:${receiver.port}`],
    publicUrl: 'https://sluis.example',
  });
});
afterAll(async () => {
  await api?.stop();
  await receiver?.stop();
});
beforeEach(() => {
  receiver.received.length = 0;
});

const webhooks = '/api/v1/webhooks';
const add = (by = 'an', more: object = {}, key?: string): Promise<Answered> =>
  api.post(
    by,
    webhooks,
    { url: receiver.url, types: ['grant.awarded'], ...more },
    key === undefined ? {} : { 'Idempotency-Key': key },
  );
const settled = async (webhook: unknown, id: unknown): Promise<Answered> => {
  let found: Answered | undefined;
  await until('it is settled', async () => {
    found = await api.get('an', `${webhooks}/${String(webhook)}/deliveries/${String(id)}`);
    return found.body['state'] !== 'waiting';
  });
  return found!;
};

describe('POST /webhooks', () => {
  it('subscribes, shows the secret once, and again under the same key answers without it', async () => {
    const first = await add('an', {}, 'add-first');
    expect(first.body).toEqual({
      webhook: 1,
      status: 'active',
      secret: expect.stringMatching(/^whsec_\S{44}$/),
    });
    expect([first.status, first.headers.get('Location')]).toEqual([201, `${webhooks}/1`]);
    const again = await add('an', {}, 'add-first');
    expect(again.body).toEqual({ webhook: 1, status: 'active', secret: null });
    expect(Object.keys(first.body)).toEqual(Object.keys(examples.added));
    for (const path of [webhooks, `${webhooks}/1`])
      expect((await api.get('an', path)).text).not.toContain('whsec_');
    const kept: unknown[] = await api.record.owner.query('SELECT * FROM commands WHERE name = $1', [
      'add-webhook',
    ]);
    expect(JSON.stringify(kept)).not.toContain(String(first.body['secret']).slice('whsec_'.length));
  });

  it.each([
    ['loopback', { url: 'https://127.0.0.1/' }, 'url', /not public \(loopback\).*SLUIS_WEBHOOK_ALLOW/],
    ['a decimal loopback', { url: 'https://2130706433/' }, 'url', /not public \(loopback\)/],
    ['the metadata of a cloud', { url: 'https://169.254.169.254/' }, 'url', /link-local/],
    ['IPv4 in IPv6', { url: 'https://[::ffff:10.0.0.1]/' }, 'url', /not public/],
    ['http to anybody', { url: 'http://receiver.example/' }, 'url', /https only/],
    ['no address', { url: 'receiver' }, 'url', /is no address/],
    ['a type that is none', { types: ['grant.awardet'] }, 'types', /did you mean "grant.awarded"\?/],
    ['types as text', { types: 'grant.awarded' }, 'types', /is no list/],
    ['a field it does not have', { secret: 'mine' }, 'secret', /there is no such field/],
  ])('does not take %s', async (_, wrong, path, message) => {
    const { status, body } = await add('an', wrong);
    expect([status, body['code'], body['faults']]).toEqual([
      422,
      'invalid',
      [{ path, message: expect.stringMatching(message) }],
    ]);
  });

  it('knows the programme', async () => {
    expect((await add('an', { programme: 'NONE' })).status).toBe(404);
  });

  it('is for an administrator; an operator and an auditor read along, others do not', async () => {
    for (const by of ['bart', 'fien', 'stad', 'aude', 'olga']) expect((await add(by)).status).toBe(403);
    for (const by of ['an', 'aude', 'olga']) expect((await api.get(by, webhooks)).status).toBe(200);
    for (const by of ['bart', 'fien', 'els', 'stad']) expect((await api.get(by, webhooks)).status).toBe(403);
  });
});

describe('an event', () => {
  it('is delivered; its delivery is shown, and what it says to those who read files', async () => {
    const { body: added } = await add();
    const { webhook, secret } = added;
    await api.record.award('HOOK-1');
    const ours = (): Received | undefined => receiver.received.find((one) => isSignedBy(String(secret), one));
    await until('it arrives', async () => ours() !== undefined);
    const mine = ours()!;
    expect(mine.event).toMatchObject({
      type: 'grant.awarded',
      subject: 'grant:HOOK-1',
      source: 'https://sluis.example',
    });
    const [listed] = (await api.get('an', `${webhooks}/${String(webhook)}/deliveries?grant=HOOK-1`)).list(
      'items',
    );
    const read = await settled(webhook, listed!['delivery']);
    expect(Object.keys(listed!)).toEqual(Object.keys(examples.delivery));
    expect(Object.keys(read.body)).toEqual(Object.keys(examples.deliveryRead));
    expect(read.body).toMatchObject({
      state: 'delivered',
      attempts: 1,
      tries: [{ no: 1, status: 204, error: null }],
    });
    expect(read.body['sent']).toEqual(JSON.parse(mine.body));
    const seen = await api.get(
      'olga',
      `${webhooks}/${String(webhook)}/deliveries/${String(listed!['delivery'])}`,
    );
    expect([seen.status, seen.body['sent']]).toEqual([200, null]);
    expect(Object.keys((await api.get('olga', `${webhooks}/${String(webhook)}`)).body)).toEqual(
      Object.keys(examples.webhook),
    );

    const place = await api.post('an', `${webhooks}/${String(webhook)}/replay`, { from: 'grant:HOOK-1#2' });
    expect([place.status, place.body]).toEqual([200, { webhook, deliveries: 1 }]);
    await until(
      'it arrives again',
      async () => receiver.ids().filter((id) => id === mine.event.id).length >= 2,
    );
    await settled(webhook, listed!['delivery']);
  });

  it('that cannot be delivered is among the failures, and is skipped with a reason', async () => {
    receiver.answer = answering(503);
    const { body: added } = await add();
    const path = `${webhooks}/${String(added['webhook'])}`;
    await api.record.award('HOOK-2');
    let failed: readonly unknown[] = [];
    await until('it failed', async () => {
      failed = (await api.get('olga', '/api/v1/failures')).list('items');
      return failed.some((one) => (one as { target: string }).target === String(added['webhook']));
    });
    expect(failed).toContainEqual(
      expect.objectContaining({ reaction: 'deliver-webhook', lastError: 'answered 503', attempts: 1 }),
    );
    const [waiting] = (await api.get('an', `${path}/deliveries?state=waiting`)).list('items');
    const skip = `${path}/deliveries/${String(waiting!['delivery'])}/skip`;
    expect((await api.post('an', skip, {})).status).toBe(422);
    expect((await api.post('olga', skip, { reason: 'x' })).status).toBe(403);
    expect((await api.post('an', skip, { reason: 'taken from the export' })).body).toMatchObject({
      state: 'skipped',
    });
    const again = await api.post('an', skip, { reason: 'again' });
    expect([again.status, again.body['detail']]).toEqual([
      409,
      'Refused: it is skipped; it would have to be parked or waiting.',
    ]);
    receiver.answer = answering(204);
    expect((await api.post('an', `${path}/end`)).body).toMatchObject({ status: 'ended' });
    expect((await api.post('an', `${path}/test`)).status).toBe(409);
  });
});

describe('the life of a subscription', () => {
  it('is tested, paused, resumed, changed, given a new secret, retried and ended', async () => {
    const { body: added } = await add();
    const path = `${webhooks}/${String(added['webhook'])}`;
    const tested = await api.post('an', `${path}/test`);
    expect(tested.status).toBe(202);
    expect((await settled(added['webhook'], tested.body['delivery'])).body).toMatchObject({
      type: 'webhook.test',
      state: 'delivered',
      sent: null,
    });
    expect((await api.post('an', `${path}/pause`)).body).toEqual({
      webhook: added['webhook'],
      status: 'paused',
    });
    expect((await api.post('an', `${path}/resume`)).body).toEqual({
      webhook: added['webhook'],
      status: 'active',
    });
    const rotated = await api.post('an', `${path}/rotate-secret`, { overlapHours: 1 });
    expect(Object.keys(rotated.body)).toEqual(Object.keys(examples.rotated));
    expect(rotated.body['secret']).not.toBe(added['secret']);
    expect((await api.get('an', path)).body['previousSecretUntil']).toBe(rotated.body['previousUntil']);
    const changed = await api.post('an', `${path}/change`, { url: receiver.url, programme: 'REN' });
    expect(changed.body).toMatchObject({ types: [], programme: 'REN' });
    expect((await api.post('an', `${path}/retry`)).body).toEqual({
      webhook: added['webhook'],
      deliveries: 0,
    });
    expect((await api.post('an', `${path}/replay`, { from: 'evt_999999' })).status).toBe(404);
    expect((await api.post('an', `${path}/replay`, { from: 'yesterday' })).status).toBe(422);
    expect((await api.post('an', `${path}/rotate-secret`, { overlapHours: 1000 })).status).toBe(422);
    expect((await api.post('an', `${path}/end`)).body).toEqual({
      webhook: added['webhook'],
      status: 'ended',
      cancelled: 0,
    });
    for (const none of ['99', 'x', '1e3'])
      expect((await api.get('an', `${webhooks}/${none}`)).status).toBe(404);
  });
});
