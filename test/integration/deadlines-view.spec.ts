// The list of deadlines across grants against the rules, in zones around the world.
import { addProgramme } from '#lifecycle/register-writes.js';
import { deadlineStates } from '#domain/deadline.js';
import { system } from '#domain/people.js';
import { DeadlineView } from '#persistence/views/deadline.view.js';

import { type RecordUnderTest, people, startRecord } from '../support/record.js';

const zones = ['Pacific/Kiritimati', 'Europe/Brussels', 'Pacific/Pago_Pago'];
const days = [
  '2024-01-30',
  '2024-02-13',
  '2024-02-14',
  '2024-02-15',
  '2024-02-28',
  '2024-02-29',
  '2024-03-01',
];

let record: RecordUnderTest;
let view: DeadlineView;
beforeAll(async () => {
  record = await startRecord();
  for (const [index, timeZone] of zones.entries()) {
    const plan = {
      timeZone,
      tranches: [{ no: 1, share: 100, requires: ['report:r0'] }],
      reports: days.map((on, no) => ({ code: `r${no}`, kind: 'both', due: { on } })),
      evaluations: [],
    };
    const programme = { code: `Z${index}`, title: timeZone, plan };
    await record.registers.register(
      `zone-${index}`,
      system,
      'add-programme',
      programme,
      addProgramme('an', programme),
    );
    const term = { amount: '1000.00', start: '2023-01-01', end: '2024-12-31' };
    const grant = { beneficiary: 'antwerpen', programme: programme.code, ...term };
    await record.give(system, 'draft-grant', `Z-${index}`, grant);
    await record.give(people.an, 'award', `Z-${index}`);
    await record.give(people.stad, 'submit-report', `Z-${index}`, { report: 'r6', costs: '10.00' });
  }
  view = new DeadlineView(record.source);
}, 60_000);
afterAll(() => record?.stop());

it.each([
  '2024-02-14T10:30:00.000Z',
  '2024-02-14T22:59:59.999Z',
  '2024-02-14T23:00:00.000Z',
  '2024-02-29T11:30:00.000Z',
])('by state it has what is in that state and no other, and counts it, at %s', async (now) => {
  await record.standAt(now);
  const first = { after: null, limit: 200 };
  const { items } = await view.list({ of: null }, first);
  expect(items).toHaveLength(zones.length * days.length);
  for (const state of deadlineStates) {
    const those = items.filter((row) => row.state === state);
    expect([state, (await view.list({ of: null, state }, first)).items]).toEqual([state, those]);
    expect([state, (await view.counts({ of: null }))[state]]).toEqual([state, those.length]);
  }
  expect(new Set(items.map(({ state }) => state)).size).toBeGreaterThan(2);
  const zone = items.filter(({ programme }) => programme === 'Z0');
  const counts = await view.counts({ of: null, programme: 'Z0' });
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(zone.length);
});

it('a page goes on where the one before ended, and a stream has them all', async () => {
  const { items } = await view.list({ of: null }, { after: null, limit: 200 });
  const paged = [];
  for (let after: readonly string[] | null = null; ;) {
    const page: Awaited<ReturnType<DeadlineView['list']>> = await view.list(
      { of: null },
      { after, limit: 4 },
    );
    paged.push(...page.items);
    if (page.next === null) break;
    after = page.next;
  }
  expect(paged).toEqual(items);
  const streamed = [];
  for await (const rows of view.stream({ of: null })) streamed.push(...rows);
  expect(streamed).toEqual(items);
});
