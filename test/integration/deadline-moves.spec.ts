// Bulk moves of deadlines on real PostgreSQL: what a preview shows is what happens, all of it or nothing; undone;
// replayed by verify.
import { performance } from 'node:perf_hooks';

import type { PreviewLine } from '#domain/move-preview.js';
import { isRefused } from '#domain/refusal.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { DeadlineMoves, type Previewed } from '#lifecycle/deadline-moves.js';
import type { Outcome } from '#lifecycle/run-commands.js';
import { verifyRecord } from '#lifecycle/verify-record.js';
import { GrantView } from '#persistence/views/grant.view.js';
import { ScheduleView } from '#persistence/views/schedule.view.js';
import { reactionsTo } from '#worker/reactions.js';

import { type TestCluster, startTestCluster } from '../support/cluster.js';
import { type RecordUnderTest, awardLot, openRecord, people } from '../support/record.js';

const plan = {
  tranches: [
    { no: 1, share: 50, due: { on: 'grant-start' } },
    { no: 2, remainder: true, requires: ['report:interim', 'evaluation:interim'] },
  ],
  reports: [{ code: 'interim', kind: 'both', due: { on: '2024-02-28' }, extensions: { longest: 'P4M' } }],
  evaluations: [{ code: 'interim', report: 'interim', window: { from: '2024-03-01', to: '2024-05-31' } }],
};
const asked = { programme: 'REN', report: 'interim', until: '2024-03-15' };
const reason = 'The floods of January closed the town halls.';
const beforeMove = '2024-01-31T10:00:00Z';

let cluster: TestCluster;
let record: RecordUnderTest;
let moves: DeadlineMoves;
let given = 0;

beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());
beforeEach(async () => {
  record = await openRecord(await cluster.clone(), async () => undefined, plan);
  moves = new DeadlineMoves(record.source);
});
afterEach(() => record.stop());

const codesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `G-${String(index + 1).padStart(5, '0')}`);

function give(
  name: 'move-deadlines' | 'undo-move',
  input: Record<string, unknown>,
  by = people.an,
  id = `move-${(given += 1)}`,
): Promise<Outcome> {
  return moves.run({ id, name, actor: by, grant: null, input });
}

async function preview(input: Record<string, unknown>): Promise<Previewed & { lines: PreviewLine[] }> {
  const lines: PreviewLine[] = [];
  const request = { id: 'preview', name: 'move-deadlines', actor: people.an, grant: null, input } as const;
  const answered = await moves.preview(request, (line) => void lines.push(line));
  if (isRefused(answered)) throw new Error(JSON.stringify(answered.refused));
  return { ...answered, lines };
}

function accepted(outcome: Outcome): Extract<Outcome, { accepted: true }> {
  if (!outcome.accepted) throw new Error(JSON.stringify(outcome.refused));
  return outcome;
}

/** Everything a move may touch, as it is recorded, but for where streams and sequences stand. */
async function state(): Promise<unknown> {
  const rows = await record.source.query(
    `SELECT r.grant_code, r.code, r.status, r.raw_due_on::text, r.due_on::text, r.extended, r.overdue, r.moved,
            e.window_from::text, e.window_to::text, e.window_move
       FROM reports r LEFT JOIN evaluations e ON e.grant_code = r.grant_code AND e.code = r.code
      ORDER BY r.grant_code, r.code`,
  );
  return rows;
}

async function verified(): Promise<unknown> {
  const { violations } = await verifyRecord(record.source, reactionsTo, sepaPayments);
  return violations;
}

/** Lays what fell due, as the sweep does. */
async function sweep(): Promise<void> {
  for (;;) {
    const { grants, failures } = await record.commands.sweepDue(500);
    expect(failures).toEqual([]);
    if (grants < 500) return;
  }
}

it('1,000 grants from 28 February to 15 March: preview = result, undone, replayed by verify', async () => {
  const codes = codesOf(1_000);
  await awardLot(record.commands, codes);
  await record.standAt(beforeMove);
  await sweep();
  const before = await state();
  const input = { ...asked, dueOn: '2024-02-28', moveWindows: true };
  const began = performance.now();
  const shown = await preview(input);
  const previewed = performance.now();
  expect(await state()).toEqual(before);
  expect(shown).toMatchObject({ deadlines: 1_000, windows: 1_000, refusal: null });

  const outcome = accepted(await give('move-deadlines', { ...input, preview: shown.preview, reason }));
  const applied = performance.now();
  expect(outcome.events).toMatchObject([
    { type: 'deadline-move.applied', data: { deadlines: 1_000, windows: 1_000, linesHash: shown.preview } },
  ]);

  // The dates, windows, expected payments and reminders that were shown are those that are there now.
  const schedule = new ScheduleView(record.source);
  const expected = new Map<string, string | null>();
  for await (const rows of schedule.stream({ of: null }))
    for (const { grant, tranche, expectedOn } of rows) expected.set(`${grant} ${tranche}`, expectedOn);
  const grants = new GrantView(record.source);
  expect(shown.lines.map(({ grant }) => grant)).toEqual(codes);
  for (const [index, line] of shown.lines.entries()) {
    expect([line.from, line.to]).toEqual(['2024-02-28', '2024-03-15']);
    expect(line.payments).toEqual([{ tranche: 2, amount: '500.00', from: '2024-05-31', to: '2024-06-16' }]);
    for (const { tranche, to } of line.payments) expect(expected.get(`${line.grant} ${tranche}`)).toBe(to);
    if (index % 50 !== 0) continue;
    const now = await grants.deadline(line.grant, 'interim', null);
    if (now === null || typeof now === 'string') throw new Error('its deadline is gone');
    expect(now).toMatchObject({ dueOn: line.to, state: 'open', extended: true });
    expect(now.windows).toEqual([
      { evaluation: 'interim', from: '2024-03-17', to: '2024-06-16', moved: true },
    ]);
    const pending = now.reminders.filter((one) => one.outcome === 'planned');
    expect(line.reminders.flatMap(({ offset, to }) => (to === null ? [] : [[offset, to]]))).toEqual([
      ...pending.map(({ offset, at }) => [offset, at]),
      ['escalation', now.escalation?.at],
    ]);
    expect(now.history.at(-1)).toMatchObject({ event: 'deadline.extended', by: 'an', reason, move: 1 });
  }
  expect(await verified()).toEqual([]);

  const undoneFrom = performance.now();
  accepted(await give('undo-move', { move: 1, reason: 'The wrong programme.' }));
  const undone = performance.now();
  expect(await state()).toEqual(before);
  expect(await verified()).toEqual([]);
  const ms = (from: number, to: number): string => `${Math.round(to - from)} ms`;
  process.stdout.write(
    `1,000 deadlines: previewed in ${ms(began, previewed)}, applied in ${ms(previewed, applied)}, undone in ${ms(undoneFrom, undone)}\n`,
  );
}, 300_000);

describe('all or nothing', () => {
  beforeEach(async () => {
    await awardLot(record.commands, codesOf(5));
    await record.standAt(beforeMove);
    await sweep();
  });

  it.each([
    ['a day that is past', { until: '2024-01-30' }, 'already past'],
    ['a day before the deadline', { until: '2024-02-27' }, 'gives no more time'],
    [
      'a day after the last allowed',
      { until: '2024-06-29', moveWindows: true },
      'later than the programme allows',
    ],
    [
      'a day after the window, which stays',
      { until: '2024-06-01' },
      'after the window of evaluation interim',
    ],
  ])('is refused to %s, by name, with nothing done', async (_, part, said) => {
    const before = await state();
    const outcome = await give('move-deadlines', { ...asked, ...part, reason });
    expect(outcome).toMatchObject({
      accepted: false,
      refused: { code: 'invalid', facts: { path: 'until', message: expect.stringContaining(said) } },
    });
    expect(await state()).toEqual(before);
    if (part.until === '2024-06-01')
      accepted(await give('move-deadlines', { ...asked, ...part, moveWindows: true, reason }));
  });

  it('names every grant that stands in the way, and moves none of the others', async () => {
    const extended = { report: 'interim', until: '2024-04-30', reason };
    accepted(await record.give(people.an, 'extend-deadline', 'G-00002', extended));
    accepted(await record.give(people.an, 'extend-deadline', 'G-00004', extended));
    const before = await state();
    const shown = await preview(asked);
    expect(shown.refusal).toMatchObject({ code: 'invalid', facts: { inTheWay: 2 } });
    const outcome = await give('move-deadlines', { ...asked, reason });
    expect(outcome).toMatchObject({
      accepted: false,
      refused: { facts: { inTheWay: 2, obstacles: [{ grant: 'G-00002' }, { grant: 'G-00004' }] } },
    });
    expect(await state()).toEqual(before);
    // Those due on one day are another selection.
    const rest = accepted(await give('move-deadlines', { ...asked, dueOn: '2024-02-28', reason }));
    expect(rest.events[0]?.data).toMatchObject({ deadlines: 3 });
    expect(await verified()).toEqual([]);
  });

  it('names grants that do not exist, a report and a programme that are none', async () => {
    const code = async (part: Record<string, unknown>): Promise<unknown> => {
      const outcome = await give('move-deadlines', { ...asked, reason, ...part });
      return outcome.accepted ? 'accepted' : [outcome.refused.code, Object.keys(outcome.refused.facts)[0]];
    };
    expect(await code({ grants: ['G-00001', 'NONE'] })).toEqual(['not-found', 'grant']);
    expect(await code({ report: 'none' })).toEqual(['not-found', 'report']);
    expect(await code({ programme: 'NONE' })).toEqual(['not-found', 'programme']);
  });

  it('is refused as conflict where something changed since the preview', async () => {
    const shown = await preview(asked);
    await record.give(people.stad, 'submit-report', 'G-00003', { report: 'interim' });
    const outcome = await give('move-deadlines', { ...asked, reason, preview: shown.preview });
    expect(outcome).toMatchObject({ accepted: false, refused: { code: 'conflict' } });
    const again = await preview(asked);
    accepted(await give('move-deadlines', { ...asked, reason, preview: again.preview }));
  });

  it('given again under its id answers as it did, and moves nothing twice', async () => {
    const first = accepted(await give('move-deadlines', { ...asked, reason }, people.an, 'once'));
    const second = accepted(await give('move-deadlines', { ...asked, reason }, people.an, 'once'));
    expect(second).toMatchObject({ replayed: true, sequence: first.sequence });
    expect(await give('move-deadlines', { ...asked, reason: 'Another.' }, people.an, 'once')).toMatchObject({
      refused: { code: 'command-reused' },
    });
    expect(await verified()).toEqual([]);
  });

  it('shows what undoing would put back, and that is what it puts back', async () => {
    const before = await state();
    accepted(await give('move-deadlines', { ...asked, moveWindows: true, reason }));
    const moved = await state();
    const lines: PreviewLine[] = [];
    const input = { move: 1 };
    const request = { id: 'preview', name: 'undo-move', actor: people.an, grant: null, input } as const;
    const shown = await moves.previewUndo(request, (line) => void lines.push(line));
    expect(await state()).toEqual(moved);
    expect(shown).toEqual({ deadlines: lines.length, windows: lines.length, refusal: null });
    const there = [
      {
        evaluation: 'interim',
        before: { from: '2024-03-17', to: '2024-06-16' },
        after: { from: '2024-03-01', to: '2024-05-31' },
      },
    ];
    for (const { from, to, windows } of lines)
      expect([from, to, windows]).toEqual(['2024-03-15', '2024-02-28', there]);
    expect(accepted(await give('undo-move', { move: 1, reason })).events).toMatchObject([
      { type: 'deadline-move.undone', data: { deadlines: lines.length, windows: lines.length } },
    ]);
    expect(await state()).toEqual(before);
  });

  it('is undone whole or not at all: one reminder of one grant is too much', async () => {
    accepted(await give('move-deadlines', { ...asked, reason }));
    await record.give(people.stad, 'submit-report', 'G-00005', { report: 'interim' });
    const before = await state();
    expect(await give('undo-move', { reason })).toMatchObject({
      accepted: false,
      refused: { code: 'wrong-state', facts: { move: 1, inTheWay: 1, obstacles: [{ grant: 'G-00005' }] } },
    });
    expect(await state()).toEqual(before);
    await record.standAt('2024-02-14T09:00:00Z');
    await sweep();
    expect(await give('undo-move', { reason })).toMatchObject({ refused: { facts: { inTheWay: 5 } } });
    expect(await verified()).toEqual([]);
  });

  it('races other commands on its grants, and each of them is before it or after it', async () => {
    const submitted = codesOf(5).map((grant) =>
      record.give(people.stad, 'submit-report', grant, { report: 'interim' }),
    );
    const raced = [
      give('move-deadlines', { ...asked, reason }),
      give('move-deadlines', { ...asked, until: '2024-03-20', reason }),
    ];
    await Promise.all([...submitted, ...raced]);
    expect(await verified()).toEqual([]);
  });
});

describe('verify', () => {
  beforeEach(async () => {
    await awardLot(record.commands, codesOf(3));
    await record.standAt(beforeMove);
    await sweep();
    accepted(await give('move-deadlines', { ...asked, moveWindows: true, reason }));
  });

  it.each([
    [
      'a line that was changed',
      `UPDATE deadline_move_lines SET due_on = '2024-03-16' WHERE grant_code = 'G-00002'`,
    ],
    ['a line that is gone', `DELETE FROM deadline_move_lines WHERE grant_code = 'G-00002'`],
    ['a row that was changed', `UPDATE deadline_moves SET until = '2024-03-16'`],
    [
      'a move that was called undone',
      `UPDATE deadline_moves SET status = 'undone', undone_by = 'an', undone_at = now(), undone_reason = 'x'`,
    ],
    [
      'a window that was changed',
      `UPDATE evaluations SET window_to = '2024-07-01' WHERE grant_code = 'G-00002'`,
    ],
  ])('notices %s', async (_, text) => {
    expect(await verified()).toEqual([]);
    await record.owner.query('ALTER TABLE deadline_move_lines DISABLE TRIGGER USER');
    await record.owner.query(text);
    expect(await verified()).not.toEqual([]);
  });
});
