// What is due, for whom, in what state and what waits on it: as a list, as counts and as files.
import { type ApiUnderTest, startApiUnderTest } from '../support/api.js';
import { people } from '../support/record.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest({ worker: false });
  const { record } = api;
  for (const grant of ['REN-A', 'REN-B', 'REN-C', 'REN-D']) await record.award(grant);
  await record.give(people.an, 'assign-handler', 'REN-A', { handler: 'an' });
  await record.give(people.stad, 'ask-extension', 'REN-B', {
    report: 'final',
    until: '2024-04-30',
    reason: 'Illness.',
  });
  await record.give(people.stad, 'submit-report', 'REN-C', { report: 'final', costs: '900.00' });
  await record.give(people.an, 'suspend', 'REN-D', { reason: 'Fraud.', mute: true });
}, 60_000);
afterAll(() => api?.stop());

type Row = Readonly<Record<string, unknown>>;
async function listed(query = '', by = 'an'): Promise<Row[]> {
  const { status, list } = await api.get(by, `/api/v1/deadlines${query}`);
  expect([query, status]).toEqual([query, 200]);
  return [...list('items')];
}

it('says what is due, for whom, what waits on it, and which reminder comes next', async () => {
  const [one, asked, submitted, muted] = await listed();
  expect(one).toEqual({
    dueOn: '2024-02-28',
    grant: 'REN-A',
    report: 'final',
    title: null,
    state: 'open',
    extended: false,
    rawDueOn: '2024-02-28',
    askedUntil: null,
    reportStatus: 'expected',
    beneficiary: 'antwerpen',
    beneficiaryName: 'Stad Antwerpen',
    programme: 'REN',
    handler: 'an',
    waiting: [{ tranche: 2, amount: '500.00' }],
    nextReminder: { offset: '-P60D', at: '2023-12-30T08:00:00.000Z' },
  });
  expect(asked).toMatchObject({ grant: 'REN-B', askedUntil: '2024-04-30' });
  // Handed in is not accepted: the tranche waits on, but nobody is reminded.
  expect(submitted).toMatchObject({
    grant: 'REN-C',
    state: 'met',
    waiting: [{ tranche: 2 }],
    nextReminder: null,
  });
  expect(muted).toMatchObject({ grant: 'REN-D', nextReminder: null, waiting: [{ tranche: 2 }] });
});

it('is narrowed to what waits for an answer, and to whoever handles it', async () => {
  expect((await listed('?asked=true')).map((row) => row['grant'])).toEqual(['REN-B']);
  expect((await listed('?asked=false')).map((row) => row['grant'])).toEqual(['REN-A', 'REN-C', 'REN-D']);
  expect((await listed('?handler=an')).map((row) => row['grant'])).toEqual(['REN-A']);
  expect((await api.get('an', '/api/v1/deadlines?asked=perhaps')).body['faults']).toEqual([
    { path: 'asked', message: 'is true or false' },
  ]);
});

it('counts by state, narrowed as the list is', async () => {
  const counts = async (query = '', by = 'an') =>
    (await api.get(by, `/api/v1/deadlines/counts${query}`)).body;
  expect(await counts()).toEqual({ open: 3, 'due-soon': 0, met: 1, 'met-late': 0, overdue: 0 });
  expect(await counts('?handler=an')).toEqual({ open: 1, 'due-soon': 0, met: 0, 'met-late': 0, overdue: 0 });
  expect(await counts('?programme=NONE')).toEqual({
    open: 0,
    'due-soon': 0,
    met: 0,
    'met-late': 0,
    overdue: 0,
  });
  expect(await counts('', 'stad')).toEqual(await counts());
  expect(await counts('', 'gentenaar')).toEqual(await counts('?programme=NONE'));
  const { status, body } = await api.get('an', '/api/v1/deadlines/counts?state=open');
  expect([status, body['code']]).toEqual([422, 'invalid']);
});

it('comes as a file, whole and narrowed', async () => {
  const lines = (await api.get('an', '/api/v1/exports/deadlines?format=json')).text.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(await listed());
  const csv = (await api.get('els', '/api/v1/exports/deadlines?decimal=point&handler=an')).text.trimEnd();
  expect(csv.split('\r\n')).toEqual([
    '"Due on","State","Programme","Beneficiary","Name","Grant","Report","Title","Report status","Handler",' +
      '"Extended","Raw date","Extension asked until","Waiting tranches","Waiting","Next reminder"',
    '2024-02-28,"open","REN","antwerpen","Stad Antwerpen","REN-A","final",,"expected","an",,2024-02-28,,"2",500.00,' +
      '"2023-12-30T08:00:00.000Z"',
  ]);
  expect((await api.get('an', '/api/v1/exports/deadlines?format=xlsx')).text.slice(0, 2)).toBe('PK');
  const met = await api.get('an', '/api/v1/exports/deadlines?format=json&state=met');
  expect(met.text.trimEnd().split('\n')).toHaveLength(1);
  expect((await api.get('gentenaar', '/api/v1/exports/deadlines?format=json')).text).toBe('');
  const strange = await api.get('fien', '/api/v1/exports/ageing?state=met');
  expect(strange.body['faults']).toEqual([
    { path: 'state', message: 'does not narrow the table ageing; known are programme, beneficiary' },
  ]);
});
