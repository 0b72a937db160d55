import { civilDateOf } from '#domain/civil-date.js';
import { deadlineOf, deadlineStates } from '#domain/deadline.js';
import { deadlineState } from '#persistence/views/sql-text.js';

import { type RecordUnderTest, startRecord } from '../support/record.js';

let record: RecordUnderTest;
beforeAll(async () => {
  record = await startRecord();
}, 60_000);
afterAll(() => record?.stop());

const cases = ['expected', 'submitted', 'returned', 'accepted', 'waived'].flatMap((status) =>
  [null, false, true].flatMap((late) =>
    [false, true].flatMap((overdue) =>
      [
        '2024-01-31',
        '2024-02-13',
        '2024-02-14',
        '2024-02-15',
        '2024-02-28',
        '2024-02-29',
        '2024-03-01',
        '2024-03-31',
      ].map((dueOn) => ({ status, late, overdue, dueOn }) as const),
    ),
  ),
);

// Around midnight the day differs from zone to zone.
const moments = [
  ['2024-02-14T22:59:59.999Z', 'Europe/Brussels'],
  ['2024-02-14T23:00:00.000Z', 'Europe/Brussels'],
  ['2024-02-14T23:00:00.000Z', 'America/New_York'],
  ['2024-02-14T10:00:00.000Z', 'Pacific/Kiritimati'],
  ['2024-02-29T22:59:59.999Z', null],
  ['2024-02-29T23:00:00.000Z', null],
] as const;

it.each(moments)('the lists and the rules agree on every deadline at %s in %s', async (now, timeZone) => {
  await record.standAt(now);
  const rows: { state: string }[] = await record.source.query(
    `SELECT ${deadlineState} AS state
       FROM json_to_recordset($1) AS r (no integer, status text, late boolean, overdue boolean, due_on date),
            (SELECT $2::jsonb AS document) v
      ORDER BY r.no`,
    [
      JSON.stringify(cases.map(({ dueOn, ...report }, no) => ({ no, ...report, due_on: dueOn }))),
      timeZone === null ? {} : { timeZone },
    ],
  );
  const today = civilDateOf(now, timeZone ?? 'Europe/Brussels');
  const derived = cases.map((report) => ({
    ...report,
    state: deadlineOf({ ...report, extended: false } as Parameters<typeof deadlineOf>[0], today).state,
  }));
  expect(cases.map((report, index) => ({ ...report, state: rows[index]?.state }))).toEqual(derived);
  expect(new Set(derived.map(({ state }) => state))).toEqual(new Set(deadlineStates));
});
