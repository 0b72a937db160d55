// A check that finds nothing in a broken history is worth nothing: each is shown one it must find.
import { describe, expect, it } from '@jest/globals';

import { examplePlan, ibans } from '#test/support/domain-fixture.js';
import type { Stage } from '#test/support/domain-fixture.js';
import { active, interimJudged, reason, settled } from '#test/support/domain-stages.js';
import type { GrantEvent } from './events.js';
import { checkAccounts, checkGrant, refold } from './invariants.js';
import type { Violation } from './invariants.js';

/** The invariants found broken after the events were tampered with; the rows follow the tampered events. */
function tampered(stage: Stage, tamper: (events: GrantEvent[]) => GrantEvent[]): string[] {
  const events = tamper([...stage.events]).map((event, index) => ({ ...event, sequence: index + 1 }));
  const found = checkGrant(refold(events, stage.plan), events as GrantEvent[], stage.history());
  return names(found);
}

const names = (found: readonly Violation[]): string[] =>
  [...new Set(found.map(({ invariant }) => invariant))].sort();
const without = (type: string) => (events: GrantEvent[]) => events.filter((event) => event.type !== type);
const change =
  (type: string, part: Record<string, unknown>, data: Record<string, unknown> = {}) =>
  (events: GrantEvent[]) =>
    events.map((event) =>
      event.type === type ? ({ ...event, ...part, data: { ...event.data, ...data } } as GrantEvent) : event,
    );

const paid = (): Stage => interimJudged().paid(2);

describe('a history that the rules made', () => {
  it.each([
    ['active', active],
    ['settled', () => settled('10000.00')],
    ['paid', paid],
  ])('%s shows nothing', (_, build) => {
    const stage = build();
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
    expect(refold(stage.events, stage.plan)).toEqual(stage.grant);
  });
});

describe('a broken one', () => {
  it('I1: releases something else than it says', () => {
    const stage = (): Stage => interimJudged({ outcome: 'partly-favourable', share: 50 });
    expect(tampered(stage(), change('tranche.reduced', {}, { released: '1.00' }))).toEqual(['I1']);
    const cancelled = active().must('an', 'cancel-tranche', { tranche: 1, reason });
    expect(tampered(cancelled, change('tranche.cancelled', {}, { amount: '1.00' }))).toEqual(['I1']);
  });

  it('I2: a payout was ordered though its gate was shut', () => {
    expect(tampered(paid(), without('evaluation.decided'))).toContain('I2');
  });

  it('I3: a payout of another amount than its tranche, or ordered twice', () => {
    expect(tampered(active().paid(1), change('payout.ordered', {}, { amount: '1.00' }))).toEqual(['I3']);
    const raised = change('recovery.proposed', {}, { open: '10.00' });
    const recovered = active().paid(1).must('an', 'propose-recovery', { amount: '5.00', reason });
    expect(tampered(recovered, raised)).toEqual([]);
    const grown = change('recovery.notified', {}, { open: '10.00' });
    expect(tampered(recovered.must('an', 'notify-recovery', { recovery: 1 }), grown)).toEqual(['I3']);
  });

  it('I5: a reminder went out twice, too early, for what was not owed, or not at all', () => {
    const stage = active();
    stage.until('2024-02-20T00:00');
    expect(tampered(stage, (events) => [...events, events.at(-1) as GrantEvent])).toEqual(['I5']);
    const early = change('reminder.sent', { occurredAt: '2023-01-02T08:00:00.000Z' });
    expect(tampered(stage, early)).toEqual(['I5']);
    expect(tampered(stage, change('reminder.sent', {}, { dueOn: '2024-02-27' }))).toEqual(['I5']);
    expect(tampered(stage, without('reminder.sent'))).toEqual(['I5']);
    const silent = { ...stage.history(), reminded: null };
    expect(checkGrant(stage.grant, stage.events, silent)).toEqual([]);
  });

  it('I6: rows that differ, events that do not fold, a gap, another stream', () => {
    const stage = active();
    const { grant, events } = stage;
    const history = stage.history();
    const altered = { ...grant, amountCents: grant.amountCents + 1n };
    expect(checkGrant(altered, events, history)).toEqual([
      { invariant: 'I6', message: expect.stringContaining('REN-ANT.amountCents') },
    ]);
    expect(names(checkGrant(grant, [], history))).toEqual(['I6']);
    expect(names(checkGrant(grant, without('grant.awarded')([...events]), history))).toEqual(['I6']);
    const gap = events.map((event, index) => (index === 1 ? { ...event, sequence: 7 } : event));
    expect(names(checkGrant(refold(gap, examplePlan), gap, history))).toEqual(['I6']);
    const foreign = events.map((event, index) => (index === 1 ? { ...event, stream: 'grant:X' } : event));
    expect(names(checkGrant(grant, foreign, history))).toEqual(['I6']);
    expect(() => refold([], examplePlan)).toThrow('without events');
  });

  it('I8: one person on both sides of a pair, unless the plan drops it', () => {
    expect(tampered(paid(), change('evaluation.decided', { actor: 'els' }))).toEqual(['I8']);
    expect(tampered(paid(), change('tranche.approved', { actor: 'els' }))).toEqual(['I8']);
    const relaxed = {
      ...examplePlan,
      approval: { fourEyes: false, secondApproverAboveCents: null, coolingOff: null },
    };
    const free = interimJudged({}, { plan: relaxed }).paid(2);
    expect(tampered(free, change('evaluation.decided', { actor: 'els' }))).toEqual([]);
    const plan = {
      ...examplePlan,
      approval: { fourEyes: false, secondApproverAboveCents: 1n, coolingOff: null },
    };
    const twice = active({ plan })
      .must('bart', 'approve-tranche', { tranche: 1 })
      .must('bea', 'approve-tranche', { tranche: 1 });
    expect(tampered(twice, change('tranche.approved', { actor: 'bart' }))).toEqual(['I8']);
    expect(tampered(twice, without('tranche.first-approved'))).toEqual(['I8']);
  });

  it('I8 of a payout without a bank file: marked and confirmed by one person, or by no mark at all', () => {
    const stage = active()
      .must('bart', 'approve-tranche', { tranche: 1 })
      .must('fien', 'mark-executed', { tranche: 1, evidence: 'ledger' })
      .must('omni', 'mark-executed', { tranche: 1 });
    expect(tampered(stage, (events) => events)).toEqual([]);
    expect(tampered(stage, change('payout.settled', { actor: 'fien' }))).toEqual(['I8']);
    expect(tampered(stage, change('payout.settled', {}, { evidence: 'other' }))).toEqual(['I8']);
    expect(tampered(stage, without('payout.marked-executed'))).toEqual(['I8']);
  });

  it('I8 of a payout that whoever marked it confirmed by hand, unlike a bank’s answer', () => {
    const stage = active()
      .must('bart', 'approve-tranche', { tranche: 1 })
      .must('fien', 'mark-executed', { tranche: 1, evidence: 'ledger' })
      .must('omni', 'confirm-payout', { tranche: 1 });
    expect(tampered(stage, (events) => events)).toEqual([]);
    expect(tampered(stage, change('payout.settled', { actor: 'fien' }))).toEqual(['I8']);
    const commandId = 'effect:bank-file:1#1:apply-bank-file:1:settle';
    expect(tampered(stage, change('payout.settled', { actor: 'fien', commandId }))).toEqual([]);
  });

  it('I8 of an account: entered and verified by one person, and versions that skip', () => {
    const stage = active();
    stage.account('omni', 'change-account', { iban: ibans[1] });
    stage.account('fien', 'verify-account');
    expect(checkAccounts(stage.accountEvents)).toEqual([]);
    const same = stage.accountEvents.map((event) => ({ ...event, actor: 'omni' }));
    expect(names(checkAccounts(same))).toEqual(['I8']);
    expect(names(checkAccounts(stage.accountEvents.slice(1)))).toContain('I6');
  });

  it('I9: ordered or handed over while suspended, or to an account that is not the verified one', () => {
    const stage = active().must('bart', 'approve-tranche', { tranche: 1 });
    const suspended = stage.events.find(({ type }) => type === 'tranche.approved') as GrantEvent;
    const suspend = { ...suspended, type: 'grant.suspended', data: {} } as GrantEvent;
    const before = (type: string) => (events: GrantEvent[]) =>
      events.flatMap((event) => (event.type === type ? [suspend, event] : [event]));
    expect(tampered(stage, before('payout.ordered'))).toEqual(['I9']);
    stage.must('fien', 'hand-over-payout', { tranche: 1 });
    expect(tampered(stage, before('payout.handed-over'))).toEqual(['I9']);
    const unverified = { ...stage.history(), accounts: stage.accountEvents.slice(0, 1) };
    expect(names(checkGrant(stage.grant, stage.events, unverified))).toEqual(['I9']);
    expect(tampered(stage, change('payout.ordered', {}, { accountVersion: 2 }))).toEqual(['I9']);
  });

  it('I12: time that runs back', () => {
    expect(
      tampered(active().paid(1), change('payout.settled', { occurredAt: '2020-01-01T00:00:00.000Z' })),
    ).toEqual(['I12']);
  });
});
