import { examples } from '#api/openapi-examples.js';

import { type ApiUnderTest, type Answered, startApiUnderTest } from '../support/api.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest({ worker: false });
});
afterAll(() => api?.stop());

const article = 'QB0-1QCB2PA-PR';
const set = (by: string, amount: string, more: object = {}, key?: string): Promise<Answered> =>
  api.post(
    by,
    '/api/v1/programmes/REN/envelopes',
    { year: 2023, article, amount, ...more },
    key === undefined ? {} : { 'Idempotency-Key': key },
  );

async function drafted(code: string): Promise<string> {
  const term = { amount: '1000.00', start: '2023-01-01', end: '2024-12-31' };
  const draft = { code, beneficiary: 'antwerpen', programme: 'REN', ...term };
  expect((await api.post('an', '/api/v1/grants', draft)).status).toBe(201);
  return `/api/v1/grants/${code}`;
}

describe('POST /programmes/:programme/envelopes', () => {
  it('sets an envelope, and again under the same key answers the same', async () => {
    for (const replayed of [null, 'true']) {
      const { status, body, headers } = await set(
        'an',
        '1500.00',
        { reason: 'The budget of 2023.' },
        'first',
      );
      expect([status, headers.get('Idempotency-Replayed')]).toEqual([201, replayed]);
      expect(body).toEqual({ programme: 'REN', year: 2023, article, amount: '1500.00', version: 1 });
    }
    const other = await set('an', '1600.00', {}, 'first');
    expect([other.status, other.body['code']]).toEqual([422, 'command-reused']);
  });

  it.each([
    ['a year as text', { year: '2023' }, 'year'],
    ['a year out of reach', { year: 23 }, 'year'],
    ['an article with a blank at its end', { article: 'A ' }, 'article'],
    ['an amount as a number', { amount: 1500 }, 'amount'],
    ['a negative amount', { amount: '-1.00' }, 'amount'],
    ['an empty reason', { reason: '' }, 'reason'],
    ['a field it does not have', { colour: 'red' }, 'colour'],
  ])('does not take %s', async (_, wrong, path) => {
    const { status, body } = await set('an', '1500.00', wrong);
    expect([status, body['code']]).toEqual([422, 'invalid']);
    expect(body['faults']).toMatchObject([{ path }]);
  });

  it('is for an administrator', async () => {
    for (const by of ['bart', 'fien', 'stad', 'aude', 'olga']) {
      const { status, body } = await set(by, '1.00');
      expect([by, status, body['code']]).toEqual([by, 403, 'not-allowed']);
    }
  });

  it('knows the programme', async () => {
    const body = { year: 2023, article, amount: '1.00' };
    const { status } = await api.post('an', '/api/v1/programmes/NONE/envelopes', body);
    expect(status).toBe(404);
  });
});

describe('an award above its envelope', () => {
  it('is refused, naming what is left; the grant that fits names its envelope', async () => {
    const [first, second] = [await drafted('ENV-1'), await drafted('ENV-2')];
    expect((await api.post('an', `${first}/award`)).status).toBe(200);
    const { status, body } = await api.post('an', `${second}/award`);
    expect([status, body['code']]).toEqual([409, 'envelope-exceeded']);
    expect(body['detail']).toBe(
      `Grant ENV-2 cannot be awarded: budget envelope ${article} of programme REN for 2023 has 500.00 left, and the award is 1000.00.`,
    );
    expect(body['facts']).toEqual({
      programme: 'REN',
      year: 2023,
      article,
      left: '500.00',
      amount: '1000.00',
    });
    expect((await api.get('an', first)).body['envelope']).toEqual({ year: 2023, article });
    expect((await api.get('an', second)).body['envelope']).toBeNull();
  });

  it('is refused in a year without one', async () => {
    const grant = await drafted('ENV-3');
    const { body } = await api.post('an', `${grant}/award`, { year: 2024 });
    expect(body['detail']).toBe(
      'Grant ENV-3 cannot be awarded: there is no budget envelope of programme REN for 2024, and the award is 1000.00.',
    );
  });

  it('and an envelope is not lowered below what is committed', async () => {
    const { status, body } = await set('an', '999.99');
    expect([status, body['faults']]).toEqual([
      422,
      [
        {
          path: 'amount',
          message: '1000.00 of the envelope is committed; it cannot be lowered to 999.99',
        },
      ],
    ]);
  });
});

describe('GET /envelopes', () => {
  it('shows every envelope with its sums, as the document says', async () => {
    const { status, body, list } = await api.get('fien', '/api/v1/envelopes?programme=REN&year=2023');
    expect([status, body['next']]).toEqual([200, null]);
    const [item] = list('items');
    expect(item).toEqual({
      programme: 'REN',
      year: 2023,
      article,
      amount: '1500.00',
      version: 1,
      setBy: 'an',
      setAt: expect.stringMatching(/^\d{4}-.+Z$/),
      reason: 'The budget of 2023.',
      committed: '1000.00',
      approved: '0.00',
      ordered: '0.00',
      paid: '0.00',
      released: '0.00',
      recovered: '0.00',
      left: '500.00',
    });
    expect(Object.keys(item ?? {})).toEqual(Object.keys(examples.envelope));
  });

  it('is filtered and read in pages', async () => {
    await set('an', '1.00', { year: 2025 });
    await set('an', '2.00', { year: 2024, article: 'B' });
    expect((await api.get('an', '/api/v1/envelopes?year=1999')).list('items')).toEqual([]);
    expect((await api.get('an', '/api/v1/envelopes?programme=NONE')).list('items')).toEqual([]);
    const years: unknown[] = [];
    for (let next: unknown = '/api/v1/envelopes?limit=1'; next !== null;) {
      const page: Answered = await api.get('aude', String(next));
      years.push(...page.list('items').map((item) => item['year']));
      next = page.body['next'];
    }
    expect(years).toEqual([2023, 2024, 2025]);
    const wrong = await api.get('an', '/api/v1/envelopes?year=x');
    expect([wrong.status, wrong.body['faults']]).toMatchObject([422, [{ path: 'year' }]]);
  });

  it('is not for beneficiaries, nor for an operator', async () => {
    for (const by of ['stad', 'olga']) expect((await api.get(by, '/api/v1/envelopes')).status).toBe(403);
  });
});
