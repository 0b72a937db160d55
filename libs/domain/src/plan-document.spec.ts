import { describe, expect, it } from '@jest/globals';

import { parsePlan, parseProgramme } from './plan-document.js';

/** Built anew for each row, so that a row may break it. */
function sound(): Record<string, unknown> & { tranches: object[]; reports: object[]; evaluations: object[] } {
  return {
    code: 'REN',
    title: 'Roma Experten Netwerk',
    tranches: [
      { no: 1, share: 40, due: { on: 'grant-start' } },
      {
        no: 2,
        share: '40',
        due: { on: 'gate', plus: 'P30D' },
        requires: ['report:interim', 'evaluation:interim'],
      },
      { no: 3, remainder: true, requires: ['report:final', 'tranche:2', 'document:cooperation agreement'] },
    ],
    reports: [
      { code: 'interim', kind: 'both', due: { on: '2024-02-28' } },
      { code: 'final', kind: 'financial', due: { on: 'grant-end', plus: 'P2M' }, escalate: 'none' },
      { code: 'annual', kind: 'both', due: { every: 'year', on: '02-28', from: 2023, to: 2024 } },
    ],
    evaluations: [
      {
        code: 'interim',
        report: 'interim',
        window: { from: '2024-03-01', to: '2024-05-31' },
        questions: ['Why?'],
      },
    ],
    approval: { secondApproverAbove: '50000.00' },
  };
}

type Sound = ReturnType<typeof sound>;
const faultsOf = (plan: unknown): (readonly [string, string])[] => {
  const read = parsePlan(plan);
  return 'faults' in read
    ? read.faults.map(({ path, message }) => [path.replace(/^programme\.?/, ''), message])
    : [];
};

describe('parsePlan', () => {
  it('reads a plan with its defaults', () => {
    const read = parsePlan(sound());
    if ('faults' in read) throw new Error(JSON.stringify(read.faults));
    const { plan } = read;
    expect(plan).toMatchObject({ timeZone: 'Europe/Brussels', calendar: 'BE', monthRule: 'same-date' });
    expect(plan.approval).toEqual({ fourEyes: true, secondApproverAboveCents: 5_000_000n, coolingOff: null });
    expect(plan.tranches[1]).toEqual({
      no: 2,
      amount: { kind: 'share', share: 400_000 },
      due: { kind: 'relative', on: 'gate', sign: 1, period: 'P30D' },
      requires: [
        { kind: 'report', ref: 'interim' },
        { kind: 'evaluation', ref: 'interim' },
      ],
      settles: false,
    });
    expect(plan.tranches[2]?.due).toEqual({ kind: 'relative', on: 'gate', sign: 1, period: null });
    expect(plan.reports.map(({ shift, escalate }) => [shift, escalate])).toEqual([
      ['none', 'P14D'],
      ['next-working-day', null],
      ['none', 'P14D'],
    ]);
    expect(plan.reports[0]?.reminders).toMatchObject({
      before: ['P60D', 'P30D', 'P14D', 'P7D', 'P1D'],
      at: '09:00',
    });
  });

  it('reads a cooling-off', () => {
    const read = parsePlan({ ...sound(), approval: { coolingOff: 'P03D' } });
    expect('plan' in read && read.plan.approval).toEqual({
      fourEyes: true,
      secondApproverAboveCents: null,
      coolingOff: 'P3D',
    });
  });

  it('reads stated parts over the defaults, an empty list of reminders as none', () => {
    const plan = sound();
    plan.reports = [
      { code: 'interim', kind: 'both', due: { on: 'grant-end' }, reminders: { before: [], at: '08:30' } },
      {
        code: 'final',
        kind: 'both',
        due: { on: 'grant-start', minus: 'P1W' },
        shift: 'none',
        escalate: 'P1M',
      },
    ];
    const read = parsePlan(plan);
    expect(read).toMatchObject({
      plan: {
        reports: [
          { shift: 'none', reminders: { before: [], after: ['P1D', 'P7D', 'P14D'], at: '08:30' } },
          { shift: 'none', escalate: 'P1M', due: { sign: -1, period: 'P1W' } },
        ],
      },
    });
  });

  it('reads a plan of nothing but tranches, with or without code and title', () => {
    expect(parsePlan({ tranches: [{ no: 1, share: 100 }] })).toHaveProperty('plan');
    expect(parseProgramme({ tranches: [{ no: 1, share: 100 }] })).toMatchObject({
      faults: [{ path: 'programme.code' }, { path: 'programme.title' }],
    });
    expect(parseProgramme(sound())).toMatchObject({
      programme: { code: 'REN', title: 'Roma Experten Netwerk' },
    });
  });

  it('leaves fixed amounts alone: only an award can judge their sum', () => {
    expect(
      faultsOf({
        tranches: [
          { no: 1, amount: '1.00' },
          { no: 2, amount: '0.00' },
        ],
      }),
    ).toEqual([]);
  });

  it('takes names of years that a yearly report has', () => {
    const plan = sound();
    plan.tranches[2] = { no: 3, remainder: true, requires: ['report:annual-2023', 'report:annual-2024'] };
    expect(faultsOf(plan)).toEqual([]);
  });

  it('collects every fault, also across parts', () => {
    const plan = {
      tranches: [
        { no: 2, share: 0 },
        { no: 2, amount: 5 },
      ],
      reports: 'none',
      color: 'red',
    };
    expect(faultsOf(plan).map(([path]) => path)).toEqual([
      'color',
      'tranches[0].share',
      'tranches[1].amount',
      'reports',
      'tranches[0].no',
    ]);
  });

  it('does not pile faults on a report whose deadline could not be read', () => {
    const plan = sound();
    plan.reports[2] = {
      code: 'annual',
      kind: 'both',
      due: { every: 'year', on: '02-30', from: 2023, to: 2024 },
    };
    plan.tranches[2] = { no: 3, remainder: true, requires: ['report:annual-2023'] };
    expect(faultsOf(plan).map(([path]) => path)).toEqual(['reports[2].due.on']);
  });
});

const tranches =
  (...list: object[]): ((plan: Sound) => void) =>
  (plan) => {
    plan.tranches = list.map((tranche, index) => ({ no: index + 1, ...tranche }));
  };
const report =
  (change: object): ((plan: Sound) => void) =>
  (plan) => {
    plan.reports[0] = { ...plan.reports[0], ...change };
  };
const evaluation =
  (change: object): ((plan: Sound) => void) =>
  (plan) => {
    plan.evaluations[0] = { ...plan.evaluations[0], ...change };
  };
const top =
  (change: object): ((plan: Sound) => void) =>
  (plan) =>
    void Object.assign(plan, change);

describe('a plan is refused for', () => {
  it.each<[string, (plan: Sound) => void, string, string]>([
    ['an unknown field', top({ tranche: [] }), 'tranche', 'did you mean "tranches"?'],
    ['no tranches', top({ tranches: [] }), 'tranches', 'a plan has at least one tranche'],
    [
      'a thousand tranches',
      tranches(...Array.from({ length: 1000 }, () => ({ amount: '1.00' }))),
      'tranches',
      '1000 are too many; a plan has at most 240',
    ],
    [
      'a tranche that is no object',
      tranches({ share: 40 }, { remainder: true }) && top({ tranches: ['x'] }),
      'tranches[0]',
      '"x" is not a tranche',
    ],
    ['an unknown time zone', top({ timeZone: 'Brussels' }), 'timeZone', 'is not a time zone'],
    ['an unknown calendar', top({ calendar: 'NL' }), 'calendar', 'none of the possible ones: BE'],
    [
      'an unknown month rule',
      top({ monthRule: 'sticky' }),
      'monthRule',
      'same-date, day-before-ordinal, month-end-sticky',
    ],
    [
      'numbers from 0',
      top({ tranches: [{ no: 0, share: 100 }] }),
      'tranches[0].no',
      'not a whole number from 1',
    ],
    ['numbers from 2', top({ tranches: [{ no: 2, share: 100 }] }), 'tranches[0].no', 'this one is 1'],
    [
      'a number given twice',
      top({
        tranches: [
          { no: 1, share: 50 },
          { no: 1, share: 50 },
        ],
      }),
      'tranches[1].no',
      'tranche 1 is given twice',
    ],
    [
      'shares over 100',
      tranches({ share: 60 }, { share: 50 }),
      'tranches',
      'the shares make 110 percent together; they make at most 100',
    ],
    [
      'shares over 100 by a little',
      tranches({ share: 66.6667 }, { share: '33.3334' }),
      'tranches',
      'the shares make 100.0001 percent',
    ],
    [
      'shares over 100 before a remainder',
      tranches({ share: 100 }, { share: 100 }, { remainder: true }),
      'tranches',
      'make 200 percent',
    ],
    [
      'shares under 100',
      tranches({ share: 33.3333 }, { share: 33.3333 }),
      'tranches',
      'the shares make 66.6666 percent together; without a tranche {remainder: true} they make 100',
    ],
    [
      'shares and amounts without a remainder',
      tranches({ share: 50 }, { amount: '1.00' }),
      'tranches',
      'need a last tranche {remainder: true}',
    ],
    ['a share of 0', tranches({ share: 0 }, { remainder: true }), 'tranches[0].share', '0 is nothing'],
    [
      'a share above 100',
      tranches({ share: 101 }, { remainder: true }),
      'tranches[0].share',
      '101 is more than 100',
    ],
    [
      'a share with five decimals',
      tranches({ share: '33.33333' }, { remainder: true }),
      'tranches[0].share',
      'at most four',
    ],
    ['a negative share', tranches({ share: -5 }, { remainder: true }), 'tranches[0].share', 'is negative'],
    [
      'an amount with three decimals',
      tranches({ amount: '1.000' }, { remainder: true }),
      'tranches[0].amount',
      'has 3 decimals; cents have exactly two',
    ],
    [
      'an amount as a number',
      tranches({ amount: 56000.5 }, { remainder: true }),
      'tranches[0].amount',
      'is a number; an amount is text',
    ],
    [
      'a negative amount',
      tranches({ amount: '-1.00' }, { remainder: true }),
      'tranches[0].amount',
      'is negative',
    ],
    [
      'a tranche of nothing',
      tranches({}, { remainder: true }),
      'tranches[0]',
      'one of share, amount and remainder; this one has none of them',
    ],
    [
      'a share and an amount',
      tranches({ share: 5, amount: '1.00' }, { remainder: true }),
      'tranches[0]',
      'this one has share and amount',
    ],
    [
      'remainder: false',
      tranches({ share: 100 }, { remainder: false }),
      'tranches[1].remainder',
      'write remainder: true',
    ],
    [
      'two remainders',
      tranches({ remainder: true }, { remainder: true }),
      'tranches[1].remainder',
      'a plan has one remainder, and programme.tranches[0] is one',
    ],
    [
      'a remainder that is not the last',
      tranches({ remainder: true }, { share: 40 }),
      'tranches[0].remainder',
      'the remainder is the last tranche',
    ],
    [
      'settling before the last',
      tranches({ share: 40, settles: true }, { remainder: true }),
      'tranches[0].settles',
      'only the last tranche settles',
    ],
    [
      'settles: maybe',
      tranches({ share: 100, settles: 'maybe' }),
      'tranches[0].settles',
      'neither true nor false',
    ],
    [
      'a gate on an unknown report',
      tranches({ share: 100, requires: ['report:interm'] }),
      'tranches[0].requires[0]',
      '"interm" is no report of the plan; did you mean "interim"?',
    ],
    [
      'a gate on the bare code of a yearly report',
      tranches({ share: 100, requires: ['report:annual'] }),
      'tranches[0].requires[0]',
      '"annual" is due every year and has one report a year; name one of annual-2023, annual-2024',
    ],
    [
      'a gate on a year that a yearly report has not',
      tranches({ share: 100, requires: ['report:annual-2025'] }),
      'tranches[0].requires[0]',
      'is no report of the plan; did you mean "annual-2023"?',
    ],
    [
      'a gate on an unknown evaluation',
      tranches({ share: 100, requires: ['evaluation:final'] }),
      'tranches[0].requires[0]',
      '"final" is no evaluation of the plan',
    ],
    [
      'a gate on an unknown tranche',
      tranches({ share: 100, requires: ['tranche:2'] }),
      'tranches[0].requires[0]',
      '"2" is no tranche of the plan; it has 1',
    ],
    [
      'a gate on a tranche without a number',
      tranches({ share: 100, requires: ['tranche:one'] }),
      'tranches[0].requires[0]',
      'write its number',
    ],
    [
      'a condition of an unknown kind',
      tranches({ share: 100, requires: ['verslag:interim'] }),
      'tranches[0].requires[0]',
      'is no condition; write report, evaluation',
    ],
    [
      'a condition with a space after the colon',
      tranches({ share: 100, requires: [{ report: 'interim' }] }),
      'tranches[0].requires[0]',
      'without a space',
    ],
    [
      'a condition without a name',
      tranches({ share: 100, requires: ['document:'] }),
      'tranches[0].requires[0]',
      'write a text of 1 to 64',
    ],
    [
      'a document name with spaces around it',
      tranches({ share: 100, requires: ['document: permit'] }),
      'tranches[0].requires[0]',
      'has spaces around it',
    ],
    [
      'a condition given twice',
      tranches({ share: 100, requires: ['document:a', 'document:a'] }),
      'tranches[0].requires[1]',
      'the condition "document:a" is given twice',
    ],
    [
      'conditions that are no list',
      tranches({ share: 100, requires: 'report:interim' }),
      'tranches[0].requires',
      'is not a list',
    ],
    [
      'a tranche that waits for itself',
      tranches({ share: 100, requires: ['tranche:1'] }),
      'tranches[0].requires[0]',
      'tranche 1 waits for itself',
    ],
    [
      'two tranches that wait for one another',
      tranches({ share: 50, requires: ['tranche:2'] }, { share: 50, requires: ['document:a', 'tranche:1'] }),
      'tranches[1].requires[1]',
      'tranche 1 waits for tranche 2, which waits for tranche 1; none of them could ever be paid',
    ],
    [
      'a ring of three',
      tranches(
        { share: 50, requires: ['tranche:3'] },
        { share: 25, requires: ['tranche:1'] },
        { share: 25, requires: ['tranche:2'] },
      ),
      'tranches[1].requires[0]',
      'tranche 1 waits for tranche 3, which waits for tranche 2, which waits for tranche 1',
    ],
    [
      'a tranche that waits for the settling one',
      tranches({ share: 50, requires: ['tranche:2'] }, { remainder: true, settles: true }),
      'tranches[1].settles',
      '(tranche 2 settles, so it waits for all others)',
    ],
    [
      'a due date that does not exist',
      tranches({ share: 100, due: { on: '2023-02-29' } }),
      'tranches[0].due.on',
      'February 2023 has 28 days',
    ],
    [
      'a due date that is no date',
      tranches({ share: 100, due: { on: 'start' } }),
      'tranches[0].due.on',
      'grant-start, grant-end or gate',
    ],
    [
      'a due date as text',
      tranches({ share: 100, due: '2024-01-01' }),
      'tranches[0].due',
      'write its fields',
    ],
    [
      'plus and minus',
      tranches({ share: 100, due: { on: 'grant-end', plus: 'P1D', minus: 'P1D' } }),
      'tranches[0].due',
      'plus or minus, not both',
    ],
    [
      'minus before a gate',
      tranches({ share: 100, due: { on: 'gate', minus: 'P1D' } }),
      'tranches[0].due.minus',
      'nothing can be due before its gate opens',
    ],
    [
      'a period on a date',
      tranches({ share: 100, due: { on: '2024-01-01', plus: 'P1D' } }),
      'tranches[0].due.plus',
      'a date stands alone',
    ],
    [
      'a malformed period',
      tranches({ share: 100, due: { on: 'gate', plus: '30 days' } }),
      'tranches[0].due.plus',
      'is not a period',
    ],
    [
      'a tranche every year',
      tranches({ share: 100, due: { every: 'year', on: '02-28', from: 2023, to: 2024 } }),
      'tranches[0].due.every',
      'only a report is due every year',
    ],
    ['a report without a code', report({ code: undefined }), 'reports[0].code', 'a report needs "code"'],
    ['a report code with a slash', report({ code: 'a/b' }), 'reports[0].code', 'is no code'],
    [
      'a report code given twice',
      report({ code: 'final' }),
      'reports[1].code',
      'the report "final" is given twice',
    ],
    [
      'a report that is named as a year of another',
      report({ code: 'annual-2024' }),
      'reports[2].code',
      'the report "annual-2024" is given twice, first at programme.reports[0].code',
    ],
    ['an unknown kind', report({ kind: 'narrative' }), 'reports[0].kind', 'substantive, financial, both'],
    ['a report without a deadline', report({ due: null }), 'reports[0].due', 'a report needs "due"'],
    ['a report due at a gate', report({ due: { on: 'gate' } }), 'reports[0].due.on', 'a report has no gate'],
    [
      'a deadline that does not exist',
      report({ due: { on: '2023-02-29' } }),
      'reports[0].due.on',
      'February 2023 has 28 days',
    ],
    [
      'a deadline every month',
      report({ due: { every: 'month', on: '02-28', from: 2023, to: 2024 } }),
      'reports[0].due.every',
      'possible ones: year',
    ],
    [
      'a yearly day that does not exist',
      report({ due: { every: 'year', on: '02-30', from: 2023, to: 2024 } }),
      'reports[0].due.on',
      'February has 29 days',
    ],
    [
      'years that run backwards',
      report({ due: { every: 'year', on: '02-28', from: 2024, to: 2023 } }),
      'reports[0].due.to',
      '2023 comes before 2024',
    ],
    [
      'a thousand years',
      report({ due: { every: 'year', on: '02-28', from: 1999, to: 2999 } }),
      'reports[0].due.to',
      'at most 100 are possible',
    ],
    [
      'a year without an end',
      report({ due: { every: 'year', on: '02-28', from: 2024 } }),
      'reports[0].due.to',
      'needs "to"',
    ],
    ['an unknown shift', report({ shift: 'previous' }), 'reports[0].shift', 'next-working-day, none'],
    [
      'a reminder with a sign',
      report({ reminders: { before: ['-P7D'] } }),
      'reports[0].reminders.before[0]',
      'carries a sign',
    ],
    [
      'two reminders of one moment',
      report({ reminders: { before: ['P7D', 'P1W'] } }),
      'reports[0].reminders.before[1]',
      '"P1W" is the same moment as programme.reports[0].reminders.before[0]',
    ],
    [
      'two reminders on the day itself',
      report({ reminders: { before: ['P0D'], after: ['P0D'] } }),
      'reports[0].reminders.after[0]',
      'is the same moment',
    ],
    ['reminders at no time', report({ reminders: { at: '9:00' } }), 'reports[0].reminders.at', 'write HH:MM'],
    [
      'an unknown part of reminders',
      report({ reminders: { befor: [] } }),
      'reports[0].reminders.befor',
      'did you mean "before"?',
    ],
    [
      'an escalation that is no period',
      report({ escalate: 'never' }),
      'reports[0].escalate',
      '"none" turns escalation off',
    ],
    [
      'an evaluation code given twice',
      (plan) => void plan.evaluations.push({ code: 'interim', report: 'final' }),
      'evaluations[1].code',
      'the evaluation "interim" is given twice',
    ],
    [
      'an evaluation of an unknown report',
      evaluation({ report: 'midterm' }),
      'evaluations[0].report',
      '"midterm" is no report of the plan',
    ],
    [
      'an evaluation of the bare code of a yearly report',
      evaluation({ report: 'annual' }),
      'evaluations[0].report',
      'name one of annual-2023, annual-2024',
    ],
    [
      'a window that ends before it begins',
      evaluation({ window: { from: '2024-05-31', to: '2024-03-01' } }),
      'evaluations[0].window.to',
      '2024-03-01 comes before 2024-05-31',
    ],
    [
      'a window without an end',
      evaluation({ window: { from: '2024-05-31' } }),
      'evaluations[0].window.to',
      'needs "to"',
    ],
    [
      'a question that is no text',
      evaluation({ questions: [3] }),
      'evaluations[0].questions[0]',
      'is not text',
    ],
    [
      'an approval amount as a number',
      top({ approval: { secondApproverAbove: 50000 } }),
      'approval.secondApproverAbove',
      'an amount is text',
    ],
    [
      'a cooling-off that is no period',
      top({ approval: { coolingOff: '3 days' } }),
      'approval.coolingOff',
      'is not a period',
    ],
    ['four eyes: yes', top({ approval: { fourEyes: 'yes' } }), 'approval.fourEyes', 'neither true nor false'],
  ])('%s', (_, breakIt, path, message) => {
    const plan = sound();
    breakIt(plan);
    const faults = faultsOf(plan).filter(([at]) => !stale.test(at) || at === path);
    expect(faults).toEqual([[path, expect.stringContaining(message)]]);
  });
});

/** Conditions and evaluations of the sound plan that a row's change leaves dangling. */
const stale = /^(tranches\[1\]\.requires\[[01]\]|tranches\[2\]\.requires\[[01]\]|evaluations\[0\]\.report)$/;
