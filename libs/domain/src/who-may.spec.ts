import { describe, expect, it } from '@jest/globals';

import { Stage, examplePlan } from '#test/support/domain-fixture.js';
import type { PersonId } from '#test/support/domain-fixture.js';
import {
  active,
  decision,
  evaluationOpen,
  firstPaid,
  interimJudged,
  permitPlan,
  reason,
} from '#test/support/domain-stages.js';
import type { CommandName } from './commands.js';
import { commandNames, commands } from './commands.js';
import { isGrantCommand } from './decide.js';
import { refusalCodes } from './refusal.js';

const interim = { evaluation: 'interim' };
const favourable = { ...interim, outcome: 'favourable' };

/** domain.md, "Who may do what", written out once more: not read from the table under test. */
const may: Record<string, readonly CommandName[]> = {
  an: [
    'award',
    'accept-report',
    'return-report',
    'reopen-report',
    'waive-report',
    'extend-deadline',
    'refuse-extension',
    'receive-document',
    'withhold-tranche',
    'restore-tranche',
    'cancel-tranche',
    'suspend',
    'resume',
    'terminate',
    'close',
    'reopen-grant',
    'assign-handler',
    'propose-recovery',
    'notify-recovery',
    'offset-recovery',
  ],
  els: ['recommend-evaluation'],
  bart: [
    'decide-evaluation',
    'reopen-evaluation',
    'give-approval',
    'approve-tranche',
    'withdraw-approval',
    'withhold-tranche',
    'waive-recovery',
  ],
  fien: [
    'order-payout',
    'mark-executed',
    'confirm-payout',
    'reject-payout',
    'return-payout',
    'mark-unknown',
    'hand-over-payout',
    'settle-recovery',
  ],
  stad: ['submit-report', 'ask-extension'],
  gent: [],
  rek: [],
  op: [],
  system: ['order-payout'],
};

/** Every field a command may need, so that nothing but the person can be wrong before the person is. */
const everything: Readonly<Record<string, unknown>> = {
  tranche: 1,
  report: 'interim',
  evaluation: 'interim',
  recovery: 1,
  name: 'accounts',
  outcome: 'favourable',
  amount: '1.00',
  until: '2030-01-01',
  resubmitBy: '2030-01-01',
  handler: 'an',
  decision,
  reason,
};

function inputOf(name: CommandName): Record<string, unknown> {
  const { required } = commands[name];
  const input = Object.fromEntries(required.map((field) => [field, everything[field]]));
  return name === 'give-approval' ? { ...input, name: 'minister' } : input;
}

describe('who may do what', () => {
  const recovering = firstPaid().must('an', 'propose-recovery', { amount: '1.00', reason });
  const { grant } = recovering;
  const pairs = Object.keys(may).flatMap((id) =>
    commandNames.filter(isGrantCommand).map((name) => [id, name] as const),
  );

  it.each(pairs)('%s, %s', (id, name) => {
    const { refused } = Object.assign(recovering, { grant }).give(id as PersonId, name, inputOf(name));
    expect([id, name, refused?.code !== 'not-allowed']).toEqual([id, name, may[id]?.includes(name)]);
  });

  it('says who and what', () => {
    expect(active().give('rek', 'award').refused).toEqual({
      code: 'not-allowed',
      facts: { command: 'award', by: 'rek' },
    });
  });

  it("answers a beneficiary on another's grant not-allowed whatever it names, and the agency's people not-found", () => {
    expect(active().give('gent', 'submit-report', { report: 'interim' }).refused?.code).toBe('not-allowed');
    expect(active().give('gent', 'submit-report', { report: 'nothing' }).refused?.code).toBe('not-allowed');
    expect(active().give('gent', 'receive-document', { name: 'nothing' }).refused?.code).toBe('not-allowed');
    expect(active().give('stad', 'submit-report', { report: 'nothing' }).refused?.code).toBe('not-found');
    expect(active().give('fien', 'accept-report', { report: 'nothing' }).refused?.code).toBe('not-found');
  });
});

describe('four eyes, on the person, whatever the roles', () => {
  const relaxed = {
    ...examplePlan,
    approval: { fourEyes: false, secondApproverAboveCents: 22_000_00n, coolingOff: null },
  };

  it('deciding an evaluation ≠ making the recommendation it rests on', () => {
    const stage = evaluationOpen().must('omni', 'recommend-evaluation', favourable);
    expect(stage.give('omni', 'decide-evaluation', favourable).refused).toEqual({
      code: 'four-eyes',
      facts: { who: 'omni', did: 'recommend-evaluation' },
    });
    expect(stage.give('bart', 'decide-evaluation', favourable).refused).toBeNull();
  });

  it('approving a tranche ≠ recommending an evaluation its gate rests on', () => {
    const stage = evaluationOpen()
      .must('omni', 'recommend-evaluation', favourable)
      .must('bart', 'decide-evaluation', favourable);
    expect(stage.give('omni', 'approve-tranche', { tranche: 2 }).refused).toEqual({
      code: 'four-eyes',
      facts: { who: 'omni', did: 'recommend-evaluation', evaluation: 'interim' },
    });
    // Deciding and approving are no pair, and neither is another tranche's evaluation.
    expect(stage.give('bart', 'approve-tranche', { tranche: 2 }).refused).toBeNull();
    expect(active().give('omni', 'approve-tranche', { tranche: 1 }).refused).toBeNull();
  });

  it('forgets a recommendation that was reopened: the one it rests on counts', () => {
    const stage = evaluationOpen().must('omni', 'recommend-evaluation', favourable);
    stage
      .must('bart', 'reopen-evaluation', { ...interim, reason })
      .must('els', 'recommend-evaluation', favourable);
    expect(stage.give('omni', 'decide-evaluation', favourable).refused).toBeNull();
    expect(stage.give('omni', 'approve-tranche', { tranche: 2 }).refused).toBeNull();
  });

  it('fourEyes: false drops the two pairs that name a recommendation; a second approval stays another person', () => {
    const stage = evaluationOpen({
      plan: { ...relaxed, approval: { ...relaxed.approval, secondApproverAboveCents: null } },
    });
    stage.must('omni', 'recommend-evaluation', favourable).must('omni', 'decide-evaluation', favourable);
    expect(stage.give('omni', 'approve-tranche', { tranche: 2 }).types).toContain('tranche.approved');
    const second = active({ plan: relaxed }).must('omni', 'approve-tranche', { tranche: 1 });
    expect(second.give('omni', 'approve-tranche', { tranche: 1 }).refused?.code).toBe('four-eyes');
    expect(second.give('bart', 'approve-tranche', { tranche: 1 }).types).toContain('tranche.approved');
  });

  it('holds for the second approver too', () => {
    const plan = {
      ...examplePlan,
      approval: { fourEyes: true, secondApproverAboveCents: 22_399_99n, coolingOff: null },
    };
    const strict = active({ plan })
      .must('bart', 'approve-tranche', { tranche: 1 })
      .must('bea', 'approve-tranche', { tranche: 1 });
    strict.must('fien', 'confirm-payout', { tranche: 1 }).at('2024-03-04T10:00');
    strict
      .must('stad', 'submit-report', { report: 'interim' })
      .must('an', 'accept-report', { report: 'interim' });
    strict.must('omni', 'recommend-evaluation', favourable).must('bart', 'decide-evaluation', favourable);
    strict.must('bart', 'approve-tranche', { tranche: 2 });
    expect(strict.give('omni', 'approve-tranche', { tranche: 2 }).refused?.facts).toMatchObject({
      evaluation: 'interim',
    });
    expect(strict.give('bea', 'approve-tranche', { tranche: 2 }).types).toContain('tranche.approved');
  });
});

describe('of several things wrong the first in the order of domain.md answers', () => {
  const orders: [string, () => ReturnType<Stage['give']>][] = [
    [
      'invalid before not-found',
      () => active().give('an', 'extend-deadline', { report: 'x', until: '2020-01-01' }),
    ],
    [
      'invalid before not-allowed',
      () => active().give('rek', 'extend-deadline', { report: 'interim', until: 'soon' }),
    ],
    ['not-found before not-allowed', () => active().give('rek', 'accept-report', { report: 'x' })],
    ['not-allowed before wrong-state', () => active().give('rek', 'accept-report', { report: 'interim' })],
    [
      'wrong-state before grant-suspended',
      () => firstPaid().must('an', 'suspend', { reason }).give('bart', 'approve-tranche', { tranche: 1 }),
    ],
    [
      'grant-suspended before gate-closed',
      () => firstPaid().must('an', 'suspend', { reason }).give('bart', 'approve-tranche', { tranche: 2 }),
    ],
    [
      'gate-closed before account-not-verified',
      () => active({ plan: permitPlan, account: 'none' }).give('bart', 'approve-tranche', { tranche: 1 }),
    ],
    [
      'gate-closed before four-eyes',
      () =>
        evaluationOpen()
          .must('omni', 'recommend-evaluation', favourable)
          .give('omni', 'approve-tranche', { tranche: 2 }),
    ],
    [
      'wrong-state before reason-required',
      () => active().give('an', 'return-report', { report: 'interim', resubmitBy: '2030-01-01' }),
    ],
    [
      'already-ordered before reason-required',
      () => firstPaid().give('an', 'cancel-tranche', { tranche: 1 }),
    ],
    [
      'four-eyes before reason-required',
      () =>
        evaluationOpen()
          .must('omni', 'recommend-evaluation', favourable)
          .give('omni', 'decide-evaluation', { ...interim, outcome: 'unfavourable' }),
    ],
    ['wrong-state before four-eyes', () => interimJudged().give('els', 'recommend-evaluation', favourable)],
  ];
  it.each(orders)('%s', (order, give) => {
    expect(give().refused?.code).toBe(order.split(' ')[0]);
  });
});

it('every refusal code that the rules themselves can give is given', () => {
  // These two belong to whoever keeps the record: the same id with other content, and a row that moved on.
  const elsewhere = ['command-reused', 'conflict'];
  const given = [
    active().give('an', 'extend-deadline', { report: 'interim', until: '2020-01-01' }),
    active().give('an', 'accept-report', { report: 'x' }),
    active().give('rek', 'close'),
    active().give('an', 'close'),
    firstPaid().give('an', 'cancel-tranche', { tranche: 1, reason }),
    firstPaid().must('an', 'suspend', { reason }).give('bart', 'approve-tranche', { tranche: 2 }),
    firstPaid().give('bart', 'approve-tranche', { tranche: 2 }),
    evaluationOpen()
      .must('omni', 'recommend-evaluation', favourable)
      .give('omni', 'decide-evaluation', favourable),
    active({ account: 'none' }).give('bart', 'approve-tranche', { tranche: 1 }),
    new Stage({
      plan: {
        ...permitPlan,
        tranches: permitPlan.tranches.map((t) => ({
          ...t,
          amount: { kind: 'amount', amountCents: 9_999_999_99n } as const,
        })),
      },
    }).give('an', 'award'),
    new Stage({
      envelopes: () => [{ year: 2022, article: 'A', amountCents: 0n, committedCents: 0n }],
    }).give('an', 'award'),
    active().give('an', 'suspend'),
  ].map(({ refused }) => refused?.code);
  expect([...given, ...elsewhere].sort()).toEqual([...refusalCodes].sort());
});
