import { type Answered, type ApiUnderTest, startApiUnderTest } from '../support/api.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest();
});
afterAll(() => api?.stop());

const draft = {
  code: 'REN-ANT',
  beneficiary: 'antwerpen',
  programme: 'REN',
  amount: '1000.00',
  start: '2023-01-01',
  end: '2024-12-31',
};

/** A grant of its own for a test, awarded. */
async function awarded(code: string): Promise<string> {
  expect((await api.post('an', '/api/v1/grants', { ...draft, code })).status).toBe(201);
  expect((await api.post('an', `/api/v1/grants/${code}/award`)).status).toBe(200);
  return `/api/v1/grants/${code}`;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not come true within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a grant over HTTP', () => {
  it('goes from draft to its first payout, then says why the second waits', async () => {
    const drafted = await api.post('an', '/api/v1/grants', draft);
    expect([drafted.status, drafted.headers.get('Location')]).toEqual([201, '/api/v1/grants/REN-ANT']);
    expect(drafted.headers.get('ETag')).toBe('"1"');
    const grant = '/api/v1/grants/REN-ANT';
    const decision = { reference: 'VR 2022 1612 DOC.1', date: '2022-12-16' };
    const award = await api.post('an', `${grant}/award`, { decision });
    expect(award.list('events').map((event) => event['type'])).toEqual([
      'grant.awarded',
      'deadline.set',
      'grant.started',
      'tranche.payable',
    ]);
    expect((await api.post('bart', `${grant}/tranches/1/approve-tranche`)).status).toBe(200);
    await until(async () =>
      (await api.get('fien', '/api/v1/payouts?state=ordered')).text.includes('REN-ANT'),
    );
    expect((await api.post('fien', `${grant}/tranches/1/confirm-payout`)).status).toBe(200);
    const { body } = await api.get('stad', grant);
    expect(body['sums']).toMatchObject({ awarded: '1000.00', paid: '500.00' });
    expect(body['payouts']).toMatchObject([{ endToEndId: 'REN-ANT-1-1', status: 'settled', held: null }]);

    const refused = await api.post('bart', `${grant}/tranches/2/approve-tranche`);
    expect(refused.status).toBe(409);
    expect(refused.headers.get('Content-Type')).toBe('application/problem+json; charset=utf-8');
    expect(refused.body).toEqual({
      type: '/api/docs/problems/gate-closed',
      title: 'Gate closed',
      status: 409,
      detail:
        'Tranche 2 of REN-ANT cannot be approved: report:final, evaluation:final and document:permit are still missing.',
      code: 'gate-closed',
      facts: { tranche: 2, missing: ['report:final', 'evaluation:final', 'document:permit'] },
    });
  });

  it('explains a gate: each condition, met or missing, since when and by which event', async () => {
    const grant = await awarded('GATE');
    await api.post('stad', `${grant}/reports/final/submit-report`, { costs: '450.00' });
    const accepted = await api.post('an', `${grant}/reports/final/accept-report`);
    const { body, list } = await api.get('stad', `${grant}/tranches/2/gate`);
    expect(body).toMatchObject({
      grant: 'GATE',
      tranche: 2,
      status: 'planned',
      open: false,
      openSince: null,
    });
    const [event] = accepted.list('events');
    expect(list('conditions')[0]).toEqual({
      requirement: 'report:final',
      met: true,
      state: 'accepted',
      since: '2023-01-02T10:00:00.000Z',
      event: { sequence: event!['sequence'], type: 'report.accepted', actor: 'an' },
    });
    expect(list('conditions')[1]).toMatchObject({
      requirement: 'evaluation:final',
      met: false,
      state: 'open',
    });
    expect(list('conditions')[2]).toMatchObject({ requirement: 'document:permit', met: false, event: null });
    expect((await api.get('stad', `${grant}/tranches/7/gate`)).status).toBe(404);
  });

  it.each([
    [
      'four-eyes',
      403,
      async (grant: string) => {
        await api.post('stad', `${grant}/reports/final/submit-report`, {});
        await api.post('an', `${grant}/reports/final/accept-report`);
        return api.post('els', `${grant}/evaluations/final/decide-evaluation`, { outcome: 'favourable' });
      },
      'not-allowed',
    ],
    ['reason-required', 422, (grant: string) => api.post('an', `${grant}/suspend`), 'reason-required'],
    ['wrong-state', 409, (grant: string) => api.post('an', `${grant}/award`), 'wrong-state'],
    [
      'not-found',
      404,
      (grant: string) => api.post('stad', `${grant}/reports/none/submit-report`),
      'not-found',
    ],
    [
      'not-found',
      404,
      (grant: string) => api.post('an', `${grant}-NO/suspend`, { reason: 'x' }),
      'not-found',
    ],
  ] as const)('answers %s as %i', async (_, status, ask, code) => {
    const grant = await awarded(`R-${Math.random().toString(36).slice(2, 10)}`);
    const { status: answered, body } = await ask(grant);
    expect([answered, body['code']]).toEqual([status, code]);
    expect(body['detail']).toMatch(/\.$/);
  });

  it('names who did the other half', async () => {
    const body = { iban: 'BE71096123456769' };
    const account = '/api/v1/beneficiaries/gent';
    expect((await api.post('an', `${account}/change-account`, body)).status).toBe(200);
    const { status, body: problem } = await api.post('an', `${account}/verify-account`);
    expect([status, problem]).toMatchObject([403, { code: 'four-eyes', facts: { who: 'an' } }]);
    expect((await api.post('fien', `${account}/verify-account`)).status).toBe(200);
    expect((await api.get('gentenaar', account)).body['accounts']).toMatchObject([
      { version: 1, enteredBy: 'an', verifiedBy: 'fien' },
    ]);
  });
});

describe('Idempotency-Key', () => {
  it('is required, and says so', async () => {
    const response = await fetch(`${api.url}/api/v1/grants`, {
      method: 'POST',
      headers: { Authorization: 'Bearer token-of-an', 'Content-Type': 'application/json' },
      body: '{}',
    });
    const problem = (await response.json()) as { code: string; detail: string };
    expect([response.status, problem.code]).toEqual([400, 'idempotency-key']);
    expect(problem.detail).toContain('Idempotency-Key');
    const long = await api.post('an', '/api/v1/grants', {}, { 'Idempotency-Key': 'x'.repeat(201) });
    expect([long.status, long.body['code']]).toEqual([400, 'idempotency-key']);
  });

  it('gives the same answer again, also when two arrive at once, and refuses other content', async () => {
    const headers = { 'Idempotency-Key': 'k'.repeat(200) };
    const body = { ...draft, code: 'TWICE' };
    const both = await Promise.all([
      api.post('an', '/api/v1/grants', body, headers),
      api.post('an', '/api/v1/grants', body, headers),
    ]);
    expect(both.map(({ status }) => status)).toEqual([201, 201]);
    expect(both[0]!.text).toBe(both[1]!.text);
    expect(both.filter(({ headers: got }) => got.get('Idempotency-Replayed') === 'true')).toHaveLength(1);
    const other = await api.post('an', '/api/v1/grants', { ...body, amount: '2.00' }, headers);
    expect([other.status, other.body['code']]).toEqual([422, 'command-reused']);
    const events = await api.get('an', '/api/v1/grants/TWICE/events');
    expect(events.body['items']).toHaveLength(1);
  });

  it('repeats a refusal as well, and belongs to its person', async () => {
    const headers = { 'Idempotency-Key': 'shared' };
    const body = { reason: 'The annual accounts are missing.' };
    const first = await api.post('an', '/api/v1/grants/NOWHERE/suspend', body, headers);
    const again = await api.post('an', '/api/v1/grants/NOWHERE/suspend', body, headers);
    expect([first.status, again.status]).toEqual([404, 404]);
    expect(again.headers.get('Idempotency-Replayed')).toBe('true');
    expect(again.text).toBe(first.text);
    const other = await api.post('bart', '/api/v1/grants/NOWHERE/suspend', { reason: 'x' }, headers);
    expect(other.body['code']).toBe('not-found');
  });
});

describe('ETag', () => {
  it('refuses a stale If-Match and changes nothing; with the new tag the same key works', async () => {
    const grant = await awarded('TAGS');
    const tag = (await api.get('an', grant)).headers.get('ETag') ?? '';
    expect(tag).toMatch(/^"5-[0-9a-f]{16}"$/);
    await api.post('an', `${grant}/assign-handler`, { handler: 'an' });
    const headers = { 'If-Match': tag, 'Idempotency-Key': 'suspend TAGS' };
    const stale = await api.post('an', `${grant}/suspend`, { reason: 'Fraud.' }, headers);
    expect([stale.status, stale.body['code']]).toEqual([412, 'stale']);
    const fresh = (await api.get('an', grant)).headers.get('ETag') ?? '';
    const done = await api.post(
      'an',
      `${grant}/suspend`,
      { reason: 'Fraud.' },
      { ...headers, 'If-Match': fresh },
    );
    expect([done.status, done.headers.get('ETag')]).toEqual([200, '"8"']);
    expect((await api.post('an', `${grant}/resume`, {}, { 'If-Match': '"8"' })).status).toBe(200);
    expect((await api.post('an', `${grant}/resume`, {}, { 'If-Match': 'seven' })).status).toBe(400);
  });

  it('answers 304 while nothing changed, also what the grant itself does not see', async () => {
    const grant = await awarded('SAME');
    const tag = (await api.get('an', grant)).headers.get('ETag') ?? '';
    const same = await api.get('an', grant, { 'If-None-Match': tag });
    expect([same.status, same.text]).toEqual([304, '']);
    await api.record.standAt('2024-02-20T10:00:00Z');
    const near = await api.get('an', grant, { 'If-None-Match': tag });
    expect([near.status, near.list('reports')[0]?.['state']]).toEqual([200, 'due-soon']);
    await api.record.standAt('2023-01-02T10:00:00Z');
  });
});

describe('what is not valid', () => {
  it('is listed with its paths, all of it', async () => {
    const bad = { ...draft, code: 'BAD', amount: 12.5, start: '2023-02-29', colour: 'red' };
    const { status, body, list } = await api.post('an', '/api/v1/grants', bad);
    expect([status, body['code']]).toEqual([422, 'invalid']);
    expect(list('faults').map((fault) => fault['path'])).toEqual(['colour', 'amount', 'start']);
  });

  it.each([
    [{ ...draft, code: 'N-1', programme: 'NIX' }, 'There is no programme NIX.'],
    [{ ...draft, code: 'N-2', planVersion: 99 }, 'Programme REN has no version 99.'],
    [{ ...draft, code: 'N-3', programme: 'NIX', planVersion: 99 }, 'There is no programme NIX.'],
  ])('says what does not exist: %j', async (body, sentence) => {
    const answered = await api.post('an', '/api/v1/grants', body);
    expect([answered.status, answered.body['detail']]).toEqual([404, sentence]);
  });

  it('says why a payout for an earlier account stays held after the new one was verified', async () => {
    const grant = await awarded('EARLIER');
    await api.post('bart', `${grant}/tranches/1/approve-tranche`);
    const handOver = () => api.post('fien', `${grant}/tranches/1/hand-over-payout`);
    await until(async () =>
      (await api.get('fien', '/api/v1/payouts?state=ordered')).text.includes('EARLIER-1-1'),
    );
    await api.post('an', '/api/v1/beneficiaries/antwerpen/change-account', { iban: 'BE71990000000469' });
    expect((await handOver()).body['detail']).toMatch(/is not verified; someone who did not enter it/);
    await api.post('fien', '/api/v1/beneficiaries/antwerpen/verify-account');
    expect((await handOver()).body['detail']).toMatch(
      /^Tranche 1 of EARLIER .*: payout EARLIER-1-1 was ordered for the bank account of version \d+, and version \d+ is the verified one now; confirm it .* else reject it/,
    );
    expect(
      (await api.post('fien', `${grant}/tranches/1/reject-payout`, { reason: 'Old account.' })).status,
    ).toBe(200);
  });

  it('says why nothing is paid to an account that its bank does not know, and what would help', async () => {
    const grant = await awarded('NOMATCH');
    const account = '/api/v1/beneficiaries/antwerpen';
    const check = (result: string) => api.post('fien', `${account}/record-payee-check`, { result });
    expect((await check('no-match')).status).toBe(200);
    const approve = await api.post('bart', `${grant}/tranches/1/approve-tranche`);
    expect([approve.status, approve.body['code']]).toEqual([409, 'account-not-verified']);
    expect(approve.body['detail']).toMatch(
      /not known to its bank under the name of its holder; check it again/,
    );
    const verify = await api.post('fien', `${account}/verify-account`);
    expect(verify.body['detail']).toMatch(/antwerpen cannot be verified: .* not known to its bank/);
    expect((await api.post('fien', `${account}/override-payee-check`)).body['code']).toBe('reason-required');
    expect((await check('match')).status).toBe(200);
    const override = await api.post('fien', `${account}/override-payee-check`, { reason: 'Checked.' });
    expect(override.body['detail']).toMatch(/the payee check of version \d+ says match; .* no-match/);
    const { list } = await api.get('an', account);
    expect(list('accounts').at(-1)).toMatchObject({
      holder: 'Stad Antwerpen',
      payeeCheck: { result: 'match', by: 'fien' },
      override: null,
    });
  });

  it('names a field that the address names already', async () => {
    const { status, list } = await api.post('bart', '/api/v1/grants/X/tranches/1/approve-tranche', {
      tranche: 2,
    });
    expect([status, list('faults')[0]?.['path']]).toEqual([422, 'tranche']);
  });

  it.each([
    [
      'an',
      '/api/v1/programmes',
      {
        code: 'P',
        title: 'P',
        tranches: [
          { no: 1, share: 60 },
          { no: 2, share: 60 },
        ],
      },
      'tranches',
    ],
    ['an', '/api/v1/programmes', {}, 'code'],
    [
      'an',
      '/api/v1/programmes/REN/versions',
      { tranches: [{ no: 1, remainder: true, requires: ['report:x'] }] },
      'tranches[0].requires[0]',
    ],
    ['an', '/api/v1/beneficiaries', { id: 'x', name: 'X', kbo: '0207500124' }, 'kbo'],
    ['an', '/api/v1/beneficiaries', { id: 'x', name: 'X', kbo: '0207500123', colour: 'red' }, 'colour'],
    ['olga', '/api/v1/people', { id: 'x', roles: ['king'] }, 'roles'],
    ['olga', '/api/v1/people', undefined, 'roles'],
    ['an', '/api/v1/beneficiaries/antwerpen/change-account', { iban: 'BE68539007547035' }, 'iban'],
    ['an', '/api/v1/beneficiaries', [], 'body'],
  ])('%s sends to %s: %p has its fault at %s', async (by, address, body, path) => {
    const answered = await api.post(by, address, body);
    expect([answered.status, answered.body['code']]).toEqual([422, 'invalid']);
    const paths = answered.list('faults').map((fault) => String(fault['path']));
    expect(paths.some((found) => found.startsWith(path))).toBe(true);
  });

  it('says what a list does not know, and what it does', async () => {
    const { status, body } = await api.get('an', '/api/v1/grants?limit=1000&programm=REN');
    expect(status).toBe(422);
    expect(body['faults']).toEqual([
      { path: 'programm', message: expect.stringContaining('did you mean "programme"?') },
      { path: 'limit', message: 'is a whole number from 1 to 200' },
    ]);
    for (const query of ['after=!!', 'after=WyJ4Il0', 'from=2023-02-29', 'state=late'])
      expect((await api.get('an', `/api/v1/deadlines?${query}`)).status).toBe(422);
  });

  it.each([
    ['malformed JSON', '{"code":', {}, 400, 'malformed'],
    ['malformed JSON of an account', '{"iban": BE68539007547034}', {}, 400, 'malformed'],
    ['a body that is no JSON at all', '"text"', {}, 400, 'malformed'],
    ['a body over the limit', JSON.stringify({ code: 'x'.repeat(1024 * 1024) }), {}, 413, 'too-large'],
    ['another kind of body', 'code=1', { 'Content-Type': 'text/plain' }, 415, 'unsupported-media-type'],
    ['an encoding nobody knows', '{}', { 'Content-Encoding': 'zip' }, 415, 'unsupported-media-type'],
    ['an If-Match of somewhere else', JSON.stringify(draft), { 'If-Match': '"x"' }, 400, 'malformed'],
  ])('%s is a problem, without internals', async (_, body, headers, status, code) => {
    const answered = await api.post('an', '/api/v1/grants', body, headers);
    expect([answered.status, answered.body['code']]).toEqual([status, code]);
    expect(answered.headers.get('Content-Type')).toContain('application/problem+json');
    expect(answered.text).not.toMatch(/node_modules|\bat .*\(|6853/);
  });

  it.each([
    ['GET', '/api/v1/nothing', 404, 'not-found'],
    ['DELETE', '/api/v1/grants/X', 405, 'method-not-allowed'],
    ['GET', '/api/v1/grants/X/award', 405, 'method-not-allowed'],
    ['POST', '/api/v1/grants/X/explode', 404, 'not-found'],
    ['GET', '/api/v1/grants/%00', 400, 'malformed'],
    ['GET', '/api/v1/grants/%FF', 400, 'malformed'],
  ])('%s %s answers %i', async (method, path, status, code) => {
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers: { Authorization: 'Bearer token-of-an', 'Idempotency-Key': `${method}${path}` },
    });
    const problem = (await response.json()) as { code: string };
    expect([response.status, problem.code]).toEqual([status, code]);
    if (status === 405) expect(response.headers.get('Allow')).toMatch(/GET|POST/);
  });
});

describe('lists', () => {
  it('go on where they stopped, whatever comes in between', async () => {
    for (const code of ['PG-1', 'PG-3', 'PG-5', 'PG-7']) await awarded(code);
    const first = await api.get('an', '/api/v1/grants?programme=REN&limit=2&after=PG-');
    expect(first.list('items').map((grant) => grant['code'])).toEqual(['PG-1', 'PG-3']);
    await awarded('PG-2');
    await awarded('PG-4');
    const next = await api.get('an', String(first.body['next']));
    expect(next.list('items').map((grant) => grant['code'])).toEqual(['PG-4', 'PG-5']);
    expect(first.headers.get('Link')).toBe(`<${String(first.body['next'])}>; rel="next"`);

    const seen: string[] = [];
    let page: string | null = '/api/v1/deadlines?limit=3';
    while (page !== null) {
      const { body, list }: Answered = await api.get('an', page);
      seen.push(...list('items').map((row) => `${String(row['dueOn'])} ${String(row['grant'])}`));
      page = body['next'] as string | null;
    }
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(seen).toContain('2024-02-28 PG-7');
  });

  it('filter deadlines by state and period, and payouts by what holds them', async () => {
    const grant = await awarded('HELD');
    const path = '/api/v1/deadlines?from=2024-02-28&to=2024-02-28&state=';
    expect((await api.get('an', `${path}open`)).text).toContain('HELD');
    expect((await api.get('an', `${path}overdue`)).body['items']).toEqual([]);
    await api.post('bart', `${grant}/tranches/1/approve-tranche`);
    await until(async () => (await api.get('fien', '/api/v1/payouts?state=ordered')).text.includes('HELD'));
    expect((await api.get('fien', '/api/v1/payouts?held=true')).text).not.toContain('HELD');
    await api.post('an', `${grant}/suspend`, { reason: 'Fraud.' });
    const held = await api.get('fien', '/api/v1/payouts?held=true');
    expect(held.body['items']).toMatchObject([{ grant: 'HELD', held: 'grant-suspended' }]);
    // The list and the grant say the same, one by SQL and one by the rules.
    expect((await api.get('fien', grant)).list('payouts')[0]?.['held']).toBe('grant-suspended');
  });

  it('give the log of a grant with a chain that holds', async () => {
    const grant = await awarded('LOG');
    const events = (await api.get('aude', `${grant}/events?limit=200`)).list('items');
    expect(events[0]!['previousHash']).toBeNull();
    for (const [index, event] of events.slice(1).entries())
      expect(event['previousHash']).toBe(events[index]!['hash']);
    const first = await api.get('aude', `${grant}/events?limit=3`);
    const second = await api.get('aude', String(first.body['next']));
    expect([...first.list('items'), ...second.list('items')]).toEqual(events.slice(0, 6));
  });
});
