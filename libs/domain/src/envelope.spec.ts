import { describe, expect, it } from '@jest/globals';

import { Stage } from '#test/support/domain-fixture.js';
import type { StageOptions } from '#test/support/domain-fixture.js';
import { committedCents, parseArticle, parseBudgetYear } from './envelope.js';
import type { Envelope } from './envelope.js';
import { checkGrant } from './invariants.js';

const envelope = (year: number, article: string, amount: bigint, committed = 0n): Envelope => ({
  year,
  article,
  amountCents: amount * 100n,
  committedCents: committed * 100n,
});
/** A draft of 56,000.00, looked at on 15 December 2022. */
const draft = (envelopes: readonly Envelope[], options: StageOptions = {}): Stage =>
  new Stage({ ...options, envelopes: () => envelopes });
const facts = { programme: 'REN', amount: '56000.00' };

describe('an award commits an envelope', () => {
  it('of its civil year, where the year has one', () => {
    const stage = draft([envelope(2022, 'A', 56_000n), envelope(2023, 'A', 1n)]).must('an', 'award');
    expect(stage.grant.envelope).toEqual({ year: 2022, article: 'A' });
    const awarded = stage.events.find(({ type }) => type === 'grant.awarded');
    expect(awarded?.data).toMatchObject({ amount: '56000.00', envelope: { year: 2022, article: 'A' } });
    expect(committedCents(stage.grant)).toBe(stage.grant.amountCents);
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
  });

  it('of the civil year in the time zone of the programme', () => {
    const years = [envelope(2022, 'A', 60_000n), envelope(2023, 'B', 60_000n)];
    const before = draft(years, { at: '2022-12-31T23:59' }).must('an', 'award');
    const after = draft(years, { at: '2023-01-01T00:00' }).must('an', 'award');
    expect([before.grant.envelope?.article, after.grant.envelope?.article]).toEqual(['A', 'B']);
  });

  it('of the year and the article it names', () => {
    const several = [envelope(2023, 'A', 60_000n), envelope(2023, 'B', 60_000n), envelope(2022, 'C', 1n)];
    const stage = draft(several).must('an', 'award', { year: 2023, article: 'B' });
    expect(stage.grant.envelope).toEqual({ year: 2023, article: 'B' });
  });

  it('to the last cent of what is left, and not one more', () => {
    const exact = draft([envelope(2022, 'A', 100_000n, 44_000n)]).give('an', 'award');
    expect(exact.refused).toBeNull();
    const almost = { ...envelope(2022, 'A', 100_000n, 44_000n), committedCents: 44_000_01n };
    expect(draft([almost]).give('an', 'award').refused).toEqual({
      code: 'envelope-exceeded',
      facts: { ...facts, year: 2022, article: 'A', left: '55999.99' },
    });
  });

  it('and names what is left below zero, after a restored tranche took back what was given away', () => {
    const { refused } = draft([envelope(2022, 'A', 100n, 101n)]).give('an', 'award');
    expect(refused?.facts).toMatchObject({ left: '-1.00' });
  });

  it('of a year that has one, else nothing is left there', () => {
    const others = draft([envelope(2021, 'A', 60_000n)]);
    expect(others.give('an', 'award').refused).toEqual({
      code: 'envelope-exceeded',
      facts: { ...facts, year: 2022, left: '0.00' },
    });
    const named = others.give('an', 'award', { year: 2024, article: 'A' });
    expect(named.refused?.facts).toEqual({ ...facts, year: 2024, article: 'A', left: '0.00' });
  });

  it.each([
    [
      'several, of which none was named',
      {},
      'programme REN for 2022 has several envelopes; name one: "A", "B"',
    ],
    [
      'one that the year does not have',
      { article: 'C' },
      'programme REN for 2022 has no envelope "C"; it has "A", "B"',
    ],
  ])('but not of %s', (_, input, message) => {
    const two = [envelope(2022, 'B', 60_000n), envelope(2022, 'A', 60_000n), envelope(2023, 'C', 1n)];
    expect(draft(two).give('an', 'award', input).refused).toEqual({
      code: 'invalid',
      facts: { path: 'article', message },
    });
  });
});

describe('a programme without envelopes', () => {
  it('has no budget to keep, and its awards say nothing of one', () => {
    const stage = draft([]).must('an', 'award');
    expect(stage.grant.envelope).toBeNull();
    const awarded = stage.events.find(({ type }) => type === 'grant.awarded');
    expect(Object.keys(awarded?.data ?? {})).not.toContain('envelope');
  });

  it.each([
    ['year', { year: 2022 }],
    ['article', { article: 'A' }],
    ['article', { year: 2022, article: 'A' }],
  ])('has none of this %s either', (path, input) => {
    expect(draft([]).give('an', 'award', input).refused).toMatchObject({ code: 'invalid', facts: { path } });
  });
});

describe('who may not award', () => {
  it('learns nothing of the budget', () => {
    const stage = draft([envelope(2022, 'A', 1n), envelope(2022, 'B', 1n)]);
    for (const by of ['bart', 'stad', 'rek'] as const)
      expect(stage.give(by, 'award').refused?.code).toBe('not-allowed');
  });

  it('and an awarded grant is not awarded again, whatever is left', () => {
    const stage = draft([envelope(2022, 'A', 60_000n)]).must('an', 'award');
    expect(stage.give('an', 'award').refused?.code).toBe('wrong-state');
  });
});

describe('released money goes back to the envelope', () => {
  const awarded = (): Stage => new Stage({ amount: '1000.00' }).must('an', 'award');

  it('when a tranche is cancelled', () => {
    const stage = awarded().must('an', 'cancel-tranche', { tranche: 1, reason: 'not needed' });
    expect(committedCents(stage.grant)).toBe(600_00n);
  });

  it('when an evaluation reduces it, and is taken again when that is reopened', () => {
    const scene = awarded().at('2024-02-20T10:00').must('stad', 'submit-report', { report: 'interim' });
    scene.must('an', 'accept-report', { report: 'interim' });
    scene.until('2024-03-02T10:00');
    scene.judged('interim', { outcome: 'partly-favourable', share: 50 });
    expect(committedCents(scene.grant)).toBe(800_00n);
    scene.must('bart', 'reopen-evaluation', { evaluation: 'interim', reason: 'new figures' });
    expect(committedCents(scene.grant)).toBe(1000_00n);
  });

  it('when the grant is terminated', () => {
    const stage = awarded().must('an', 'terminate', { reason: 'given up' });
    expect(committedCents(stage.grant)).toBe(0n);
  });

  it('and a draft commits nothing', () => {
    expect(committedCents(new Stage().grant)).toBe(0n);
  });
});

describe('names of envelopes', () => {
  it.each(['QB0-1QCB2PA-PR', 'é', 'a b', '33.1/2', 'x'.repeat(64)])('take article %p', (article) => {
    expect(parseArticle(article)).toEqual({ value: article });
  });
  it.each(['', ' ', ' a', 'a ', 'a\n', 'a\u0000b', 'x'.repeat(65), '\ud800', 12, null])(
    'refuse article %p',
    (article) => expect(parseArticle(article)).toHaveProperty('fault'),
  );
  it('take a whole year', () => {
    expect(parseBudgetYear(2024)).toEqual({ value: 2024 });
    for (const year of ['2024', 2024.5, 1899, 3000, NaN])
      expect(parseBudgetYear(year)).toHaveProperty('fault');
  });
});
