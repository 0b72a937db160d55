import { describe, expect, it } from '@jest/globals';

import { type Stage, examplePlan, report } from '#test/support/domain-fixture.js';
import { active, reason } from '#test/support/domain-stages.js';
import type { ExtensionPolicy, PlannedReport } from './plan.js';
import { defaultExtensions } from './plan.js';
import { parsePlan } from './plan-document.js';

const interim = { report: 'interim' };

function under(policy: Partial<ExtensionPolicy>, part: Partial<PlannedReport> = {}): Stage {
  const extensions = { ...defaultExtensions, ...policy };
  const due = { kind: 'date', on: '2024-02-28' } as const;
  const reports = [report('interim', { due, extensions, ...part }), report('final', {})];
  return active({ plan: { ...examplePlan, reports } });
}

const ask = (stage: Stage, until: string) =>
  stage.give('stad', 'ask-extension', { ...interim, until, reason }).refused;
const extend = (stage: Stage, until: string) =>
  stage.give('an', 'extend-deadline', { ...interim, until, reason }).refused;

describe('how long', () => {
  it.each([
    ['longest', { longest: 'P1M' }, '2024-03-28', '2024-03-29'],
    ['latest', { latest: '2024-04-10' }, '2024-04-10', '2024-04-11'],
    ['the earlier of both', { longest: 'P1Y', latest: '2024-04-10' }, '2024-04-10', '2024-04-11'],
  ] as const)('%s is the last day, asked for or given', (_, policy, last, after) => {
    for (const give of [ask, extend]) {
      expect(give(under(policy), last)).toBeNull();
      expect(give(under(policy), after)).toMatchObject({
        code: 'invalid',
        facts: { path: 'until', message: expect.stringContaining(last) },
      });
    }
  });

  it('counts from the deadline as it was set, not from the one before', () => {
    const stage = under({ longest: 'P1M' });
    expect(extend(stage, '2024-03-15')).toBeNull();
    expect(extend(stage, '2024-03-28')).toBeNull();
    expect(extend(stage, '2024-04-15')?.facts['message']).toContain('no more time');
  });

  it('once its last day has passed says so, with that day, whatever day is named', () => {
    for (const policy of [{ latest: '2024-03-10' }, { longest: 'P10D' }])
      for (const give of [ask, extend]) {
        const stage = under(policy);
        const last = 'latest' in policy ? '2024-03-10' : '2024-03-09';
        stage.until(`${last}T22:00`);
        expect(give(stage, last)).toBeNull();
        const late = under(policy);
        late.until('2024-03-11T08:00');
        for (const until of ['2024-03-11', '2024-04-30'])
          expect(give(late, until)).toMatchObject({
            code: 'invalid',
            facts: { path: 'until', message: expect.stringContaining(`was ${last}, and it has passed`) },
          });
      }
  });

  it('counts anew from the date of a returned report', () => {
    const stage = under({ longest: 'P1M' }).must('stad', 'submit-report', interim);
    stage.must('an', 'return-report', { ...interim, resubmitBy: '2024-05-31', reason });
    expect(extend(stage, '2024-07-01')?.code).toBe('invalid');
    expect(extend(stage, '2024-06-30')).toBeNull();
  });
});

describe('how often', () => {
  it('counts the requests that were granted, not what was given unasked or refused', () => {
    const stage = under({ times: 1 });
    expect(extend(stage, '2024-03-01')).toBeNull();
    expect(ask(stage, '2024-03-10')).toBeNull();
    stage.must('an', 'refuse-extension', { ...interim, reason });
    expect(ask(stage, '2024-03-10')).toBeNull();
    expect(extend(stage, '2024-03-10')).toBeNull();
    expect(ask(stage, '2024-03-20')).toMatchObject({
      code: 'wrong-state',
      facts: { granted: 1, times: 1, message: expect.stringContaining('once already') },
    });
    expect(extend(stage, '2024-03-20')).toBeNull();
  });

  it('may be never', () => {
    expect(ask(under({ times: 0 }), '2024-03-10')?.facts['message']).toContain('gives no more time');
  });
});

describe('until when one may ask', () => {
  it('ends so long before the deadline, with that day', () => {
    const stage = under({ askBefore: 'P7D' });
    stage.until('2024-02-21T23:00');
    expect(ask(stage, '2024-03-10')).toBeNull();
    const late = under({ askBefore: 'P7D' });
    late.until('2024-02-22T08:00');
    expect(ask(late, '2024-03-10')).toMatchObject({ code: 'wrong-state', facts: { askedBy: '2024-02-21' } });
    // Whoever answers for the deadline may give time all the same.
    expect(extend(late, '2024-03-10')).toBeNull();
  });

  it('has no end where the programme sets none: asked after the date, granted, it reopens', () => {
    const stage = under({});
    stage.until('2024-03-05T08:00');
    expect(ask(stage, '2024-03-20')).toBeNull();
    stage.must('an', 'extend-deadline', { ...interim, until: '2024-03-20' });
    expect(stage.grant.reports[0]).toMatchObject({ overdue: false, dueOn: '2024-03-20', granted: 1 });
  });
});

describe('the policy in a plan', () => {
  const plan = (extensions: unknown, due: unknown = { on: '2024-02-28' }) =>
    parsePlan({
      tranches: [{ no: 1, share: 100 }],
      reports: [{ code: 'interim', kind: 'both', due, extensions }],
    });

  it('is read, and bounds nothing where it is left out', () => {
    const read = (extensions: unknown) => {
      const parsed = plan(extensions);
      return 'plan' in parsed ? parsed.plan.reports[0]?.extensions : parsed.faults;
    };
    expect(read({ times: 2, longest: 'P3M', latest: '2024-06-30', askBefore: 'P14D' })).toEqual({
      times: 2,
      longest: 'P3M',
      latest: '2024-06-30',
      askBefore: 'P14D',
    });
    expect(read(undefined)).toEqual(defaultExtensions);
  });

  it.each([
    ['times', { times: -1 }],
    ['longest', { longest: 'three months' }],
    ['latest', { latest: '2024-02-27' }],
    ['askBefore', { askBefore: '7' }],
    ['often', { often: 2 }],
  ])('names what is wrong with %s', (field, extensions) => {
    expect(plan(extensions)).toMatchObject({
      faults: [{ path: `programme.reports[0].extensions.${field}` }],
    });
  });

  it('of a yearly report has no one last day', () => {
    const yearly = { every: 'year', on: '02-28', from: 2024, to: 2026 };
    expect(plan({ latest: '2024-06-30' }, yearly)).toMatchObject({
      faults: [{ path: 'programme.reports[0].extensions.latest' }],
    });
  });
});
