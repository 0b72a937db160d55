import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { parseIban, parseKbo, withoutIbans } from './account-number.js';

// `npm run soak` asks for many more; fast-check prints the seed of a failure.
fc.configureGlobal({ numRuns: Number(process.env['SLUIS_PROPERTY_RUNS'] ?? 500) });

describe('parseKbo', () => {
  it.each([
    ['0207500123', '0207500123'],
    ['0207.500.123', '0207500123'],
    ['0000009797', '0000009797'], // 97 mod 97 = 0: the check is 97, not 00
  ])('reads %s', (text, digits) => {
    expect(parseKbo(text)).toEqual({ value: digits });
  });

  it.each([
    ['0207500124', '"0207500124" ends in the check digits 24; for 02075001 they are 23'],
    ['0207.500.132', '"0207.500.132" ends in the check digits 32; for 02075001 they are 23'],
    ['0000009700', '"0000009700" ends in the check digits 00; for 00000097 they are 97'],
    ['2207500123', '"2207500123" begins with 2; a KBO number begins with 0 or 1'],
    ['207500123', '"207500123" has 9 digits; a KBO number has ten, for example "0207500123"'],
    ['02075001234', '"02075001234" has 11 digits; a KBO number has ten, for example "0207500123"'],
  ])('refuses %s with the reason', (text, sentence) => {
    expect(parseKbo(text)).toEqual({ fault: sentence });
  });

  it.each([
    'BE0207500123',
    '0207 500 123',
    '020.7500.123',
    '0207.500123',
    '',
    '0207500123\n',
    207500123,
    null,
  ])('refuses %p as no KBO number', (input) => {
    expect(parseKbo(input)).toEqual({
      fault: expect.stringContaining('is not a KBO number; write its ten digits'),
    });
  });

  it('notices every single mistyped digit', () => {
    const typos = fc.tuple(fc.nat(19_999_999), fc.nat(9), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(typos, ([body, place, shift]) => {
        const right = String(body).padStart(8, '0') + String(97 - (body % 97)).padStart(2, '0');
        const digit = String((Number(right[place]) + shift) % 10);
        expect(parseKbo(right)).toEqual({ value: right });
        expect(parseKbo(right.slice(0, place) + digit + right.slice(place + 1))).toHaveProperty('fault');
      }),
    );
  });
});

describe('parseIban', () => {
  it.each([
    ['BE68539007547034', 'BE68539007547034'],
    ['BE68 5390 0754 7034', 'BE68539007547034'],
    [' be68\u00a05390 0754 7034 ', 'BE68539007547034'],
    ['NL91 ABNA 0417 1643 00', 'NL91ABNA0417164300'],
    ['DE89 3704 0044 0532 0130 00', 'DE89370400440532013000'],
  ])('reads %s', (text, iban) => {
    expect(parseIban(text)).toEqual({ value: iban });
  });

  it.each([
    ['BE68539007547035', 'check digits do not fit its account number'],
    ['BE86539007547034', 'check digits do not fit its account number'],
    ['BE68593007547034', 'check digits do not fit its account number'],
    ['BE6853900754703', 'has 15 characters; one of BE has 16'],
    ['BE685390075470341', 'has 17 characters; one of BE has 16'],
    ['XX68539007547034', 'begins with "XX", which is no country that has IBANs'],
    ['B', 'begins with "B", which is no country'],
    ['BEAA539007547034', 'has no check digits; two digits come after BE'],
    ['BE6853900754703A', 'in places where BE has none'],
    ['BE68-5390-0754-7034', 'other things than letters and digits'],
    ['', 'is empty'],
    [undefined, 'is not text'],
    [68539007547034, 'is not text'],
  ])('refuses %p', (input, sentence) => {
    expect(parseIban(input)).toEqual({ fault: expect.stringContaining(sentence) });
  });

  it('applies the Belgian account check beneath the IBAN check', () => {
    // 539007547035 has check 34, not 35; its IBAN check digits are right.
    expect(parseIban(withCheckDigits('BE', '539007547035'))).toEqual({
      fault: expect.stringContaining('account number fails the check of BE'),
    });
  });

  it('refuses the check digits that satisfy the modulus but are never given out', () => {
    const accounts = Array.from({ length: 97 }, (_, n) => 5_390_075_470 + n).map(
      (base) => `${base}${String(base % 97 === 0 ? 97 : base % 97).padStart(2, '0')}`,
    );
    const twin = accounts
      .map((account) => withCheckDigits('BE', account))
      .find((iban) => iban.startsWith('BE02'));
    expect(twin).toBeDefined();
    expect(parseIban(twin)).toEqual({ value: twin });
    expect(parseIban(`BE99${twin?.slice(4)}`)).toHaveProperty('fault');
  });

  it('never repeats an account number in a sentence', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{12}$/), fc.stringMatching(/^[0-9]{2}$/), (account, check) => {
        const answer = parseIban(`BE${check}${account}`);
        if ('fault' in answer) expect(answer.fault).not.toMatch(/\d{4}/);
      }),
    );
  });
});

describe('a text without account numbers', () => {
  it.each([
    ['BE68539007547034'],
    ['be68 5390 0754 7034'],
    ['BE 68.5390.0754.7034'],
    ['BE6853900754703'],
    ['NL91 ABNA 0417 1643 00'],
    ['FR1420041010050500013M02606'],
    ['MT84MALT011000012345MTLCAST001S'],
  ])('shows nothing of %s', (iban) => {
    expect(withoutIbans(`pay (${iban}), please`)).toBe('pay ([account number]), please');
  });

  it.each([
    'REN-ANT-2-1',
    'BE-2024-0001-0002',
    '0207500123',
    'VR 2022 1612 DOC.1348',
    'the report is 22000.00',
  ])('leaves %s as it is', (text) => expect(withoutIbans(text)).toBe(text));

  // A pattern that backtracks without end on these would never come back.
  it.each([`BE68${'1 a'.repeat(100_000)}`, 'BE68'.repeat(100_000)])(
    'comes to an end with a long text',
    (long) => expect(withoutIbans(long).length).toBeLessThanOrEqual(long.length),
  );
});

/** An IBAN with the check digits of ISO 13616: 98 − (account, country, 00 mod 97). */
function withCheckDigits(country: string, account: string): string {
  const letters = [...country].map((letter) => String(letter.charCodeAt(0) - 55)).join('');
  const check = 98n - (BigInt(`${account}${letters}00`) % 97n);
  return `${country}${check.toString().padStart(2, '0')}${account}`;
}
