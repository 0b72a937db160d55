import { describe, expect, it } from '@jest/globals';

import {
  batchMachine,
  decideBatch,
  decideBuild,
  evolveBatch,
  messageIdOf,
  openBatchStatuses,
} from './batch.js';
import type { Batch, BatchCommandName, BatchStatus, Gathered } from './batch.js';
import { eventVersion } from './events.js';
import type { BatchEvent, NewEvent } from './events.js';
import { terminalStates } from './machine.js';
import type { Machine } from './machine.js';
import { roles } from './people.js';
import type { Actor } from './people.js';
import { isRefused } from './refusal.js';

const now = '2024-03-01T09:00:00.000Z';
const fien: Actor = { id: 'fien', roles: ['finance'], of: null };
const fons: Actor = { id: 'fons', roles: ['finance'], of: null };
const made = { format: 'pain.001.001.09', sha256: 'ab'.repeat(32), bytes: 2_000 };
const gathered: Gathered = {
  lines: 2,
  amountCents: 44_800_00n,
  linesHash: 'cd'.repeat(32),
  profile: 'main',
  profileVersion: 3,
  exclusions: [{ endToEndId: 'REN-BRU-1-1', because: 'grant-suspended' }],
};

/** Plays decisions on a batch, as its record would. */
class Life {
  batch: Batch | null = null;
  #sequence = 0;

  lay(events: readonly NewEvent[]): this {
    for (const event of events) {
      const recorded = {
        ...event,
        stream: 'batch:7',
        sequence: (this.#sequence += 1),
        version: eventVersion,
        commandId: 'c',
        occurredAt: now,
      } as BatchEvent;
      this.batch = evolveBatch(this.batch, recorded);
    }
    return this;
  }

  build(input: Parameters<typeof decideBuild>[1] = {}): this {
    const decision = decideBuild({ actor: fien }, input, gathered, now);
    if (isRefused(decision)) throw new Error(JSON.stringify(decision.refused));
    return this.lay(decision.events);
  }

  give(actor: Actor, name: BatchCommandName, unfit: readonly { endToEndId: string; because: string }[] = []) {
    if (this.batch === null) throw new Error('nothing was built');
    return decideBatch(this.batch, name, { actor }, { reason: 'the wrong day' }, { now, unfit }, made);
  }

  after(actor: Actor, name: BatchCommandName): this {
    const decision = this.give(actor, name);
    if (isRefused(decision)) throw new Error(JSON.stringify(decision.refused));
    return this.lay(decision.events);
  }
}

const states: Readonly<Record<BatchStatus, () => Life>> = {
  built: () => new Life().build(),
  released: () => states.built().after(fons, 'release-batch'),
  exported: () => states.released().after(fien, 'export-batch'),
  'handed-over': () => states.exported().after(fien, 'hand-over-batch'),
  discarded: () => states.built().after(fien, 'discard-batch'),
};

const table: Readonly<Record<BatchStatus, Readonly<Record<BatchCommandName, string>>>> = {
  built: {
    'release-batch': 'batch.released',
    'discard-batch': 'batch.discarded',
    'export-batch': '✗ wrong-state',
    'hand-over-batch': '✗ wrong-state',
  },
  released: {
    'release-batch': '✗ wrong-state',
    'discard-batch': 'batch.discarded',
    'export-batch': 'batch.exported',
    'hand-over-batch': '✗ wrong-state',
  },
  exported: {
    'release-batch': '✗ wrong-state',
    'discard-batch': 'batch.discarded',
    'export-batch': 'batch.exported',
    'hand-over-batch': 'batch.handed-over',
  },
  'handed-over': {
    'release-batch': '✗ wrong-state',
    'discard-batch': '✗ wrong-state',
    'export-batch': 'batch.exported',
    'hand-over-batch': '✗ wrong-state',
  },
  discarded: {
    'release-batch': '✗ wrong-state',
    'discard-batch': '✗ wrong-state',
    'export-batch': '✗ wrong-state',
    'hand-over-batch': '✗ wrong-state',
  },
};

describe('the life of a batch', () => {
  it('has every state in the table, and ends discarded; what was handed over is only copied', () => {
    expect(Object.keys(table).sort()).toEqual(Object.keys(batchMachine).sort());
    expect(terminalStates(batchMachine as Machine<BatchStatus>)).toEqual(['discarded']);
    expect(openBatchStatuses).toEqual(['built', 'released', 'exported']);
  });

  it.each(
    Object.entries(table).flatMap(([state, row]) =>
      Object.entries(row).map(([name, comes]) => [state, name, comes] as const),
    ),
  )('%s, %s: %s', (state, name, comes) => {
    const life = states[state as BatchStatus]();
    const decision = life.give(fons, name as BatchCommandName);
    expect(isRefused(decision) ? `✗ ${decision.refused.code}` : decision.events[0]?.type).toBe(comes);
    if (!isRefused(decision)) life.lay(decision.events);
  });

  it('says who did each step, and when', () => {
    expect(states['handed-over']().batch).toEqual({
      no: 7,
      status: 'handed-over',
      profile: 'main',
      profileVersion: 3,
      lines: 2,
      amountCents: 44_800_00n,
      linesHash: 'cd'.repeat(32),
      executeOn: '2024-03-01',
      messageId: messageIdOf(7),
      builtBy: 'fien',
      builtAt: now,
      releasedBy: 'fons',
      releasedAt: now,
      file: { ...made, exportedBy: 'fien', exportedAt: now },
      handedOverBy: 'fien',
      handedOverAt: now,
      sequence: 4,
      lastEventAt: now,
    });
  });

  it('does not fold a history that its machine does not allow', () => {
    const released = states.released();
    expect(() => released.lay([{ type: 'batch.released' } as NewEvent])).toThrow('cannot happen');
  });
});

describe('what is refused', () => {
  it('releasing by whoever built it, whatever their roles', () => {
    const both: Actor = { ...fien, roles: ['finance', 'approver'] };
    expect(states.built().give(both, 'release-batch')).toEqual({
      refused: { code: 'four-eyes', facts: { who: 'fien', did: 'build-batch' } },
    });
  });

  it.each(roles.filter((role) => role !== 'finance'))('a step by someone who is %s', (role) => {
    const someone: Actor = { id: 'x', roles: [role], of: role === 'beneficiary' ? 'antwerpen' : null };
    const codes = (Object.keys(table.built) as BatchCommandName[]).map((name) => {
      const decision = states.built().give(someone, name);
      return isRefused(decision) ? decision.refused.code : 'accepted';
    });
    const released = role === 'approver' ? 'accepted' : 'not-allowed';
    expect(codes).toEqual([released, 'not-allowed', 'not-allowed', 'not-allowed']);
  });

  it.each([
    ['grant-suspended', 'grant-suspended'],
    ['account-not-verified', 'account-not-verified'],
    ['payout settled', 'wrong-state'],
    ['amount differs from what was approved', 'wrong-state'],
  ])('release, export and hand-over while a line is held: %s', (because, code) => {
    const unfit = [{ endToEndId: 'REN-ANT-1-1', because }];
    const steps = { built: 'release-batch', released: 'export-batch', exported: 'hand-over-batch' } as const;
    for (const [state, name] of Object.entries(steps))
      expect(states[state as BatchStatus]().give(fons, name, unfit)).toMatchObject({
        refused: { code, facts: { batch: 7, payout: 'REN-ANT-1-1', lines: unfit } },
      });
    // Whatever is held may still be discarded, and what has gone looked at again.
    expect(isRefused(states.exported().give(fons, 'discard-batch', unfit))).toBe(false);
    expect(isRefused(states['handed-over']().give(fons, 'export-batch', unfit))).toBe(false);
  });

  it('an empty batch, naming what stands in the way', () => {
    const decision = decideBuild({ actor: fien }, {}, { ...gathered, lines: 0, amountCents: 0n }, now);
    expect(decision).toMatchObject({
      refused: { code: 'wrong-state', facts: { excluded: [{ because: 'grant-suspended' }] } },
    });
  });

  it('a day to pay on that is past, at building and again at release', () => {
    expect(decideBuild({ actor: fien }, { executeOn: '2024-02-29' }, gathered, now)).toMatchObject({
      refused: { code: 'invalid', facts: { path: 'executeOn' } },
    });
    const { batch } = new Life().build({ executeOn: '2024-03-01' });
    const later = { now: '2024-03-02T09:00:00.000Z', unfit: [] };
    const late = decideBatch(batch as Batch, 'release-batch', { actor: fons }, {}, later);
    expect(late).toMatchObject({ refused: { code: 'invalid', facts: { path: 'executeOn' } } });
  });

  it('a day to pay on that is more than a year ahead', () => {
    const far = decideBuild({ actor: fien }, { executeOn: '2025-03-02' }, gathered, now);
    expect(far).toMatchObject({ refused: { code: 'invalid', facts: { path: 'executeOn' } } });
    expect(isRefused(decideBuild({ actor: fien }, { executeOn: '2025-03-01' }, gathered, now))).toBe(false);
  });

  it('discarding without a reason', () => {
    const { batch } = states.built();
    expect(
      decideBatch(batch as Batch, 'discard-batch', { actor: fien }, {}, { now, unfit: [] }),
    ).toMatchObject({ refused: { code: 'reason-required' } });
  });
});
