import { describe, expect, it } from '@jest/globals';

import { fault, isFault, quoted, value } from './parsed.js';

describe('parsed', () => {
  it('tells values from faults, a value that is undefined or false included', () => {
    expect(isFault(value(undefined))).toBe(false);
    expect(isFault(value(false))).toBe(false);
    expect(isFault(fault('wrong'))).toBe(true);
  });

  it.each([
    ['text', '"text"'],
    ['with "quotes"', '"with \\"quotes\\""'],
    [undefined, 'nothing'],
    [null, 'null'],
    [1.5, '1.5'],
    [true, 'true'],
    [[1], 'a list'],
    [{}, 'an object'],
    [12n, 'a bigint'],
    [Symbol('s'), 'a symbol'],
  ])('quotes %p as %s', (input, shown) => {
    expect(quoted(input)).toBe(shown);
  });

  it('shortens long text', () => {
    expect(quoted('x'.repeat(1_000_000)).length).toBeLessThan(70);
  });
});
