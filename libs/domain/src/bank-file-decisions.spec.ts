import { describe, expect, it } from '@jest/globals';

import type { KnownBatch, KnownPayout, JudgedEntry, StoredEntry } from './bank-file-decisions.js';
import {
  answerSteps,
  decideAssign,
  judge,
  judgeWhole,
  refusedStep,
  stepsOf,
  verdicts,
} from './bank-file-decisions.js';
import { payoutMachine } from './grant.js';
import type { PayoutStatus } from './grant.js';
import { targets } from './machine.js';
import type { Machine } from './machine.js';

const machine: Machine<PayoutStatus> = payoutMachine;
const states = Object.keys(payoutMachine) as PayoutStatus[];
const answers = ['settled', 'rejected', 'returned'] as const;
const events = { settle: 'payout.settled', reject: 'payout.rejected', return: 'payout.returned' } as const;

const entry: JudgedEntry = {
  answer: 'settled',
  endToEndId: 'A-1-1',
  messageId: 'SLUIS-0000001',
  wholeFile: false,
  count: null,
  amountCents: 100n,
  currency: 'EUR',
  bankReference: 'R-1',
};
const payout: KnownPayout = {
  endToEndId: 'A-1-1',
  grant: 'A',
  tranche: 1,
  amountCents: 100n,
  status: 'handed-over',
  batch: null,
  told: null,
};
const batch: KnownBatch = {
  no: 1,
  status: 'handed-over',
  lines: 3,
  amountCents: 300n,
  underWay: 3,
  settled: 0,
  returned: 0,
  rejected: 0,
  rejectedCents: 0n,
  told: null,
};
const told = {
  answer: 'settled',
  pending: true,
  here: false,
  wholeFile: false,
  sameKind: true,
  bankReference: 'R-1',
} as const;

describe.each(answers)('an entry that says %s', (answer) => {
  it.each(states)('of a payout that is %s does what the machine of payouts allows, or waits', (status) => {
    const verdict = judge({ ...entry, answer }, { ...payout, status });
    expect(verdict).toEqual({ ...verdicts[answer][status], because: verdict.because });
    if (verdict.status === 'known') expect(status).toBe(answer);
    if (verdict.status !== 'matched') return;
    const end = stepsOf(answer, status).reduce<PayoutStatus>((state, step) => {
      const to = targets(machine, state, events[step]);
      expect(to).toEqual([answerSteps[step].leadsTo]);
      return to[0] as PayoutStatus;
    }, status);
    expect(end).toBe(answer);
  });

  it('waits while an open batch binds the payout, and does not once it was handed over', () => {
    const ordered = { ...payout, status: 'ordered' } as const;
    const open = judge({ ...entry, answer }, { ...ordered, batch: { no: 3, status: 'exported' } });
    expect(open).toEqual({ status: 'waiting', because: 'batch 3 is not handed over yet', awaits: 3 });
    const gone = judge({ ...entry, answer }, { ...ordered, batch: { no: 3, status: 'handed-over' } });
    expect(gone.status).toBe('matched');
  });
});

describe('what an earlier entry said', () => {
  it('counts before its grant says so', () => {
    expect(judge(entry, { ...payout, told }).status).toBe('known');
    expect(judge({ ...entry, answer: 'returned' }, { ...payout, told }).status).toBe('matched');
  });

  it('makes another debit in the same file, or under a reference of its own, one for a person', () => {
    const here = { ...told, here: true };
    expect(judge(entry, { ...payout, told: here })).toMatchObject({
      because: expect.stringMatching(/^paid twice/),
    });
    const other = { ...entry, bankReference: 'R-2' };
    expect(judge(other, { ...payout, told })).toMatchObject({
      because: expect.stringMatching(/^paid twice/),
    });
    expect(judge(other, { ...payout, told: { ...told, sameKind: false } }).status).toBe('known');
    expect(judge({ ...other, bankReference: null }, { ...payout, told }).status).toBe('known');
    const back = { ...told, answer: 'returned', here: true } as const;
    expect(judge({ ...entry, answer: 'returned' }, { ...payout, told: back })).toMatchObject({
      because: expect.stringMatching(/^returned twice/),
    });
  });

  it('of a rejection may be repeated', () => {
    const rejected = { ...told, answer: 'rejected', here: true } as const;
    expect(judge({ ...entry, answer: 'rejected' }, { ...payout, told: rejected }).status).toBe('known');
  });
});

it.each([
  [{ amountCents: 99n }, 'its amount is 0.99; that of the payout is 1.00'],
  [{ currency: 'USD' }, 'its currency is USD; payouts are in EUR'],
  [{ currency: null }, 'its currency is not named; payouts are in EUR'],
  [{ amountCents: null }, 'it names no amount'],
])('waits where the money is another: %p', (given, because) => {
  expect(judge({ ...entry, ...given }, payout)).toEqual({ status: 'waiting', because });
});

it('takes a rejection that repeats no amount, notes an acknowledgement, and leaves credits to a person', () => {
  expect(judge({ ...entry, answer: 'rejected', amountCents: null }, payout).status).toBe('matched');
  expect(judge({ ...entry, answer: 'acknowledged' }, null).status).toBe('noted');
  expect(judge({ ...entry, answer: 'credit' }, payout).status).toBe('waiting');
  expect(judge(entry, null).because).toBe('no payout has this EndToEndId');
});

describe('an entry about a whole payment file', () => {
  const whole = { ...entry, wholeFile: true, endToEndId: null, count: 3, amountCents: 300n };
  const one = { ...batch, underWay: 2, rejected: 1, rejectedCents: 100n };
  const before = { ...told, wholeFile: true };
  const believed = { ...batch, told: before };
  const paidOnce = { ...batch, underWay: 0, settled: 3, told: { ...before, pending: false } };
  const refusedWhole = { ...whole, answer: 'rejected', amountCents: null, count: null } as const;

  it.each<readonly [string, JudgedEntry, KnownBatch | null, string]>([
    ['all of it', whole, batch, 'matched'],
    ['all of it, uncounted', { ...whole, count: null }, batch, 'matched'],
    ['no batch', whole, null, 'waiting'],
    ['another sum', { ...whole, amountCents: 301n }, batch, 'waiting'],
    ['another count', { ...whole, count: 2 }, batch, 'waiting'],
    ['another currency', { ...whole, currency: 'USD' }, batch, 'waiting'],
    ['what was not rejected', { ...whole, count: 2, amountCents: 200n }, one, 'matched'],
    ['what was rejected as well', whole, one, 'waiting'],
    ['a batch that is settled', whole, { ...batch, underWay: 0, settled: 3 }, 'known'],
    ['an open batch', whole, { ...batch, status: 'exported' }, 'waiting'],
    ['a discarded batch', whole, { ...batch, status: 'discarded' }, 'waiting'],
    ['the same again, in another file', whole, believed, 'known'],
    ['another booking, in another file', { ...whole, bankReference: 'R-2' }, believed, 'waiting'],
    ['another booking, of a settled batch', { ...whole, bankReference: 'R-2' }, paidOnce, 'waiting'],
    ['the same booking, of a settled batch', whole, paidOnce, 'known'],
    ['the same again, in this file', whole, { ...batch, told: { ...before, here: true } }, 'waiting'],
    ['its rejection, after it was paid', refusedWhole, believed, 'waiting'],
    ['its rejection', refusedWhole, batch, 'matched'],
    ['its rejection, again', refusedWhole, { ...batch, underWay: 0, rejected: 3 }, 'known'],
    ['the rejection of what was paid', refusedWhole, { ...batch, underWay: 2, settled: 1 }, 'waiting'],
    ['the rejection of another number', { ...refusedWhole, count: 2 }, batch, 'waiting'],
    ['the rejection of another sum', { ...refusedWhole, amountCents: 1n }, batch, 'waiting'],
    ['its return', { ...whole, answer: 'returned' }, batch, 'waiting'],
    ['its acknowledgement', { ...whole, answer: 'acknowledged' }, null, 'noted'],
  ])('%s', (_, given, known, status) => {
    expect(judgeWhole(given, known).status).toBe(status);
  });
});

describe('a person', () => {
  const command = { actor: { id: 'fien', roles: ['finance'], of: null } } as const;
  const stored: StoredEntry = { ...entry, answer: 'credit', bankFile: 1, no: 7, status: 'waiting' };
  const nothing = { payout: null, recovery: null, named: null };
  const recovery = { grant: 'A', no: 1, status: 'notified', openCents: 100n } as const;
  const repays = { entry: 7, recovery: 1, against: 'A' };

  it('gives money that came in to a recovery, as far as it is open', () => {
    expect(decideAssign(command, repays, stored, { ...nothing, recovery })).toMatchObject({
      events: [{ type: 'bank-entry.assigned', data: { entry: 7, grant: 'A', recovery: 1 } }],
    });
  });

  it.each([
    ['invalid', stored, { ...recovery, openCents: 99n }],
    ['invalid', { ...stored, currency: 'USD' }, recovery],
    ['invalid', { ...stored, amountCents: 0n }, recovery],
    ['invalid', { ...stored, answer: 'settled' as const }, recovery],
    ['wrong-state', stored, { ...recovery, status: 'proposed' as const }],
    ['wrong-state', { ...stored, status: 'dismissed' as const }, recovery],
  ])('but not (%s)', (code, given, open) => {
    expect(decideAssign(command, repays, given, { ...nothing, recovery: open })).toMatchObject({
      refused: { code },
    });
  });
});

it('a refused step is known where another entry told the same before, else it waits in the words of the refusal', () => {
  const facts = { state: 'settled' };
  expect(refusedStep('settle', { code: 'wrong-state', facts }, 'matched').status).toBe('known');
  expect(refusedStep('reject', { code: 'wrong-state', facts }, 'matched')).toEqual({
    status: 'waiting',
    because: 'reject-payout was refused: wrong-state (settled)',
  });
  expect(refusedStep('settle', { code: 'not-found', facts: {} }, 'matched').because).toBe(
    'confirm-payout was refused: not-found',
  );
  // What a person assigned is money of its own.
  expect(refusedStep('settle', { code: 'wrong-state', facts }, 'assigned')).toEqual({
    status: 'waiting',
    because: 'confirm-payout was refused: wrong-state (settled)',
  });
});
