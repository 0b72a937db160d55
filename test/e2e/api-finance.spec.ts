import { financeExamples } from '#api/openapi-finance-examples.js';

import { type ApiUnderTest, startApiUnderTest } from '../support/api.js';
import { people } from '../support/record.js';

const lists = ['schedule', 'forecast', 'payouts-done', 'commitments', 'ageing'] as const;

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest({ worker: false });
  const { record } = api;
  const { an, bart, fien, stad } = people;
  await record.standAt('2023-01-02T10:00:00Z');
  for (const code of ['REN-ANT', 'REN-BIS', 'REN-TER']) {
    await record.award(code);
    await accepted(bart, 'approve-tranche', code, { tranche: 1 });
    await accepted(fien, 'order-payout', code, { tranche: 1 });
  }
  await record.give(an, 'draft-grant', 'REN-GNT', {
    beneficiary: 'gent',
    programme: 'REN',
    amount: '2000.01',
    start: '2023-06-01',
    end: '2024-12-31',
  });
  await accepted(an, 'award', 'REN-GNT');
  for (const code of ['REN-BIS', 'REN-TER']) await accepted(fien, 'hand-over-payout', code, { tranche: 1 });
  await record.standAt('2023-01-10T23:30:00Z');
  await accepted(fien, 'confirm-payout', 'REN-ANT', { tranche: 1 });
  await accepted(fien, 'mark-unknown', 'REN-TER', { tranche: 1 });
  await record.standAt('2023-02-01T10:00:00Z');
  await accepted(fien, 'return-payout', 'REN-ANT', { tranche: 1, reason: 'account closed' });
  await accepted(stad, 'submit-report', 'REN-ANT', { report: 'final' });
  await record.standAt('2023-02-05T10:00:00Z');
});
afterAll(() => api?.stop());

async function accepted(
  ...[by, name, grant, input]: Parameters<ApiUnderTest['record']['give']>
): Promise<void> {
  const outcome = await api.record.give(by, name, grant, input);
  if (!outcome.accepted) throw new Error(`${name} of ${grant}: ${JSON.stringify(outcome.refused)}`);
}

const at = (list: string): string => `/api/v1/finance/${list}`;

describe('GET /finance', () => {
  it('schedule: what is expected when, and what it waits for', async () => {
    const { status, body, list } = await api.get('fien', at('schedule'));
    expect([status, body['next']]).toEqual([200, null]);
    const rows = list('items');
    expect(Object.keys(rows[0] ?? {}).sort()).toEqual(Object.keys(financeExamples.scheduled).sort());
    const short = rows.map(({ grant, tranche, expectedOn, certain, status: state, amount }) =>
      [grant, tranche, expectedOn, certain, state, amount].join(' '),
    );
    expect(short).toEqual([
      'REN-ANT 1 2023-02-05 true approved 500.00',
      'REN-BIS 1 2023-02-05 true handed-over 500.00',
      'REN-TER 1 2023-02-05 false unknown 500.00',
      // Nobody has entered an account of Gent.
      'REN-GNT 1 2023-06-01 false planned 1000.00',
      // No date comes with document:permit.
      'REN-ANT 2  false planned 500.00',
      'REN-BIS 2  false planned 500.00',
      'REN-GNT 2  false planned 1000.01',
      'REN-TER 2  false planned 500.00',
    ]);
    expect(rows[4]).toMatchObject({
      month: null,
      beneficiaryName: 'Stad Antwerpen',
      waitsFor: ['report:final', 'evaluation:final', 'document:permit'],
      upTo: false,
    });
  });

  it('schedule: in pages, within a period, of a programme', async () => {
    const first = await api.get('fien', `${at('schedule')}?limit=5`);
    expect(first.list('items')).toHaveLength(5);
    const rest = await api.get('fien', String(first.body['next']));
    expect([rest.list('items').length, rest.body['next']]).toEqual([3, null]);
    const within = await api.get('fien', `${at('schedule')}?from=2023-06-01&to=2023-06-30`);
    expect(within.list('items').map(({ grant }) => grant)).toEqual(['REN-GNT']);
    const none = await api.get('fien', `${at('schedule')}?programme=OTHER`);
    expect(none.body).toEqual({ items: [], next: null });
    const wrong = await api.get('fien', `${at('schedule')}?from=2023-06-31`);
    expect([wrong.status, wrong.body['code']]).toEqual([422, 'invalid']);
  });

  it('forecast: a month at a time, the undated last', async () => {
    const nobody = { programme: null, beneficiary: null };
    const { list } = await api.get('aude', at('forecast'));
    expect(list('items')).toEqual([
      {
        month: '2023-02',
        ...nobody,
        certain: '1000.00',
        certainCount: 2,
        expected: '500.00',
        expectedCount: 1,
      },
      {
        month: '2023-06',
        ...nobody,
        certain: '0.00',
        certainCount: 0,
        expected: '1000.00',
        expectedCount: 1,
      },
      { month: null, ...nobody, certain: '0.00', certainCount: 0, expected: '2500.01', expectedCount: 4 },
    ]);
    const by = await api.get('aude', `${at('forecast')}?by=beneficiary&limit=2`);
    expect(by.list('items').map(({ month, beneficiary }) => [month, beneficiary])).toEqual([
      ['2023-02', 'antwerpen'],
      ['2023-06', 'gent'],
    ]);
    const next = await api.get('aude', String(by.body['next']));
    expect(next.list('items').map(({ beneficiary, expected }) => [beneficiary, expected])).toEqual([
      ['antwerpen', '1500.00'],
      ['gent', '1000.01'],
    ]);
    const wrong = await api.get('aude', `${at('forecast')}?by=year`);
    expect(wrong.body['faults']).toEqual([
      { path: 'by', message: 'is one of month, programme, beneficiary' },
    ]);
  });

  it('payouts done: what arrived, and what came back of it, by days of the programme', async () => {
    const { list } = await api.get('fien', at('payouts-done'));
    expect(list('items')).toEqual([
      {
        settledOn: '2023-01-11',
        returnedOn: '2023-02-01',
        settledAt: '2023-01-10T23:30:00.000Z',
        returnedAt: '2023-02-01T10:00:00.000Z',
        endToEndId: 'REN-ANT-1-1',
        grant: 'REN-ANT',
        tranche: 1,
        attempt: 1,
        programme: 'REN',
        beneficiary: 'antwerpen',
        beneficiaryName: 'Stad Antwerpen',
        amount: '500.00',
      },
    ]);
    const counts = [
      'from=2023-01-11&to=2023-01-11',
      'from=2023-02-01',
      'to=2023-01-10',
      'from=2023-01-12&to=2023-01-31',
    ];
    const found = await Promise.all(
      counts.map((period) => api.get('fien', `${at('payouts-done')}?${period}`)),
    );
    expect(found.map(({ list: rows }) => rows('items').length)).toEqual([1, 1, 0, 0]);
  });

  it('commitments: open is committed less paid', async () => {
    const { list } = await api.get('bart', at('commitments'));
    expect(list('items').map(({ grant, committed, paid, open }) => [grant, committed, paid, open])).toEqual([
      ['REN-ANT', '1000.00', '0.00', '1000.00'],
      ['REN-BIS', '1000.00', '0.00', '1000.00'],
      ['REN-GNT', '2000.01', '0.00', '2000.01'],
      ['REN-TER', '1000.00', '0.00', '1000.00'],
    ]);
    expect(Object.keys(list('items')[0] ?? {}).sort()).toEqual(
      Object.keys(financeExamples.commitment).sort(),
    );
  });

  it('ageing: what has no answer, for how long', async () => {
    const { list } = await api.get('an', at('ageing'));
    const rows = list('items');
    expect(
      rows.map(({ grant, status, handedOverOn, days, bucket }) => [
        grant,
        status,
        handedOverOn,
        days,
        bucket,
      ]),
    ).toEqual([
      ['REN-BIS', 'handed-over', '2023-01-02', 34, '31+'],
      ['REN-TER', 'unknown', '2023-01-02', 34, '31+'],
    ]);
    expect(Object.keys(rows[0] ?? {}).sort()).toEqual(Object.keys(financeExamples.ageing).sort());
    for (const [now, bucket] of [
      ['2023-01-04', '0-2'],
      ['2023-01-05', '3-7'],
      ['2023-01-10', '8-30'],
    ]) {
      await api.record.standAt(`${now}T10:00:00Z`);
      const { list: aged } = await api.get('an', `${at('ageing')}?bucket=${bucket}`);
      expect([bucket, aged('items').length]).toEqual([bucket, 2]);
    }
    await api.record.standAt('2023-02-05T10:00:00Z');
  });
});

describe('who reads it', () => {
  it.each(['an', 'bart', 'fien', 'aude'])('%s reads all of it', async (by) => {
    for (const list of lists) expect((await api.get(by, at(list))).status).toBe(200);
  });

  it.each(['els', 'olga'])('%s reads none of it', async (by) => {
    for (const list of lists) {
      const { status, body } = await api.get(by, at(list));
      expect([list, status, body['code']]).toEqual([list, 403, 'not-allowed']);
    }
  });

  it('a beneficiary reads its own schedule and payouts, whatever it asks for', async () => {
    for (const list of ['schedule', 'payouts-done']) {
      expect((await api.get('gentenaar', at(list))).text).not.toContain('antwerpen');
      const asked = await api.get('gentenaar', `${at(list)}?beneficiary=antwerpen`);
      expect(asked.body).toEqual({ items: [], next: null });
    }
    expect((await api.get('gentenaar', at('schedule'))).list('items')).toHaveLength(2);
    expect((await api.get('stad', at('payouts-done'))).list('items')).toHaveLength(1);
    for (const list of ['forecast', 'commitments', 'ageing'])
      expect((await api.get('stad', at(list))).status).toBe(403);
  });
});
