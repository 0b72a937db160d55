import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { referenceFault, structuredReference } from './structured-reference.js';

// `npm run soak` asks for many more; fast-check prints the seed of a failure.
fc.configureGlobal({ numRuns: Number(process.env['SLUIS_PROPERTY_RUNS'] ?? 500) });

describe('structuredReference', () => {
  it.each([
    [108, 68_171, '010806817183'], // the test value
    [0, 0, '000000000097'], // nothing left: 97, not 00
    [0, 97, '000000009797'],
    [7, 0, '000700000092'],
    [10_007, 0, '000700000092'],
    [9_999, 999_999, '999999999948'],
  ])('of batch %i, position %i is %s', (batch, position, reference) => {
    expect(structuredReference(batch, position)).toEqual({ value: reference });
    expect(referenceFault(reference, position)).toBeNull();
  });

  it('refuses a position that its six digits cannot hold', () => {
    expect(structuredReference(1, 1_000_000)).toEqual({
      fault: expect.stringMatching(/numbers 1000000 payments of a batch.*build a second batch/),
    });
  });

  it.each([
    [-1, 0],
    [0, -1],
    [0.5, 0],
    [Number.NaN, 0],
    [0, Infinity],
  ])('throws for batch %p, position %p', (batch, position) => {
    expect(() => structuredReference(batch, position)).toThrow(RangeError);
  });

  it('notices every single mistyped digit', () => {
    const typos = fc.tuple(fc.nat(9_999), fc.nat(999_999), fc.nat(11), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(typos, ([batch, position, place, shift]) => {
        const right = structuredReference(batch, position);
        const digits = 'value' in right ? right.value : '';
        const digit = String((Number(digits[place]) + shift) % 10);
        expect(referenceFault(digits, position)).toBeNull();
        expect(
          referenceFault(digits.slice(0, place) + digit + digits.slice(place + 1), position),
        ).not.toBeNull();
      }),
    );
  });
});

describe('referenceFault', () => {
  it.each([
    ['+++010/8068/17183+++', 68_171, 'not twelve bare digits'],
    ['01080681718', 68_171, 'not twelve bare digits'],
    ['010806817184', 68_171, 'ends in the check digits 84; for 0108068171 they are 83'],
    ['000000000000', 0, 'ends in the check digits 00; for 0000000000 they are 97'],
    ['010806817183', 1, 'is that of position 68171, and the payment has position 1'],
  ])('%s at position %i %s', (digits, position, sentence) => {
    expect(referenceFault(digits, position)).toContain(sentence);
  });
});
