// Who is told, over HTTP: contacts and deputies named, listed and ended, by whom it may be, and what bad input gets.
import { type ApiUnderTest, type Answered, addColleague, startApiUnderTest } from '../support/api.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest({ worker: false });
  await addColleague(api.record, { id: 'lea', roles: ['administrator'] });
  await api.record.award('A');
}, 60_000);
afterAll(() => api?.stop());

const contacts = '/api/v1/beneficiaries/antwerpen/contacts';
const deputies = '/api/v1/people/an/deputies';

function expectStatus(answered: Answered, status: number): void {
  expect([answered.status, answered.text]).toEqual([status, answered.text]);
}

it('names, lists and ends a contact', async () => {
  const named = await api.post('an', contacts, {
    person: 'stad',
    of: 'reports',
    grant: 'A',
    from: '2023-01-01',
  });
  expectStatus(named, 201);
  const [listed] = (await api.get('an', contacts)).list('items');
  expect(listed).toMatchObject({
    person: 'stad',
    of: 'reports',
    grant: 'A',
    from: '2023-01-01',
    until: null,
  });
  expectStatus(
    await api.post('an', `${contacts}/${String(listed?.['id'])}/end`, { until: '2023-06-30' }),
    200,
  );
  expect((await api.get('stad', contacts)).list('items')[0]).toMatchObject({ until: '2023-06-30' });
});

it.each([
  ['a person of nobody', { person: 'nobody', of: 'reports' }, 404, /nobody/],
  ['a person of the agency', { person: 'an', of: 'reports' }, 404, /an/],
  ['a topic that is none', { person: 'stad', of: 'everything' }, 422, /reports, payments/],
  ['a grant that is not there', { person: 'stad', of: 'reports', grant: 'NONE' }, 404, /NONE/],
  ['a day that is none', { person: 'stad', of: 'reports', from: '2024-02-30' }, 422, /2024-02-30/],
  [
    'an end before its beginning',
    { person: 'stad', of: 'reports', from: '2024-03-01', until: '2024-02-01' },
    422,
    /until/,
  ],
])('refuses %s as a contact, and names nobody', async (_, body, status, words) => {
  const before = (await api.get('an', contacts)).text;
  const answered = await api.post('an', contacts, body);
  expectStatus(answered, status);
  expect(answered.text).toMatch(words);
  expect((await api.get('an', contacts)).text).toBe(before);
});

it('ends a contact within its days only', async () => {
  const named = await api.post('an', contacts, {
    person: 'stad',
    of: 'payments',
    from: '2023-02-01',
    until: '2023-12-31',
  });
  expectStatus(named, 201);
  const end = async (until?: string): Promise<Answered> =>
    api.post('an', `${contacts}/${String(named.body['id'])}/end`, until === undefined ? {} : { until });
  for (const [until, words] of [
    ['2023-01-31', /it began on 2023-02-01/],
    ['2024-01-01', /it ends on 2023-12-31|it is over since 2023-12-31/],
  ] as const) {
    const refused = await end(until);
    expectStatus(refused, 422);
    expect(refused.text).toMatch(words);
  }
  expectStatus(await end('2023-02-01'), 200);
  // At once: it has not begun yet.
  expect((await end()).body).toMatchObject({ until: '2023-01-31' });
  expect((await end('2023-02-01')).text).toMatch(/it ends on 2023-01-31|it is over since 2023-01-31/);
});

it('never gives two deputies on one day, by ending later either', async () => {
  expectStatus(
    await api.post('lea', '/api/v1/people/lea/deputies', {
      deputy: 'an',
      from: '2024-03-01',
      until: '2024-03-10',
    }),
    201,
  );
  expectStatus(
    await api.post('lea', '/api/v1/people/lea/deputies', { deputy: 'an', from: '2024-03-11' }),
    201,
  );
  const listed = (await api.get('lea', '/api/v1/people/lea/deputies')).list('items');
  const first = listed.find(({ from }) => from === '2024-03-01');
  const longer = await api.post('lea', `/api/v1/people/lea/deputies/${String(first?.['id'])}/end`, {
    until: '2030-01-01',
  });
  expectStatus(longer, 422);
});

it('lets a beneficiary read its own contacts and change none, and shows others nothing', async () => {
  expectStatus(await api.get('stad', contacts), 200);
  expectStatus(await api.post('stad', contacts, { person: 'stad', of: 'payments' }), 403);
  expectStatus(await api.get('stad', '/api/v1/beneficiaries/nowhere/contacts'), 404);
  expectStatus(await api.get(null, contacts), 401);
  expectStatus(await api.post('an', `${contacts}/999/end`), 404);
});

it('names a deputy for oneself or, as an administrator, for another, one at a time', async () => {
  const named = await api.post('an', deputies, { deputy: 'lea', from: '2024-07-01', until: '2024-07-31' });
  expectStatus(named, 201);
  const listed = (await api.get('an', deputies)).list('items');
  expect(listed).toMatchObject([{ deputy: 'lea', from: '2024-07-01', until: '2024-07-31' }]);
  const overlapping = await api.post('lea', deputies, { deputy: 'lea', from: '2024-07-15' });
  expect([overlapping.status >= 400, overlapping.text]).toEqual([true, overlapping.text]);
  expectStatus(await api.post('an', deputies, { deputy: 'an' }), 422);
  expectStatus(await api.post('els', deputies, { deputy: 'els' }), 403);
  expectStatus(
    await api.post('an', `${deputies}/${String(listed[0]?.['id'])}/end`, { until: '2024-07-15' }),
    200,
  );
  expect((await api.get('an', deputies)).list('items')).toMatchObject([{ until: '2024-07-15' }]);
});

it.each([
  ['two lines', 'an@agency.example\r\nBcc: all@agency.example'],
  ['a list', 'an@agency.example, lea@agency.example'],
  ['a name with it', 'An <an@agency.example>'],
  ['no domain', 'an@'],
])('refuses %s as an address', async (_, mail) => {
  const answered = await api.post('an', '/api/v1/people/an/change-mail', { mail });
  expectStatus(answered, 422);
  expect(answered.text).toContain('mail');
  expectStatus(await api.post('an', '/api/v1/people/an/change-mail', { mail: 'an@agency.example' }), 200);
});
