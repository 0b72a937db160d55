import { describe, expect, it } from '@jest/globals';

import { testTable } from '#test/support/decision-table.js';
import type { Stage } from '#test/support/domain-fixture.js';
import {
  active,
  decision,
  evaluationOpen,
  firstPaid,
  interimJudged,
  reason,
  settled,
} from '#test/support/domain-stages.js';
import { commandNames, commands } from './commands.js';
import { findReport, reportMachine } from './grant.js';

const wrong = '✗ wrong-state';
const interim = { report: 'interim' };
const submitted = (): Stage => active().must('stad', 'submit-report', { ...interim, costs: '100.00' });
const returned = (): Stage =>
  submitted().must('an', 'return-report', { ...interim, resubmitBy: '2024-04-01', reason });
const accepted = (): Stage => submitted().must('an', 'accept-report', interim);
const waived = (): Stage => active().must('an', 'waive-report', { ...interim, reason });

describe('every state of a report × every command on it', () => {
  const nothing = {
    'submit-report': wrong,
    'accept-report': wrong,
    'return-report': wrong,
    'reopen-report': wrong,
    'waive-report': wrong,
    'extend-deadline': wrong,
    'ask-extension': wrong,
    'refuse-extension': wrong,
  };
  const owed = {
    ...nothing,
    'submit-report': 'report.submitted',
    'waive-report': 'report.waived',
    'extend-deadline': 'deadline.extended',
    'ask-extension': 'extension.asked',
  };
  testTable(
    {
      states: { expected: active, submitted, returned, accepted, waived },
      commands: {
        'submit-report': { by: 'stad', input: interim },
        'accept-report': { by: 'an', input: interim },
        'return-report': { by: 'an', input: { ...interim, resubmitBy: '2024-05-01', reason } },
        'reopen-report': { by: 'an', input: { ...interim, reason } },
        'waive-report': { by: 'an', input: { ...interim, reason } },
        'extend-deadline': { by: 'an', input: { ...interim, until: '2024-06-01', reason } },
        'ask-extension': { by: 'stad', input: { ...interim, until: '2024-06-01', reason } },
        'refuse-extension': { by: 'an', input: { ...interim, reason } },
      },
      rows: {
        expected: owed,
        submitted: {
          ...nothing,
          'accept-report': 'report.accepted',
          'return-report': 'report.returned deadline.set',
          'waive-report': 'report.waived',
        },
        returned: owed,
        accepted: { ...nothing, 'reopen-report': 'report.reopened' },
        waived: nothing,
      },
    },
    {
      states: Object.keys(reportMachine),
      commands: commandNames.filter((name) => commands[name].on === 'report'),
    },
  );
});

describe('handing in', () => {
  it('is in time to the last moment of the civil day, and late, not refused, after it', () => {
    const late = (at: string): unknown => {
      const stage = active().at(at).must('stad', 'submit-report', interim);
      return findReport(stage.grant, 'interim')?.late;
    };
    expect(late('2024-02-28T23:59')).toBe(false);
    expect(late('2024-02-29T00:00')).toBe(true);
  });

  it('is overdue when the next civil day begins, once, and the flag stays on what is handed in late', () => {
    const stage = active();
    expect(stage.until('2024-02-28T23:59').types).not.toContain('report.overdue');
    expect(stage.until('2024-02-29T00:00').types).toEqual(['report.overdue']);
    expect(stage.sweep().types).toEqual([]);
    stage.must('stad', 'submit-report', interim).must('an', 'accept-report', interim);
    expect(findReport(stage.grant, 'interim')).toMatchObject({ late: true, overdue: true });
    expect(stage.events.at(-1)).toMatchObject({ type: 'report.accepted', data: { late: true } });
    // Its window opens its evaluation the next day.
    expect(stage.until('2024-03-01T00:00').types).toEqual(['evaluation.opened']);
  });

  it('carries the costs reported to acceptance, unless acceptance states others', () => {
    expect(findReport(accepted().grant, 'interim')?.acceptedCostsCents).toBe(100_00n);
    const other = submitted().must('an', 'accept-report', { ...interim, costs: '0.00' });
    expect(findReport(other.grant, 'interim')?.acceptedCostsCents).toBe(0n);
    const none = active().must('stad', 'submit-report', interim).must('an', 'accept-report', interim);
    expect(findReport(none.grant, 'interim')?.acceptedCostsCents).toBeNull();
  });

  it('is returned with a new deadline of its own, unshifted, with its own overdue', () => {
    // 1 April 2024 is Easter Monday and the 31st a Sunday: taken as given.
    const stage = submitted().must('an', 'return-report', { ...interim, resubmitBy: '2024-03-31', reason });
    expect(findReport(stage.grant, 'interim')).toMatchObject({ dueOn: '2024-03-31', extended: false });
    expect(stage.until('2024-03-31T23:30').types).not.toContain('report.overdue');
    expect(stage.until('2024-04-01T00:00').types).toContain('report.overdue');
  });
});

describe('reopening a report', () => {
  it('sends its evaluation back to wait, and the tranche back to planned with its approvals void', () => {
    const stage = interimJudged({}, { orders: false }).must('bart', 'approve-tranche', { tranche: 2 });
    const { types } = stage.give('an', 'reopen-report', { ...interim, reason });
    expect(types).toEqual(['report.reopened', 'tranche.planned']);
    expect([stage.report('interim'), stage.evaluation('interim')]).toEqual(['submitted', 'awaiting-report']);
    expect(stage.grant.tranches[1]).toMatchObject({
      status: 'planned',
      approval: null,
      approvedSequence: null,
    });
    stage.judged('interim');
    expect(stage.status(2)).toBe('payable');
  });

  it('restores what a partly favourable evaluation took, and what an unfavourable one withheld', () => {
    const partly = interimJudged({ outcome: 'partly-favourable', share: 50 });
    expect(partly.amount(2)).toBe(11_200_00n);
    expect(partly.give('an', 'reopen-report', { ...interim, reason }).types).toEqual([
      'report.reopened',
      'tranche.restored',
    ]);
    expect(partly.amount(2)).toBe(22_400_00n);
    const unfavourable = interimJudged({ outcome: 'unfavourable' });
    expect(unfavourable.status(2)).toBe('withheld');
    unfavourable.must('an', 'reopen-report', { ...interim, reason });
    expect(unfavourable.status(2)).toBe('planned');
  });

  it('is too late once a tranche that rests on it is ordered, also through its evaluation only', () => {
    const stage = interimJudged().must('bart', 'approve-tranche', { tranche: 2 });
    expect(stage.give('an', 'reopen-report', { ...interim, reason }).refused).toEqual({
      code: 'already-ordered',
      facts: { tranche: 2, payout: 'REN-ANT-2-1' },
    });
    stage.must('fien', 'reject-payout', { tranche: 2 });
    expect(stage.give('an', 'reopen-report', { ...interim, reason }).types).toContain('report.reopened');
  });

  it('asks a reason, and leaves an evaluation that was waiting as it was', () => {
    expect(accepted().give('an', 'reopen-report', interim).refused?.code).toBe('reason-required');
    expect(
      accepted()
        .must('an', 'reopen-report', { ...interim, reason })
        .evaluation('interim'),
    ).toBe('awaiting-report');
    const open = evaluationOpen().must('an', 'reopen-report', { ...interim, reason });
    expect(open.evaluation('interim')).toBe('awaiting-report');
  });
});

describe('more time', () => {
  it('is asked, refused with a reason, and asked again', () => {
    const stage = active().must('stad', 'ask-extension', { ...interim, until: '2024-03-15', reason });
    expect(stage.give('an', 'refuse-extension', interim).refused?.code).toBe('reason-required');
    expect(stage.give('an', 'refuse-extension', { ...interim, reason }).events[0]).toMatchObject({
      type: 'extension.refused',
      data: { report: 'interim', until: '2024-03-15' },
    });
    expect(findReport(stage.grant, 'interim')?.request).toBeNull();
    stage.must('stad', 'ask-extension', { ...interim, until: '2024-03-15', reason });
    stage.must('an', 'extend-deadline', { ...interim, until: '2024-03-10' });
    expect(findReport(stage.grant, 'interim')).toMatchObject({
      request: null,
      extended: true,
      dueOn: '2024-03-10',
    });
  });

  it('is forgotten once the report is handed in or waived', () => {
    const asked = (): Stage =>
      active().must('stad', 'ask-extension', { ...interim, until: '2024-03-15', reason });
    expect(findReport(asked().must('stad', 'submit-report', interim).grant, 'interim')?.request).toBeNull();
    const waivedOne = asked().must('an', 'waive-report', { ...interim, reason });
    expect(findReport(waivedOne.grant, 'interim')?.request).toBeNull();
  });

  it('lets the overdue flag fall, and raises it again after the new date', () => {
    const stage = active();
    stage.until('2024-02-29T08:00');
    stage.must('an', 'extend-deadline', { ...interim, until: '2024-03-05', reason });
    expect(findReport(stage.grant, 'interim')?.overdue).toBe(false);
    expect(stage.until('2024-03-06T00:00').types).toContain('report.overdue');
  });

  it('is to a day after the deadline, never to one that is past or earlier, asked for or given', () => {
    const late = (): Stage => {
      const stage = active();
      stage.until('2024-03-10T08:00');
      return stage;
    };
    for (const [by, name] of [
      ['stad', 'ask-extension'],
      ['an', 'extend-deadline'],
    ] as const) {
      const given = (stage: Stage, until: string) =>
        stage.give(by, name, { ...interim, until, reason }).refused;
      const invalid = { code: 'invalid', facts: { path: 'until' } };
      expect(given(active(), '2024-02-28')).toMatchObject(invalid);
      expect(given(active(), '2023-06-30')).toMatchObject(invalid);
      expect(given(active(), '2023-01-01')).toMatchObject(invalid);
      expect(given(late(), '2024-03-09')).toMatchObject(invalid);
      expect(given(active(), '2024-02-29')).toBeNull();
      // A decision that comes after the date reopens; the day itself is enough.
      expect(given(late(), '2024-03-10')).toBeNull();
    }
    expect(
      submitted().give('an', 'return-report', { ...interim, resubmitBy: '2022-12-31', reason }).refused,
    ).toMatchObject({ code: 'invalid', facts: { path: 'resubmitBy' } });
  });

  it('is asked and given with a reason; what answers a request may rest on the reason of that', () => {
    const later = { ...interim, until: '2024-03-15' };
    expect(active().give('stad', 'ask-extension', later).refused?.code).toBe('reason-required');
    expect(active().give('an', 'extend-deadline', later).refused?.code).toBe('reason-required');
    const asked = active().must('stad', 'ask-extension', { ...later, reason });
    expect(asked.give('an', 'extend-deadline', later).events[0]).toMatchObject({
      type: 'deadline.extended',
      reason: null,
    });
  });
});

it('reports stand still once their grant is closed, until it is reopened', () => {
  const stage = settled().paid(3).must('an', 'close');
  expect(stage.give('an', 'reopen-report', { ...interim, reason }).refused?.facts).toEqual({
    grantStatus: 'closed',
  });
  stage.must('an', 'reopen-grant', { decision, reason });
  expect(stage.give('an', 'reopen-report', { ...interim, reason }).refused?.code).toBe('already-ordered');
  expect(firstPaid().give('an', 'waive-report', interim).refused?.code).toBe('reason-required');
  expect(
    submitted().give('an', 'return-report', { ...interim, resubmitBy: '2024-04-01' }).refused?.code,
  ).toBe('reason-required');
});
