import { describe, expect, it } from '@jest/globals';

import { Stage, euros, examplePlan, percent, tranche } from '#test/support/domain-fixture.js';
import { awarded } from '#test/support/domain-stages.js';
import type { Plan, TrancheAmount } from './plan.js';

const rest: TrancheAmount = { kind: 'remainder' };

function planOf(...amounts: readonly TrancheAmount[]): Plan {
  const tranches = amounts.map((amount, index) => tranche(index + 1, { amount }));
  return { ...examplePlan, tranches, reports: [], evaluations: [] };
}

function split(amount: string, ...amounts: readonly TrancheAmount[]): string[] {
  const stage = awarded({ plan: planOf(...amounts), amount });
  return stage.grant.tranches.map(({ amountCents }) => String(amountCents));
}

describe('the split of an award', () => {
  it.each<[string, string, TrancheAmount[], string[]]>([
    [
      'thirds, the odd cent to the lowest number',
      '100.00',
      [percent(33.3333), percent(33.3333), percent(33.3334)],
      ['3333', '3333', '3334'],
    ],
    ['a tie to the lowest number', '0.03', [percent(50), percent(50)], ['2', '1']],
    ['the largest remainder first', '0.10', [percent(33), percent(33), percent(34)], ['3', '3', '4']],
    [
      'a remainder for what shares leave',
      '56000.00',
      [percent(40), percent(40), rest],
      ['2240000', '2240000', '1120000'],
    ],
    ['amounts and a remainder', '1000.00', [euros(400.5), rest], ['40050', '59950']],
    ['amounts that make the award', '1000.00', [euros(400.5), euros(599.5)], ['40050', '59950']],
    [
      'amounts, shares of the award and a remainder',
      '1000.00',
      [euros(100), percent(50), rest],
      ['10000', '50000', '40000'],
    ],
  ])('%s', (_, amount, amounts, cents) => {
    expect(split(amount, ...amounts)).toEqual(cents);
  });

  it('refuses amounts above the award, and names both sums', () => {
    for (const amounts of [
      [euros(900), euros(100.01)],
      [euros(1000.01), rest],
      [euros(600), percent(50), rest],
    ])
      expect(
        new Stage({ plan: planOf(...amounts), amount: '1000.00' }).give('an', 'award').refused,
      ).toMatchObject({
        code: 'amount-exceeds-award',
        facts: { award: '1000.00' },
      });
  });

  it('refuses amounts that fall short without a remainder', () => {
    for (const amounts of [
      [euros(900), euros(99.99)],
      [percent(40), percent(40)],
    ])
      expect(
        new Stage({ plan: planOf(...amounts), amount: '1000.00' }).give('an', 'award').refused,
      ).toMatchObject({
        code: 'invalid',
        facts: { path: 'amount' },
      });
  });

  it('cancels a tranche of 0.00 at once, which opens the gate of one that waits for it', () => {
    const plan = planOf(percent(100), rest);
    const stage = new Stage({ plan });
    expect(stage.give('an', 'award').types).toEqual(['grant.awarded', 'tranche.cancelled']);
    expect(stage.grant.tranches[1]).toMatchObject({ status: 'cancelled', because: 'zero', amountCents: 0n });
    const second = tranche(2, { requires: [{ kind: 'tranche', ref: '1' }] });
    const gated = { ...plan, tranches: [tranche(1, { amount: euros(0) }), second] };
    const opened = awarded({ plan: gated });
    expect(opened.until('2023-01-01T00:00').types).toEqual(['grant.started', 'tranche.payable']);
  });
});
