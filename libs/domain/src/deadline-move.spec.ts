import { describe, expect, it } from '@jest/globals';

import { type Stage, examplePlan, report, tranche } from '#test/support/domain-fixture.js';
import { requires } from '#test/support/domain-fixture.js';
import { active, awarded, firstPaid, reason } from '#test/support/domain-stages.js';
import { evaluationWindow } from './evaluation-window.js';
import { findReport } from './grant.js';
import { checkGrant } from './invariants.js';
import { defaultExtensions } from './plan.js';

const move = { programme: 'REN', report: 'interim', until: '2024-03-15', reason };
const undo = { reason };
const movedOn = (): Stage => active().must('an', 'move-deadlines', move);

describe('a bulk move', () => {
  it('moves the deadline with its reason and decider, and says which move it was', () => {
    const { events } = active().give('an', 'move-deadlines', move);
    expect(events).toMatchObject([
      {
        type: 'deadline.extended',
        actor: 'an',
        reason,
        data: { report: 'interim', dueOn: '2024-03-15', previousDueOn: '2024-02-28', move: 1 },
      },
      {
        type: 'deadline-move.applied',
        actor: 'an',
        reason,
        data: { programme: 'REN', report: 'interim', until: '2024-03-15', deadlines: 1, windows: 0 },
      },
    ]);
  });

  it.each([
    ['a day that is past', { until: '2022-12-31' }, 'already past'],
    ['the deadline itself', { until: '2024-02-28' }, 'is the deadline already'],
    ['a day before the deadline', { until: '2024-02-01' }, 'gives no more time'],
    ['a day after the window of its evaluation', { until: '2024-06-01' }, 'after the window of evaluation'],
  ])('to %s is refused as invalid and named', (_, part, said) => {
    const stage = active();
    stage.sweep();
    const before = stage.grant;
    expect(stage.give('an', 'move-deadlines', { ...move, ...part }).refused).toMatchObject({
      code: 'invalid',
      facts: { path: 'until', message: expect.stringContaining(said) },
    });
    expect(stage.grant).toBe(before);
  });

  it('is refused beyond the last day that the programme allows for that report', () => {
    const extensions = { ...defaultExtensions, longest: 'P14D' };
    const due = { kind: 'date', on: '2024-02-28' } as const;
    const reports = [report('interim', { due, extensions }), report('final', {})];
    const stage = active({ plan: { ...examplePlan, reports } });
    expect(stage.give('an', 'move-deadlines', move).refused).toMatchObject({
      code: 'invalid',
      facts: { path: 'until', obstacles: [{ grant: 'REN-ANT' }] },
    });
  });

  it('takes the window along where that is asked, by as many days', () => {
    const stage = active().must('an', 'move-deadlines', { ...move, until: '2024-06-01', moveWindows: true });
    // From 28 February to 1 June 2024 are 94 days.
    expect(evaluationWindow(stage.grant, stage.plan, 'interim')).toEqual({
      from: '2024-06-03',
      to: '2024-09-02',
    });
    expect(stage.must('an', 'undo-move', undo).grant.evaluations[0]?.window).toBeNull();
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
  });

  it('lets the evaluation open, and be late, by the window that moved along', () => {
    const stage = firstPaid().must('an', 'move-deadlines', { ...move, moveWindows: true });
    stage.at('2024-03-05T10:00').must('stad', 'submit-report', { report: 'interim' });
    stage.must('an', 'accept-report', { report: 'interim' });
    expect(stage.until('2024-03-16T23:00').types).not.toContain('evaluation.opened');
    expect(stage.until('2024-03-17T00:00').types).toContain('evaluation.opened');
    stage.at('2024-06-10T10:00').judged('interim');
    expect(stage.events.findLast(({ type }) => type === 'evaluation.decided')?.data).toMatchObject({
      late: false,
    });
  });

  it('reopens what was overdue', () => {
    const stage = active();
    stage.until('2024-03-01T10:00');
    expect(findReport(stage.grant, 'interim')?.overdue).toBe(true);
    stage.must('an', 'move-deadlines', move);
    expect(findReport(stage.grant, 'interim')).toMatchObject({ overdue: false, extended: true });
  });

  it('passes over what is not of the selection, and is refused where nothing is left', () => {
    const submitted = active().must('stad', 'submit-report', { report: 'interim' });
    expect(submitted.give('an', 'move-deadlines', move).refused?.code).toBe('wrong-state');
    for (const part of [{ dueOn: '2024-02-27' }, { beneficiary: 'gent' }, { programme: 'OTHER' }])
      expect(active().give('an', 'move-deadlines', { ...move, ...part }).refused?.code).toBe('wrong-state');
    expect(active().give('an', 'move-deadlines', { ...move, dueOn: '2024-02-28' }).refused).toBeNull();
  });

  it('names a grant that was asked for by code and cannot be moved', () => {
    const named = { ...move, grants: ['REN-ANT'] };
    const submitted = active().must('stad', 'submit-report', { report: 'interim' });
    expect(submitted.give('an', 'move-deadlines', named).refused).toMatchObject({
      code: 'wrong-state',
      facts: { obstacles: [{ grant: 'REN-ANT', message: expect.stringContaining('submitted') }] },
    });
    expect(active().give('an', 'move-deadlines', { ...named, dueOn: '2024-02-27' }).refused?.code).toBe(
      'invalid',
    );
    expect(active().give('an', 'move-deadlines', { ...named, report: 'x' }).refused?.code).toBe('invalid');
    const terminated = active().must('an', 'terminate', { reason });
    expect(terminated.give('an', 'move-deadlines', named).refused?.code).toBe('wrong-state');
  });

  it('answers a request that asks for no more, and leaves one that asks for more', () => {
    const asked = (until: string): Stage =>
      active().must('stad', 'ask-extension', { report: 'interim', until, reason });
    const requestOf = (stage: Stage) => findReport(stage.grant, 'interim')?.request?.until ?? null;
    const less = asked('2024-03-15').must('an', 'move-deadlines', move);
    expect(requestOf(less)).toBeNull();
    expect(requestOf(asked('2024-03-16').must('an', 'move-deadlines', move))).toBe('2024-03-16');
    expect(requestOf(less.must('an', 'undo-move', undo))).toBe('2024-03-15');
  });

  it('is given by an administrator, with a reason', () => {
    for (const by of ['els', 'bart', 'fien', 'stad', 'rek', 'op'] as const) {
      expect(active().give(by, 'move-deadlines', move).refused?.code).toBe('not-allowed');
      expect(movedOn().give(by, 'undo-move', undo).refused?.code).toBe('not-allowed');
    }
    const { reason: _, ...bare } = move;
    expect(active().give('an', 'move-deadlines', bare).refused?.code).toBe('reason-required');
    expect(movedOn().give('an', 'undo-move').refused?.code).toBe('reason-required');
  });

  it('refuses what a preview that is no longer true was asked for', () => {
    expect(active().give('an', 'move-deadlines', { ...move, preview: 'f'.repeat(64) }).refused?.code).toBe(
      'conflict',
    );
  });
});

describe('undoing', () => {
  it('puts the deadline back as it was, flag and raw date included', () => {
    const stage = active();
    const before = findReport(stage.grant, 'interim');
    stage.must('an', 'move-deadlines', move);
    const { events } = stage.give('ada', 'undo-move', undo);
    expect(events.map(({ type }) => type)).toEqual(['deadline.restored', 'deadline-move.undone']);
    const { deadlineSetAt: _, ...same } = findReport(stage.grant, 'interim') ?? {};
    const { deadlineSetAt: __, ...old } = before ?? {};
    expect(same).toEqual(old);
    expect(stage.give('an', 'undo-move', undo).refused).toMatchObject({
      code: 'wrong-state',
      facts: { state: 'undone' },
    });
  });

  const acts: [string, (stage: Stage) => unknown][] = [
    ['report.submitted', (s) => s.must('stad', 'submit-report', { report: 'interim' })],
    ['reminder.sent', (s) => s.until('2024-01-20T10:00')],
    [
      'extension.asked',
      (s) => s.must('stad', 'ask-extension', { report: 'interim', until: '2024-04-01', reason }),
    ],
    [
      'deadline.extended',
      (s) => s.must('an', 'extend-deadline', { report: 'interim', until: '2024-04-01', reason }),
    ],
    ['report.waived', (s) => s.must('an', 'waive-report', { report: 'interim', reason })],
    ['report.waived', (s) => s.must('an', 'terminate', { reason })],
  ];
  it.each(acts)('is too late after %s', (type, act) => {
    const stage = movedOn();
    act(stage);
    expect(stage.give('an', 'undo-move', undo).refused).toMatchObject({
      code: 'wrong-state',
      facts: { obstacles: [{ grant: 'REN-ANT', message: expect.stringContaining(type) }] },
    });
  });

  it('is not kept by what happens to the grant beside its report', () => {
    const stage = movedOn().must('bart', 'approve-tranche', { tranche: 1 });
    stage.must('an', 'suspend', { reason }).must('an', 'resume');
    expect(stage.give('an', 'undo-move', undo).refused).toBeNull();
  });

  it('is refused where the old deadline passed meanwhile, and makes overdue again what was', () => {
    const silent = { before: [], after: [], at: '09:00' };
    const due = { kind: 'date', on: '2024-02-28' } as const;
    const reports = [report('interim', { due, reminders: silent, escalate: null })];
    const tranches = [tranche(1, { requires: requires('report:interim') })];
    const plan = { ...examplePlan, reports, tranches, evaluations: [] };
    const kept = active({ plan }).must('an', 'move-deadlines', move);
    kept.until('2024-03-01T10:00');
    expect(kept.give('an', 'undo-move', undo).refused?.facts['message']).toContain('passed meanwhile');
    const overdue = active({ plan });
    overdue.until('2024-03-01T10:00');
    overdue.must('an', 'move-deadlines', move);
    expect(overdue.give('an', 'undo-move', undo).types).toEqual([
      'deadline.restored',
      'report.overdue',
      'deadline-move.undone',
    ]);
  });

  it('takes the moves of one report back from the last, and no more than that one', () => {
    const stage = awarded().must('an', 'move-deadlines', move);
    stage.must('an', 'move-deadlines', { ...move, until: '2024-04-15' });
    expect(stage.give('an', 'undo-move', { move: 1, reason }).refused?.facts['message']).toContain(
      'moved again',
    );
    stage.must('an', 'undo-move', { move: 2, reason });
    expect(findReport(stage.grant, 'interim')?.dueOn).toBe('2024-03-15');
    expect(stage.give('an', 'undo-move', { move: 1, reason }).refused?.code).toBe('wrong-state');
    expect(stage.give('an', 'undo-move', { move: 9, reason }).refused?.code).toBe('not-found');
  });
});
