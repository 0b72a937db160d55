// The tables of finance as files over HTTP.
import { system } from '#domain/people.js';

import { type ApiUnderTest, startApiUnderTest } from '../support/api.js';
import { people } from '../support/record.js';

const tables = ['schedule', 'forecast', 'payouts-done', 'commitments', 'ageing'];

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest({ worker: false });
  const { record } = api;
  await record.award('REN-ANT');
  await record.award('REN-PAID');
  await record.award('REN-SENT');
  for (const grant of ['REN-PAID', 'REN-SENT']) {
    for (const approver of [people.bart, people.bie])
      await record.give(approver, 'approve-tranche', grant, { tranche: 1 });
    await record.give(system, 'order-payout', grant, { tranche: 1 });
    await record.give(people.fien, 'hand-over-payout', grant, { tranche: 1 });
  }
  await record.give(people.fien, 'confirm-payout', 'REN-PAID', { tranche: 1 });
});
afterAll(() => api?.stop());

/** The rows of a CSV with decimal points, without the header. */
async function rows(table: string, query = ''): Promise<string[]> {
  const { status, text } = await api.get('fien', `/api/v1/exports/${table}?decimal=point${query}`);
  expect([table, status]).toEqual([table, 200]);
  return text.trimEnd().split('\r\n').slice(1);
}

it.each(tables)('%s comes as CSV and as XLSX, under its name', async (table) => {
  const csv = await api.get('fien', `/api/v1/exports/${table}`);
  expect([csv.status, csv.headers.get('Content-Type')]).toEqual([200, 'text/csv; charset=utf-8']);
  expect(csv.headers.get('Content-Disposition')).toBe(`attachment; filename="${table}.csv"`);
  expect(csv.text).toMatch(/^\ufeff?"[A-Z]/);
  const xlsx = await api.get('aude', `/api/v1/exports/${table}?format=xlsx`);
  expect([xlsx.status, xlsx.text.slice(0, 2)]).toEqual([200, 'PK']);
});

it.each(tables)('%s comes as JSON, one object a line as the list has it', async (table) => {
  const { status, headers, text } = await api.get('fien', `/api/v1/exports/${table}?format=json`);
  expect([status, headers.get('Content-Type')]).toEqual([200, 'application/x-ndjson']);
  expect(headers.get('Content-Disposition')).toBe(`attachment; filename="${table}.ndjson"`);
  const listed = (await api.get('fien', `/api/v1/finance/${table}?limit=200`)).body['items'] as unknown[];
  expect(listed.length).toBeGreaterThan(0);
  const lines = text.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(listed);
});

it('as JSON is empty where nothing is found, and described', async () => {
  const none = await api.get('fien', '/api/v1/exports/commitments?format=json&programme=NONE');
  expect([none.status, none.text]).toEqual([200, '']);
  const described = (await api.get(null, '/api/openapi.json')).text;
  expect(described).toContain('"application/x-ndjson":{"schema":{"type":"string"},"example":"{\\"month\\"');
});

it('holds what the lists hold, narrowed down as they are', async () => {
  expect(await rows('commitments')).toHaveLength(3);
  expect(await rows('commitments', '&programme=NONE')).toEqual([]);
  expect(await rows('payouts-done')).toEqual([
    '2023-01-02,,"REN","antwerpen","Stad Antwerpen","REN-PAID",1,"REN-PAID-1-1",500.00,',
  ]);
  expect(await rows('payouts-done', '&from=2023-01-03')).toEqual([]);
  expect(await rows('ageing')).toEqual([
    '2023-01-02,0,"0-2","REN","antwerpen","Stad Antwerpen","REN-SENT",1,"REN-SENT-1-1","handed-over",500.00',
  ]);
  expect(await rows('forecast', '&by=programme')).toContainEqual(
    expect.stringMatching(/^"2023-01","REN",1000\.00,2,/),
  );
  const { text } = await api.get('fien', '/api/v1/exports/forecast?by=programme');
  expect(text).toMatch(/"2023-01";"REN";1000,00;2;/);
});

it('names what it does not know', async () => {
  const { status, body } = await api.get('fien', '/api/v1/exports/commitments?from=2023-01-01');
  expect([status, body['faults']]).toEqual([
    422,
    [{ path: 'from', message: 'does not narrow the table commitments; known are programme, beneficiary' }],
  ]);
  for (const query of ['format=xml', 'decimal=dot', 'from=soon', 'state=paid'])
    expect([query, (await api.get('fien', `/api/v1/exports/schedule?${query}`)).status]).toEqual([
      query,
      422,
    ]);
  expect((await api.get('fien', '/api/v1/exports/grants')).status).toBe(404);
});

it('is for those who see the lists, as far as they do', async () => {
  for (const table of tables) expect((await api.get('els', `/api/v1/exports/${table}`)).status).toBe(403);
  expect((await api.get('stad', '/api/v1/exports/commitments')).status).toBe(403);
  expect((await api.get('stad', '/api/v1/exports/payouts-done')).text).toContain('REN-PAID');
  expect((await api.get('gentenaar', '/api/v1/exports/payouts-done')).text).not.toContain('REN-PAID');
});

it('gives its connection back where the reader goes away', async () => {
  const gone = new AbortController();
  for (let time = 0; time < 15; time += 1) {
    const asked = fetch(`${api.url}/api/v1/exports/schedule`, {
      headers: { Authorization: 'Bearer token-of-fien' },
      signal: gone.signal,
    });
    if (time % 2 === 0) await asked.then((response) => response.body?.cancel());
    else asked.catch(() => undefined);
  }
  gone.abort();
  expect((await api.get('fien', '/api/v1/exports/schedule')).status).toBe(200);
});
