// F1, stopped on some days: what was then forecast against what later happened.
import { startOfDay, dayAfter } from '#domain/civil-date.js';
import { parseAmount } from '#domain/money.js';
import type { Scenario } from '#domain/scenario-document.js';
import { type PayoutDoneListed, PayoutsDoneView } from '#persistence/views/payouts-done.view.js';
import { type ForecastListed, type ScheduleListed, ScheduleView } from '#persistence/views/schedule.view.js';

import { withSimulated } from '#cli/simulation/simulate.js';
import { readScenario, scenarioFiles } from '#test/support/scenario-files.js';

interface Stopped {
  readonly schedule: readonly ScheduleListed[];
  readonly forecast: readonly ForecastListed[];
  readonly done: readonly PayoutDoneListed[];
}

const f1 = readScenario(scenarioFiles().find(({ name }) => name.startsWith('roma-experten'))?.path ?? '');
const all = { of: null };
let happened: readonly PayoutDoneListed[];

beforeAll(async () => {
  happened = (await stoppedOn(f1.until)).done;
}, 60_000);

it('pays twelve payouts, 141,600.00 in all', () => {
  expect(happened).toHaveLength(12);
  expect(sum(happened)).toBe(14_160_000n);
});

/** By tranche the day it was expected on and whether for certain, on a day between two things that happened. */
it.each([
  // Awarded: the evaluations end on 31 May 2024 at the latest; the final one has no window, so its report counts.
  ['2022-12-20', '1 2023-01-01 certain', '2 2024-06-30 expected', '3 2025-03-30 expected'],
  // Tranche 1 is ordered: expected now.
  ['2023-01-05', '1 2023-01-05 certain', '2 2024-06-30 expected', '3 2025-03-30 expected'],
  ['2024-03-20', '2 2024-06-30 expected', '3 2025-03-30 expected'],
  // Evaluated favourably on 12 April: payable, within 30 days.
  ['2024-04-12', '2 2024-05-12 certain', '3 2025-03-30 expected'],
  // The final evaluation keeps the gate shut: it opens today at the earliest.
  ['2025-03-31', '3 2025-04-30 expected'],
  ['2025-04-15', '3 2025-05-10 certain'],
])(
  'on %s the forecast agreed with what happened',
  async (day, ...expected) => {
    const { schedule, forecast, done } = await stoppedOn(day);
    const short = schedule.map(
      ({ tranche, expectedOn, certain }) => `${tranche} ${expectedOn} ${certain ? 'certain' : 'expected'}`,
    );
    expect([...new Set(short)].sort()).toEqual(expected);
    // What is still to come is what was paid later, to the cent: nothing else, and nothing was forgotten.
    const key = ({ grant, tranche, amount }: Pick<ScheduleListed, 'grant' | 'tranche' | 'amount'>): string =>
      `${grant} ${tranche} ${amount}`;
    const later = happened.filter(({ settledOn }) => settledOn > day);
    expect(schedule.map(key).sort()).toEqual(later.map(key).sort());
    expect(sum(schedule) + sum(done)).toBe(14_160_000n);
    expect(
      sum(forecast.map(({ certain }) => ({ amount: certain }))) +
        sum(forecast.map(({ expected: uncertain }) => ({ amount: uncertain }))),
    ).toBe(sum(schedule));
    // What was certain came in the month it was expected in, or sooner.
    for (const { grant, tranche, certain, month } of schedule) {
      const paid = later.find((payout) => payout.grant === grant && payout.tranche === tranche);
      if (certain) expect((paid?.settledOn ?? '').slice(0, 7) <= (month ?? '')).toBe(true);
    }
  },
  60_000,
);

/** F1 as it stands when a day ends. */
function stoppedOn(day: string): Promise<Stopped> {
  const end = startOfDay(dayAfter(day), f1.programme.plan.timeZone);
  const happenings = f1.happenings.filter(({ at }) => at < end);
  const scenario: Scenario = { ...f1, happenings, until: day };
  return withSimulated(scenario, {}, async (database) => {
    const view = new ScheduleView(database);
    return {
      schedule: await listed(view.stream(all)),
      forecast: await listed(view.streamForecast(all, 'month')),
      done: await listed(new PayoutsDoneView(database).stream(all)),
    };
  });
}

async function listed<T>(chunks: AsyncIterable<readonly T[]>): Promise<T[]> {
  const rows: T[] = [];
  for await (const chunk of chunks) rows.push(...chunk);
  return rows;
}

function sum(rows: readonly { readonly amount: string }[]): bigint {
  return rows.reduce((total, { amount }) => {
    const parsed = parseAmount(amount);
    if ('fault' in parsed) throw new Error(parsed.fault);
    return total + parsed.value;
  }, 0n);
}
