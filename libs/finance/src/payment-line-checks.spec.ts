import { describe, expect, it } from '@jest/globals';

import type { BankProfile, PaymentFileHead, PaymentLine } from '#domain/payment.js';
import { fileHead, paymentLine, profile } from '#test/support/payments.js';
import { headFault, lineFault, profileFault } from './payment-line-checks.js';

const address = { street: 'Botermarkt', number: '1', postCode: '9000', town: 'Gent', country: 'BE' };

describe('lineFault', () => {
  it.each<Partial<PaymentLine>>([
    {},
    { amountCents: 1n },
    { amountCents: 99_999_999_999n },
    { payee: 'A' },
    { payee: 'A'.repeat(70) },
    { address },
    { address: { town: 'Gent', country: 'BE' } },
    { address: { ...address, street: 'S'.repeat(70), number: '1'.repeat(16), town: 'T'.repeat(35) } },
    { remittance: 'R'.repeat(140) },
    { iban: 'DE89370400440532013000' },
    { iban: 'CH9300762011623852957' },
    { iban: 'GB29NWBK60161331926819' },
    { iban: 'RS35260005601001611379' },
  ])('lets %p pass', (given) => {
    expect(lineFault(paymentLine(0, given), 'text')).toBeNull();
  });

  it.each<[Partial<PaymentLine>, string]>([
    [{ endToEndId: 'A'.repeat(36) }, 'has 36 characters; at most 35 are possible'],
    [{ endToEndId: '/REN' }, 'the EndToEndId "/REN" begins or ends with a slash'],
    [{ endToEndId: 'NOTPROVIDED' }, 'banks read as none at all'],
    [{ amountCents: 0n }, 'the amount is 0.00; one payment carries 0.01 to 999999999.99 euro'],
    [{ amountCents: -1n }, 'the amount is -0.01'],
    [{ amountCents: 100_000_000_000n }, 'the amount is 1000000000.00'],
    [{ iban: '' }, 'the IBAN is empty'],
    [{ iban: 'BE71 0961 2345 6769' }, 'has spaces or small letters'],
    [{ iban: 'be71096123456769' }, 'has spaces or small letters'],
    [{ iban: 'BE72096123456769' }, "the IBAN's check digits do not fit"],
    [{ iban: 'BE44096123456770' }, 'fails the check of BE'],
    [{ iban: 'BE7109612345676' }, 'the IBAN has 15 characters; one of BE has 16'],
    [{ iban: 'TR330006100519786457841326' }, 'one of TR, which SEPA payments do not reach'],
    [{ iban: 'US64SVBKUS6S3300958879' }, 'no country that has IBANs'],
    [{ payee: '' }, "the payee's name has no letters that a bank passes on; enter the account holder's name"],
    [{ payee: '...' }, 'no letters'],
    [{ payee: 'A'.repeat(71) }, "has 71 characters in the bank's alphabet; at most 70 are possible: enter"],
    [{ payee: 'A & B' }, 'holds characters that a bank does not pass on'],
    [{ payee: ' A' }, 'holds characters that a bank does not pass on'],
    [{ address: { ...address, town: '' } }, 'has no town'],
    [{ address: { ...address, town: 'T'.repeat(36) } }, 'the town of the address has 36 characters'],
    [{ address: { ...address, street: 'S'.repeat(71) } }, 'the street of the address has 71 characters'],
    [{ address: { ...address, number: '1'.repeat(17) } }, 'the number of the address has 17 characters'],
    [{ address: { ...address, postCode: '9'.repeat(17) } }, 'the post code of the address has 17 characters'],
    [{ address: { ...address, postCode: '' } }, 'the post code of the address is empty'],
    [{ address: { ...address, street: 'é' } }, "not in the bank's alphabet"],
    [{ address: { ...address, country: 'XX' } }, 'the country of the address is "XX"; write two capitals'],
    [{ address: { ...address, country: 'be' } }, 'write two capitals'],
    [{ address: { ...address, country: 'Belgium' } }, 'write two capitals'],
    [{ address: { ...address, country: 'constructor' } }, 'write two capitals'],
    [{ remittance: '' }, "the payment's text is empty"],
    [{ remittance: 'a <b>' }, "not in the bank's alphabet"],
    [{ remittance: 'R'.repeat(141) }, "the payment's text has 141 characters; at most 140"],
  ])('refuses %p', (given, sentence) => {
    expect(lineFault(paymentLine(0, given), 'text')).toContain(sentence);
  });

  it('never repeats an account number', () => {
    for (const iban of ['BE72096123456769', 'be71096123456769', 'TR330006100519786457841326']) {
      expect(lineFault(paymentLine(0, { iban }), 'text')).not.toContain(iban.slice(4, 12));
    }
  });

  it('takes the form of reference that the profile asks for, and only that', () => {
    const structured = paymentLine(68_171, { remittance: '010806817183' });
    expect(lineFault(structured, 'structured')).toBeNull();
    expect(lineFault(paymentLine(0), 'structured')).toContain('not twelve bare digits');
  });

  it('is as strict the second time, however many accounts came in between', () => {
    const wrong = { iban: 'BE72096123456769' };
    const right = { iban: 'BE71096123456769' };
    const others = Array.from({ length: 12_000 }, (_, n) => belgianIban(n));
    for (let round = 0; round < 2; round += 1) {
      expect(lineFault(paymentLine(0, right), 'text')).toBeNull();
      expect(lineFault(paymentLine(0, { iban: 'be71096123456769' }), 'text')).toContain('small letters');
      expect(lineFault(paymentLine(0, wrong), 'text')).toContain('check digits');
      expect(others.filter((iban) => lineFault(paymentLine(0, { iban }), 'text') !== null)).toEqual([]);
    }
  });
});

describe('headFault', () => {
  it.each<[Partial<PaymentFileHead>, string]>([
    [{ messageId: '' }, 'the message id "" is empty'],
    [{ messageId: 'M'.repeat(36) }, 'has 36 characters'],
    [{ messageId: 'a//b' }, 'two in a row'],
    [{ createdAt: '2024-02-20T16:00' }, 'the moment of creation "2024-02-20T16:00" is not one in UTC'],
    [{ createdAt: '2024-02-30T16:00:00.000Z' }, 'the moment of creation'],
    [{ executeOn: '2024-02-30' }, 'the day of execution: "2024-02-30" is not a day of the calendar'],
    [{ lines: 0 }, 'a file has 1 to 10000000 payments, not 0'],
    [{ lines: 1.5 }, 'not 1.5'],
    [{ lines: 10_000_001 }, 'not 10000001'],
    [{ amountCents: 0n }, 'the sum 0.00'],
    [{ amountCents: 10n ** 18n }, 'the sum 10000000000000000.00'],
  ])('refuses %p', (given, sentence) => {
    expect(headFault(fileHead([paymentLine(0)], given))).toContain(sentence);
  });

  it.each<[Partial<BankProfile>, string]>([
    [{ name: '' }, "the payer's name has no letters"],
    [{ name: 'A'.repeat(71) }, "the payer's name has 71 characters"],
    [{ iban: 'BE68 5390 0754 7034' }, "the payer's account: the IBAN has spaces or small letters"],
    [{ iban: 'TR330006100519786457841326' }, "the payer's account: the IBAN is one of TR"],
    [{ bic: 'gkccbebb' }, 'the BIC "gkccbebb" is none'],
    [{ bic: '' }, 'the BIC "" is none'],
    [{ remittance: 'both' as 'text' }, 'not one of text, structured'],
  ])('refuses the profile %p', (given, sentence) => {
    expect(profileFault({ ...profile, ...given })).toContain(sentence);
    expect(headFault(fileHead([paymentLine(0)], { profile: { ...profile, ...given } }))).toContain(sentence);
  });

  it('lets a right head pass, with a BIC as without', () => {
    expect(headFault(fileHead([paymentLine(0)]))).toBeNull();
    expect(profileFault({ ...profile, bic: 'GKCCBEBB' })).toBeNull();
    expect(profileFault({ ...profile, bic: 'GKCCBEBBXXX' })).toBeNull();
  });
});

/** An account number that passes both its own check and the one of IBANs. */
function belgianIban(n: number): string {
  const base = String(1_000_000_000 + n);
  const bban = `${base}${String(Number(base) % 97 || 97).padStart(2, '0')}`;
  const check = 98n - (BigInt(`${bban}111400`) % 97n);
  return `BE${String(check).padStart(2, '0')}${bban}`;
}
