import { describe, expect, it } from '@jest/globals';

import { testTable } from '#test/support/decision-table.js';
import { Stage, examplePlan, ibans, people, requires, tranche } from '#test/support/domain-fixture.js';
import {
  active,
  awarded,
  evaluationOpen,
  firstPaid,
  interimJudged,
  permitPlan,
  reason,
} from '#test/support/domain-stages.js';
import { commandNames, commands } from './commands.js';
import { explainGate } from './gate.js';
import { findTranche, trancheMachine } from './grant.js';

const wrong = '✗ wrong-state';
const one = { tranche: 1 };
const two = { tranche: 2 };
const aboutPayouts = /payout|mark-(unknown|executed)/;

describe('every state of a tranche × every command on it', () => {
  const nothing = {
    'approve-tranche': wrong,
    'withdraw-approval': wrong,
    'withhold-tranche': wrong,
    'restore-tranche': wrong,
    'cancel-tranche': wrong,
  };
  const live = { ...nothing, 'withhold-tranche': '✗ already-ordered', 'cancel-tranche': '✗ already-ordered' };
  const aside = { 'withhold-tranche': 'tranche.withheld', 'cancel-tranche': 'tranche.cancelled' };
  const ordered = (): Stage => active().must('bart', 'approve-tranche', one);
  testTable(
    {
      states: {
        planned: () => active({ plan: permitPlan }),
        payable: active,
        approved: () => ordered().must('fien', 'reject-payout', one),
        ordered,
        paid: firstPaid,
        withheld: () => active().must('an', 'withhold-tranche', { ...one, reason }),
        cancelled: () => active().must('an', 'cancel-tranche', { ...one, reason }),
      },
      commands: {
        'approve-tranche': { by: 'bart', input: one },
        'withdraw-approval': { by: 'bart', input: one },
        'withhold-tranche': { by: 'an', input: { ...one, reason } },
        'restore-tranche': { by: 'an', input: one },
        'cancel-tranche': { by: 'an', input: { ...one, reason } },
      },
      rows: {
        planned: { ...nothing, ...aside, 'approve-tranche': '✗ gate-closed' },
        payable: { ...nothing, ...aside, 'approve-tranche': 'tranche.approved payout.ordered' },
        approved: { ...nothing, ...aside, 'withdraw-approval': 'tranche.approval-withdrawn' },
        ordered: live,
        paid: live,
        withheld: {
          ...nothing,
          'restore-tranche': 'tranche.restored tranche.payable',
          'cancel-tranche': 'tranche.cancelled',
        },
        cancelled: nothing,
      },
    },
    {
      states: Object.keys(trancheMachine),
      commands: commandNames.filter((name) => commands[name].on === 'tranche' && !aboutPayouts.test(name)),
    },
  );
});

describe('why not yet', () => {
  it('answers a shut gate with what is missing, in the order of the plan', () => {
    expect(firstPaid().give('bart', 'approve-tranche', two).refused).toEqual({
      code: 'gate-closed',
      facts: { tranche: 2, missing: ['report:interim', 'evaluation:interim'] },
    });
    // Submitted opens nothing, accepted half of it.
    const submitted = firstPaid().must('stad', 'submit-report', { report: 'interim' });
    expect(submitted.give('bart', 'approve-tranche', two).refused?.facts['missing']).toContain(
      'report:interim',
    );
    expect(evaluationOpen().give('bart', 'approve-tranche', two).refused?.facts['missing']).toEqual([
      'evaluation:interim',
    ]);
  });

  it('answers in order: suspended, gate, four eyes, account, and only then its date or the start', () => {
    const plan = {
      ...examplePlan,
      tranches: [
        tranche(1, { due: { kind: 'date', on: '2024-12-24' }, requires: requires('evaluation:interim') }),
      ],
    };
    const options = { plan, account: 'unverified' } as const;
    const refusal = (stage: Stage, by: typeof people.bart = people.bart): unknown =>
      stage.give(by, 'approve-tranche', one).refused?.code;
    const open = (): Stage =>
      active(options)
        .at('2024-03-04T10:00')
        .must('stad', 'submit-report', { report: 'interim' })
        .must('an', 'accept-report', { report: 'interim' });
    expect(refusal(open().must('an', 'suspend', { reason }))).toBe('grant-suspended');
    expect(refusal(open())).toBe('gate-closed');
    const judged = (): Stage =>
      open()
        .must('omni', 'recommend-evaluation', { evaluation: 'interim', outcome: 'favourable' })
        .must('bart', 'decide-evaluation', { evaluation: 'interim', outcome: 'favourable' });
    expect(refusal(judged(), people.omni as never)).toBe('four-eyes');
    expect(refusal(judged())).toBe('account-not-verified');
    const verified = judged();
    verified.account('fien', 'verify-account');
    expect(verified.give('bart', 'approve-tranche', one).refused).toEqual({
      code: 'wrong-state',
      facts: { tranche: 1, state: 'planned', waitsFor: ['its date, 2024-12-24'] },
    });
    // Nothing but its date is missing: that is a wrong state, which answers before four eyes.
    expect(refusal(verified, people.omni as never)).toBe('wrong-state');
    expect(refusal(verified.at('2024-12-24T00:00'))).toBeUndefined();
  });

  it('waits for the start of the grant with wrong-state', () => {
    expect(awarded().give('bart', 'approve-tranche', one).refused).toMatchObject({
      code: 'wrong-state',
      facts: { waitsFor: ["the grant's start, 2023-01-01", 'its date, 2023-01-01'] },
    });
    expect(active({ account: 'none' }).give('bart', 'approve-tranche', one).refused).toEqual({
      code: 'account-not-verified',
      facts: { account: 'none' },
    });
  });

  it('of a terminated grant answers wrong-state, except for the tranche it spares', () => {
    const stage = active().must('an', 'terminate', { reason });
    expect(stage.give('bart', 'approve-tranche', one).refused?.code).toBe('wrong-state');
    const spared = firstPaid().must('an', 'terminate', { reason, tranche: 2 });
    expect(spared.give('bart', 'approve-tranche', two).refused?.code).toBe('gate-closed');
  });

  it('explains each condition with its state, since when and by which event', () => {
    const stage = evaluationOpen();
    const third = explainGate(stage.grant, findTranche(stage.grant, 3) as never, stage.facts());
    expect(third.conditions.map(({ requirement, met, state }) => [requirement, met, state])).toEqual([
      ['report:final', false, 'expected'],
      ['evaluation:final', false, 'awaiting-report'],
      ['document:accounts', false, 'not-received'],
      ['approval:minister', false, 'not-given'],
      // It settles, so it waits for the others as well.
      ['tranche:1', true, 'paid'],
      ['tranche:2', false, 'planned'],
    ]);
    expect(third).toMatchObject({ open: false, openSince: null, status: 'planned' });
    const judged = interimJudged();
    const second = explainGate(judged.grant, findTranche(judged.grant, 2) as never, judged.facts());
    expect(second).toMatchObject({ open: true, openSince: judged.now, obstacles: [], status: 'payable' });
    expect(second.conditions[1]).toMatchObject({
      state: 'favourable',
      since: { event: 'evaluation.decided', at: judged.now },
    });
    expect(explainGate(judged.grant, findTranche(judged.grant, 1) as never, judged.facts())).toMatchObject({
      open: true,
      openSince: null,
      conditions: [],
    });
  });

  it('opens on a report accepted or waived, a tranche paid or cancelled, never on less', () => {
    const plan = {
      ...examplePlan,
      tranches: [
        tranche(1, { amount: { kind: 'share', share: 400_000 }, requires: requires('report:interim') }),
        tranche(2, { requires: requires('tranche:1') }),
      ],
    };
    const waived = active({ plan });
    expect(waived.give('an', 'waive-report', { report: 'interim', reason }).types).toContain(
      'tranche.payable',
    );
    expect(waived.must('bart', 'approve-tranche', one).status(2)).toBe('planned');
    expect(waived.give('fien', 'confirm-payout', one).types).toEqual(['payout.settled', 'tranche.payable']);
    const { types } = active({ plan }).give('an', 'cancel-tranche', { ...one, reason });
    expect(types).toEqual(['tranche.cancelled', 'tranche.payable']);
    // A return shuts the gate again.
    expect(waived.give('fien', 'return-payout', one).types).toEqual(['payout.returned', 'tranche.planned']);
  });
});

describe('approving', () => {
  const above = (limit: bigint): Stage =>
    active({
      plan: {
        ...examplePlan,
        approval: { fourEyes: true, secondApproverAboveCents: limit, coolingOff: null },
      },
    });

  it('needs a second approver strictly above the limit', () => {
    expect(above(22_400_00n).give('bart', 'approve-tranche', one).types).toContain('tranche.approved');
    const stage = above(22_399_99n);
    expect(stage.give('bart', 'approve-tranche', one).types).toEqual(['tranche.first-approved']);
    expect(stage.status(1)).toBe('payable');
    expect(stage.give('bart', 'approve-tranche', one).refused).toEqual({
      code: 'four-eyes',
      facts: { who: 'bart', did: 'approve-tranche', tranche: 1 },
    });
    expect(stage.give('bea', 'approve-tranche', one).types).toEqual(['tranche.approved', 'payout.ordered']);
  });

  it('voids a first approval by withdrawing it, and another person may begin again', () => {
    const stage = above(1n).must('bart', 'approve-tranche', one);
    expect(stage.give('bea', 'withdraw-approval', one).types).toEqual(['tranche.approval-withdrawn']);
    expect(stage.grant.tranches[0]?.firstApproval).toBeNull();
    expect(stage.give('bart', 'approve-tranche', one).types).toEqual(['tranche.first-approved']);
  });

  it('has nothing to withdraw from a payable tranche that nobody approved, and says so', () => {
    expect(above(1n).give('bea', 'withdraw-approval', one).refused).toEqual({
      code: 'wrong-state',
      facts: { tranche: 1, state: 'payable', needed: ['payable with a first approval', 'approved'] },
    });
  });

  it('withdraws an approval while no payout is live, and both must be given again', () => {
    const stage = above(1n).must('bart', 'approve-tranche', one).must('bea', 'approve-tranche', one);
    expect(stage.give('bea', 'withdraw-approval', one).refused?.code).toBe('wrong-state');
    stage.must('fien', 'reject-payout', one).must('bea', 'withdraw-approval', one);
    expect(stage.grant.tranches[0]).toMatchObject({ status: 'payable', approval: null, firstApproval: null });
    expect(stage.give('bea', 'approve-tranche', one).types).toEqual(['tranche.first-approved']);
  });

  it('is void once the account changed: payable and approved fall back, an ordered payout stays', () => {
    const first = above(1n).must('bart', 'approve-tranche', one);
    expect(first.account('stad', 'change-account', { iban: ibans[1] }).types).toEqual([
      'account.changed',
      'tranche.planned',
    ]);
    expect(first.account('fien', 'verify-account').types).toEqual(['account.verified', 'tranche.payable']);
    expect(first.give('bart', 'approve-tranche', one).types).toEqual(['tranche.first-approved']);
    const approved = active().must('bart', 'approve-tranche', one).must('fien', 'reject-payout', one);
    const { events } = approved.account('stad', 'change-account', { iban: ibans[1] });
    expect(events[1]).toMatchObject({ type: 'tranche.planned', reason: 'account-not-verified' });
    expect(approved.grant.tranches[0]?.approval).toBeNull();
    const ordered = active().must('bart', 'approve-tranche', one);
    expect(ordered.account('stad', 'change-account', { iban: ibans[1] }).types).toEqual(['account.changed']);
  });

  it('is void even where the changed account was verified before anyone looked', () => {
    const stage = above(1n).must('bart', 'approve-tranche', one);
    stage.file = { ...stage.file, accounts: stage.file.accounts.map((a) => ({ ...a, version: 2 })) };
    expect(stage.sweep().types).toEqual(['tranche.planned', 'tranche.payable']);
    expect(stage.grant.tranches[0]?.firstApproval).toBeNull();
  });
});

describe('setting aside', () => {
  it('asks a reason to withhold and cancel, none to restore', () => {
    expect(active().give('an', 'withhold-tranche', one).refused?.code).toBe('reason-required');
    expect(active().give('an', 'cancel-tranche', one).refused?.code).toBe('reason-required');
  });

  it('releases what is cancelled', () => {
    const stage = active().must('an', 'cancel-tranche', { ...one, reason });
    expect(stage.grant.tranches[0]).toMatchObject({ releasedCents: 22_400_00n, because: null });
  });

  it('says already-ordered while any payout is live, by its id and state', () => {
    const stage = active().must('bart', 'approve-tranche', one);
    for (const name of ['withhold-tranche', 'cancel-tranche'] as const)
      expect(stage.give('an', name, { ...one, reason }).refused).toEqual({
        code: 'already-ordered',
        facts: { tranche: 1, payout: 'REN-ANT-1-1', state: 'ordered' },
      });
    stage.must('fien', 'reject-payout', one);
    expect(stage.give('an', 'withhold-tranche', { ...one, reason }).types).toEqual(['tranche.withheld']);
    expect(stage.grant.tranches[0]?.approval).toBeNull();
  });

  it('of a tranche that the plan lacks answers not-found, of a draft wrong-state', () => {
    expect(active().give('bart', 'approve-tranche', { tranche: 7 }).refused?.code).toBe('not-found');
    expect(new Stage().give('bart', 'approve-tranche', one).refused?.facts).toEqual({ grantStatus: 'draft' });
    expect(new Stage().give('bart', 'approve-tranche', { tranche: 7 }).refused?.code).toBe('not-found');
  });
});
