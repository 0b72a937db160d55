import type { BankProfile, PaymentCandidate, PaymentFileHead, PaymentLine } from '#domain/payment.js';

/** Who pays in the examples; free text, the bank found by its IBAN. */
export const profile: BankProfile = {
  code: 'main',
  version: 1,
  name: 'Vlaamse Gemeenschapscommissie',
  iban: 'BE68539007547034',
  bic: null,
  batchBooking: true,
  remittance: 'text',
};

export const candidate: PaymentCandidate = {
  endToEndId: 'REN-GNT-1-1',
  grant: 'REN-GNT',
  tranche: 1,
  programmeTitle: 'Roma experts network',
  amountCents: 2_240_000n,
  iban: 'BE71096123456769',
  payee: 'Stad Gent',
  address: null,
};

/** A line at a position, its id with it; whatever is given stands in it instead. */
export function paymentLine(position: number, given: Partial<PaymentLine> = {}): PaymentLine {
  return {
    position,
    endToEndId: `REN-GNT-${position + 1}-1`,
    amountCents: 2_240_000n,
    iban: 'BE71096123456769',
    payee: 'Stad Gent',
    address: null,
    remittance: `REN-GNT tranche ${position + 1} Roma experts network`,
    ...given,
  };
}

/** The right head of these lines. */
export function fileHead(
  lines: readonly PaymentLine[],
  given: Partial<PaymentFileHead> = {},
): PaymentFileHead {
  return {
    messageId: 'SLUIS-7',
    createdAt: '2024-02-20T16:00:00.250Z',
    executeOn: '2024-02-22',
    profile,
    lines: lines.length,
    amountCents: lines.reduce((sum, { amountCents }) => sum + amountCents, 0n),
    ...given,
  };
}

/** Lines as the record hands them out: in chunks. */
export async function* inChunks<T>(all: readonly T[], size = 2): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

/** A file as one text. */
export async function wholeFile(pieces: AsyncIterable<string>): Promise<string> {
  let whole = '';
  for await (const piece of pieces) whole += piece;
  return whole;
}
