import { describe, expect, it } from '@jest/globals';

import { testTable } from '#test/support/decision-table.js';
import { ibans, people } from '#test/support/domain-fixture.js';
import type { Stage } from '#test/support/domain-fixture.js';
import { active, awarded, firstPaid, interimJudged, reason } from '#test/support/domain-stages.js';
import { commandNames } from './commands.js';
import type { Payout } from './grant.js';
import { payoutMachine } from './grant.js';
import { checkGrant } from './invariants.js';
import { heldBecause } from './payout.js';
import type { Actor } from './people.js';

const wrong = '✗ wrong-state';
const one = { tranche: 1 };
const ordered = (): Stage => active().must('bart', 'approve-tranche', one);
const handedOver = (): Stage => ordered().must('fien', 'hand-over-payout', one);
const evidence = 'Ledger entry 2024-0118';
const marked = (): Stage => ordered().must('fien', 'mark-executed', { ...one, evidence });
const only = (stage: Stage): Payout => stage.grant.payouts.at(-1) as Payout;

describe('every state of a payout × every command on it', () => {
  const nothing = {
    'order-payout': wrong,
    'hand-over-payout': wrong,
    'mark-executed': wrong,
    'confirm-payout': wrong,
    'reject-payout': wrong,
    'return-payout': wrong,
    'mark-unknown': wrong,
  };
  const failed = { ...nothing, 'order-payout': 'payout.ordered' };
  testTable(
    {
      states: {
        none: () => active({ orders: false }).must('bart', 'approve-tranche', one),
        ordered,
        'marked as executed': marked,
        'handed-over': handedOver,
        unknown: () => handedOver().must('fien', 'mark-unknown', one),
        settled: firstPaid,
        rejected: () => ordered().must('fien', 'reject-payout', one),
        returned: () => firstPaid().must('fien', 'return-payout', one),
      },
      commands: {
        'order-payout': { by: 'fien', input: one },
        'hand-over-payout': { by: 'fien', input: one },
        'mark-executed': { by: 'omni', input: { ...one, evidence } },
        'confirm-payout': { by: 'omni', input: one },
        'reject-payout': { by: 'fien', input: one },
        'return-payout': { by: 'fien', input: one },
        'mark-unknown': { by: 'fien', input: one },
      },
      rows: {
        none: failed,
        ordered: {
          ...nothing,
          'hand-over-payout': 'payout.handed-over',
          'mark-executed': 'payout.marked-executed',
          'confirm-payout': 'payout.settled',
          'reject-payout': 'payout.rejected',
        },
        'marked as executed': {
          ...nothing,
          'mark-executed': 'payout.settled',
          'confirm-payout': 'payout.settled',
          'reject-payout': 'payout.rejected',
        },
        'handed-over': {
          ...nothing,
          'confirm-payout': 'payout.settled',
          'reject-payout': 'payout.rejected',
          'mark-unknown': 'payout.unknown',
        },
        unknown: { ...nothing, 'confirm-payout': 'payout.settled', 'reject-payout': 'payout.rejected' },
        settled: { ...nothing, 'return-payout': 'payout.returned' },
        rejected: failed,
        returned: failed,
      },
    },
    {
      states: ['none', 'marked as executed', ...Object.keys(payoutMachine)],
      commands: commandNames.filter((name) => /payout|mark-(unknown|executed)/.test(name)),
    },
  );
});

describe('ordering', () => {
  it('carries the amount, the account version and an id of its own for each attempt', () => {
    const stage = ordered();
    expect(stage.events.at(-1)).toMatchObject({
      type: 'payout.ordered',
      actor: 'system',
      data: { tranche: 1, amount: '22400.00', endToEndId: 'REN-ANT-1-1', accountVersion: 1 },
    });
    stage.must('fien', 'reject-payout', one).must('fien', 'order-payout', one);
    expect(only(stage)).toMatchObject({ endToEndId: 'REN-ANT-1-2', attempt: 2, status: 'ordered' });
    expect(stage.grant.payouts[0]?.status).toBe('rejected');
  });

  it('is never repeated by the service itself: after a failure finance orders, until approved anew', () => {
    const stage = ordered().must('fien', 'reject-payout', one);
    expect(stage.give('system', 'order-payout', one).refused?.code).toBe('wrong-state');
    // Suspending and resuming is no new approval.
    expect(stage.must('an', 'suspend', { reason }).give('an', 'resume').types).toEqual(['grant.resumed']);
    stage.must('bart', 'withdraw-approval', one);
    expect(stage.give('bea', 'approve-tranche', one).types).toEqual(['tranche.approved', 'payout.ordered']);
  });

  it('refuses a suspended grant, and a tranche that is not approved', () => {
    const stage = ordered().must('fien', 'reject-payout', one).must('an', 'suspend', { reason });
    expect(stage.give('fien', 'order-payout', one).refused?.code).toBe('grant-suspended');
    expect(active().give('fien', 'order-payout', one).refused).toMatchObject({
      code: 'wrong-state',
      facts: { state: 'payable' },
    });
  });

  it('refuses a shut gate and a changed account, were a tranche ever approved behind them', () => {
    // No sequence of commands leads here: the tranche falls back first. The order is refused all the same.
    const stage = interimJudged().must('bart', 'approve-tranche', { tranche: 2 });
    stage.must('fien', 'reject-payout', { tranche: 2 });
    const evaluations = stage.grant.evaluations.map((e) => ({
      ...e,
      status: 'open' as const,
      decided: null,
    }));
    const shut = { ...stage.grant, evaluations };
    stage.sweep = () => ({ types: [], events: [], refused: null });
    const { grant } = stage;
    stage.grant = shut;
    expect(stage.give('fien', 'order-payout', { tranche: 2 }).refused).toEqual({
      code: 'gate-closed',
      facts: { tranche: 2, missing: ['evaluation:interim'] },
    });
    stage.grant = grant;
    stage.file = { ...stage.file, accounts: stage.file.accounts.map((a) => ({ ...a, version: 2 })) };
    expect(stage.give('fien', 'order-payout', { tranche: 2 }).refused?.code).toBe('account-not-verified');
  });
});

describe('going without a bank file', () => {
  it('is marked with evidence by one, and settled by another on that evidence', () => {
    const stage = marked();
    expect(only(stage)).toMatchObject({
      status: 'ordered',
      executed: { by: 'fien', evidence, at: stage.now },
    });
    expect(stage.status(1)).toBe('ordered');
    const { events } = stage.give('omni', 'mark-executed', { ...one, evidence: 'seen as well' });
    expect(events).toMatchObject([
      {
        type: 'payout.settled',
        actor: 'omni',
        data: { tranche: 1, amount: '22400.00', endToEndId: 'REN-ANT-1-1', evidence },
      },
    ]);
    expect([stage.status(1), only(stage).executed?.by]).toEqual(['paid', 'fien']);
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
  });

  it('asks for evidence first, and for someone else then', () => {
    expect(ordered().give('fien', 'mark-executed', one).refused).toMatchObject({
      code: 'invalid',
      facts: { path: 'evidence' },
    });
    expect(
      ordered().give('fien', 'mark-executed', { ...one, evidence: 'x'.repeat(201) }).refused,
    ).toMatchObject({ code: 'invalid', facts: { path: 'evidence' } });
    expect(marked().give('fien', 'mark-executed', { ...one, evidence }).refused).toEqual({
      code: 'four-eyes',
      facts: { who: 'fien', did: 'mark-executed' },
    });
  });

  it('keeps it from being handed over, not from what a bank answers', () => {
    const stage = marked();
    expect(stage.give('fien', 'hand-over-payout', one).refused).toEqual({
      code: 'wrong-state',
      facts: {
        tranche: 1,
        state: 'marked as executed by fien',
        needed: ['confirmed or rejected first'],
      },
    });
    expect(stage.give('omni', 'confirm-payout', one).events[0]?.data).not.toHaveProperty('evidence');
  });

  it('is not settled by whoever marked it, but by a bank file they imported', () => {
    const stage = marked();
    expect(stage.give('fien', 'confirm-payout', one).refused).toEqual({
      code: 'four-eyes',
      facts: { who: 'fien', did: 'mark-executed' },
    });
    const named = { ...one, endToEndId: 'REN-ANT-1-1' };
    expect(stage.give('fien', 'confirm-payout', named).refused?.code).toBe('four-eyes');
    const forFien: Actor = { ...people.fien, roles: ['finance', 'system'] };
    expect(stage.give(forFien, 'confirm-payout', named).events).toMatchObject([
      { type: 'payout.settled', actor: 'fien' },
    ]);
  });

  it('is taken back by rejecting it: the fresh payout carries no mark', () => {
    const stage = marked().must('fien', 'reject-payout', { ...one, reason: 'entered twice' });
    expect(only(stage)).toMatchObject({ status: 'rejected', executed: null });
    stage.must('fien', 'order-payout', one);
    expect(only(stage)).toMatchObject({ status: 'ordered', executed: null });
    expect(stage.give('fien', 'mark-executed', one).refused?.code).toBe('invalid');
  });

  it('refuses to mark what is held as handing over would, and lets the second confirm it', () => {
    const mark = { ...one, evidence };
    const suspended = ordered().must('an', 'suspend', { reason });
    expect(suspended.give('fien', 'mark-executed', mark).refused?.code).toBe('grant-suspended');
    const changed = ordered();
    changed.account('stad', 'change-account', { iban: ibans[1] });
    expect(changed.give('fien', 'mark-executed', mark).refused?.code).toBe('account-not-verified');
    const terminated = ordered().must('an', 'terminate', { reason });
    expect(terminated.give('fien', 'mark-executed', mark).refused?.facts).toEqual({
      grantStatus: 'terminated',
    });
    const gone = marked().must('an', 'suspend', { reason });
    expect(gone.give('omni', 'mark-executed', one).types).toEqual(['payout.settled']);
  });
});

describe('held', () => {
  it('by a changed account, until the payout is confirmed by hand or rejected; verifying does not free it', () => {
    const stage = ordered();
    expect(heldBecause(stage.grant, only(stage), stage.facts())).toBeNull();
    stage.account('stad', 'change-account', { iban: ibans[1] });
    expect(stage.give('fien', 'hand-over-payout', one).refused).toEqual({
      code: 'account-not-verified',
      facts: { account: 'version 2' },
    });
    stage.account('fien', 'verify-account');
    expect(heldBecause(stage.grant, only(stage), stage.facts())).toBe('account-not-verified');
    expect(stage.give('fien', 'hand-over-payout', one).refused).toEqual({
      code: 'account-not-verified',
      facts: { account: 'version 1', verified: 'version 2', payout: only(stage).endToEndId },
    });
    expect(stage.give('fien', 'reject-payout', one).types).toEqual([
      'payout.rejected',
      'tranche.planned',
      'tranche.payable',
    ]);
    stage.must('bart', 'approve-tranche', one);
    expect(only(stage)).toMatchObject({ accountVersion: 2, endToEndId: 'REN-ANT-1-2' });
    expect(stage.give('fien', 'hand-over-payout', one).types).toEqual(['payout.handed-over']);
  });

  it('by suspension, and by a termination that does not name its tranche', () => {
    const suspended = ordered().must('an', 'suspend', { reason });
    expect(heldBecause(suspended.grant, only(suspended), suspended.facts())).toBe('grant-suspended');
    expect(suspended.give('fien', 'hand-over-payout', one).refused?.code).toBe('grant-suspended');
    suspended.must('an', 'resume');
    expect(suspended.give('fien', 'hand-over-payout', one).refused).toBeNull();
    const terminated = ordered().must('an', 'terminate', { reason });
    expect(heldBecause(terminated.grant, only(terminated), terminated.facts())).toBe('grant-terminated');
    const spared = ordered().must('an', 'terminate', { reason, tranche: 1 });
    expect(heldBecause(spared.grant, only(spared), spared.facts())).toBeNull();
    expect(spared.give('fien', 'hand-over-payout', one).refused).toBeNull();
  });

  it('leaves the tranche approved where it fails after termination, whatever becomes of the account', () => {
    const stage = ordered().must('an', 'terminate', { reason });
    expect(stage.give('fien', 'reject-payout', one).types).toEqual(['payout.rejected']);
    expect(stage.account('stad', 'change-account', { iban: ibans[1] }).types).toEqual(['account.changed']);
    expect(stage.status(1)).toBe('approved');
    expect(stage.give('fien', 'order-payout', one).refused?.facts).toEqual({ grantStatus: 'terminated' });
    expect(stage.give('an', 'cancel-tranche', { ...one, reason }).types).toEqual(['tranche.cancelled']);
  });

  it('is nothing that has settled or failed', () => {
    const paid = firstPaid().must('an', 'suspend', { reason });
    expect(heldBecause(paid.grant, only(paid), { ...paid.facts(), account: null })).toBeNull();
    const rejected = ordered().must('fien', 'reject-payout', one);
    expect(heldBecause(rejected.grant, only(rejected), { ...rejected.facts(), account: null })).toBeNull();
  });
});

describe('what became of it', () => {
  it('handed over is not paid, unknown is not paid and waits for a person', () => {
    const stage = handedOver();
    expect(stage.status(1)).toBe('ordered');
    stage.must('fien', 'mark-unknown', one);
    expect(stage.status(1)).toBe('ordered');
    expect(stage.give('system', 'order-payout', one).refused?.code).toBe('wrong-state');
    expect(stage.until('2023-12-01T00:00').types).toEqual([]);
    stage.must('fien', 'confirm-payout', one);
    expect(stage.status(1)).toBe('paid');
  });

  it('a return after the debit makes the tranche approved again', () => {
    const stage = firstPaid().must('fien', 'return-payout', { ...one, reason: 'account closed' });
    expect(stage.status(1)).toBe('approved');
    expect(stage.events.at(-1)).toMatchObject({ type: 'payout.returned', reason: 'account closed' });
  });

  it('of a tranche that does not exist answers not-found', () => {
    expect(active().give('fien', 'confirm-payout', { tranche: 9 }).refused?.code).toBe('not-found');
    expect(awarded().give('fien', 'confirm-payout', one).refused?.facts['state']).toBe('no payout');
  });
});
