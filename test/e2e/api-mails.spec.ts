import { type ApiUnderTest, startApiUnderTest, tokenOf } from '../support/api.js';
import { sluis } from '../support/sluis-process.js';
import { until } from '../support/until.js';

const secret = '6c0e5f0e-8a1d-4c06-9d0f-1b6a3c1f2e11';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest();
  await api.record.award('REN-ANT');
  await until(
    'the award is put in a mail',
    async () => (await mails('an', '?recipient=stad&state=recorded')).length > 0,
  );
});
afterAll(() => api?.stop());

const mails = async (by: string, query = ''): Promise<readonly Record<string, unknown>[]> =>
  (await api.get(by, `/api/v1/mails${query}`)).list('items');

describe('without a mail server', () => {
  it('a mail lies in the local outbox, as its reader would see it', async () => {
    const [mail] = await mails('an', '?recipient=stad');
    expect(mail).toMatchObject({
      recipient: 'stad',
      class: 'news',
      state: 'recorded',
      attempts: 0,
      messages: 2,
    });
    const shown = await api.get('an', `/api/v1/mails/${String(mail?.['id'])}`);
    expect(shown.status).toBe(200);
    expect(shown.body['text']).toContain('REN-ANT');
    expect(shown.body['html']).toContain('<!doctype html>');
    expect(shown.list('items').map(({ kind }) => kind)).toContain('grant.awarded');
    const messages = await api.get('an', '/api/v1/messages?recipient=stad&kind=grant.awarded');
    expect(messages.list('items')).toMatchObject([{ mail: mail?.['id'] }]);
  });

  it('is shown at the command line: as text under its head, or its HTML alone, for a file', async () => {
    const [mail] = await mails('an', '?recipient=stad');
    const settings = { DATABASE_URL: api.record.urls.runtime, SLUIS_TOKEN: tokenOf('an') };
    const show = (...more: string[]) =>
      sluis(['mail', 'show', String(mail?.['id']), ...more], settings, '/tmp');
    expect((await show()).stdout).toMatch(/^To: stad.*\nSubject: .+\nMessage-ID: </);
    expect((await show('--html')).stdout).toMatch(/^<!doctype html>/);
    expect((await sluis(['mail', 'list'], settings, '/tmp')).stdout).toMatch(/ stad(?: {2}\d+ messages)?$/m);
  });

  it('everyone reads their own, and nobody another one', async () => {
    const [mail] = await mails('stad');
    expect(mail).toMatchObject({ recipient: 'stad' });
    expect(await mails('gentenaar')).toEqual([]);
    expect((await api.get('gentenaar', `/api/v1/mails/${String(mail?.['id'])}`)).status).toBe(404);
    expect((await api.get('an', '/api/v1/mails/none')).status).toBe(404);
    expect((await api.get('an', '/api/v1/mails?state=lost')).status).toBe(422);
  });
});

describe('a mail that nothing tries any more', () => {
  let id: string;
  beforeAll(async () => {
    [{ id }] = await api.record.owner.query(
      `INSERT INTO mails (recipient, class, moment, due_at, state, fixed_at, part, message_id, attempts, last_error)
       VALUES ('stad', 'due', '2023-01-01', '2023-01-01', 'parked', now(), 1, '<' || repeat('0', 32) || '@a.example>', 15,
               '450 busy') RETURNING id::text`,
    );
  });

  it('stands among the failures, and in the figures', async () => {
    const failures = (await api.get('olga', '/api/v1/failures')).list('items');
    expect(failures).toContainEqual(
      expect.objectContaining({
        reaction: 'mail',
        target: `mail:${id}`,
        attempts: 15,
        lastError: '450 busy',
        event: null,
      }),
    );
    const { text } = await api.get(null, '/metrics');
    expect(text).toMatch(/^sluis_mails_failed 1$/m);
    expect(text).toMatch(/^sluis_mail_lateness_seconds\{quantile="0.99"\} /m);
  });

  it('is tried again by hand, by whoever may, once', async () => {
    const path = `/api/v1/mails/${id}/retry`;
    expect((await api.post('stad', path)).status).toBe(403);
    expect(await api.post('olga', path)).toMatchObject({ status: 200, body: { id, state: 'waiting' } });
    expect((await api.post('an', '/api/v1/mails/999/retry')).status).toBe(404);
    const [recorded] = await mails('an', '?state=recorded');
    expect((await api.post('an', `/api/v1/mails/${String(recorded?.['id'])}/retry`)).body).toMatchObject({
      code: 'wrong-state',
      detail: expect.stringContaining('it is recorded; it would have to be failed or parked or waiting'),
    });
  });
});

describe('the link in a digest', () => {
  const wants = async (): Promise<boolean> =>
    (await api.record.owner.query<{ digest: boolean }[]>(`SELECT digest FROM people WHERE id = 'els'`))[0]
      ?.digest === true;
  beforeAll(() =>
    api.record.owner.query(
      `INSERT INTO mails (recipient, class, moment, due_at, opt_out) VALUES ('els', 'digest', now(), now(), $1)`,
      [secret],
    ),
  );

  it('changes nothing when it is opened, and takes its reader off at a click', async () => {
    const opened = await api.get(null, `/unsubscribe/${secret}`);
    expect(opened.status).toBe(200);
    expect(opened.text).toContain('<form method="post">');
    expect(await wants()).toBe(true);
    const click = await api.post(null, `/unsubscribe/${secret}`, 'List-Unsubscribe=One-Click', {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    expect(click.status).toBe(200);
    expect(await wants()).toBe(false);
    expect((await api.post(null, `/unsubscribe/${secret}`)).status).toBe(200);
    expect((await api.post(null, '/unsubscribe/6c0e5f0e-8a1d-4c06-9d0f-000000000000')).text).toContain(
      'not valid',
    );
  });
});
