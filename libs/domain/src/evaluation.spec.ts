import { describe, expect, it } from '@jest/globals';

import { testTable } from '#test/support/decision-table.js';
import { examplePlan, requires, tranche } from '#test/support/domain-fixture.js';
import type { Stage } from '#test/support/domain-fixture.js';
import { evaluationOpen, firstPaid, interimJudged, reason } from '#test/support/domain-stages.js';
import { commandNames, commands } from './commands.js';
import { checkGrant } from './invariants.js';
import { evaluationMachine } from './grant.js';

const wrong = '✗ wrong-state';
const interim = { evaluation: 'interim' };
const favourable = { ...interim, outcome: 'favourable' };
const recommended = (): Stage => evaluationOpen().must('els', 'recommend-evaluation', favourable);

describe('every state of an evaluation × every command on it', () => {
  const nothing = { 'recommend-evaluation': wrong, 'decide-evaluation': wrong, 'reopen-evaluation': wrong };
  testTable(
    {
      states: { 'awaiting-report': firstPaid, open: evaluationOpen, recommended, decided: interimJudged },
      commands: {
        'recommend-evaluation': { by: 'els', input: favourable },
        'decide-evaluation': { by: 'bart', input: favourable },
        'reopen-evaluation': { by: 'bart', input: { ...interim, reason } },
      },
      rows: {
        'awaiting-report': nothing,
        open: { ...nothing, 'recommend-evaluation': 'evaluation.recommended' },
        recommended: {
          ...nothing,
          'decide-evaluation': 'evaluation.decided tranche.payable',
          'reopen-evaluation': 'evaluation.reopened',
        },
        decided: { ...nothing, 'reopen-evaluation': 'evaluation.reopened tranche.planned' },
      },
    },
    {
      states: Object.keys(evaluationMachine),
      commands: commandNames.filter((name) => commands[name].on === 'evaluation'),
    },
  );
});

describe('opening and the window', () => {
  it('waits for the window although the report is accepted, and opens as it begins', () => {
    const stage = firstPaid().must('stad', 'submit-report', { report: 'interim' });
    expect(stage.give('an', 'accept-report', { report: 'interim' }).types).toEqual(['report.accepted']);
    expect(stage.until('2024-02-29T23:59').types).not.toContain('evaluation.opened');
    expect(stage.until('2024-03-01T00:00').types).toEqual(['evaluation.opened']);
  });

  it('waits for the report although the window has begun, and opens on acceptance or waiver', () => {
    const stage = (): Stage => firstPaid().at('2024-03-04T10:00');
    expect(stage().must('stad', 'submit-report', { report: 'interim' }).evaluation('interim')).toBe(
      'awaiting-report',
    );
    expect(evaluationOpen().evaluation('interim')).toBe('open');
    expect(stage().give('an', 'waive-report', { report: 'interim', reason }).types).toEqual([
      'report.waived',
      'evaluation.opened',
    ]);
  });

  it('without a window opens as soon as its report is accepted', () => {
    const stage = firstPaid().must('stad', 'submit-report', { report: 'final' });
    expect(stage.give('an', 'accept-report', { report: 'final' }).types).toContain('evaluation.opened');
  });

  it('after the window it is flagged late, not refused', () => {
    const late = (at: string): unknown => {
      const { events } = recommended().at(at).give('bart', 'decide-evaluation', favourable);
      return events.some((event) => event.type === 'evaluation.decided' && event.data.late);
    };
    expect(late('2024-05-31T23:00')).toBe(false);
    expect(late('2024-06-01T00:00')).toBe(true);
  });
});

describe('what a decision does', () => {
  it('stands whatever was recommended, with a reason where it differs', () => {
    const partly = { ...interim, outcome: 'partly-favourable', share: 60 };
    const stage = evaluationOpen().must('els', 'recommend-evaluation', { ...partly, reason });
    expect(stage.give('bart', 'decide-evaluation', favourable).refused?.code).toBe('reason-required');
    expect(stage.give('bart', 'decide-evaluation', { ...favourable, reason }).types).toContain(
      'tranche.payable',
    );
    expect(recommended().give('bart', 'decide-evaluation', favourable).refused).toBeNull();
    const other = evaluationOpen().must('els', 'recommend-evaluation', { ...partly, reason });
    other.must('bart', 'decide-evaluation', { ...partly, share: 61, reason });
    expect(other.amount(2)).toBe(13_664_00n);
  });

  it.each(['partly-favourable', 'unfavourable'])('%s asks a reason of both', (outcome) => {
    const judgement = { ...interim, outcome, ...(outcome === 'unfavourable' ? {} : { share: 50 }) };
    expect(evaluationOpen().give('els', 'recommend-evaluation', judgement).refused?.code).toBe(
      'reason-required',
    );
    const stage = evaluationOpen().must('els', 'recommend-evaluation', { ...judgement, reason });
    expect(stage.give('bart', 'decide-evaluation', judgement).refused?.code).toBe('reason-required');
  });

  it.each([
    ['a share of 100', { outcome: 'partly-favourable', share: 100 }],
    ['no share', { outcome: 'partly-favourable' }],
    ['a share of 0', { outcome: 'partly-favourable', share: 0 }],
    ['a share beside favourable', { outcome: 'favourable', share: 50 }],
    ['a share beside unfavourable', { outcome: 'unfavourable', share: 50 }],
    ['an unknown outcome', { outcome: 'good' }],
  ])('refuses %s', (_, judgement) => {
    const given = evaluationOpen().give('els', 'recommend-evaluation', { ...interim, ...judgement, reason });
    expect(given.refused?.code).toBe('invalid');
  });

  it('partly favourable leaves the largest whole-cent amount and releases the rest', () => {
    const stage = evaluationOpen();
    expect(stage.amount(2)).toBe(22_400_00n);
    const judgement = { ...interim, outcome: 'partly-favourable', share: 33.3333, reason };
    stage.must('els', 'recommend-evaluation', judgement);
    const { events } = stage.give('bart', 'decide-evaluation', judgement);
    // 22,400.00 × 33.3333% = 7,466.6592
    expect(events[1]).toMatchObject({
      type: 'tranche.reduced',
      actor: 'system',
      data: { tranche: 2, amount: '7466.65', released: '14933.35', because: 'evaluation:interim' },
    });
    expect(events[2]?.type).toBe('tranche.payable');
    // The remainder is not fed by it.
    expect(stage.amount(3)).toBe(11_200_00n);
  });

  it('unfavourable withholds until reopened; a second unfavourable withholds again', () => {
    const stage = interimJudged({ outcome: 'unfavourable' });
    expect(stage.grant.tranches[1]).toMatchObject({ status: 'withheld', because: 'evaluation:interim' });
    expect(stage.give('an', 'restore-tranche', { tranche: 2 }).refused).toMatchObject({
      code: 'wrong-state',
      facts: { withheldBy: 'evaluation:interim' },
    });
    expect(stage.give('bart', 'reopen-evaluation', { ...interim, reason }).types).toEqual([
      'evaluation.reopened',
      'tranche.restored',
    ]);
    stage.judged('interim', { outcome: 'unfavourable' });
    expect(stage.status(2)).toBe('withheld');
    stage.must('bart', 'reopen-evaluation', { ...interim, reason }).judged('interim');
    expect(stage.status(2)).toBe('payable');
  });

  it('unfavourable may be followed by cancelling, which its reopening does not undo', () => {
    const stage = interimJudged({ outcome: 'unfavourable' }).must('an', 'cancel-tranche', {
      tranche: 2,
      reason,
    });
    expect(stage.give('bart', 'reopen-evaluation', { ...interim, reason }).types).toEqual([
      'evaluation.reopened',
    ]);
    expect(stage.status(2)).toBe('cancelled');
  });

  it('of the last cent nothing is left to pay: the tranche is cancelled, and restored by reopening', () => {
    const tiny = { outcome: 'partly-favourable', share: 0.0001 };
    const stage = interimJudged(tiny, { amount: '1000.00' });
    expect([stage.status(2), stage.amount(2)]).toEqual(['cancelled', 0n]);
    stage.must('bart', 'reopen-evaluation', { ...interim, reason });
    expect([stage.status(2), stage.amount(2)]).toEqual(['planned', 400_00n]);
    const withheld = evaluationOpen({ amount: '1000.00' }).must('an', 'withhold-tranche', {
      tranche: 2,
      reason,
    });
    withheld.judged('interim', tiny);
    expect(withheld.status(2)).toBe('withheld');
    expect(withheld.give('an', 'restore-tranche', { tranche: 2 }).types).toEqual([
      'tranche.restored',
      'tranche.cancelled',
    ]);
    expect(checkGrant(withheld.grant, withheld.events, withheld.history())).toEqual([]);
  });

  it('acts on every tranche that requires it', () => {
    const both = [2, 3].map((no) =>
      tranche(no, { amount: { kind: 'share', share: 300_000 }, requires: requires('evaluation:interim') }),
    );
    const plan = { ...examplePlan, tranches: [...examplePlan.tranches.slice(0, 1), ...both] };
    const stage = interimJudged({ outcome: 'partly-favourable', share: 50 }, { plan, amount: '10000.00' });
    expect([stage.amount(1), stage.amount(2), stage.amount(3)]).toEqual([4_000_00n, 1_500_00n, 1_500_00n]);
  });

  it('of several partly favourable ones the smallest share of the amount fixed at award counts, in any order', () => {
    const plan = {
      ...examplePlan,
      tranches: [
        ...examplePlan.tranches.slice(0, 2),
        tranche(3, { requires: requires('evaluation:interim', 'evaluation:final') }),
      ],
    };
    const stage = evaluationOpen({ plan }).judged('interim', { outcome: 'partly-favourable', share: 50 });
    expect([stage.amount(2), stage.amount(3)]).toEqual([11_200_00n, 5_600_00n]);
    stage.judged('final', { outcome: 'partly-favourable', share: 80 });
    expect(stage.amount(3)).toBe(5_600_00n);
    stage.must('bart', 'reopen-evaluation', { ...interim, reason });
    expect([stage.status(3), stage.amount(3)]).toEqual(['planned', 8_960_00n]);
    stage.judged('interim', { outcome: 'partly-favourable', share: 25 });
    expect([stage.status(3), stage.amount(3)]).toEqual(['payable', 2_800_00n]);
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
  });

  it('reduces a tranche that a person withheld, and leaves it withheld through reopening', () => {
    const stage = evaluationOpen().must('an', 'withhold-tranche', { tranche: 2, reason });
    stage.judged('interim', { outcome: 'partly-favourable', share: 50 });
    expect([stage.status(2), stage.amount(2)]).toEqual(['withheld', 11_200_00n]);
    expect(stage.give('bart', 'reopen-evaluation', { ...interim, reason }).events.at(-1)).toMatchObject({
      type: 'tranche.restored',
      data: { amount: '22400.00', stays: 'withheld' },
    });
    expect(stage.status(2)).toBe('withheld');
    expect(stage.give('an', 'restore-tranche', { tranche: 2 }).types).toEqual(['tranche.restored']);
  });

  it('reopens from recommended and decided until such a tranche is ordered, with a reason', () => {
    expect(interimJudged().give('bart', 'reopen-evaluation', interim).refused?.code).toBe('reason-required');
    const ordered = interimJudged().must('bart', 'approve-tranche', { tranche: 2 });
    expect(ordered.give('bart', 'reopen-evaluation', { ...interim, reason }).refused).toMatchObject({
      code: 'already-ordered',
      facts: { tranche: 2 },
    });
    ordered.must('fien', 'confirm-payout', { tranche: 2 });
    expect(ordered.give('bart', 'reopen-evaluation', { ...interim, reason }).refused?.code).toBe(
      'already-ordered',
    );
    ordered.must('fien', 'return-payout', { tranche: 2 });
    expect(ordered.give('bart', 'reopen-evaluation', { ...interim, reason }).types).toEqual([
      'evaluation.reopened',
      'tranche.planned',
    ]);
    expect(ordered.grant.tranches[1]?.approval).toBeNull();
  });

  it('names an evaluation the plan does not have, and one of a grant that is not awarded', () => {
    expect(
      evaluationOpen().give('els', 'recommend-evaluation', { ...favourable, evaluation: 'x' }).refused,
    ).toEqual({
      code: 'not-found',
      facts: { evaluation: 'x' },
    });
  });
});
