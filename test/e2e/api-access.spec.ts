import { type ApiUnderTest, startApiUnderTest, tokenOf } from '../support/api.js';
import { people } from '../support/record.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest({ worker: false });
  await api.record.award('REN-ANT');
  await api.record.give(people.an, 'draft-grant', 'REN-GNT', {
    beneficiary: 'gent',
    programme: 'REN',
    amount: '2000.00',
    start: '2023-01-01',
    end: '2024-12-31',
  });
  await api.record.give(people.an, 'award', 'REN-GNT');
});
afterAll(() => api?.stop());

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Every operation of the document, with names that exist put into its address. */
async function operations(): Promise<{ method: string; path: string }[]> {
  const { text } = await api.get(null, '/api/openapi.json');
  const { paths } = JSON.parse(text) as OpenApi;
  const names: Readonly<Record<string, string>> = {
    grant: 'REN-ANT',
    beneficiary: 'antwerpen',
    programme: 'REN',
    person: 'stad',
    report: 'final',
    evaluation: 'final',
  };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? '1'),
    })),
  );
}

describe('nothing is open', () => {
  it('answers every operation without a token with the same 401, health and secret addresses apart', async () => {
    const texts = new Set<string>();
    for (const { method, path } of await operations()) {
      if (path.startsWith('/health/')) continue;
      const response = await fetch(`${api.url}${path}`, { method });
      if (path.startsWith('/calendars/')) {
        // An address that nobody was given is none; the right one is the credential itself.
        expect([path, response.status]).toEqual([path, 404]);
        continue;
      }
      expect([method, path, response.status]).toEqual([method, path, 401]);
      expect(response.headers.get('WWW-Authenticate')).toBe('Bearer realm="sluis"');
      texts.add(await response.text());
    }
    expect(texts.size).toBe(1);
  });

  it.each(['Bearer nobody', 'Bearer ', 'Basic YTpi', `Bearer ${tokenOf('an')} x`])(
    'does not know %p',
    async (Authorization) => {
      const { status, body } = await api.get(null, '/api/v1/me', { Authorization });
      expect([status, body['code']]).toEqual([401, 'unauthenticated']);
    },
  );

  it('answers unknown addresses without a token as all others', async () => {
    expect((await api.get(null, '/api/v1/nothing')).status).toBe(401);
  });

  it('forgets a revoked token and a person who left', async () => {
    const made = await api.post('olga', '/api/v1/people/els/tokens');
    expect(made.status).toBe(201);
    const Authorization = `Bearer ${String(made.body['token'])}`;
    expect((await api.get(null, '/api/v1/me', { Authorization })).body['id']).toBe('els');
    const id = String(made.body['id']);
    expect((await api.post('olga', `/api/v1/people/els/tokens/${id}/revoke`)).status).toBe(200);
    expect((await api.get(null, '/api/v1/me', { Authorization })).status).toBe(401);
    const listed = await api.get('olga', '/api/v1/people/els/tokens');
    expect(listed.text).toContain(id);
    expect(listed.text).not.toContain(String(made.body['token']));

    const person = { id: 'leaver', roles: ['evaluator'] };
    expect((await api.post('olga', '/api/v1/people', person)).status).toBe(201);
    const { body } = await api.post('olga', '/api/v1/people/leaver/tokens');
    const leaver = { Authorization: `Bearer ${String(body['token'])}` };
    expect((await api.get(null, '/api/v1/me', leaver)).status).toBe(200);
    expect((await api.post('olga', '/api/v1/people/leaver/end')).status).toBe(200);
    expect((await api.get(null, '/api/v1/me', leaver)).status).toBe(401);
  });

  it('shows a new token once: the repeated request has it no more', async () => {
    const key = { 'Idempotency-Key': 'one token' };
    const first = await api.post('olga', '/api/v1/people/fien/tokens', undefined, key);
    const again = await api.post('olga', '/api/v1/people/fien/tokens', undefined, key);
    expect(first.body['token']).toMatch(/^[\w-]{43}$/);
    expect(again.headers.get('Idempotency-Replayed')).toBe('true');
    expect(again.body).toEqual({ ...first.body, token: null });
  });
});

describe("a beneficiary's own (I10)", () => {
  it.each([
    '/api/v1/grants/REN-ANT',
    '/api/v1/grants/REN-ANT/tranches/1/gate',
    '/api/v1/grants/REN-ANT/events',
    '/api/v1/beneficiaries/antwerpen',
    '/api/v1/beneficiaries/antwerpen/events',
    '/api/v1/people/stad',
    '/api/v1/people/stad/tokens',
  ])('reads %s for its own person, and as if it were not there for another', async (path) => {
    expect((await api.get('stad', path)).status).toBe(200);
    const another = await api.get('gentenaar', path);
    const unknown = await api.get('gentenaar', path.replace(/REN-ANT|antwerpen|stad/, 'UNKNOWN'));
    expect(another.status).toBe(404);
    expect(another.text.replaceAll(/REN-ANT|antwerpen|stad/g, 'UNKNOWN')).toBe(unknown.text);
  });

  it.each(['grants', 'deadlines', 'beneficiaries', 'people', 'messages', 'payouts'])(
    'lists only its own %s, whatever it asks for',
    async (list) => {
      const { status, text } = await api.get('gentenaar', `/api/v1/${list}`);
      expect(status).toBe(200);
      expect(text).not.toMatch(/REN-ANT|antwerpen|"stad"/);
      const asked = await api.get('gentenaar', `/api/v1/deadlines?beneficiary=antwerpen`);
      expect(asked.body['items']).toEqual([]);
    },
  );

  it.each([
    ['award', {}],
    ['reports/final/submit-report', { costs: '10.00' }],
    ['reports/unknown/submit-report', {}],
    ['reports/final/ask-extension', { until: '2001-01-01' }],
    ['tranches/1/approve-tranche', {}],
    ['tranches/9/approve-tranche', {}],
  ])("is answered on another's grant as on an unknown one: %s", async (command, body) => {
    for (const headers of [{}, { 'If-Match': '"1"' }] as Record<string, string>[]) {
      const another = await api.post('gentenaar', `/api/v1/grants/REN-ANT/${command}`, body, headers);
      const unknown = await api.post('gentenaar', `/api/v1/grants/UNKNOWN/${command}`, body, headers);
      expect(another.status).toBe(404);
      expect(another.text.replaceAll('REN-ANT', 'UNKNOWN')).toBe(unknown.text);
      expect([...another.headers.keys()]).toEqual([...unknown.headers.keys()]);
    }
  });

  it('keeps such an attempt as not-allowed', async () => {
    await api.post('gentenaar', '/api/v1/grants/REN-ANT/reports/final/submit-report', {});
    const rows: { code: string }[] = await api.record.source.query(
      "SELECT code FROM refusals WHERE actor = 'gentenaar' AND command = 'submit-report' ORDER BY id DESC LIMIT 1",
    );
    expect(rows).toEqual([{ code: 'not-allowed' }]);
  });

  it("does not change another's account, nor learn that there is one", async () => {
    const body = { iban: 'BE71096123456769' };
    const another = await api.post('gentenaar', '/api/v1/beneficiaries/antwerpen/change-account', body);
    const unknown = await api.post('gentenaar', '/api/v1/beneficiaries/UNKNOWN/change-account', body);
    expect(another.status).toBe(404);
    expect(another.text.replaceAll('antwerpen', 'UNKNOWN')).toBe(unknown.text);
  });

  it('is told plainly what it may not do on its own grant', async () => {
    const { status, body } = await api.post('stad', '/api/v1/grants/REN-ANT/tranches/1/approve-tranche');
    expect([status, body['code']]).toEqual([403, 'not-allowed']);
  });
});

describe('roles', () => {
  it.each(['grants', 'grants/REN-ANT', 'deadlines', 'payouts', 'programmes', 'beneficiaries'])(
    'keep an operator out of %s',
    async (path) => {
      const { status, body } = await api.get('olga', `/api/v1/${path}`);
      expect([status, body['code']]).toEqual([403, 'not-allowed']);
    },
  );

  it('let an auditor read everything and change nothing', async () => {
    for (const path of ['grants/REN-ANT', 'payouts', 'people', 'beneficiaries/antwerpen', 'messages'])
      expect((await api.get('aude', `/api/v1/${path}`)).status).toBe(200);
    const { status } = await api.post('aude', '/api/v1/grants/REN-ANT/suspend', { reason: 'no' });
    expect(status).toBe(403);
  });

  it('let only an operator hand out roles and tokens, and nobody hold both sides', async () => {
    const person = { id: 'new', roles: ['approver'] };
    expect((await api.post('an', '/api/v1/people', person)).status).toBe(403);
    expect((await api.post('an', '/api/v1/people/bart/tokens')).status).toBe(403);
    const both = await api.post('olga', '/api/v1/people', { id: 'both', roles: ['operator', 'approver'] });
    expect([both.status, both.body['code']]).toEqual([422, 'invalid']);
    const changed = await api.post('olga', '/api/v1/people/bie/change-roles', { roles: ['evaluator'] });
    expect(changed.status).toBe(200);
    expect((await api.get('bie', '/api/v1/me')).body['roles']).toEqual(['evaluator']);
    const back = await api.post('olga', '/api/v1/people/bie/change-roles', { roles: ['approver'] });
    expect(back.status).toBe(200);
  });

  it('record who was refused a register', async () => {
    await api.post('bart', '/api/v1/beneficiaries', { id: 'aalst', name: 'Stad Aalst', kbo: '0207437468' });
    const rows: unknown[] = await api.record.source.query(
      "SELECT code FROM refusals WHERE actor = 'bart' AND command = 'add-beneficiary'",
    );
    expect(rows).toEqual([{ code: 'not-allowed' }]);
  });
});
