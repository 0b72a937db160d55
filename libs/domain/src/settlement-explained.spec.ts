import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Stage } from '#test/support/domain-fixture.js';
import { later, offerOf, scriptArbitrary } from '#test/support/domain-scripts.js';
import {
  awarded,
  beforeSettlement,
  firstPaid,
  interimJudged,
  permitPlan,
  reason,
  settled,
} from '#test/support/domain-stages.js';
import type { GrantEvent } from './events.js';
import { formatAmount } from './money.js';
import { explainSettlement, groundOf, settlementGround } from './settlement-explained.js';
import type { SettlementExplanation } from './settlement-explained.js';

const first = { recovery: 1 };

function explained(stage: Stage): SettlementExplanation {
  const found = explainSettlement(stage.events, stage.plan);
  if (found === null) throw new Error('nothing settles');
  return found;
}

/** The terms are sums of what they came from, and the result is what the rule makes of them. */
function expectSound(found: SettlementExplanation): void {
  const total = (parts: readonly { amountCents: bigint }[]): bigint =>
    parts.reduce((sum, { amountCents }) => sum + amountCents, 0n);
  expect(total(found.accepted)).toBe(found.acceptedCents);
  expect(total(found.paid)).toBe(found.paidCents);
  expect(total(found.recovered)).toBe(found.recoveredCents);
  expect(total(found.compensated)).toBe(found.compensatedCents);
  expect(found.awardedCents - total(found.released) + found.compensatedCents).toBe(found.owedCents);
  const { ceilingCents, paidCents, recoveredCents, compensatedCents } = found;
  expect(found.balanceCents).toBe(ceilingCents - compensatedCents - (paidCents - recoveredCents));
  expect(found.released.every(({ because }) => because.length > 0)).toBe(true);
}

/** What the record says of it: the event that fixed it, and the recovery proposed with it. */
function expectAsRecorded(found: SettlementExplanation, events: readonly GrantEvent[]): void {
  const { fixed } = found;
  if (fixed === null) return;
  const event = events[fixed.sequence - 1] as GrantEvent;
  if (event.type === 'tranche.payable') expect(event.data.amount).toBe(formatAmount(found.amountCents));
  if (event.type !== 'tranche.reduced' && event.type !== 'tranche.cancelled') return;
  const { accepted, paid, recovered, compensated = '0.00' } = event.data;
  expect([accepted, paid, recovered, compensated]).toEqual(
    [found.acceptedCents, found.paidCents, found.recoveredCents, found.compensatedCents].map(formatAmount),
  );
  if (event.type === 'tranche.reduced') expect(event.data.amount).toBe(formatAmount(found.amountCents));
  else expect(found.amountCents).toBe(0n);
  const next = events[fixed.sequence];
  const proposed = next?.type === 'recovery.proposed' && next.actor === 'system' ? next.data.amount : null;
  if (event.type === 'tranche.cancelled')
    expect(found.recovery === null ? null : formatAmount(found.recovery.amountCents)).toBe(proposed);
}

describe('a settlement explained', () => {
  it('names each term and where it came from', () => {
    const stage = settled('30000.00');
    const found = explained(stage);
    const accepted = stage.events.filter(({ type }) => type === 'report.accepted');
    expect(found).toMatchObject({
      tranche: 3,
      status: 'payable',
      fixed: { event: 'tranche.reduced', at: stage.now },
      open: true,
      missing: [],
      awardedCents: 56_000_00n,
      released: [],
      accepted: [
        { report: 'interim', amountCents: 22_000_00n, since: { sequence: accepted[0]?.sequence } },
        { report: 'final', amountCents: 30_000_00n, since: { sequence: accepted[1]?.sequence } },
      ],
      paid: [
        { endToEndId: 'REN-ANT-1-1', amountCents: 22_400_00n },
        { endToEndId: 'REN-ANT-2-1', amountCents: 22_400_00n },
      ],
      recovered: [],
      owedCents: 56_000_00n,
      ceilingCents: 52_000_00n,
      balanceCents: 7_200_00n,
      plannedCents: 11_200_00n,
      amountCents: 7_200_00n,
      recovery: null,
    });
    expectSound(found);
    expectAsRecorded(found, stage.events);
  });

  it('is a preview until the gate opens, and says what is missing', () => {
    const found = explained(beforeSettlement('30000.00'));
    expect(found).toMatchObject({
      status: 'planned',
      fixed: null,
      open: false,
      missing: ['evaluation:final'],
      amountCents: 7_200_00n,
    });
    expectSound(found);
  });

  it('names the law where it proposes a recovery, and shows that of the moment whatever came after', () => {
    const stage = settled('10000.00');
    const before = explained(stage);
    expect(before).toMatchObject({
      status: 'cancelled',
      fixed: { event: 'tranche.cancelled' },
      amountCents: 0n,
      balanceCents: -12_800_00n,
      recovery: { amountCents: 12_800_00n, ground: settlementGround },
    });
    expectAsRecorded(before, stage.events);
    expect(stage.grant.recoveries.map(groundOf)).toEqual([settlementGround]);
    stage
      .must('an', 'notify-recovery', first)
      .must('fien', 'settle-recovery', { ...first, amount: '800.00' });
    stage.must('fien', 'return-payout', { tranche: 1 });
    const { missing, open, ...after } = explained(stage);
    expect([missing, open]).toEqual([['tranche:1'], false]);
    expect({ ...after, missing: [], open: true }).toEqual(before);
  });

  it('says who released what: a share, an offset, a person', () => {
    const stage = firstPaid().must('an', 'propose-recovery', { amount: '100.00', reason });
    stage.must('an', 'notify-recovery', first).must('an', 'offset-recovery', { ...first, tranche: 2 });
    stage.at('2024-03-04T10:00').judged('interim', { outcome: 'partly-favourable', share: 50 });
    expect(explained(stage).released).toEqual([
      { tranche: 2, amountCents: 11_300_00n, because: ['evaluation:interim', 'recovery'] },
    ]);
    stage.must('an', 'cancel-tranche', { tranche: 2, reason });
    expect(explained(stage).released[0]?.because).toEqual(['evaluation:interim', 'recovery', 'person']);
    expect(explained(stage.must('an', 'terminate', { reason })).released[1]).toMatchObject({
      tranche: 3,
      because: ['terminated'],
    });
    expect(explained(stage)).toMatchObject({ status: 'cancelled', fixed: null, amountCents: 0n });
  });

  it('shows money that came back, by repayment and by an offset against another grant', () => {
    const stage = beforeSettlement('30000.00').must('an', 'propose-recovery', { amount: '800.00', reason });
    stage.others.set('REN-GEN', interimJudged({}, { code: 'REN-GEN' }));
    stage
      .must('an', 'notify-recovery', first)
      .must('fien', 'settle-recovery', { ...first, amount: '300.00' });
    stage.must('an', 'offset-recovery', { ...first, tranche: 2, against: 'REN-GEN' }).judged('final');
    const found = explained(stage);
    expect(found.recovered).toEqual([
      { recovery: 1, amountCents: 300_00n, how: 'repaid' },
      { recovery: 1, amountCents: 500_00n, how: 'offset' },
    ]);
    expect(found.amountCents).toBe(8_000_00n);
    expectAsRecorded(found, stage.events);
    expect(explained(stage.others.get('REN-GEN') as Stage)).toMatchObject({
      compensated: [{ tranche: 2, amountCents: 500_00n }],
      released: [{ tranche: 2, amountCents: 500_00n, because: ['recovery'] }],
      owedCents: 56_000_00n,
    });
  });

  it('is a preview again once the settlement was undone', () => {
    const stage = settled('30000.00').must('an', 'reopen-report', { report: 'final', reason });
    expect(explained(stage)).toMatchObject({ status: 'planned', fixed: null, plannedCents: 11_200_00n });
    // Nothing taken off: it is fixed by becoming payable.
    expect(explained(settled('90000.00'))).toMatchObject({
      fixed: { event: 'tranche.payable' },
      amountCents: 11_200_00n,
    });
  });

  it('is none where no tranche settles, or nothing is awarded yet', () => {
    expect(explainSettlement(awarded({ plan: permitPlan }).events, permitPlan)).toBeNull();
    const draft = new Stage();
    expect(explainSettlement(draft.events, draft.plan)).toBeNull();
    expect(explainSettlement([], draft.plan)).toBeNull();
  });

  it('whatever happens, adds up and says what the events say', () => {
    fc.assert(
      fc.property(scriptArbitrary, ({ options, steps }) => {
        const stage = new Stage(options);
        for (const step of steps) {
          stage.now = later(stage, step);
          const { by, name, input } = offerOf(stage, step);
          stage.give(by, name, input);
        }
        const found = explainSettlement(stage.events, stage.plan);
        if (found === null) return;
        expectSound(found);
        expectAsRecorded(found, stage.events);
      }),
      { numRuns: 300 },
    );
  }, 600_000);
});
