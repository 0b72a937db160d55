import { describe, expect, it } from '@jest/globals';

import { testTable } from '#test/support/decision-table.js';
import { examplePlan } from '#test/support/domain-fixture.js';
import type { Stage } from '#test/support/domain-fixture.js';
import {
  active,
  beforeSettlement,
  firstPaid,
  interimJudged,
  reason,
  settled,
} from '#test/support/domain-stages.js';
import { commandNames, commands } from './commands.js';
import { recoveryMachine, sums } from './grant.js';
import { checkGrant } from './invariants.js';

const wrong = '✗ wrong-state';
const first = { recovery: 1 };
const third = { tranche: 3 };
const proposed = (): Stage => firstPaid().must('an', 'propose-recovery', { amount: '100.00', reason });
const notified = (): Stage => proposed().must('an', 'notify-recovery', first);

describe('every state of a recovery × every command on it', () => {
  const nothing = {
    'notify-recovery': wrong,
    'settle-recovery': wrong,
    'offset-recovery': wrong,
    'waive-recovery': wrong,
  };
  testTable(
    {
      states: {
        proposed,
        notified,
        settled: () => notified().must('fien', 'settle-recovery', first),
        offset: () => notified().must('an', 'offset-recovery', { ...first, tranche: 2 }),
        waived: () => proposed().must('bart', 'waive-recovery', { ...first, reason }),
      },
      commands: {
        'notify-recovery': { by: 'an', input: first },
        'settle-recovery': { by: 'fien', input: first },
        'offset-recovery': { by: 'an', input: { ...first, ...third } },
        'waive-recovery': { by: 'bart', input: { ...first, reason } },
      },
      rows: {
        proposed: {
          ...nothing,
          'notify-recovery': 'recovery.notified',
          'waive-recovery': 'recovery.waived',
        },
        notified: {
          ...nothing,
          'settle-recovery': 'recovery.settled',
          'offset-recovery': 'recovery.offset tranche.reduced',
          'waive-recovery': 'recovery.waived',
        },
        settled: nothing,
        offset: nothing,
        waived: nothing,
      },
    },
    {
      states: Object.keys(recoveryMachine),
      commands: commandNames.filter((name) => commands[name].on === 'recovery'),
    },
  );
});

describe('recovering', () => {
  it('settles in parts: each says what is still open, and the state stays notified until nothing is', () => {
    const stage = notified();
    expect(stage.give('fien', 'settle-recovery', { ...first, amount: '30.00' }).events[0]?.data).toEqual({
      recovery: 1,
      amount: '30.00',
      open: '70.00',
    });
    expect(stage.grant.recoveries[0]).toMatchObject({ status: 'notified', openCents: 70_00n });
    expect(stage.give('fien', 'settle-recovery', { ...first, amount: '70.01' }).refused?.code).toBe(
      'invalid',
    );
    stage.must('fien', 'settle-recovery', first);
    expect(stage.grant.recoveries[0]).toMatchObject({
      status: 'settled',
      openCents: 0n,
      settledCents: 100_00n,
    });
    expect(sums(stage.grant)).toMatchObject({ paid: 22_400_00n, recovered: 100_00n });
  });

  it('proposes at most what was paid and is not being recovered already, and asks a reason', () => {
    const stage = proposed();
    expect(stage.give('an', 'propose-recovery', { amount: '22300.01', reason }).refused?.code).toBe(
      'invalid',
    );
    expect(stage.give('an', 'propose-recovery', { amount: '22300.00' }).refused?.code).toBe(
      'reason-required',
    );
    expect(stage.give('an', 'propose-recovery', { amount: '0.00', reason }).refused?.code).toBe('invalid');
    stage.must('an', 'notify-recovery', first).must('fien', 'settle-recovery', first);
    expect(stage.give('an', 'propose-recovery', { amount: '22300.01', reason }).refused?.code).toBe(
      'invalid',
    );
    expect(stage.must('an', 'propose-recovery', { amount: '22300.00', reason }).grant.recoveries[1]?.no).toBe(
      2,
    );
  });

  it('waives with a reason, a proposed one too, and frees what was held by it', () => {
    expect(proposed().give('bart', 'waive-recovery', first).refused?.code).toBe('reason-required');
    const stage = proposed().must('bart', 'waive-recovery', { ...first, reason });
    expect(stage.give('an', 'propose-recovery', { amount: '22400.00', reason }).refused).toBeNull();
    expect(stage.give('an', 'notify-recovery', { recovery: 9 }).refused).toEqual({
      code: 'not-found',
      facts: { recovery: 9 },
    });
  });

  it('goes on after the grant was closed or terminated', () => {
    const stage = notified().must('an', 'terminate', { reason });
    expect(stage.give('fien', 'settle-recovery', first).types).toEqual(['recovery.settled']);
  });
});

describe('offsetting', () => {
  it('takes it off a tranche nobody approved yet, which releases as much', () => {
    const stage = notified().must('an', 'offset-recovery', { ...first, tranche: 2, amount: '40.00' });
    expect(stage.grant.recoveries[0]).toMatchObject({
      status: 'notified',
      openCents: 60_00n,
      settledCents: 0n,
    });
    expect(stage.grant.tranches[1]).toMatchObject({ amountCents: 22_360_00n, releasedCents: 40_00n });
    stage.must('an', 'offset-recovery', { ...first, tranche: 2 });
    expect(stage.grant.recoveries[0]?.status).toBe('offset');
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
  });

  it('is at most what is open and what the tranche holds; of nothing left the tranche is cancelled', () => {
    const stage = firstPaid().must('an', 'propose-recovery', { amount: '12000.00', reason });
    stage.must('an', 'notify-recovery', first);
    expect(
      stage.give('an', 'offset-recovery', { ...first, ...third, amount: '11200.01' }).refused?.code,
    ).toBe('invalid');
    expect(stage.give('an', 'offset-recovery', { ...first, ...third }).types).toEqual([
      'recovery.offset',
      'tranche.reduced',
      'tranche.cancelled',
    ]);
    expect(stage.grant.recoveries[0]?.openCents).toBe(800_00n);
    expect(stage.give('an', 'offset-recovery', { ...first, ...third }).refused?.code).toBe('wrong-state');
    expect(stage.give('an', 'offset-recovery', { ...first, tranche: 9 }).refused?.code).toBe('not-found');
    expect(stage.give('an', 'offset-recovery', { ...first, tranche: 1 }).refused?.code).toBe('wrong-state');
  });

  it('leaves a tranche alone that someone has approved already', () => {
    const plan = {
      ...examplePlan,
      approval: { fourEyes: true, secondApproverAboveCents: 22_000_00n, coolingOff: null },
    };
    const stage = active({ plan }).must('bart', 'approve-tranche', { tranche: 1 });
    stage.must('bea', 'approve-tranche', { tranche: 1 }).must('fien', 'confirm-payout', { tranche: 1 });
    stage.must('an', 'propose-recovery', { amount: '100.00', reason }).must('an', 'notify-recovery', first);
    stage.at('2024-03-04T10:00').judged('interim').must('bart', 'approve-tranche', { tranche: 2 });
    expect(stage.status(2)).toBe('payable');
    const offset = { ...first, tranche: 2 };
    expect(stage.give('an', 'offset-recovery', offset).refused?.code).toBe('wrong-state');
    stage.must('bart', 'withdraw-approval', { tranche: 2 });
    expect(stage.give('an', 'offset-recovery', offset).types).toEqual(['recovery.offset', 'tranche.reduced']);
  });

  it('survives a share and its reopening: less is owed, and the offset stays off', () => {
    const stage = notified().must('an', 'offset-recovery', { ...first, tranche: 2 });
    stage.at('2024-03-04T10:00').judged('interim', { outcome: 'partly-favourable', share: 50 });
    expect(stage.amount(2)).toBe(11_100_00n);
    stage.must('bart', 'reopen-evaluation', { evaluation: 'interim', reason });
    expect(stage.amount(2)).toBe(22_300_00n);
  });

  it('that took all of a reduced tranche leaves what reopening brings back', () => {
    const stage = firstPaid().must('an', 'propose-recovery', { amount: '12000.00', reason });
    stage.must('an', 'notify-recovery', first).at('2024-03-04T10:00');
    stage.judged('interim', { outcome: 'partly-favourable', share: 50 });
    stage.must('an', 'offset-recovery', { ...first, tranche: 2 });
    expect([stage.status(2), stage.amount(2)]).toEqual(['cancelled', 0n]);
    stage.must('bart', 'reopen-evaluation', { evaluation: 'interim', reason });
    expect([stage.status(2), stage.amount(2)]).toEqual(['planned', 11_200_00n]);
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
  });
});

describe('settlement', () => {
  it('takes nothing off where more was accepted than is owed', () => {
    const stage = settled('50000.00');
    expect([stage.status(3), stage.amount(3)]).toEqual(['payable', 11_200_00n]);
  });

  it('caps the last tranche by what was accepted minus what was paid, with its terms', () => {
    // 22,000.00 + 30,000.00 accepted − 44,800.00 paid.
    const stage = settled('30000.00');
    expect([stage.status(3), stage.amount(3)]).toEqual(['payable', 7_200_00n]);
    expect(stage.events.findLast(({ type }) => type === 'tranche.reduced')?.data).toEqual({
      tranche: 3,
      amount: '7200.00',
      released: '4000.00',
      because: 'settlement',
      accepted: '52000.00',
      paid: '44800.00',
      recovered: '0.00',
    });
  });

  it('cancels it at exactly nothing, and proposes no recovery', () => {
    const stage = settled('22800.00');
    expect([stage.status(3), stage.grant.recoveries]).toEqual(['cancelled', []]);
    expect(stage.grant.tranches[2]).toMatchObject({ because: 'settlement', settlementCents: 0n });
  });

  it('below nothing cancels it and proposes a recovery, which only a person notifies', () => {
    const stage = settled('10000.00');
    expect(stage.status(3)).toBe('cancelled');
    expect(stage.grant.recoveries).toMatchObject([
      { no: 1, status: 'proposed', amountCents: 12_800_00n, tranche: 3 },
    ]);
    expect(stage.until('2026-01-01T00:00').types).toEqual([]);
    expect(stage.give('an', 'close').refused?.facts['open']).toEqual(['recovery:1']);
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
  });

  it('counts what was recovered as not paid, and what was released as not owed', () => {
    const stage = beforeSettlement('34000.00').must('an', 'propose-recovery', { amount: '800.00', reason });
    stage.must('an', 'notify-recovery', first).must('fien', 'settle-recovery', first).judged('final');
    // min(56,000, 56,000) − (44,800 − 800) = 12,000, never above the planned 11,200.
    expect(stage.amount(3)).toBe(11_200_00n);
    const less = beforeSettlement('30000.00').must('an', 'propose-recovery', { amount: '800.00', reason });
    less.must('an', 'notify-recovery', first).must('fien', 'settle-recovery', first).judged('final');
    // min(56,000, 52,000) − (44,800 − 800).
    expect(less.amount(3)).toBe(8_000_00n);
    const part = interimJudged({ outcome: 'partly-favourable', share: 50 }).paid(2).at('2025-01-15T10:00');
    part
      .must('an', 'receive-document', { name: 'accounts' })
      .must('bart', 'give-approval', { name: 'minister' });
    part.judged('final', {}, '99000.00');
    // min(56,000 − 11,200, 121,000) − 33,600.
    expect(part.amount(3)).toBe(11_200_00n);
    const half = beforeSettlement('99000.00').judged('final', { outcome: 'partly-favourable', share: 50 });
    expect(half.amount(3)).toBe(5_600_00n);
  });

  it('waits for every other tranche, whatever its gate names', () => {
    const stage = interimJudged().at('2025-01-15T10:00');
    stage
      .must('an', 'receive-document', { name: 'accounts' })
      .must('bart', 'give-approval', { name: 'minister' });
    stage.judged('final', {}, '10000.00');
    expect(stage.status(3)).toBe('planned');
    expect(stage.give('bart', 'approve-tranche', third).refused?.facts['missing']).toEqual(['tranche:2']);
    stage.paid(2);
    expect(stage.status(3)).toBe('cancelled');
  });

  it('is undone by reopening its report: the amount comes back, even of a tranche it cancelled', () => {
    const reduced = settled('30000.00').must('an', 'reopen-report', { report: 'final', reason });
    expect([reduced.status(3), reduced.amount(3)]).toEqual(['planned', 11_200_00n]);
    const negative = settled('10000.00');
    expect(negative.give('an', 'reopen-report', { report: 'final', reason }).types).toEqual([
      'report.reopened',
      'tranche.restored',
      'recovery.waived',
    ]);
    expect([negative.status(3), negative.amount(3)]).toEqual(['planned', 11_200_00n]);
    negative.must('an', 'accept-report', { report: 'final', costs: '30000.00' }).judged('final');
    expect([negative.status(3), negative.amount(3)]).toEqual(['payable', 7_200_00n]);
    expect(checkGrant(negative.grant, negative.events, negative.history())).toEqual([]);
  });

  it('is undone by reopening its evaluation, and by a return that shuts its gate', () => {
    const judged = settled('10000.00').must('bart', 'reopen-evaluation', { evaluation: 'final', reason });
    expect([judged.status(3), judged.grant.recoveries[0]?.status]).toEqual(['planned', 'waived']);
    const back = settled('10000.00');
    expect(back.give('fien', 'return-payout', { tranche: 1 }).types).toEqual([
      'payout.returned',
      'tranche.restored',
      'recovery.waived',
    ]);
  });

  it('stands while its own payout is live, though a return shuts its gate', () => {
    const stage = settled('30000.00').must('bart', 'approve-tranche', third);
    expect(stage.give('fien', 'return-payout', { tranche: 1 }).types).toEqual(['payout.returned']);
    expect([stage.status(3), stage.amount(3)]).toEqual(['ordered', 7_200_00n]);
  });

  it('stands once its recovery is notified, whatever became of it but a waiver', () => {
    const refusal = (stage: Stage): unknown =>
      stage.give('an', 'reopen-report', { report: 'final', reason }).refused;
    const stage = settled('10000.00').must('an', 'notify-recovery', first);
    expect(refusal(stage)).toEqual({ code: 'already-ordered', facts: { tranche: 3, recovery: 1 } });
    expect(stage.give('bart', 'reopen-evaluation', { evaluation: 'final', reason }).refused?.code).toBe(
      'already-ordered',
    );
    expect(stage.give('fien', 'return-payout', { tranche: 1 }).types).toEqual(['payout.returned']);
    stage.must('fien', 'order-payout', { tranche: 1 }).must('fien', 'confirm-payout', { tranche: 1 });
    stage.must('fien', 'settle-recovery', first);
    expect(refusal(stage)).toMatchObject({ code: 'already-ordered' });
    const waived = settled('10000.00').must('bart', 'waive-recovery', { ...first, reason });
    expect(waived.give('an', 'reopen-report', { report: 'final', reason }).types).toContain(
      'tranche.restored',
    );
  });

  it('survives a withholding by a person and its end, though money came back meanwhile', () => {
    const stage = settled('30000.00').must('an', 'withhold-tranche', { ...third, reason });
    stage.must('an', 'propose-recovery', { amount: '500.00', reason }).must('an', 'notify-recovery', first);
    stage.must('fien', 'settle-recovery', first);
    expect(stage.give('an', 'restore-tranche', third).types).toEqual(['tranche.restored', 'tranche.payable']);
    expect(stage.amount(3)).toBe(7_200_00n);
    const undone = settled('30000.00').must('an', 'withhold-tranche', { ...third, reason });
    undone.must('an', 'reopen-report', { report: 'final', reason });
    expect([undone.status(3), undone.amount(3)]).toEqual(['withheld', 11_200_00n]);
  });

  it('leaves what a person cancelled so, and undoes what an offset emptied', () => {
    const cancelled = settled('30000.00').must('an', 'cancel-tranche', { ...third, reason });
    cancelled.must('an', 'reopen-report', { report: 'final', reason });
    expect(cancelled.status(3)).toBe('cancelled');
    const offset = settled('30000.00').must('an', 'propose-recovery', { amount: '8000.00', reason });
    offset.must('an', 'notify-recovery', first).must('an', 'offset-recovery', { ...first, ...third });
    expect(offset.status(3)).toBe('cancelled');
    offset.must('an', 'reopen-report', { report: 'final', reason });
    expect([offset.status(3), offset.amount(3)]).toEqual(['planned', 4_000_00n]);
    expect(checkGrant(offset.grant, offset.events, offset.history())).toEqual([]);
  });

  it('counts costs as last accepted, of a report that was reopened since too', () => {
    // Its evaluation is the only thing the last gate asks; the interim report was reopened meanwhile.
    const stage = settled('30000.00');
    expect(stage.give('an', 'reopen-report', { report: 'interim', reason }).refused?.code).toBe(
      'already-ordered',
    );
    stage.must('fien', 'return-payout', { tranche: 2 }).must('an', 'cancel-tranche', { tranche: 2, reason });
    // Paid 22,400; owed 56,000 − 22,400 released; accepted 52,000: min is 33,600, so 11,200 in full.
    expect(stage.amount(3)).toBe(11_200_00n);
    stage.must('bart', 'reopen-evaluation', { evaluation: 'final', reason });
    stage.must('an', 'reopen-report', { report: 'interim', reason }).judged('final');
    expect([stage.status(3), stage.amount(3)]).toEqual(['payable', 11_200_00n]);
  });
});
