import { describe, expect, it } from '@jest/globals';

import { testTable } from '#test/support/decision-table.js';
import { Stage, examplePlan, report, tranche } from '#test/support/domain-fixture.js';
import { active, awarded, closed, decision, firstPaid, reason } from '#test/support/domain-stages.js';
import { commandNames, commands } from './commands.js';
import { draftGrant } from './award.js';
import { grantMachine } from './grant.js';
import { people } from '#test/support/domain-fixture.js';

const wrong = '✗ wrong-state';
const suspended = (): Stage => firstPaid().must('an', 'suspend', { reason });
const terminated = (): Stage => firstPaid().must('an', 'terminate', { reason });

describe('every state of a grant × every command on it', () => {
  const nothing = {
    award: wrong,
    suspend: wrong,
    resume: wrong,
    terminate: wrong,
    close: wrong,
    'reopen-grant': wrong,
    'assign-handler': 'grant.handler-assigned',
    'receive-document': wrong,
    'give-approval': wrong,
    'propose-recovery': 'recovery.proposed',
  };
  const running = { ...nothing, 'receive-document': 'document.received', 'give-approval': 'approval.given' };
  testTable(
    {
      states: {
        draft: () => new Stage(),
        awarded,
        active: firstPaid,
        suspended,
        closed,
        terminated,
      },
      commands: {
        award: { by: 'an' },
        suspend: { by: 'an', input: { reason } },
        resume: { by: 'an' },
        terminate: { by: 'an', input: { reason } },
        close: { by: 'an' },
        'reopen-grant': { by: 'an', input: { decision, reason } },
        'assign-handler': { by: 'an', input: { handler: 'an' } },
        'receive-document': { by: 'an', input: { name: 'accounts' } },
        'give-approval': { by: 'bart', input: { name: 'minister' } },
        'propose-recovery': { by: 'an', input: { amount: '1.00', reason } },
      },
      rows: {
        draft: { ...nothing, award: 'grant.awarded deadline.set', 'propose-recovery': wrong },
        awarded: {
          ...running,
          suspend: 'grant.suspended',
          terminate: 'grant.terminated tranche.cancelled report.waived',
          'propose-recovery': '✗ invalid',
        },
        active: {
          ...running,
          suspend: 'grant.suspended',
          terminate: 'grant.terminated tranche.cancelled report.waived',
        },
        suspended: {
          ...running,
          resume: 'grant.resumed',
          terminate: 'grant.terminated tranche.cancelled report.waived',
        },
        closed: { ...nothing, 'reopen-grant': 'grant.reopened', 'assign-handler': wrong },
        // The reports that termination waived let evaluations without a window open.
        terminated: { ...nothing, 'reopen-grant': 'grant.reopened evaluation.opened' },
      },
    },
    {
      states: Object.keys(grantMachine),
      commands: commandNames.filter((name) => commands[name].on === 'grant' && name !== 'draft-grant'),
    },
  );

  it('is drafted once', () => {
    const { grant } = new Stage();
    const input = {
      beneficiary: 'antwerpen',
      programme: 'REN',
      amount: 100n,
      start: '2023-01-01',
      end: '2023-12-31',
    };
    expect(draftGrant(grant, people.an, input, 1)).toMatchObject({ refused: { code: 'wrong-state' } });
    expect(draftGrant(null, people.an, { ...input, handler: 'an' }, 1)).toMatchObject({
      events: [
        { type: 'grant.drafted', actor: 'an', data: { amount: '1.00', handler: 'an', planVersion: 1 } },
      ],
    });
  });
});

describe('starting, suspending, resuming', () => {
  it('starts on its first day in the time zone of the programme, not before', () => {
    expect(awarded().until('2022-12-31T23:59').types).toEqual([]);
    const stage = awarded();
    expect(stage.until('2023-01-01T00:00').types).toEqual(['grant.started', 'tranche.payable']);
    expect(stage.grant.startedAt).toBe('2022-12-31T23:00:00.000Z');
  });

  it('returns to awarded when resumed before its start, and starts at once when resumed after it', () => {
    const early = awarded().must('an', 'suspend', { reason }).must('an', 'resume');
    expect(early.grant.status).toBe('awarded');
    const late = awarded().must('an', 'suspend', { reason });
    expect(late.until('2023-02-01T09:00').types).toEqual([]);
    expect(late.give('an', 'resume').types).toEqual(['grant.resumed', 'grant.started', 'tranche.payable']);
  });

  it('holds an approved tranche while suspended, its approvals intact, and orders it on resume', () => {
    const stage = active({ orders: false }).must('bart', 'approve-tranche', { tranche: 1 });
    stage.must('an', 'suspend', { reason });
    expect(stage.status(1)).toBe('approved');
    expect(stage.give('system', 'order-payout', { tranche: 1 }).refused?.code).toBe('grant-suspended');
    expect(stage.give('fien', 'order-payout', { tranche: 1 }).refused?.code).toBe('grant-suspended');
    stage.must('an', 'resume');
    expect(stage.give('system', 'order-payout', { tranche: 1 }).types).toEqual(['payout.ordered']);
  });

  it('takes a payable tranche and its first approval back while suspended', () => {
    const plan = {
      ...examplePlan,
      approval: { fourEyes: true, secondApproverAboveCents: 1n, coolingOff: null },
    };
    const stage = active({ plan }).must('bart', 'approve-tranche', { tranche: 1 });
    const { events } = stage.give('an', 'suspend', { reason });
    expect(events[1]).toMatchObject({
      type: 'tranche.planned',
      reason: 'grant-suspended',
      data: { tranche: 1 },
    });
    expect(stage.grant.tranches[0]?.firstApproval).toBeNull();
    expect(stage.give('an', 'resume').types).toEqual(['grant.resumed', 'tranche.payable']);
  });

  it('lets reports, evaluations and bank answers go on while suspended', () => {
    const stage = active().must('bart', 'approve-tranche', { tranche: 1 }).must('an', 'suspend', { reason });
    expect(stage.give('fien', 'hand-over-payout', { tranche: 1 }).refused?.code).toBe('grant-suspended');
    expect(stage.give('fien', 'confirm-payout', { tranche: 1 }).types).toEqual(['payout.settled']);
    stage.at('2024-03-04T10:00').judged('interim');
    expect(stage.evaluation('interim')).toBe('decided');
    expect(stage.status(2)).toBe('planned');
    expect(stage.give('bart', 'approve-tranche', { tranche: 2 }).refused?.code).toBe('grant-suspended');
    expect(stage.give('an', 'resume').types).toEqual(['grant.resumed', 'tranche.payable']);
  });
});

describe('closing and terminating', () => {
  it('names everything that is open when it refuses to close', () => {
    const stage = active().must('bart', 'approve-tranche', { tranche: 1 });
    expect(stage.give('an', 'close').refused).toEqual({
      code: 'wrong-state',
      facts: {
        grantStatus: 'active',
        open: ['report:interim', 'report:final', 'tranche:1', 'tranche:2', 'tranche:3', 'payout:REN-ANT-1-1'],
      },
    });
    const owing = firstPaid().must('an', 'propose-recovery', { amount: '5.00', reason });
    expect(owing.give('an', 'close').refused?.facts['open']).toContain('recovery:1');
    owing.must('an', 'notify-recovery', { recovery: 1 });
    expect(owing.give('an', 'close').refused?.facts['open']).toContain('recovery:1');
    owing.must('fien', 'settle-recovery', { recovery: 1 });
    expect(owing.give('an', 'close').refused?.facts['open']).not.toContain('recovery:1');
  });

  it('cancels what is neither paid nor has a live payout, and waives open reports', () => {
    const stage = active()
      .must('bart', 'approve-tranche', { tranche: 1 })
      .must('an', 'terminate', { reason });
    expect([1, 2, 3].map((no) => stage.status(no))).toEqual(['ordered', 'cancelled', 'cancelled']);
    expect(stage.report('interim')).toBe('waived');
    expect(stage.give('fien', 'hand-over-payout', { tranche: 1 }).refused?.code).toBe('wrong-state');
    expect(stage.give('fien', 'confirm-payout', { tranche: 1 }).types).toEqual(['payout.settled']);
  });

  it('waives a submitted report too, leaves an accepted one, and opens no evaluation', () => {
    const stage = firstPaid()
      .must('stad', 'submit-report', { report: 'interim' })
      .must('an', 'accept-report', { report: 'interim' })
      .must('stad', 'submit-report', { report: 'final' });
    const { types } = stage.give('an', 'terminate', { reason });
    expect([stage.report('interim'), stage.report('final')]).toEqual(['accepted', 'waived']);
    expect(types).not.toContain('evaluation.opened');
  });

  it('spares the tranche it names with what its gate rests on: it is still judged, approved and paid', () => {
    const stage = firstPaid().at('2024-01-10T09:00');
    stage.must('an', 'terminate', { reason, tranche: 2, decision });
    expect([1, 2, 3].map((no) => stage.status(no))).toEqual(['paid', 'planned', 'cancelled']);
    expect([stage.report('interim'), stage.report('final')]).toEqual(['expected', 'waived']);
    expect(stage.until('2024-03-04T10:00').types).toEqual(['report.overdue']);
    stage.judged('interim').must('bart', 'approve-tranche', { tranche: 2 });
    stage.must('fien', 'hand-over-payout', { tranche: 2 }).must('fien', 'confirm-payout', { tranche: 2 });
    expect(stage.status(2)).toBe('paid');
    expect(stage.give('an', 'waive-report', { report: 'final', reason }).refused?.facts).toMatchObject({
      grantStatus: 'terminated',
    });
    expect(
      stage.give('els', 'recommend-evaluation', { evaluation: 'final', outcome: 'favourable' }).refused,
    ).toMatchObject({ code: 'wrong-state', facts: { grantStatus: 'terminated' } });
  });

  it('receives the documents and approvals of the tranche it spares, and no others', () => {
    const spared = firstPaid().must('an', 'terminate', { reason, tranche: 3 });
    expect(spared.give('an', 'receive-document', { name: 'accounts' }).types).toEqual(['document.received']);
    expect(spared.give('bart', 'give-approval', { name: 'minister' }).types).toEqual(['approval.given']);
    const other = firstPaid().must('an', 'terminate', { reason, tranche: 2 });
    expect(other.give('an', 'receive-document', { name: 'accounts' }).refused?.code).toBe('wrong-state');
  });

  it('orders an approved tranche it spares that suspension held', () => {
    const stage = active({ orders: false }).must('bart', 'approve-tranche', { tranche: 1 });
    stage.must('an', 'suspend', { reason }).must('an', 'terminate', { reason, tranche: 1 });
    expect(stage.status(1)).toBe('approved');
    expect(stage.give('system', 'order-payout', { tranche: 1 }).types).toEqual(['payout.ordered']);
  });

  it('settles the last tranche it spares on what was accepted', () => {
    const stage = firstPaid().must('an', 'terminate', { reason, tranche: 3 });
    stage
      .must('an', 'receive-document', { name: 'accounts' })
      .must('bart', 'give-approval', { name: 'minister' });
    stage.judged('final', {}, '25000.00');
    // min(56,000.00 − 22,400.00 released, 25,000.00) − 22,400.00 paid.
    expect([stage.status(3), stage.amount(3)]).toEqual(['payable', 2_600_00n]);
  });

  it('leaves the tranche of a returned payout approved when closed: cancelled, or paid after reopening', () => {
    const stage = closed().must('fien', 'return-payout', { tranche: 1 });
    expect([stage.grant.status, stage.status(1)]).toEqual(['closed', 'approved']);
    expect(stage.give('fien', 'order-payout', { tranche: 1 }).refused).toMatchObject({ code: 'wrong-state' });
    expect(stage.give('an', 'withhold-tranche', { tranche: 1, reason }).refused?.code).toBe('wrong-state');
    expect(stage.give('bart', 'withdraw-approval', { tranche: 1 }).refused?.code).toBe('wrong-state');
    const again = closed().must('fien', 'return-payout', { tranche: 1 });
    again.must('an', 'reopen-grant', { decision, reason }).must('fien', 'order-payout', { tranche: 1 });
    expect(again.grant.payouts.at(-1)?.endToEndId).toBe('REN-ANT-1-2');
    expect(stage.give('an', 'cancel-tranche', { tranche: 1, reason }).types).toEqual(['tranche.cancelled']);
  });

  it('reopens only by a decision and with a reason, to active, with what was cancelled staying so', () => {
    const stage = firstPaid().must('an', 'terminate', { reason });
    expect(stage.give('an', 'reopen-grant', { reason }).refused).toMatchObject({
      code: 'invalid',
      facts: { path: 'decision' },
    });
    expect(stage.give('an', 'reopen-grant', { decision }).refused?.code).toBe('reason-required');
    stage.must('an', 'reopen-grant', { decision, reason });
    expect([stage.grant.status, stage.status(2)]).toEqual(['active', 'cancelled']);
    const unstarted = awarded()
      .must('an', 'terminate', { reason })
      .must('an', 'reopen-grant', { decision, reason });
    expect(unstarted.grant.status).toBe('active');
    expect(unstarted.until('2023-01-03T09:00').types).not.toContain('grant.started');
  });

  it('asks a reason to suspend and to terminate, and knows the tranche it is to spare', () => {
    expect(active().give('an', 'suspend').refused?.code).toBe('reason-required');
    expect(active().give('an', 'terminate').refused?.code).toBe('reason-required');
    expect(active().give('an', 'terminate', { reason, tranche: 9 }).refused).toEqual({
      code: 'not-found',
      facts: { tranche: 9 },
    });
  });
});

describe('documents, approvals, handler', () => {
  it('knows which names the plan asks for, and takes each once', () => {
    expect(active().give('an', 'receive-document', { name: 'permit' }).refused).toEqual({
      code: 'not-found',
      facts: { document: 'permit', asks: ['accounts'] },
    });
    const stage = active().must('an', 'receive-document', { name: 'accounts' });
    expect(stage.give('an', 'receive-document', { name: 'accounts' }).refused?.code).toBe('wrong-state');
    expect(stage.give('bart', 'give-approval', { name: 'accounts' }).refused?.code).toBe('not-found');
  });

  it('keeps the handler', () => {
    expect(active().must('an', 'assign-handler', { handler: 'ada' }).grant.handler).toBe('ada');
    expect(new Stage({ handler: 'an' }).grant.handler).toBe('an');
  });
});

describe('award', () => {
  it('sets every deadline with its raw date, and keeps the decision', () => {
    const plan = {
      ...examplePlan,
      reports: [
        report('interim', { due: { kind: 'date', on: '2024-02-28' } }),
        report('final', { shift: 'next-working-day' }),
      ],
    };
    const { events } = new Stage({ plan, end: '2024-07-01' }).give('an', 'award', { decision });
    expect(events[0]).toMatchObject({
      type: 'grant.awarded',
      actor: 'an',
      data: { amount: '56000.00', decision },
    });
    expect(events.slice(1).map(({ type, data }) => [type, data])).toEqual([
      ['deadline.set', { report: 'interim', dueOn: '2024-02-28', rawDueOn: '2024-02-28' }],
      // 1 September 2024 is a Sunday.
      ['deadline.set', { report: 'final', dueOn: '2024-09-02', rawDueOn: '2024-09-01' }],
    ]);
  });

  it('lets what is already past take effect at once, in order, without reminding of it', () => {
    const stage = new Stage({ at: '2024-03-20T10:00' });
    const { types } = stage.give('an', 'award');
    expect(types.slice(3)).toEqual(['grant.started', 'report.overdue', 'tranche.payable']);
    expect(stage.until('2024-03-20T23:59').types).toEqual([]);
    // Due on 28 February 2024: of that series nothing lies ahead any more; the final report's does.
    expect(stage.until('2024-12-01T09:00').types).toEqual([]);
  });

  it('refuses a holiday table that does not reach a deadline', () => {
    const plan = {
      ...examplePlan,
      reports: [report('interim', { shift: 'next-working-day' }), report('final', {})],
    };
    expect(new Stage({ plan, end: '2041-01-01' }).give('an', 'award').refused).toMatchObject({
      code: 'invalid',
      facts: { path: 'reports' },
    });
  });

  it('makes one report a year, of which those before the start do not arise', () => {
    const annual = report('annual', { due: { kind: 'yearly', on: '03-31', from: 2022, to: 2024 } });
    const plan = { ...examplePlan, tranches: [tranche(1, {})], reports: [annual], evaluations: [] };
    const stage = awarded({ plan });
    expect(stage.grant.reports.map(({ code, dueOn }) => [code, dueOn])).toEqual([
      ['annual-2023', '2023-03-31'],
      ['annual-2024', '2024-03-31'],
    ]);
    expect(stage.give('stad', 'submit-report', { report: 'annual-2022' }).refused?.code).toBe('not-found');
    expect(stage.give('stad', 'submit-report', { report: 'annual' }).refused?.code).toBe('not-found');
    const gated = { ...plan, tranches: [tranche(1, { requires: [{ kind: 'report', ref: 'annual-2022' }] })] };
    expect(new Stage({ plan: gated }).give('an', 'award').refused).toMatchObject({ code: 'invalid' });
    const judged = {
      ...plan,
      evaluations: [{ code: 'first', report: 'annual-2022', window: null, questions: [] }],
      tranches: [tranche(1, { requires: [{ kind: 'evaluation', ref: 'first' }] })],
    };
    expect(new Stage({ plan: judged }).give('an', 'award').refused).toMatchObject({ code: 'invalid' });
  });

  it('a tranche never waits for a date before the start: it waits for the start', () => {
    const due = { kind: 'date', on: '2022-06-01' } as const;
    const stage = awarded({ plan: { ...examplePlan, tranches: [tranche(1, { due })] } });
    expect(stage.grant.tranches[0]?.dueOn).toBe('2023-01-01');
    expect(stage.status(1)).toBe('planned');
  });
});
