import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { BankFileFault } from '#domain/bank-file.js';
import { camt053, camt054, manyPayments, pain002 } from '#test/support/bank-answers.js';
import { type ReadBankFile, readAll } from '#test/support/read-bank-file.js';

const numRuns = Number(process.env['SLUIS_PROPERTY_RUNS'] ?? 500);

const payments = [...manyPayments(3), { ...[...manyPayments(1)][0]!, name: 'Stad Čačak & zoon 😀' }];
const files = [
  camt053(payments),
  camt053(payments, { returned: 'AC04' }),
  camt054(payments, { bundled: { messageId: 'SLUIS-7', details: true } }),
  pain002(payments, { originalMessageId: 'SLUIS-7', status: 'RJCT', reason: 'AC01' }),
].map((text) => Buffer.from(text));
const anyFile = fc.constantFrom(...files);

/** What was read, or the sentence of the fault; any other error fails the property. */
async function outcome(bytes: Uint8Array, size?: number): Promise<ReadBankFile | string> {
  try {
    return await readAll(bytes, size);
  } catch (error) {
    if (error instanceof BankFileFault) return error.message;
    throw error;
  }
}

const position = fc.nat(2 ** 31 - 1);
const edits = fc.array(
  fc.record({
    at: position,
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 3 }),
      fc
        .constantFrom(
          '<',
          '>',
          '&',
          '/',
          '"',
          '<Amt>',
          '</Ntry>',
          '<!DOCTYPE',
          '<![CDATA[',
          ']]>',
          '<!--',
          '&#0;',
          '__proto__',
        )
        .map((text) => Buffer.from(text)),
    ),
    over: fc.nat(8),
  }),
  { minLength: 1, maxLength: 4 },
);

describe('whatever becomes of a file', () => {
  it('cut short it is a fault, wherever that is', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, position, async (file, at) => {
        // The last bytes are white space after the end of the document.
        const length = at % file.toString('utf8').trimEnd().length;
        expect(typeof (await outcome(file.subarray(0, length)))).toBe('string');
      }),
      { numRuns },
    );
  });

  it('changed bytes give entries or a fault in one line, and never another error', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, edits, async (file, changes) => {
        const bytes = changes.reduce<Buffer>((before, { at, bytes: put, over }) => {
          const start = at % before.length;
          return Buffer.concat([before.subarray(0, start), put, before.subarray(start + over)]);
        }, file);
        const read = await outcome(bytes);
        if (typeof read === 'string') {
          expect(read).toMatch(/^\S[^\n]*$/);
          expect(read.length).toBeLessThan(600);
          return;
        }
        for (const { amountCents, reason, text, endToEndId } of read.entries) {
          expect(amountCents ?? 0n).toBeGreaterThanOrEqual(0n);
          expect((text ?? '').length).toBeLessThanOrEqual(140);
          expect((reason ?? '').length).toBeLessThanOrEqual(300);
          expect((endToEndId ?? '').length).toBeLessThanOrEqual(35);
        }
      }),
      { numRuns },
    );
  });

  it('gives the same parts and the same faults however it is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.integer({ min: 1, max: 5_000 }), position, async (file, size, at) => {
        expect(await outcome(file, size)).toEqual(await outcome(file));
        const broken = Buffer.from(file);
        broken[at % broken.length] = at & 0xff;
        expect(await outcome(broken, size)).toEqual(await outcome(broken));
      }),
      { numRuns: Math.ceil(numRuns / 5) },
    );
  });

  it('gives the same parts byte by byte, over several blocks', async () => {
    const long = Buffer.from(
      camt053([...manyPayments(400)].map((one) => ({ ...one, name: 'é😀'.repeat(30) }))),
    );
    expect(long.length).toBeGreaterThan(3 * 65_536);
    const whole = await readAll(long, long.length);
    expect(whole.entries).toHaveLength(400);
    for (const size of [1, 7, 65_535, 65_537]) expect(await readAll(long, size)).toEqual(whole);
  });
});
