import { describe, expect, it } from '@jest/globals';

import { awarded, reason } from '#test/support/domain-stages.js';
import { calendar, examplePlan, report } from '#test/support/domain-fixture.js';
import { parsePlan } from './plan-document.js';
import { reportDeadlines } from './schedule.js';

const term = { amountCents: 1n, start: '2023-01-01', end: '2023-12-31' };
const shifted = report('final', {
  due: { kind: 'date', on: '2024-04-27' },
  shift: 'next-working-day',
});

function plan(closingDays: unknown) {
  return parsePlan({ closingDays, tranches: [{ no: 1, share: 100 }] });
}

describe('a shifted deadline', () => {
  it('passes over weekends, holidays and closing days, and says which and why', () => {
    // 27 April 2024 is a Saturday, 1 May a Wednesday.
    const closed = {
      ...examplePlan,
      closingDays: [
        { from: '2024-04-29', to: '2024-04-30', name: 'Offices move' },
        { from: '2024-05-01', to: '2024-05-02', name: 'Bridge' },
      ],
    };
    const [found] = reportDeadlines(closed, shifted, term, calendar);
    expect(found?.date).toEqual({
      from: '2024-04-27',
      rule: '2024-04-27',
      rawDueOn: '2024-04-27',
      shift: 'next-working-day',
      dueOn: '2024-05-03',
      passedOver: [
        { on: '2024-04-27', because: 'Saturday' },
        { on: '2024-04-28', because: 'Sunday' },
        { on: '2024-04-29', because: 'Offices move' },
        { on: '2024-04-30', because: 'Offices move' },
        { on: '2024-05-01', because: 'Dag van de Arbeid' },
        { on: '2024-05-02', because: 'Bridge' },
      ],
    });
    const [open] = reportDeadlines(examplePlan, shifted, term, calendar);
    expect(open?.date.dueOn).toBe('2024-04-29');
  });

  it('of a grant is set by the closing days of its own plan version', () => {
    const reports = [report('interim', {}), { ...shifted, code: 'final' }];
    const closingDays = [{ from: '2024-04-29', to: '2024-04-29', name: 'Offices move' }];
    expect(awarded({ plan: { ...examplePlan, reports } }).grant.reports[1]?.dueOn).toBe('2024-04-29');
    const stage = awarded({ plan: { ...examplePlan, reports, closingDays } });
    expect(stage.grant.reports[1]?.dueOn).toBe('2024-04-30');
    // An extension is taken as given.
    stage.must('an', 'extend-deadline', { report: 'final', until: '2024-05-01', reason });
    expect(stage.grant.reports[1]?.dueOn).toBe('2024-05-01');
  });
});

describe('closing days in a plan', () => {
  it('are single days or several in a row', () => {
    expect(
      plan([
        { on: '2024-12-27', name: 'Bridge' },
        { from: '2024-07-15', to: '2024-07-19', name: 'Summer' },
      ]),
    ).toMatchObject({
      plan: {
        closingDays: [
          { from: '2024-12-27', to: '2024-12-27', name: 'Bridge' },
          { from: '2024-07-15', to: '2024-07-19', name: 'Summer' },
        ],
      },
    });
  });

  it.each([
    ['', { on: '2024-12-27', from: '2024-12-27', name: 'Both' }],
    ['', { name: 'Neither' }],
    ['.to', { from: '2024-12-27', name: 'No end' }],
    ['.to', { from: '2024-12-27', to: '2024-12-24', name: 'Backwards' }],
    ['.to', { from: '2024-01-01', to: '2024-12-31', name: 'A year' }],
    ['.name', { on: '2024-12-27' }],
    ['.on', { on: '2024-02-30', name: 'No such day' }],
  ])('name what is wrong at %s', (path, closing) => {
    const read = plan([closing]);
    expect('faults' in read && read.faults.map((fault) => fault.path)).toEqual([
      `programme.closingDays[0]${path}`,
    ]);
  });
});
