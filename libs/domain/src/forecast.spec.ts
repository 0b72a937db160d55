import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { examplePlan, report, requires, tranche } from '#test/support/domain-fixture.js';
import type { Stage } from '#test/support/domain-fixture.js';
import { later, offerOf, scriptArbitrary } from '#test/support/domain-scripts.js';
import {
  active,
  awarded,
  beforeSettlement,
  closed,
  evaluationOpen,
  firstPaid,
  interimJudged,
  permitPlan,
  reason,
  settled,
} from '#test/support/domain-stages.js';
import { addPeriod, civilDateOf } from './civil-date.js';
import { expectedPayments, paymentBases } from './forecast.js';
import { sums } from './grant.js';
import type { Plan, PlannedTranche } from './plan.js';

const within = (period: string): PlannedTranche['due'] => ({
  kind: 'relative',
  on: 'gate',
  sign: 1,
  period,
});

/** Tranche, state, day and certainty of every payment still to come, shortly. */
function expected(stage: Stage): string[] {
  return expectedPayments(stage.grant, stage.facts()).map(
    ({ tranche: no, status, expectedOn, certain, upTo }) =>
      `${no} ${status} ${expectedOn ?? 'undated'}${certain ? ' certain' : ''}${upTo ? ' up to' : ''}`,
  );
}

function why(stage: Stage, no: number): string | undefined {
  return expectedPayments(stage.grant, stage.facts()).find((payment) => payment.tranche === no)?.why;
}

describe('what a payment rests on', () => {
  it('is its gate, reduced to reports, windows and other tranches', () => {
    const [, second, third] = paymentBases(examplePlan);
    expect(second?.conditions).toEqual([
      { requirement: 'report:interim', kind: 'report', ref: 'interim', report: 'interim', until: null },
      {
        requirement: 'evaluation:interim',
        kind: 'evaluation',
        ref: 'interim',
        report: 'interim',
        until: '2024-05-31',
      },
    ]);
    expect(third).toMatchObject({ no: 3, settles: true, after: [1, 2], paymentPeriod: null });
    expect(third?.conditions.map(({ requirement }) => requirement)).toEqual([
      'report:final',
      'evaluation:final',
      'document:accounts',
      'approval:minister',
      'tranche:1',
      'tranche:2',
    ]);
  });

  it('comes in paying order, whatever the numbers', () => {
    const tranches = [
      tranche(1, { requires: requires('tranche:3') }),
      tranche(2, { requires: requires('tranche:1', 'tranche:4') }),
      tranche(3, {}),
      tranche(4, { requires: requires('tranche:3'), due: within('P30D') }),
    ];
    const bases = paymentBases({ ...examplePlan, tranches });
    expect(bases.map(({ no }) => no)).toEqual([3, 1, 4, 2]);
    expect(bases.map(({ paymentPeriod }) => paymentPeriod)).toEqual([null, null, 'P30D', null]);
  });
});

describe('what is expected when', () => {
  it('before the start: the start, and the dates of reports and evaluations; undated where nobody dated it', () => {
    expect(expected(awarded())).toEqual([
      '1 planned 2023-01-01 certain',
      '2 planned 2024-05-31',
      '3 planned undated up to',
    ]);
    expect(why(awarded(), 1)).toBe('waits for its date, 2023-01-01');
    expect(why(awarded(), 3)).toBe(
      'waits for report:final, evaluation:final, document:accounts, approval:minister, tranche:1, tranche:2',
    );
  });

  it('payable, ordered and at the bank: now, since no period was given', () => {
    const stage = active();
    stage.sweep();
    expect(expected(stage)[0]).toBe('1 payable 2023-01-02 certain');
    expect(why(stage, 1)).toBe('waits to be approved');
    stage.must('bart', 'approve-tranche', { tranche: 1 });
    expect(expected(stage)[0]).toBe('1 ordered 2023-01-02 certain');
    stage.must('fien', 'hand-over-payout', { tranche: 1 });
    expect(expected(stage.at('2023-01-05T09:00'))[0]).toBe('1 handed-over 2023-01-05 certain');
    stage.must('fien', 'mark-unknown', { tranche: 1 });
    expect(expected(stage)[0]).toBe('1 unknown 2023-01-05');
    expect(why(stage, 1)).toBe('nobody knows what became of its payout');
    stage.must('fien', 'reject-payout', { tranche: 1, reason });
    expect(expected(stage)[0]).toBe('1 approved 2023-01-05 certain');
    stage.must('fien', 'order-payout', { tranche: 1 }).must('fien', 'confirm-payout', { tranche: 1 });
    expect(expected(stage).map((line) => line[0])).toEqual(['2', '3']);
  });

  it('a day that has passed counts as today', () => {
    expect(expected(firstPaid().at('2024-06-10T10:00'))[0]).toBe('2 planned 2024-06-10');
  });

  it("an evaluation without a window by its report's deadline, one with a window not before it", () => {
    const plan = (to: string): Plan => ({
      ...examplePlan,
      tranches: [tranche(1, { requires: requires('evaluation:interim') })],
      evaluations: [
        { code: 'interim', report: 'interim', window: { from: '2024-01-01', to }, questions: [] },
      ],
    });
    expect(expected(active({ plan: plan('2024-02-01') }))).toEqual(['1 planned 2024-02-28']);
    expect(expected(active({ plan: plan('2024-03-01') }))).toEqual(['1 planned 2024-03-01']);
    const without = {
      ...plan('2024-02-01'),
      evaluations: [{ code: 'interim', report: 'interim', window: null, questions: [] }],
    };
    expect(expected(active({ plan: without }))).toEqual(['1 planned 2024-02-28']);
  });

  it('an extended or returned report by its new deadline', () => {
    const plan = { ...examplePlan, tranches: [tranche(1, { requires: requires('report:interim') })] };
    const stage = active({ plan });
    stage.must('an', 'extend-deadline', { report: 'interim', until: '2024-04-15', reason });
    expect(expected(stage)).toEqual(['1 planned 2024-04-15']);
    stage.must('stad', 'submit-report', { report: 'interim' });
    stage.must('an', 'return-report', { report: 'interim', resubmitBy: '2024-05-02', reason });
    expect(expected(stage)).toEqual(['1 planned 2024-05-02']);
  });

  it('the payment period counts from the gate, through every tranche between', () => {
    const tranches = [
      tranche(1, {
        amount: { kind: 'share', share: 300_000 },
        requires: requires('report:interim'),
        due: within('P30D'),
      }),
      tranche(2, {
        amount: { kind: 'share', share: 300_000 },
        requires: requires('tranche:1'),
        due: within('P1M'),
      }),
      tranche(3, { requires: requires('tranche:2'), due: within('P1M') }),
    ];
    const plan = {
      ...examplePlan,
      tranches,
      reports: [report('interim', { due: { kind: 'date', on: '2024-01-01' } })],
    };
    const stage = active({ plan: { ...plan, evaluations: [] } });
    // 1 January + 30 days; + 1 month, which ends on 29 February; + 1 month.
    expect(expected(stage)).toEqual(['1 planned 2024-01-31', '2 planned 2024-02-29', '3 planned 2024-03-29']);
    stage
      .must('stad', 'submit-report', { report: 'interim' })
      .must('an', 'accept-report', { report: 'interim' });
    expect(expected(stage)).toEqual([
      '1 payable 2023-02-01 certain',
      '2 planned 2023-03-01',
      '3 planned 2023-04-01',
    ]);
    // The latest payment date stays where it is while time goes by, until it has passed.
    expect(expected(stage.at('2023-01-20T10:00'))[0]).toBe('1 payable 2023-02-01 certain');
    expect(expected(stage.at('2023-02-20T10:00'))[0]).toBe('1 payable 2023-02-20 certain');
  });

  it('undated: what waits for a document, and what waits for that', () => {
    expect(expected(active({ plan: permitPlan }))).toEqual(['1 planned undated']);
    const next = {
      ...permitPlan,
      tranches: [
        tranche(1, { amount: { kind: 'share', share: 500_000 }, requires: requires('document:permit') }),
        tranche(2, { requires: requires('tranche:1') }),
      ],
    };
    const stage = active({ plan: next });
    expect(expected(stage)).toEqual(['1 planned undated', '2 planned undated']);
    stage.must('an', 'receive-document', { name: 'permit' });
    expect(expected(stage)).toEqual(['1 payable 2023-01-02 certain', '2 planned 2023-01-02']);
  });

  it('withheld: undated, whoever did it', () => {
    const byHand = active().must('an', 'withhold-tranche', { tranche: 1, reason });
    expect(expected(byHand)[0]).toBe('1 withheld undated');
    expect(why(byHand, 1)).toBe('withheld');
    const judged = interimJudged({ outcome: 'unfavourable' });
    expect(expected(judged)).toEqual(['2 withheld undated', '3 planned undated up to']);
    expect(why(judged, 2)).toBe('withheld by evaluation:interim');
  });

  it('a settling tranche is the most it can be until its gate opens', () => {
    const before = beforeSettlement();
    expect(expected(before)).toEqual(['3 planned 2025-02-28 up to']);
    const [payment] = expectedPayments(settled().grant, settled().facts());
    expect(payment).toMatchObject({ status: 'payable', certain: true, upTo: false, waitsFor: [] });
    expect(payment?.amountCents).toBeLessThanOrEqual(1_120_000n);
    expect(expected(closed())).toEqual([]);
  });
});

describe('certain is only what nothing but time, an approval or the bank stands before', () => {
  it.each(['none', 'unverified'] as const)('not where the account is %s', (account) => {
    const stage = active({ account });
    expect(expected(stage)[0]).toBe('1 planned 2023-01-02');
    stage.sweep();
    expect(why(stage, 1)).toBe('its gate is open; its account may not be paid to');
  });

  it('not while the grant is suspended', () => {
    const stage = active().must('an', 'suspend', { reason });
    expect(expected(stage)[0]).toMatch(/^1 \w+ 2023-01-02$/);
    expect(why(stage, 1)).toContain('the grant is suspended');
    stage.must('an', 'resume');
    expect(expected(stage)[0]).toBe('1 payable 2023-01-02 certain');
  });

  it('not where a payout was ordered for an earlier account', () => {
    const stage = active().must('bart', 'approve-tranche', { tranche: 1 });
    stage.account('stad', 'change-account', { iban: 'BE71096123456769' });
    stage.account('fien', 'verify-account');
    expect(expected(stage)[0]).toBe('1 ordered 2023-01-02');
  });

  it('not while its report is in but the evaluation open', () => {
    expect(expected(evaluationOpen())[0]).toBe('2 planned 2024-05-31');
  });

  it('of a terminated grant only what it spares; what came back after it is undated', () => {
    const spared = firstPaid().must('an', 'terminate', { reason, tranche: 2 });
    expect(expected(spared)).toEqual(['2 planned 2024-05-31']);
    spared.at('2024-03-04T10:00').judged('interim');
    expect(expected(spared)).toEqual(['2 payable 2024-03-04 certain']);
    const ended = firstPaid().must('an', 'terminate', { reason });
    expect(expected(ended)).toEqual([]);
    ended.must('fien', 'return-payout', { tranche: 1, reason });
    expect(expected(ended)).toEqual(['1 approved undated']);
    expect(why(ended, 1)).toBe('approved, its payout is to be ordered; the grant is terminated');
  });
});

it('whatever happened: every cent that is committed and unpaid once, on a day that has not passed', () => {
  fc.assert(
    fc.property(scriptArbitrary, fc.integer({ min: 1, max: 70 }), ({ options, steps }, length) => {
      const played = active(options);
      for (const step of steps.slice(0, length)) {
        played.sweepTo(later(played, step));
        const { by, name, input } = offerOf(played, step);
        played.give(by, name, input);
      }
      const payments = expectedPayments(played.grant, played.facts());
      const { awarded: award, released, paid } = sums(played.grant);
      const total = payments.reduce((sum, { amountCents }) => sum + amountCents, 0n);
      expect(total).toBe(award - released - paid);
      const today = civilDateOf(played.now, played.plan.timeZone);
      for (const { expectedOn, certain, waitsFor, status } of payments) {
        if (expectedOn !== null) expect(expectedOn >= today).toBe(true);
        if (!certain) continue;
        expect([expectedOn === null, waitsFor, status === 'unknown']).toEqual([false, [], false]);
      }
      // Nothing is expected sooner because a day went by.
      const tomorrow = addPeriod(today, 'P1D', 1);
      const next = { ...played.facts(), now: `${tomorrow}T12:00:00.000Z` };
      expectedPayments(played.grant, next).forEach(({ expectedOn }, index) => {
        const before = payments[index]?.expectedOn ?? null;
        expect([expectedOn === null, (expectedOn ?? '') >= (before ?? '')]).toEqual([before === null, true]);
      });
    }),
  );
}, 3_600_000);
