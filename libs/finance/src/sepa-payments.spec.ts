import { describe, expect, it } from '@jest/globals';

import type { BankProfile, PaymentCandidate } from '#domain/payment.js';
import { candidate, profile } from '#test/support/payments.js';
import { sepaPayments } from './sepa-payments.js';

function textOf(given: Partial<PaymentCandidate>, by: Partial<BankProfile> = {}, position = 0) {
  return sepaPayments.textOf({ ...candidate, ...given }, { ...profile, ...by }, { batch: 108, position });
}

describe('sepaPayments.textOf', () => {
  it('says how a candidate stands in the file', () => {
    expect(textOf({})).toEqual({
      iban: 'BE71096123456769',
      payee: 'Stad Gent',
      address: null,
      remittance: 'REN-GNT tranche 1 Roma experts network',
    });
  });

  it('transliterates name, address and text', () => {
    const given = {
      payee: 'Crèche «Łódź» & Söhne 🎈',
      address: { street: 'Rue de l’Église', number: '12_a', postCode: '😀', town: 'Liège', country: ' be' },
      programmeTitle: 'Égalité <2024>',
    };
    expect(textOf(given)).toEqual({
      iban: 'BE71096123456769',
      payee: 'Creche .Lodz. + Sohne',
      address: { street: "Rue de l'Eglise", number: '12-a', town: 'Liege', country: 'BE' },
      remittance: 'REN-GNT tranche 1 Egalite .2024.',
    });
  });

  it('cuts the end of a long text, at most 140 characters and no space last', () => {
    const text = textOf({ programmeTitle: `${'T'.repeat(121)} ${'U'.repeat(99)}` });
    expect(text).toHaveProperty('remittance', `REN-GNT tranche 1 ${'T'.repeat(121)}`);
  });

  it('makes a structured reference of batch and position', () => {
    expect(textOf({}, { remittance: 'structured' }, 68_171)).toHaveProperty('remittance', '010806817183');
    expect(textOf({}, { remittance: 'structured' }, 1_000_000)).toEqual({
      excluded: expect.stringContaining('build a second batch'),
    });
    expect(textOf({}, { remittance: 'text' }, 1_000_000)).toHaveProperty('remittance');
  });

  it.each<[Partial<PaymentCandidate>, string]>([
    [{ payee: 'x'.repeat(200) }, "the payee's name has 200 characters in the bank's alphabet; at most 70"],
    [{ payee: 'ß'.repeat(36) }, "has 72 characters in the bank's alphabet"],
    [{ payee: '😀😀' }, "the payee's name has no letters"],
    [{ payee: '<&>' }, "the payee's name has no letters"],
    [{ iban: 'BE71 0961 2345 6769' }, 'the IBAN has spaces or small letters'],
    [{ iban: 'be71096123456769' }, 'the IBAN has spaces or small letters'],
    [{ iban: 'BE71096123456768' }, "the IBAN's check digits do not fit"],
    [{ iban: 'TR330006100519786457841326' }, 'which SEPA payments do not reach'],
    [{ amountCents: 0n }, 'the amount is 0.00'],
    [{ amountCents: -500n }, 'the amount is -5.00'],
    [{ amountCents: 100_000_000_000n }, 'one payment carries 0.01 to 999999999.99 euro'],
    [{ endToEndId: 'REN_1' }, 'the EndToEndId "REN_1" holds characters'],
    [{ address: { town: '🏙', country: 'BE' } }, 'the address has no town'],
    [{ address: { town: 'Gent', country: 'België' } }, 'the country of the address is "BELGIË"'],
    [
      { address: { town: 'Llanfairpwllgwyngyllgogerychwyrndrobwll', country: 'GB' } },
      'the town of the address has 39',
    ],
  ])('excludes %p with a sentence', (given, sentence) => {
    expect(textOf(given)).toEqual({ excluded: expect.stringContaining(sentence) });
  });
});
