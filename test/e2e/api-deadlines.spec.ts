// Deadlines over HTTP and at the command line: explained, asked for, moved for a whole programme and put back.
import { type ApiUnderTest, type Answered, startApiUnderTest, tokenOf } from '../support/api.js';
import { expectFaults, expectRefusal } from '../support/expect-faults.js';
import { sluis } from '../support/sluis-process.js';

const asked = { programme: 'REN', report: 'final', until: '2024-03-15' };
const reason = 'The floods of January closed the town halls.';
const moves = '/api/v1/deadline-moves';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest();
  for (const code of ['A', 'B', 'C']) await api.record.award(code);
  await api.record.standAt('2023-06-01T10:00:00Z');
}, 120_000);
afterAll(() => api?.stop());

async function done(by: string, path: string, body: unknown = {}): Promise<Answered> {
  const answered = await api.post(by, path, body);
  expect([path, answered.status < 300, answered.text]).toEqual([path, true, answered.text]);
  return answered;
}

it('explains a deadline: rule, shift, moves with reason and decider, requests, reminders', async () => {
  const path = '/api/v1/grants/C/reports/final';
  await done('stad', `${path}/ask-extension`, { until: '2024-03-31', reason: 'Our accountant is ill.' });
  await done('an', `${path}/extend-deadline`, { until: '2024-03-20' });
  const { status, body } = await api.get('stad', '/api/v1/grants/C/deadlines/final');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    grant: 'C',
    report: 'final',
    dueOn: '2024-03-20',
    state: 'open',
    extended: true,
    rule: { rule: '2024-02-28', rawDueOn: '2024-02-28', shift: 'none', dueOn: '2024-02-28', passedOver: [] },
    history: [
      { event: 'deadline.set', by: 'system', dueOn: '2024-02-28', from: null },
      {
        event: 'extension.asked',
        by: 'stad',
        reason: 'Our accountant is ill.',
        request: { until: '2024-03-31' },
      },
      {
        event: 'deadline.extended',
        by: 'an',
        from: '2024-02-28',
        dueOn: '2024-03-20',
        reason: null,
        request: { by: 'stad', reason: 'Our accountant is ill.' },
      },
    ],
    extensions: { granted: 1, times: null, lastDay: null },
  });
  expect(body['reminders']).toContainEqual({
    offset: '-P14D',
    at: '2024-03-06T08:00:00.000Z',
    outcome: 'planned',
    told: [],
  });
  expect((await api.get('gentenaar', '/api/v1/grants/C/deadlines/final')).status).toBe(404);
  expect((await api.get('an', '/api/v1/grants/C/deadlines/none')).status).toBe(404);
  expect((await api.get('olga', '/api/v1/grants/C/deadlines/final')).status).toBe(403);
});

it('previews, applies and undoes a move, and names what stands in the way', async () => {
  const whole = await api.post('an', `${moves}/preview`, asked);
  expect(whole.status).toBe(200);
  expect(whole.body).toMatchObject({
    deadlines: 2,
    inTheWay: 1,
    refused: { code: 'invalid', detail: expect.stringContaining('C: 2024-03-15 gives no more time') },
  });
  const selected = { ...asked, dueOn: '2024-02-28' };
  const preview = await api.post('an', `${moves}/preview`, selected);
  expect(preview.list('lines').map(({ grant, from, to }) => [grant, from, to])).toEqual([
    ['A', '2024-02-28', '2024-03-15'],
    ['B', '2024-02-28', '2024-03-15'],
  ]);
  expect(preview.body).toMatchObject({ deadlines: 2, inTheWay: 0, refused: null });
  const refused = await api.post('an', moves, { ...asked, reason });
  expect([refused.status, refused.body['code']]).toEqual([422, 'invalid']);
  expect((await api.post('an', moves, selected)).body['code']).toBe('reason-required');

  const applied = await api.post('an', moves, { ...selected, reason, preview: preview.body['preview'] });
  expect([applied.status, applied.text]).toEqual([201, applied.text]);
  expect((await api.get('els', moves)).list('items')).toMatchObject([
    { move: 1, status: 'applied', deadlines: 2, movedBy: 'an', reason },
  ]);
  expect((await api.get('els', `${moves}/1/lines`)).list('items').map(({ grant }) => grant)).toEqual([
    'A',
    'B',
  ]);
  expect((await api.get('els', `${moves}/1/events`)).list('items')).toHaveLength(1);
  expect((await api.get('els', `${moves}/2`)).status).toBe(404);
  for (const by of ['stad', 'els', 'bart']) {
    const answer = await api.post(by, moves, { ...selected, reason });
    expect([by, answer.status]).toEqual([by, 403]);
    expect((await api.post(by, `${moves}/preview`, selected)).status).toBe(403);
  }
  expect((await api.get('stad', moves)).status).toBe(403);

  const back = await api.post('an', `${moves}/1/preview-undo`);
  expect([back.status, back.text]).toEqual([200, back.text]);
  expect(back.list('lines').map(({ grant, from, to }) => [grant, from, to])).toEqual([
    ['A', '2024-03-15', '2024-02-28'],
    ['B', '2024-03-15', '2024-02-28'],
  ]);
  expect(back.list('lines')[0]?.['reminders']).toContainEqual({
    offset: '-P14D',
    from: '2024-03-01T08:00:00.000Z',
    to: '2024-02-14T08:00:00.000Z',
  });
  expect(back.body).toMatchObject({ deadlines: 2, windows: 0, inTheWay: 0, refused: null });
  for (const [by, no, status] of [
    ['els', '1', 403],
    ['stad', '1', 403],
    ['an', '9', 404],
    ['an', 'first', 422],
  ] as const)
    expect([by, no, (await api.post(by, `${moves}/${no}/preview-undo`)).status]).toEqual([by, no, status]);
  await done('an', `${moves}/1/undo-move`, { reason: 'The wrong programme.' });
  expect((await api.post('an', `${moves}/1/preview-undo`)).body).toMatchObject({ code: 'wrong-state' });
  expect((await api.get('an', `${moves}/1`)).body).toMatchObject({
    status: 'undone',
    undoneBy: 'an',
    undoneReason: 'The wrong programme.',
  });
  const again = await api.post('an', `${moves}/1/undo-move`, { reason });
  expect([again.status, again.body['code']]).toEqual([409, 'wrong-state']);
  const { body } = await api.get('an', '/api/v1/grants/A/deadlines/final');
  expect(body).toMatchObject({ dueOn: '2024-02-28', extended: false });
});

it('does the same at the command line', async () => {
  const run = (...args: string[]) =>
    sluis(
      ['deadline', ...args],
      { DATABASE_URL: api.record.urls.runtime, SLUIS_TOKEN: tokenOf('an') },
      '/tmp',
    );
  const selection = ['REN', 'final', '2024-03-15', '--due-on', '2024-02-28'];
  const preview = await run('preview', ...selection);
  expect([preview.code, preview.stderr]).toEqual([0, '']);
  expect(preview.stdout).toContain('A final: 2024-02-28 → 2024-03-15');
  expect(preview.stdout).toContain('2 deadlines and 0 windows would move. Nothing was changed.');
  const one = await run('preview', 'REN', 'final', '2024-03-15', '--grant', 'A');
  expect(one.stdout).toContain('1 deadline and 0 windows would move.');
  const blocked = await run('preview', 'REN', 'final', '2024-03-15');
  expect(blocked.stdout).not.toContain('would move');
  expectFaults(
    blocked,
    /^<until>: C: 2024-03-15 gives no more time; name a day after the deadline of 2024-03-20$/m,
  );
  const several = await run('preview', 'REN', 'final', '2024-02-28');
  expectFaults(
    several,
    /^A: 2024-02-28 is the deadline already/m,
    /^B: 2024-02-28 is the deadline already/m,
    /^C: 2024-02-28 gives no more time/m,
    /^<until>: A: .*, and 2 more in the way$/m,
  );
  expect((await run('preview', 'REN', 'final', '2024-02-28', '--json')).code).toBe(2);
  expectRefusal(
    await run('preview', 'REN', 'final', '2024-03-15', '--due-on', '2025-01-01'),
    /no report of this selection is owed/,
  );
  const bare = await run('move', ...selection);
  expect([bare.code, bare.stdout]).toEqual([1, '']);
  expect(bare.stderr).toContain('--reason');
  const moved = await run('move', ...selection, '--reason', reason);
  expect([moved.code, moved.stdout]).toEqual([
    0,
    'Move 2: 2 deadlines moved to 2024-03-15. sluis deadline undo 2 puts them back.\n',
  ]);
  expect((await run('moves')).stdout).toContain('REN final to 2024-03-15');
  const shown = await run('show', 'A', 'final');
  expect(shown.stdout).toContain(`deadline.extended 2024-02-28 → 2024-03-15 by an (move 2): ${reason}`);
  const past = await run('move', 'REN', 'final', '2023-01-01', '--reason', reason);
  expect([past.code, past.stderr]).toEqual([2, expect.stringContaining('already past')]);
  const back = await run('undo', '2', '--preview');
  expect([back.code, back.stderr]).toEqual([0, '']);
  expect(back.stdout).toMatch(/^A final: 2024-03-15 → 2024-02-28; reminders /m);
  expect(back.stdout).toContain('2 deadlines and 0 windows would move back. Nothing was changed.');
  const undone = await run('undo', '2', '--reason', 'Not these.');
  expect([undone.code, undone.stderr]).toEqual([0, '']);
  expectRefusal(await run('undo', '2', '--preview'), /Move 2 cannot be undone: it is undone/);

  expect((await run('move', ...selection, '--reason', reason)).code).toBe(0);
  await done('an', '/api/v1/grants/A/reports/final/extend-deadline', { until: '2024-03-25', reason });
  await done('an', '/api/v1/grants/B/reports/final/extend-deadline', { until: '2024-03-25', reason });
  const acted = await run('undo', '3', '--preview');
  expect([acted.code, acted.stdout]).toEqual([1, '']);
  expect(acted.stderr).toMatch(/^A: deadline\.extended of report final came after the move/m);
  expect(acted.stderr).toMatch(/^B: deadline\.extended of report final came after the move/m);
  expect(acted.stderr).toMatch(/^sluis: Move 3 cannot be undone: A: .*, and 1 more in the way\.$/m);
}, 120_000);

it('shows what was sent of a deadline before the present one', async () => {
  await api.record.standAt('2024-01-26T10:00:00Z');
  await done('an', '/api/v1/grants/A/reports/final/extend-deadline', { until: '2024-04-30', reason });
  const earlier = { dueOn: '2024-03-25', offset: '-P60D', to: 'stad', outcome: 'sent' };
  expect((await api.get('stad', '/api/v1/grants/A/deadlines/final')).body['earlier']).toEqual([earlier]);
  const settings = { DATABASE_URL: api.record.urls.runtime, SLUIS_TOKEN: tokenOf('an') };
  const { stdout } = await sluis(['deadline', 'show', 'A', 'final'], settings);
  expect(stdout).toMatch(/^ {2}earlier {4}-P60D of 2024-03-25 {2}sent to stad$/m);
}, 30_000);
