import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Stage } from '#test/support/domain-fixture.js';
import { later, offerOf, scriptArbitrary } from '#test/support/domain-scripts.js';
import type { Script } from '#test/support/domain-scripts.js';
import type { AccountEvent, GrantEvent } from './events.js';
import { checkAccounts, checkGrant, refold } from './invariants.js';

// `npm run soak` asks for many more runs. A failure is repeated with the seed that is always printed.
const numRuns = Number(process.env['SLUIS_PROPERTY_RUNS'] ?? 500);
const seed = Number(process.env['SLUIS_PROPERTY_SEED'] ?? fc.sample(fc.noBias(fc.nat(2 ** 31 - 1)), 1)[0]);
fc.configureGlobal({ numRuns, seed });

/** How often the sequences came to what they are meant to try; sequences that pay nothing prove nothing. */
const reached = new Map<string, number>();

function count(events: readonly (GrantEvent | AccountEvent)[]): void {
  for (const { type, actor } of events) {
    reached.set(type, (reached.get(type) ?? 0) + 1);
    if (type === 'recovery.proposed' && actor === 'system') count1('recovery.proposed by settlement');
  }
}

function count1(what: string): void {
  reached.set(what, (reached.get(what) ?? 0) + 1);
}

afterAll(() => {
  const counts = [...reached].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, n]) => `${type} ${n}`);
  process.stdout.write(`lifecycle properties: seed ${seed}, ${numRuns} runs; ${counts.join(', ')}\n`);
});

/** Plays a script with the clock leaping from command to command, as after outages. */
function play({ options, steps }: Script, eachStep: (stage: Stage) => void = () => {}): Stage {
  const stage = new Stage(options);
  steps.forEach((step, index) => {
    stage.now = later(stage, step);
    // Someone joins the beneficiary on the way: what had passed by then is nothing to them.
    if (index === 12) stage.contacts = [...stage.contacts, { id: 'late', since: stage.now }];
    const { by, name, input } = offerOf(stage, step);
    const { refused, types } = stage.give(by, name, input);
    count1(refused === null ? 'commands taken' : `refused ${refused.code}`);
    if (by === 'gent') expect(types).toEqual([]);
    eachStep(stage);
  });
  stage.sweep();
  return stage;
}

/** Plays a script with the clock walking over every due moment, and over others besides. */
function walk({ options, steps }: Script, everyHours: number | null): Stage {
  const stage = new Stage(options);
  for (const step of steps) {
    const end = later(stage, step);
    const also: string[] = [];
    if (everyHours !== null)
      for (let at = new Date(stage.now).getTime(); at < new Date(end).getTime(); at += everyHours * 3_600_000)
        also.push(new Date(at).toISOString());
    stage.sweepTo(end, also);
    const { by, name, input } = offerOf(stage, step);
    stage.give(by, name, input);
  }
  return stage;
}

describe('whatever people do, in whatever order and however late', () => {
  it('I1, I2, I3, I5, I6, I8 and I9 hold, and everything comes to rest', () => {
    fc.assert(
      fc.property(scriptArbitrary, (script) => {
        const stage = play(script, (played) => {
          const rest = played.sweep();
          expect(rest.types).toEqual([]);
          const next = played.nextDueAt();
          expect(next === null || next > played.now).toBe(true);
        });
        expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
        expect(checkAccounts(stage.accountEvents)).toEqual([]);
        expect(refold(stage.events, stage.plan)).toEqual(stage.grant);
        count(stage.events);
        count(stage.accountEvents);
      }),
    );
    // Of fewer runs than are asked for nothing can be said.
    if (numRuns < 500) return;
    const atLeast = (what: string, share: number): void =>
      expect([what, (reached.get(what) ?? 0) >= share * numRuns]).toEqual([what, true]);
    for (const type of ['payout.ordered', 'payout.settled', 'tranche.approved']) atLeast(type, 0.5);
    for (const type of ['evaluation.reopened', 'report.reopened', 'tranche.reduced', 'tranche.restored'])
      atLeast(type, 0.1);
    for (const type of ['payout.returned', 'payout.unknown', 'recovery.settled', 'recovery.offset'])
      atLeast(type, 0.03);
    for (const type of ['grant.resumed', 'grant.reopened', 'reminder.sent', 'reminder.superseded'])
      atLeast(type, 0.1);
    atLeast('recovery.proposed by settlement', 0.01);
    for (const type of ['account.verified', 'account.payee-checked']) atLeast(type, 0.1);
    atLeast('account.payee-check-overridden', 0.02);
    atLeast('grant.closed', 0.01);
  }, 3_600_000);

  it('I12: the same commands at the same times give the same events', () => {
    fc.assert(
      fc.property(scriptArbitrary, (script) => {
        const again = play(script);
        expect(play(script).events).toEqual(again.events);
      }),
    );
  }, 3_600_000);

  it('sweeping at the due moments gives what sweeping all the time gives', () => {
    fc.assert(
      fc.property(scriptArbitrary, fc.constantFrom(60, 170, 900), (script, everyHours) => {
        const often = walk(script, everyHours);
        const exact = walk(script, null);
        expect(exact.events).toEqual(often.events);
        // Who sweeps in time makes nothing up: only what was due together goes out as superseded.
        expect(checkGrant(exact.grant, exact.events, exact.history())).toEqual([]);
      }),
    );
  }, 3_600_000);
});
