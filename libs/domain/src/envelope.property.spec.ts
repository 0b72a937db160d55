import { expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  Stage,
  atStart,
  examplePlan,
  percent,
  report,
  requires,
  tranche,
} from '#test/support/domain-fixture.js';
import { committedCents, leftCents } from './envelope.js';
import type { Envelope } from './envelope.js';
import { sums } from './grant.js';
import { checkGrant } from './invariants.js';
import { formatAmount } from './money.js';
import type { Plan } from './plan.js';

/** Half at the start; half behind an evaluation that may be decided, and so reduced and restored, at any time. */
const plan: Plan = {
  ...examplePlan,
  tranches: [
    tranche(1, { amount: percent(50), due: atStart }),
    tranche(2, { requires: requires('report:final', 'evaluation:final') }),
  ],
  reports: [report('final', {})],
  evaluations: [{ code: 'final', report: 'final', window: null, questions: [] }],
};

/** What one step may try on a grant; refusals are a result like any other. */
const acts: readonly ((stage: Stage, no: number) => void)[] = [
  (stage, no) => stage.give('an', 'cancel-tranche', { tranche: no, reason }),
  (stage, no) => stage.give('an', 'withhold-tranche', { tranche: no, reason }),
  (stage, no) => stage.give('an', 'restore-tranche', { tranche: no, reason }),
  (stage, no) => (no === 1 ? judge(stage) : stage.give('an', 'terminate', { reason })),
  judge,
  reopen,
  reopen,
];
const reason = 'tried';

function reopen(stage: Stage): void {
  stage.give('bart', 'reopen-evaluation', { evaluation: 'final', reason });
}

/** Decides that the second tranche gets less; what was decided before stands. */
function judge(stage: Stage): void {
  const judgement = { evaluation: 'final', outcome: 'partly-favourable', share: 40, reason };
  stage.give('stad', 'submit-report', { report: 'final' });
  stage.give('an', 'accept-report', { report: 'final' });
  stage.give('els', 'recommend-evaluation', judgement);
  stage.give('bart', 'decide-evaluation', judgement);
}

const cents = fc.bigInt({ min: 1n, max: 2_000_00n });
const number = fc.noBias(fc.nat());
const script = fc.record({
  envelopes: fc.array(cents, { minLength: 1, maxLength: 2 }),
  amounts: fc.array(cents, { minLength: 2, maxLength: 5 }),
  steps: fc.array(fc.record({ grant: number, act: number, pick: number }), { maxLength: 40, size: 'max' }),
});

/** Several grants under the envelopes A and B of 2022, which know what all of them commit. */
function stagesUnder(envelopes: readonly bigint[], amounts: readonly bigint[]) {
  const stages: Stage[] = [];
  const standing = (): Envelope[] =>
    envelopes.map((amountCents, index) => {
      const article = index === 0 ? 'A' : 'B';
      const paid = stages.filter(({ grant }) => grant.envelope?.article === article);
      const committed = paid.reduce((sum, { grant }) => sum + committedCents(grant), 0n);
      return { year: 2022, article, amountCents, committedCents: committed };
    });
  for (const [index, amount] of amounts.entries())
    stages.push(new Stage({ code: `G${index}`, amount: formatAmount(amount), envelopes: standing, plan }));
  return { stages, standing };
}

const seen = { awarded: 0, exceeded: 0, restored: 0 };

function award(stage: Stage, { article, ...envelope }: Envelope): void {
  const left = leftCents({ ...envelope, article });
  const { refused } = stage.give('an', 'award', { article });
  if (refused === null) {
    seen.awarded += 1;
    expect(stage.grant.amountCents <= left).toBe(true);
    expect(stage.grant.envelope).toEqual({ year: 2022, article });
  }
  if (refused?.code !== 'envelope-exceeded') return;
  seen.exceeded += 1;
  expect(stage.grant.amountCents > left).toBe(true);
  expect(refused.facts).toMatchObject({ article, left: formatAmount(left) });
}

it('no award commits more than its envelope has left, whatever is cancelled, reduced and restored', () => {
  fc.assert(
    fc.property(script, ({ envelopes, amounts, steps }) => {
      const { stages, standing } = stagesUnder(envelopes, amounts);
      for (const { grant, act, pick } of steps) {
        const stage = stages[grant % stages.length] as Stage;
        const which = act % (acts.length + 2);
        if (which >= acts.length) award(stage, standing()[pick % envelopes.length] as Envelope);
        else acts[which]?.(stage, 1 + (pick % 2));
      }
      for (const { grant, events } of stages) {
        const { awarded, released, scheduled } = sums(grant);
        expect(committedCents(grant)).toBe(grant.tranches.length === 0 ? 0n : awarded - released);
        expect(committedCents(grant)).toBe(scheduled);
        expect(checkGrant(grant, events, { plan, accounts: [], reminded: null })).toEqual([]);
        seen.restored += events.filter(({ type }) => type === 'tranche.restored').length;
      }
    }),
    { numRuns: 200 },
  );
  // Sequences that never come to it prove nothing.
  for (const [what, times] of Object.entries(seen)) expect([what, times > 5]).toEqual([what, true]);
}, 60_000);
