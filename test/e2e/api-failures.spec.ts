import { type ApiUnderTest, startApiUnderTest } from '../support/api.js';
import { people } from '../support/record.js';
import { until } from '../support/until.js';

const grant = '/api/v1/grants/REN-ANT';
const iban = 'BE68539007547035';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest();
  await api.record.award('REN-ANT');
  const term = { programme: 'REN', amount: '2000.00', start: '2023-01-01', end: '2024-12-31' };
  await api.record.give(people.an, 'draft-grant', 'REN-GNT', { beneficiary: 'gent', ...term });
  await api.record.give(people.an, 'award', 'REN-GNT');
  await api.record.standAt('2023-03-01T10:00:00Z');
  for (const [by, path, body] of [
    ['bart', `${grant}/tranches/2/approve-tranche`, {}],
    ['stad', `${grant}/tranches/1/approve-tranche`, {}],
    ['stad', '/api/v1/grants/REN-GNT/reports/final/submit-report', {}],
    ['stad', '/api/v1/beneficiaries/antwerpen/change-account', { iban: 'BE68539007547034' }],
    ['an', `${grant}/suspend`, { reason: `their account ${iban} is wrong`, [iban]: 1 }],
    ['fien', '/api/v1/grants/REN-NONE/tranches/1/order-payout', {}],
  ] as const)
    expect((await api.post(by, path, body)).status).toBeGreaterThan(400);
  await api.record.standAt('2023-03-01T23:30:00Z');
  await api.post('gentenaar', '/api/v1/grants/REN-GNT/tranches/1/approve-tranche');
  const key = { 'Idempotency-Key': 'an account', 'Content-Type': 'application/json' };
  await api.post('an', '/api/v1/beneficiaries', { id: 'aalst', name: iban, kbo: '0207437468' }, key);
  await api.post(
    'an',
    '/api/v1/beneficiaries',
    { id: 'aalst', name: `${iban} again`, kbo: '0207437468' },
    key,
  );
});
afterAll(() => api?.stop());

/** Who was refused what, in order. */
async function listed(by: string, query = '', path = '/api/v1/refusals'): Promise<string[]> {
  const answered = await api.get(by, `${path}${query}`);
  expect(answered.status).toBe(200);
  return answered.list('items').map((row) => `${row['by']} ${row['command']} ${row['code']}`);
}

const everything = [
  'bart approve-tranche gate-closed',
  'stad approve-tranche not-allowed',
  'stad submit-report not-allowed',
  'stad change-account invalid',
  'an suspend invalid',
  'fien order-payout not-found',
  'gentenaar approve-tranche not-allowed',
  'an add-beneficiary command-reused',
];

describe('refused commands', () => {
  it.each(['an', 'els', 'bart', 'fien', 'aude'])('are all shown to %s, in order', async (by) => {
    expect(await listed(by)).toEqual(everything);
  });

  it("are shown to a beneficiary's person where they were its own, on what is its own", async () => {
    expect(await listed('stad')).toEqual(['stad approve-tranche not-allowed', 'stad change-account invalid']);
    expect(await listed('stad', '', `${grant}/refusals`)).toEqual(['stad approve-tranche not-allowed']);
    for (const query of ['?by=bart', '?grant=REN-GNT', '?grant=REN-NONE', '?code=gate-closed'])
      expect(await listed('stad', query)).toEqual([]);
    expect(await listed('gentenaar')).toEqual(['gentenaar approve-tranche not-allowed']);
  });

  it("of another's grant are as those of a grant that does not exist", async () => {
    const another = await api.get('gentenaar', `${grant}/refusals`);
    const unknown = await api.get('gentenaar', '/api/v1/grants/UNKNOWN/refusals');
    expect([another.status, unknown.status]).toEqual([404, 404]);
    expect(another.text.replaceAll('REN-ANT', 'UNKNOWN')).toBe(unknown.text);
    expect((await api.get('an', '/api/v1/grants/REN-NONE/refusals')).status).toBe(404);
  });

  it('are no files for an operator', async () => {
    for (const path of ['/api/v1/refusals', `${grant}/refusals`]) {
      const { status, body } = await api.get('olga', path);
      expect([status, body['code']]).toEqual([403, 'not-allowed']);
    }
  });

  it.each([
    ['?grant=REN-NONE', ['fien order-payout not-found']],
    ['?grant=REN-ANT&by=bart', ['bart approve-tranche gate-closed']],
    ['?code=invalid', ['stad change-account invalid', 'an suspend invalid']],
    ['?to=2023-03-01', everything.slice(0, 6)],
    ['?from=2023-03-02&to=2023-03-02', everything.slice(6)],
    ['?from=2023-03-03', []],
  ])('are found by %s; days are those of Brussels', async (query, found) => {
    expect(await listed('an', query)).toEqual(found);
  });

  it('come with their facts, as they were answered', async () => {
    const { body, list } = await api.get('an', `${grant}/refusals?code=gate-closed`);
    expect(list('items')).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        at: '2023-03-01T10:00:00.000Z',
        command: 'approve-tranche',
        stream: 'grant:REN-ANT',
        by: 'bart',
        code: 'gate-closed',
        facts: { tranche: 2, missing: ['report:final', 'evaluation:final', 'document:permit'] },
        input: { tranche: 2 },
        commandId: expect.stringMatching(/^bart\//),
      },
    ]);
    expect(body['next']).toBeNull();
  });

  it('are read in pages that meet', async () => {
    const read: string[] = [];
    let next: unknown = '/api/v1/refusals?limit=3';
    for (; typeof next === 'string';) {
      const { body, list } = await api.get('aude', next);
      read.push(...list('items').map((row) => `${row['by']} ${row['command']} ${row['code']}`));
      next = body['next'];
    }
    expect(read).toEqual(everything);
  });

  it.each(['?code=nonsense', '?from=2023-02-30', '?by=a%20b', '?after=x', '?grant=a&grant=b', '?other=1'])(
    'are not to be asked %s',
    async (query) => expect((await api.get('an', `/api/v1/refusals${query}`)).status).toBe(422),
  );

  it('never show an account number, wherever it was written', async () => {
    for (const by of ['an', 'els', 'fien', 'aude', 'stad'])
      expect((await api.get(by, '/api/v1/refusals')).text).not.toMatch(/BE\d\d|5390/);
    const { text } = await api.get('an', '/api/v1/refusals?by=an');
    expect(text).toContain('their account [account number] is wrong');
    expect((await api.get('stad', '/api/v1/refusals?code=invalid')).text).toContain('"iban":"not kept"');
  });

  it('of a whole book are cut short', async () => {
    const requires = Array.from({ length: 1_000 }, (_, no) => `document:annex-to-the-agreement-${no}`);
    const book = { code: 'BOOK', title: 'Book', tranches: [{ no: 1, remainder: true, requires }] };
    expect((await api.post('bart', '/api/v1/programmes', book)).status).toBe(403);
    const [row] = (await api.get('an', '/api/v1/refusals?by=bart&code=not-allowed')).list('items');
    expect(row).toMatchObject({ command: 'add-programme', input: { tooLong: true } });
  });
});

describe('what failed', () => {
  it('is shown until it is done', async () => {
    const path = '/api/v1/failures';
    await until('all is done', async () => (await undone()) === 0);
    expect((await api.get('olga', path)).body).toEqual({ items: [], next: null });
    await api.record.owner.query(`
      CREATE FUNCTION jam() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the letter box is full'; END $$;
      CREATE TRIGGER jam BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION jam();`);
    try {
      const suspended = await api.post('an', `${grant}/suspend`, { reason: 'an inquiry' });
      expect(suspended.status).toBe(200);
      await until('it failed', async () => (await api.get('olga', path)).list('items').length === 1);
    } finally {
      await api.record.owner.query('DROP TRIGGER jam ON messages');
    }
    await api.record.owner.query(
      `UPDATE effects SET last_error = last_error || ' ${iban}' WHERE done_at IS NULL`,
    );
    await until('it is done', async () => (await api.get('olga', path)).list('items').length === 0);
  });

  it('names its event, what was to follow and why it did not, without account numbers', async () => {
    const event = { stream: 'grant:REN-ANT', sequence: 1, type: 'grant.drafted' };
    const [{ id }] = (await api.record.source.query(
      'SELECT id::text FROM events WHERE stream = $1 AND sequence = 1',
      [event.stream],
    )) as [{ id: string }];
    await api.record.owner.query(
      `INSERT INTO effects (event_id, reaction, target, rung_at, attempts, last_error, done_at) VALUES
         ($1, 'remind', 'a', 'infinity', 2, $2, NULL), ($1, 'remind', 'b', 'infinity', 1, NULL, NULL),
         ($1, 'remind', 'done', 'infinity', 3, NULL, now()), ($1, 'remind', 'new', 'infinity', 0, NULL, NULL)`,
      [id, `no mail to a: ${iban} is no address`],
    );
    for (const by of ['olga', 'an', 'fien', 'aude']) {
      const first = await api.get(by, '/api/v1/failures?limit=1');
      expect(first.list('items')).toEqual([
        {
          event: { id, ...event },
          reaction: 'remind',
          target: 'a',
          attempts: 2,
          lastError: 'no mail to a: [account number] is no address',
          since: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ]);
      const { body, list } = await api.get(by, String(first.body['next']));
      expect(list('items')).toMatchObject([{ target: 'b', attempts: 1, lastError: null }]);
      expect(body['next']).toBeNull();
    }
    expect((await api.get('an', '/api/v1/failures?after=x')).status).toBe(422);
  });

  it.each(['els', 'bart', 'stad'])('is not for %s', async (by) => {
    const { status, body } = await api.get(by, '/api/v1/failures');
    expect([status, body['code']]).toEqual([403, 'not-allowed']);
  });
});

it('a grant and the list of deadlines say the same of a deadline', async () => {
  for (const [at, state] of [
    ['2024-02-13T22:59:59.999Z', 'open'],
    ['2024-02-13T23:00:00.000Z', 'due-soon'],
    ['2024-02-28T22:59:59.999Z', 'due-soon'],
    ['2024-02-28T23:00:00.000Z', 'overdue'],
  ]) {
    await api.record.standAt(at!);
    const [report] = (await api.get('an', grant)).list('reports');
    expect(report).toMatchObject({ state, extended: false });
    const deadlines = (await api.get('an', `/api/v1/deadlines?state=${state}`)).list('items');
    expect(deadlines).toContainEqual(expect.objectContaining({ grant: 'REN-ANT', state, extended: false }));
  }
});

async function undone(): Promise<number> {
  const [row] = (await api.record.source.query(
    'SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM effects WHERE done_at IS NULL) AS left',
  )) as [{ left: string }];
  return Number(row.left);
}
