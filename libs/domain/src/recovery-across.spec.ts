// Recoveries offset against another grant of the same beneficiary: two grants in one decision.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  Stage,
  atStart,
  examplePlan,
  percent,
  report,
  requires,
  tranche,
} from '#test/support/domain-fixture.js';
import { active, firstPaid, reason } from '#test/support/domain-stages.js';
import { recoveryMachine } from './grant.js';
import type { RecoveryStatus } from './grant.js';
import { checkGrant } from './invariants.js';
import { settlementOf } from './settlement.js';

const first = { recovery: 1 };
const beside = { ...first, tranche: 2, against: 'REN-GEN' };

/** REN-ANT with a notified recovery, REN-GEN beside it; the first tranche of both is paid. */
function pair(amount = '100.00'): { ours: Stage; theirs: Stage } {
  const ours = firstPaid().must('an', 'propose-recovery', { amount, reason });
  ours.must('an', 'notify-recovery', first);
  const theirs = firstPaid({ code: 'REN-GEN', amount: '10000.00' });
  ours.others.set('REN-GEN', theirs);
  return { ours, theirs };
}

function sound(...stages: readonly Stage[]): void {
  for (const stage of stages) expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
}

describe('offsetting against another grant of the beneficiary', () => {
  it('closes the recovery here and takes as much off the tranche there, each in its own stream', () => {
    const { ours, theirs } = pair();
    const { events } = ours.give('an', 'offset-recovery', { ...beside, reason: 'as agreed' });
    expect(events).toMatchObject([
      {
        type: 'recovery.offset',
        reason: 'as agreed',
        data: { recovery: 1, amount: '100.00', open: '0.00', tranche: 2, against: 'REN-GEN' },
      },
    ]);
    expect(ours.grant.recoveries[0]).toMatchObject({
      status: 'offset',
      settledCents: 0n,
      compensatedCents: 100_00n,
    });
    expect(theirs.events.at(-1)).toMatchObject({
      type: 'tranche.reduced',
      stream: 'grant:REN-GEN',
      actor: 'system',
      data: { tranche: 2, amount: '3900.00', released: '100.00', because: 'recovery:REN-ANT:1' },
    });
    expect(theirs.grant.tranches[1]).toMatchObject({ offsetCents: 100_00n, compensatedCents: 100_00n });
    sound(ours, theirs);
  });

  it('goes in parts, over both grants and by repayment, until nothing is open', () => {
    const { ours, theirs } = pair();
    ours.must('an', 'offset-recovery', { ...beside, amount: '30.00' });
    ours.must('an', 'offset-recovery', { ...first, tranche: 2, amount: '30.00' });
    expect(ours.grant.recoveries[0]).toMatchObject({ status: 'notified', openCents: 40_00n });
    ours.must('fien', 'settle-recovery', first);
    expect(ours.grant.recoveries[0]).toMatchObject({
      status: 'settled',
      settledCents: 40_00n,
      compensatedCents: 30_00n,
    });
    expect([ours.amount(2), theirs.amount(2)]).toEqual([22_370_00n, 3_970_00n]);
    sound(ours, theirs);
  });

  it('of nothing left cancels the tranche there, and what waited for it goes on', () => {
    const ours = firstPaid().must('an', 'propose-recovery', { amount: '9000.00', reason });
    ours.must('an', 'notify-recovery', first);
    const plan = {
      ...examplePlan,
      tranches: [
        tranche(1, { amount: percent(50), requires: requires('document:permit') }),
        tranche(2, { due: atStart, requires: requires('tranche:1') }),
      ],
    };
    const theirs = active({ plan, code: 'REN-GEN', amount: '10000.00' });
    ours.others.set('REN-GEN', theirs);
    ours.must('an', 'offset-recovery', { ...first, tranche: 1, against: 'REN-GEN' });
    expect([theirs.status(1), theirs.grant.tranches[0]?.because]).toEqual([
      'cancelled',
      'recovery:REN-ANT:1',
    ]);
    expect(theirs.status(2)).toBe('payable');
    expect(ours.grant.recoveries[0]?.openCents).toBe(4_000_00n);
    sound(ours, theirs);
  });

  it('named against its own grant is what it is without', () => {
    const { ours } = pair();
    ours.must('an', 'offset-recovery', { ...first, tranche: 2, against: 'REN-ANT' });
    expect(ours.events.at(-1)?.data).toMatchObject({ because: 'recovery:1' });
    expect(ours.events.at(-2)?.data).not.toHaveProperty('against');
    expect(ours.grant.recoveries[0]?.compensatedCents).toBe(0n);
  });

  it("refuses an unknown grant and another beneficiary's, of which a beneficiary learns nothing", () => {
    const { ours, theirs } = pair();
    const unknown = { code: 'not-found', facts: { grant: 'REN-BRU' } };
    const elsewhere = { ...beside, against: 'REN-BRU' };
    expect(ours.give('an', 'offset-recovery', elsewhere).refused).toEqual(unknown);
    expect(ours.give('stad', 'offset-recovery', elsewhere).refused).toEqual(unknown);
    expect(ours.give('stad', 'offset-recovery', beside).refused?.code).toBe('not-allowed');
    theirs.grant = { ...theirs.grant, beneficiary: 'gent' };
    ours.others.set('REN-BRU', theirs);
    expect(ours.give('an', 'offset-recovery', elsewhere).refused).toMatchObject({
      code: 'invalid',
      facts: { path: 'against' },
    });
    expect(ours.give('stad', 'offset-recovery', elsewhere).refused).toEqual(unknown);
    expect(ours.give('rek', 'offset-recovery', elsewhere).refused?.code).toBe('not-allowed');
  });

  it('refuses what the tranche there cannot give', () => {
    const { ours, theirs } = pair('5000.00');
    const refusal = (input: object) => ours.give('an', 'offset-recovery', { ...beside, ...input }).refused;
    expect(refusal({ tranche: 1 })).toMatchObject({ code: 'wrong-state', facts: { state: 'paid' } });
    expect(refusal({ tranche: 9 })?.code).toBe('not-found');
    expect(refusal({ amount: '4000.01' })).toMatchObject({ code: 'invalid', facts: { path: 'amount' } });
    theirs.must('an', 'terminate', { reason });
    expect(refusal({})).toMatchObject({ code: 'wrong-state', facts: { state: 'cancelled' } });
    const draft = new Stage({ code: 'REN-DRA' });
    ours.others.set('REN-DRA', draft);
    expect(refusal({ against: 'REN-DRA' })).toMatchObject({ code: 'wrong-state' });
    expect(ours.grant.recoveries[0]?.openCents).toBe(5_000_00n);
  });

  it('says no more than that it is over once it is', () => {
    const states: Record<Exclude<RecoveryStatus, 'notified'>, Stage> = {
      proposed: firstPaid().must('an', 'propose-recovery', { amount: '100.00', reason }),
      settled: pair().ours.must('fien', 'settle-recovery', first),
      offset: pair().ours.must('an', 'offset-recovery', beside),
      waived: pair().ours.must('bart', 'waive-recovery', { ...first, reason }),
    };
    expect([...Object.keys(states), 'notified'].sort()).toEqual(Object.keys(recoveryMachine).sort());
    for (const [state, stage] of Object.entries(states))
      expect([state, stage.give('an', 'offset-recovery', beside).refused?.code]).toEqual([
        state,
        'wrong-state',
      ]);
  });
});

describe('the legal ground of a recovery', () => {
  it('is kept where it is named, and only there in the event', () => {
    const ground = 'Decree of 8 July 2022, art. 5';
    const stage = firstPaid().must('an', 'propose-recovery', { amount: '100.00', reason, ground });
    expect(stage.grant.recoveries[0]?.ground).toBe(ground);
    expect(stage.events.at(-1)?.data).toMatchObject({ ground });
    stage.must('an', 'propose-recovery', { amount: '100.00', reason });
    expect(stage.events.at(-1)?.data).not.toHaveProperty('ground');
    expect(stage.grant.recoveries[1]?.ground).toBeNull();
  });
});

const settlingPlan = {
  ...examplePlan,
  tranches: [
    tranche(1, { amount: percent(50), due: atStart }),
    tranche(2, { settles: true, requires: requires('report:final') }),
  ],
  reports: [report('final', {})],
  evaluations: [],
};

/** Half paid; what was accepted is to be had. */
const half = (code: string): Stage => active({ plan: settlingPlan, code, amount: '10000.00' }).paid(1);
const accounted = (stage: Stage, costs: bigint): Stage => {
  const amount = `${costs / 100n}.${String(costs % 100n).padStart(2, '0')}`;
  stage.must('stad', 'submit-report', { report: 'final', costs: amount });
  return stage.must('an', 'accept-report', { report: 'final' });
};

describe('settlements on both sides of an offset', () => {
  it('keep what came back: it counts as recovered here and as paid there', () => {
    const ours = half('REN-ANT');
    const theirs = half('REN-GEN');
    ours.others.set('REN-GEN', theirs);
    ours.must('an', 'propose-recovery', { amount: '1000.00', reason }).must('an', 'notify-recovery', first);
    ours.must('an', 'offset-recovery', beside);
    expect(ours.give('an', 'propose-recovery', { amount: '4000.01', reason }).refused?.code).toBe('invalid');
    accounted(ours, 9_000_00n);
    accounted(theirs, 9_000_00n);
    // Ours: 9,000 − (5,000 − 1,000). Theirs: 9,000 − 1,000 − 5,000.
    expect([ours.amount(2), theirs.amount(2)]).toEqual([5_000_00n, 3_000_00n]);
    expect(theirs.events.findLast(({ type }) => type === 'tranche.reduced')?.data).toMatchObject({
      accepted: '9000.00',
      paid: '5000.00',
      recovered: '0.00',
      compensated: '1000.00',
    });
    sound(ours, theirs);
  });

  it('together pay what was accepted of both, whatever was offset, in whatever order', () => {
    const cents = (most: number) => fc.integer({ min: 1, max: most }).map(BigInt);
    fc.assert(
      fc.property(
        cents(500_000),
        cents(500_000),
        cents(1_200_000),
        cents(1_200_000),
        fc.boolean(),
        fc.boolean(),
        (claimed, offset, ownCosts, theirCosts, before, after) => {
          const ours = half('REN-ANT');
          const theirs = half('REN-GEN');
          ours.others.set('REN-GEN', theirs);
          const text = (amount: bigint) => `${amount / 100n}.${String(amount % 100n).padStart(2, '0')}`;
          ours.must('an', 'propose-recovery', { amount: text(claimed), reason });
          ours.must('an', 'notify-recovery', first);
          if (before) accounted(ours, ownCosts);
          if (after) accounted(theirs, theirCosts);
          const { refused } = ours.give('an', 'offset-recovery', { ...beside, amount: text(offset) });
          if (!before) accounted(ours, ownCosts);
          if (!after) accounted(theirs, theirCosts);
          sound(ours, theirs);
          if (refused !== null || before || after) return;
          for (const [stage, costs] of [
            [ours, ownCosts],
            [theirs, theirCosts],
          ] as const) {
            const { paidCents, recoveredCents, compensatedCents, balanceCents } = settlementOf(stage.grant);
            const had = paidCents + compensatedCents - recoveredCents;
            const entitled = costs < 10_000_00n ? costs : 10_000_00n;
            // What is still to be paid, or to be recovered, makes up for what was had already.
            const planned = stage === ours ? 5_000_00n : 5_000_00n - offset;
            const due = entitled - had;
            const rest = due > planned ? planned : due;
            const { status } = stage.grant.tranches[1] as { status: string };
            expect(status).toBe(rest > 0n ? 'payable' : 'cancelled');
            if (rest > 0n) expect(stage.amount(2)).toBe(rest);
            const proposed = stage.grant.recoveries.find(({ tranche: settling }) => settling === 2);
            expect(proposed?.amountCents ?? 0n).toBe(rest < 0n ? -rest : 0n);
            if (rest < planned && rest > 0n) expect(balanceCents).toBeLessThanOrEqual(due);
          }
        },
      ),
      { numRuns: 100 },
    );
  }, 600_000);
});
