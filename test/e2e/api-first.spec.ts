import { type ApiUnderTest, startApiUnderTest } from '../support/api.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest();
});
afterAll(() => api?.stop());

it('looks', async () => {
  const show = async (promise: Promise<{ status: number; text: string; headers: Headers }>) => {
    const { status, text, headers } = await promise;
    process.stdout.write(
      `${status} ${[...headers].filter(([n]) => /etag|replay|link|www|allow|location|retry/.test(n)).join(' ; ')}\n${text.slice(0, 1800)}\n\n`,
    );
  };
  await show(api.get(null, '/health/live'));
  await show(api.get('an', '/api/v1/me'));
  await show(api.get(null, '/api/v1/me'));
  await show(
    api.post(
      'an',
      '/api/v1/grants',
      {
        code: 'REN-ANT',
        beneficiary: 'antwerpen',
        programme: 'REN',
        amount: '1000.00',
        start: '2023-01-01',
        end: '2024-12-31',
      },
      { 'Idempotency-Key': 'a' },
    ),
  );
  await show(
    api.post(
      'an',
      '/api/v1/grants',
      {
        code: 'REN-ANT',
        beneficiary: 'antwerpen',
        programme: 'REN',
        amount: '1000.00',
        start: '2023-01-01',
        end: '2024-12-31',
      },
      { 'Idempotency-Key': 'a' },
    ),
  );
  await show(api.post('an', '/api/v1/grants/REN-ANT/award', {}));
  await show(api.get('an', '/api/v1/grants/REN-ANT'));
  await show(api.get('an', '/api/v1/grants/REN-ANT/tranches/2/gate'));
  await show(api.post('bart', '/api/v1/grants/REN-ANT/tranches/2/approve-tranche', {}));
  await show(api.post('bart', '/api/v1/grants/REN-ANT/tranches/1/approve-tranche'));
  await show(api.get('an', '/api/v1/grants/REN-ANT/events?limit=2'));
  await show(api.get('an', '/api/v1/grants?limit=1'));
  await show(api.get('an', '/api/v1/deadlines'));
  await show(api.get('an', '/api/v1/payouts'));
  await show(api.get('stad', '/api/v1/messages'));
  await show(api.get('an', '/api/v1/messages'));
  await show(api.get('an', '/api/v1/beneficiaries/antwerpen'));
  await show(api.get('an', '/api/v1/programmes/REN'));
  await show(api.get('gentenaar', '/api/v1/grants/REN-ANT'));
  await show(api.get('an', '/api/v1/grants/NOPE'));
  await show(api.get('an', '/api/v1/grants?foo=1&limit=9999'));
  await show(api.post('an', '/api/v1/grants/REN-ANT/award', '{"a":'));
  await show(api.get('an', '/api/v1/nope'));
  await show(api.get('an', '/api/v1/grants/REN-ANT/award'));
  await show(api.get('an', '/metrics'));
  await show(api.get(null, '/api/docs'));
  await show(api.get(null, '/api/docs/swagger-ui.css'));
  await show(api.get(null, '/api/docs/problems/gate-closed'));
  await show(api.get(null, '/health/ready'));
});
