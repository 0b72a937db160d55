import { examples } from '#api/openapi-examples.js';

import { type ApiUnderTest, addColleague, startApiUnderTest } from '../support/api.js';
import { until } from '../support/until.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest();
  const plan = {
    tranches: [
      { no: 1, share: 50, due: { on: 'grant-start' } },
      { no: 2, remainder: true, settles: true, requires: ['report:final'] },
    ],
    reports: [{ code: 'final', kind: 'financial', due: { on: '2024-02-28' } }],
  };
  const programme = { code: 'SET', title: 'With a settlement', ...plan };
  expect((await api.post('an', '/api/v1/programmes', programme)).status).toBe(201);
});
afterAll(() => api?.stop());

async function awarded(code: string, programme: string): Promise<string> {
  const term = { amount: '1000.00', start: '2023-01-01', end: '2024-12-31' };
  const draft = { code, beneficiary: 'antwerpen', programme, ...term };
  expect((await api.post('an', '/api/v1/grants', draft)).status).toBe(201);
  expect((await api.post('an', `/api/v1/grants/${code}/award`)).status).toBe(200);
  return `/api/v1/grants/${code}`;
}

async function done(by: string, path: string, body?: object): Promise<void> {
  const { status, text } = await api.post(by, path, body);
  expect([path, status, text]).toEqual([path, 200, text]);
}

describe('a payout without a bank file, and the settlement behind it', () => {
  it('is marked with evidence, handed to nobody, and not confirmed by whoever marked it', async () => {
    const grant = await awarded('SET-1', 'SET');
    await done('bart', `${grant}/tranches/1/approve-tranche`);
    await until('the payout is ordered', async () =>
      (await api.get('fien', '/api/v1/payouts?state=ordered')).text.includes('SET-1'),
    );
    const mark = `${grant}/tranches/1/mark-executed`;
    const without = await api.post('fien', mark);
    expect([without.status, without.list('faults')[0]?.['path']]).toEqual([422, 'evidence']);
    await done('fien', mark, { evidence: 'Ledger entry 7' });
    const { body } = await api.get('fien', '/api/v1/payouts?state=ordered');
    expect(body['items']).toMatchObject([
      { grant: 'SET-1', executed: { by: 'fien', evidence: 'Ledger entry 7' } },
    ]);
    expect((await api.get('stad', grant)).list('payouts')[0]?.['executed']).toMatchObject({ by: 'fien' });
    const again = await api.post('fien', mark);
    expect([again.status, again.body['detail']]).toEqual([
      403,
      'Tranche 1 of SET-1 cannot have its payout marked as executed by you: fien marked it as executed, and this takes someone else.',
    ]);
    const handed = await api.post('fien', `${grant}/tranches/1/hand-over-payout`);
    expect([handed.status, handed.body['detail']]).toEqual([
      409,
      'Tranche 1 of SET-1 cannot have its payout handed over: it is marked as executed by fien; it would have to be confirmed or rejected first.',
    ]);
    const alone = await api.post('fien', `${grant}/tranches/1/confirm-payout`);
    expect([alone.status, alone.body['code']]).toEqual([403, 'four-eyes']);
    await addColleague(api.record, { id: 'fons', roles: ['finance'] });
    await done('fons', mark);
  });

  it('explains the settlement: a preview first, then what was fixed, term by term', async () => {
    const grant = '/api/v1/grants/SET-1';
    const preview = await api.get('stad', `${grant}/settlement`);
    expect(preview.body).toMatchObject({ preview: true, open: false, missing: ['report:final'] });
    await done('stad', `${grant}/reports/final/submit-report`, { costs: '900.00' });
    await done('an', `${grant}/reports/final/accept-report`);
    const { status, body } = await api.get('aude', `${grant}/settlement`);
    expect([status, Object.keys(body)]).toEqual([200, Object.keys(examples.settlement)]);
    expect(body).toMatchObject({
      grant: 'SET-1',
      tranche: 2,
      preview: false,
      fixed: { event: 'tranche.reduced' },
      open: true,
      missing: [],
      sums: { award: '1000.00', owed: '1000.00', accepted: '900.00', paid: '500.00', balance: '400.00' },
      accepted: [{ report: 'final', amount: '900.00', since: { event: 'report.accepted' } }],
      paid: [{ endToEndId: 'SET-1-1-1', tranche: 1, amount: '500.00' }],
      planned: '500.00',
      amount: '400.00',
      proposes: null,
    });
    expect(Object.keys(body['sums'] as object)).toEqual(Object.keys(examples.settlement.sums));
    const reduced = (await api.get('an', `${grant}/events`))
      .list('items')
      .find(({ type }) => type === 'tranche.reduced');
    expect(reduced?.['data']).toMatchObject({ amount: '400.00', accepted: '900.00', paid: '500.00' });
  });

  it("is not found where nothing settles, and of another's grant as if that were not there", async () => {
    const grant = await awarded('REN-1', 'REN');
    const none = await api.get('an', `${grant}/settlement`);
    expect([none.status, none.body['code']]).toEqual([404, 'not-found']);
    expect(none.body['detail']).toContain('no tranche that settles');
    const others = await api.get('gentenaar', '/api/v1/grants/SET-1/settlement');
    const unknown = await api.get('gentenaar', '/api/v1/grants/NONE/settlement');
    expect(others.status).toBe(404);
    expect(others.text.replaceAll('SET-1', 'NONE')).toBe(unknown.text);
    expect((await api.get('olga', '/api/v1/grants/SET-1/settlement')).status).toBe(403);
  });
});

describe('a recovery over two grants', () => {
  it('is offset against the other one, with its legal ground in sight', async () => {
    const one = await awarded('SET-A', 'SET');
    const other = await awarded('SET-B', 'SET');
    await done('bart', `${one}/tranches/1/approve-tranche`);
    await until('the payout is ordered', async () =>
      (await api.get('fien', '/api/v1/payouts?state=ordered')).text.includes('SET-A'),
    );
    await done('fien', `${one}/tranches/1/confirm-payout`);
    const ground = 'Decree of 8 July 2022, art. 5';
    await done('an', `${one}/propose-recovery`, { amount: '100.00', reason: 'Spent elsewhere.', ground });
    await done('an', `${one}/recoveries/1/notify-recovery`);
    const path = `${one}/recoveries/1/offset-recovery`;
    const unknown = await api.post('an', path, { tranche: 2, against: 'NONE' });
    expect([unknown.status, unknown.body['detail']]).toEqual([404, 'There is no grant NONE.']);
    const key = { 'Idempotency-Key': 'offset-1' };
    const offset = await api.post('an', path, { tranche: 2, against: 'SET-B' }, key);
    expect([offset.status, offset.list('events').length]).toEqual([200, 1]);
    const replayed = await api.post('an', path, { tranche: 2, against: 'SET-B' }, key);
    expect(replayed.text).toBe(offset.text);
    expect((await api.get('an', one)).list('recoveries')).toMatchObject([
      { status: 'offset', settled: '0.00', offsetElsewhere: '100.00', ground },
    ]);
    expect((await api.get('an', other)).list('tranches')[1]).toMatchObject({ amount: '400.00' });
    const { body } = await api.get('an', `${other}/settlement`);
    expect(body).toMatchObject({ compensated: [{ tranche: 2, amount: '100.00' }] });
  });
});
