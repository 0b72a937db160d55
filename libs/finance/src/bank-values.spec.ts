import { describe, expect, it } from '@jest/globals';

import { bankText, ibanOrNull, parseBankAmount, parseBankDate, parseBankInstant } from './bank-values.js';
import { reasonOf } from './reason-codes.js';

describe('amounts', () => {
  it.each<[string, bigint]>([
    ['12.30', 1230n],
    ['12.3', 1230n],
    ['12', 1200n],
    ['12.', 1200n],
    ['.5', 50n],
    ['+1.00', 100n],
    ['0', 0n],
    ['0012.30000', 1230n],
    ['9999999999999.99', 999_999_999_999_999n],
  ])('%s', (text, cents) => {
    expect(parseBankAmount(text)).toEqual({ value: cents });
  });

  it.each([
    '',
    '.',
    '+',
    '-1',
    '1,00',
    '1e2',
    '1 000',
    '١',
    '1.001',
    '1.100000',
    '99999999999999',
    '0'.repeat(41),
  ])('not %j', (text) => {
    expect(parseBankAmount(text)).toHaveProperty('fault');
  });
});

describe('dates and moments', () => {
  it('a date is that which is written', () => {
    for (const text of [
      '2024-02-29',
      '2024-02-29+01:00',
      '2024-02-29T23:30:00-05:00',
      '2024-02-29T00:00:00.000Z',
    ])
      expect(parseBankDate(text)).toEqual({ value: '2024-02-29' });
    for (const text of ['2023-02-29', '29/02/2024', '2024-02-29T'])
      expect(parseBankDate(text)).toHaveProperty('fault');
  });

  it('a moment without offset is none', () => {
    expect(parseBankInstant('2024-02-29T10:00:00.1234567+01:00')).toEqual({
      value: '2024-02-29T09:00:00.123Z',
    });
    expect(parseBankInstant('2024-02-29T10:00:00')).toEqual({ value: null });
    expect(parseBankInstant('yesterday')).toHaveProperty('fault');
  });
});

it('texts are one line, and nothing is null', () => {
  expect(bankText(' a\n\tb\u0085c ')).toBe('a b c');
  expect(bankText(undefined)).toBeNull();
  expect(bankText(' \n')).toBeNull();
});

it('only what looks like an IBAN is one', () => {
  expect(ibanOrNull('be68 5390 0754 7034')).toBe('BE68539007547034');
  expect(ibanOrNull('435-4111161-11')).toBeNull();
});

it('reasons are words; inherited names are no codes', () => {
  expect(reasonOf('AC04')).toBe('the account is closed');
  for (const code of ['ZZ99', 'toString', '__proto__']) expect(reasonOf(code)).toMatch(/not in the list/);
});
