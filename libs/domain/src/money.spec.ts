import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  type Cents,
  formatAmount,
  formatShare,
  parseAmount,
  parseShare,
  shareOf,
  splitByShares,
} from './money.js';

// `npm run soak` asks for many more; fast-check prints the seed of a failure.
fc.configureGlobal({ numRuns: Number(process.env['SLUIS_PROPERTY_RUNS'] ?? 500) });

const sum = (parts: readonly Cents[]): Cents => parts.reduce((together, part) => together + part, 0n);

describe('parseAmount', () => {
  it.each([
    ['0.00', 0n],
    ['0.01', 1n],
    ['56000.00', 5_600_000n],
    ['9999999999999.99', 999_999_999_999_999n],
  ])('reads %s', (text, cents) => {
    expect(parseAmount(text)).toEqual({ value: cents });
  });

  it.each([
    [56000, 'is a number; an amount is text'],
    [56000.5, 'is a number; an amount is text'],
    [Number.NaN, 'is a number; an amount is text'],
    [5n, 'is a number; an amount is text'],
    ['1.000', 'has 3 decimals; cents have exactly two'],
    ['1.0', 'has 1 decimals; an amount has exactly two'],
    ['1.', 'has 0 decimals; an amount has exactly two'],
    ['1', 'has 0 decimals; an amount has exactly two'],
    ['-1.00', 'is negative; an amount is 0.00 or more'],
    ['-0.00', 'is negative'],
    ['+1.00', 'carries a sign'],
    ['1,000.00', 'has separators'],
    ['56 000.00', 'has separators'],
    ['56.000,00', 'has separators'],
    ['00.00', 'has zeros in front'],
    ['056.00', 'has zeros in front'],
    ['10000000000000.00', 'has 14 digits before the point; at most 13'],
    ['.50', 'is not an amount'],
    ['', 'is not an amount'],
    [' 1.00', 'is not an amount'],
    ['1.00\n', 'is not an amount'],
    ['1e3', 'is not an amount'],
    ['١.٠٠', 'is not an amount'],
    [null, 'is not an amount'],
    [undefined, 'is not an amount'],
    [['1.00'], 'is not an amount'],
  ])('refuses %p', (input, sentence) => {
    expect(parseAmount(input)).toEqual({ fault: expect.stringContaining(sentence) });
  });

  it('takes back what formatAmount wrote', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 999_999_999_999_999n }), (cents) => {
        expect(parseAmount(formatAmount(cents))).toEqual({ value: cents });
      }),
    );
  });
});

describe('formatAmount', () => {
  it.each([
    [0n, '0.00'],
    [5n, '0.05'],
    [-5n, '-0.05'],
    [14_160_000n, '141600.00'],
    [-12_345n, '-123.45'],
  ])('writes %p as %s', (cents, text) => {
    expect(formatAmount(cents)).toBe(text);
  });
});

describe('parseShare', () => {
  it.each([
    ['40', 400_000],
    [40, 400_000],
    ['33.3333', 333_333],
    [33.3333, 333_333],
    [0.07, 700],
    [8.1234, 81_234],
    ['0.0001', 1],
    ['100', 1_000_000],
    ['100.0000', 1_000_000],
    ['99.9999', 999_999],
  ])('reads %p', (input, share) => {
    expect(parseShare(input)).toEqual({ value: share });
  });

  it.each([
    ['33.33333', 'has 5 decimals; a percentage has at most four'],
    [33.33333, 'has 5 decimals'],
    [0.1 + 0.2, 'has 17 decimals'],
    ['100.0001', 'is more than 100'],
    [101, 'is more than 100'],
    ['0', 'is nothing'],
    ['0.0000', 'is nothing'],
    [0, 'is nothing'],
    [-40, 'is negative'],
    ['-0.5', 'is negative'],
    ['40%', 'is not a percentage'],
    ['040', 'is not a percentage'],
    ['40.', 'is not a percentage'],
    ['', 'is not a percentage'],
    [1e-7, 'is not a percentage'],
    [Number.NaN, 'is not a percentage'],
    [Number.POSITIVE_INFINITY, 'is not a percentage'],
    [null, 'is not a percentage'],
    [40n, 'is not a percentage'],
  ])('refuses %p', (input, sentence) => {
    expect(parseShare(input)).toEqual({ fault: expect.stringContaining(sentence) });
  });
});

describe('formatShare', () => {
  it.each([
    [400_000, '40'],
    [333_333, '33.3333'],
    [125_000, '12.5'],
    [1, '0.0001'],
    [1_000_000, '100'],
    [1_010, '0.101'],
  ])('writes %p as %s', (share, text) => {
    expect(formatShare(share)).toBe(text);
  });

  it('is taken back by parseShare, as text and as the number it spells', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (share) => {
        expect(parseShare(formatShare(share))).toEqual({ value: share });
        expect(parseShare(Number(formatShare(share)))).toEqual({ value: share });
      }),
    );
  });
});

describe('splitByShares', () => {
  it.each<[string, Cents, number[], Cents[]]>([
    ['F1: 40/60', 5_600_000n, [400_000, 600_000], [2_240_000n, 3_360_000n]],
    ['a cent too many goes to the lowest of equals', 100n, [333_333, 333_333, 333_334], [33n, 33n, 34n]],
    ['ties to the lowest index', 1n, [500_000, 500_000], [1n, 0n]],
    ['ties to the lowest index, three ways', 2n, [250_000, 250_000, 250_000, 250_000], [1n, 1n, 0n, 0n]],
    ['largest remainder before lowest index', 10n, [140_000, 160_000, 700_000], [1n, 2n, 7n]],
    ['less than 100%: the rest stays', 101n, [300_000, 300_000], [30n, 30n]],
    ['less than 100%: the sum is rounded down once', 105n, [300_000, 300_000], [32n, 31n]],
    ['nothing to split', 0n, [400_000, 600_000], [0n, 0n]],
    ['no shares', 500n, [], []],
  ])('%s', (_, total, shares, parts) => {
    expect(splitByShares(total, shares)).toEqual(parts);
  });

  it('refuses more than 100%, broken shares and negative totals', () => {
    expect(() => splitByShares(100n, [600_000, 400_001])).toThrow(
      new RangeError('the shares make 100.0001%; together they make at most 100%'),
    );
    expect(() => splitByShares(100n, [0.5])).toThrow(RangeError);
    expect(() => splitByShares(100n, [-1])).toThrow(RangeError);
    expect(() => splitByShares(-1n, [400_000])).toThrow('only an amount of 0.00 or more is split, not -0.01');
  });

  const totals = fc.bigInt({ min: 0n, max: 999_999_999_999_999n });
  const cuts = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 12 });

  it('gives parts that sum to the whole, each less than a cent from its exact share', () => {
    fc.assert(
      fc.property(totals, cuts, (total, at) => {
        const marks = [0, ...at.toSorted((a, b) => a - b), 1_000_000];
        const shares = marks.slice(1).map((mark, index) => mark - (marks[index] ?? 0));
        const parts = splitByShares(total, shares);
        expect(sum(parts)).toBe(total);
        for (const [index, part] of parts.entries()) {
          const floor = shareOf(total, shares[index] ?? 0);
          expect([floor, floor + 1n]).toContain(part);
        }
        const partial = splitByShares(total, shares.slice(0, -1));
        expect(sum(partial)).toBe(shareOf(total, 1_000_000 - (shares.at(-1) ?? 0)));
      }),
    );
  });
});

describe('shareOf', () => {
  it.each<[Cents, number, Cents]>([
    [3_360_000n, 750_000, 2_520_000n],
    [100n, 333_333, 33n],
    [1n, 999_999, 0n],
    [1n, 1_000_000, 1n],
  ])('of %p, %p is %p, rounded down', (total, share, part) => {
    expect(shareOf(total, share)).toBe(part);
  });

  it('refuses what is no share', () => {
    expect(() => shareOf(1n, 1_000_001)).toThrow(RangeError);
    expect(() => shareOf(-1n, 1)).toThrow(RangeError);
  });
});
