import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { formatAmount } from '#domain/money.js';
import type { BankProfile, PaymentCandidate, PaymentLine } from '#domain/payment.js';
import { painSchemaFaults, painTexts } from '#test/support/pain-schema.js';
import { fileHead, inChunks, profile, wholeFile } from '#test/support/payments.js';
import { describeWith } from '#test/support/requires.js';
import { isSepaText } from './sepa-text.js';
import { sepaPayments } from './sepa-payments.js';

// `npm run soak` asks for many more runs. A failure is repeated with the seed that is always printed.
const numRuns = Number(process.env['SLUIS_PROPERTY_RUNS'] ?? 500);
const seed = Number(process.env['SLUIS_PROPERTY_SEED'] ?? fc.sample(fc.noBias(fc.nat(2 ** 31 - 1)), 1)[0]);
fc.configureGlobal({ numRuns, seed });

/** How many went each way; a fuzz that excludes everything, or nothing, proves nothing. */
const went = { paid: 0, excluded: 0 };

afterAll(() => {
  process.stdout.write(`payment file properties: seed ${seed}, ${numRuns} runs; ${JSON.stringify(went)}\n`);
});

const markup = ['<', '&', '"', "'", '>', ']]>', '<!--', '&amp;', '&#0;', '<?x?>', '//', '/', '-', '  ', ' '];
const letters = ['😀', '👩‍👩‍👧', '🇧🇪', '❤️', 'Иван', 'Ωμέγα', '中国', 'عمر', 'é', 'e\u0301', 'ß', 'ﬁ', '€'];
const controls = [
  '\u0000',
  '\u0007',
  '\t',
  '\r\n',
  '\u007f',
  '\u0085',
  '\u2028',
  '\uffff',
  '\ud800',
  '\udc00',
];
const words = ['Stad', 'Gent', 'vzw', '2024', 'Roma', 'de', 'Sint-', 'Jans'];
const pieces = [...markup, ...letters, ...controls, ...words];
const hostile = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((all) => all.join('')),
  },
  fc.string({ unit: 'binary', maxLength: 60 }),
  // Single UTF-16 units: lone surrogates and what no character is.
  fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.constant('Gemeentebestuur '.repeat(13)),
);
/** Short enough to pass, more often than not. */
const short = fc.array(fc.constantFrom(...pieces), { maxLength: 3 }).map((all) => all.join(''));
const named = fc
  .tuple(fc.constantFrom('Stad ', 'CPAS/OCMW ', ''), hostile)
  .map(([start, rest]) => start + rest);
const wrongIbans = [
  'BE71 0961 2345 6769',
  'be71096123456769',
  'BE72096123456769',
  'BE44096123456770',
  'TR330006100519786457841326',
  'US64SVBKUS6S3300958879',
  'BE71096123456769\n',
  '<IBAN/>',
  '',
];
const candidates = fc.record({
  endToEndId: fc.oneof(
    { weight: 20, arbitrary: fc.stringMatching(/^[A-Z]{2,5}-[A-Z0-9]{1,8}-\d{1,3}-\d$/) },
    fc.string({ maxLength: 40 }),
    hostile,
  ),
  grant: fc.oneof(fc.stringMatching(/^[A-Z]{3}-[A-Z]{3}$/), hostile),
  tranche: fc.integer({ min: 1, max: 99 }),
  programmeTitle: hostile,
  amountCents: fc.oneof(
    { weight: 20, arbitrary: fc.bigInt({ min: 1n, max: 99_999_999_999n }) },
    fc.constantFrom(0n, -1n, 100_000_000_000n),
  ),
  iban: fc.oneof(
    {
      weight: 20,
      arbitrary: fc.constantFrom('BE71096123456769', 'NL91ABNA0417164300', 'FR1420041010050500013M02606'),
    },
    fc.constantFrom(...wrongIbans),
  ),
  payee: named,
  address: fc.option(
    fc.record(
      {
        street: named,
        number: short,
        postCode: fc.oneof(short, hostile),
        town: fc.oneof(short, named),
        country: fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom('BE', 'fr') },
          fc.constantFrom('XX', '🇧🇪', ''),
        ),
      },
      { requiredKeys: ['town', 'country'] },
    ),
  ),
});
const profiles = fc.record({
  bic: fc.constantFrom(null, 'GKCCBEBB'),
  batchBooking: fc.boolean(),
  remittance: fc.constantFrom<BankProfile['remittance']>('text', 'structured'),
});

/** The lines a batch of these candidates gets: what is excluded says why, what has an id twice goes once. */
function linesOf(all: readonly PaymentCandidate[], by: BankProfile): PaymentLine[] {
  const lines: PaymentLine[] = [];
  for (const candidate of all) {
    const { endToEndId, amountCents } = candidate;
    const position = lines.length;
    const text = sepaPayments.textOf(candidate, by, { batch: 12_345, position });
    if ('excluded' in text) {
      expect(text.excluded).toMatch(/^(the|a structured) .{20,}$/su);
      expect(text.excluded).not.toContain(candidate.iban.slice(4) || 'none');
      went.excluded += 1;
    } else if (!lines.some((line) => line.endToEndId === endToEndId)) {
      lines.push({ ...text, position, endToEndId, amountCents });
      went.paid += 1;
    }
  }
  return lines;
}

describe('whatever names, references and addresses hold', () => {
  it('each payment is excluded with a sentence or passes the file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(candidates, { maxLength: 12 }), profiles, async (all, given) => {
        const by = { ...profile, ...given };
        const lines = linesOf(all, by);
        if (lines.length === 0) return;
        const file = await wholeFile(sepaPayments.file(fileHead(lines, { profile: by }), inChunks(lines)));
        expect(file).toMatch(/^[\x20-\x7e\n]+$/);
        expect(file.match(/<CdtTrfTxInf>/g)).toHaveLength(lines.length);
      }),
    );
    expect(Math.min(went.paid, went.excluded)).toBeGreaterThan(numRuns / 2);
  });

  it('a file with any id twice is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(candidates, { minLength: 1, maxLength: 8 }), fc.nat(), async (all, pick) => {
        const lines = linesOf(all, profile);
        const twice = lines[pick % Math.max(1, lines.length)];
        if (twice === undefined) return;
        const doubled = [...lines, { ...twice, position: lines.length }];
        const written = wholeFile(sepaPayments.file(fileHead(doubled), inChunks(doubled)));
        await expect(written).rejects.toThrow(/came before in this file/);
      }),
    );
  });
});

describeWith('pain-schema', 'whatever names, references and addresses hold, against the schema', () => {
  it('every file is valid, its values are fit, and they are those of its lines', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(candidates, { maxLength: 12 }), profiles, async (all, given) => {
        const by = { ...profile, ...given };
        const lines = linesOf(all, by);
        if (lines.length === 0) return;
        const head = fileHead(lines, { profile: by });
        const file = await wholeFile(sepaPayments.file(head, inChunks(lines)));
        expect(await painSchemaFaults(file)).toEqual([]);
        for (const element of [
          'Nm',
          'EndToEndId',
          'Ustrd',
          'Ref',
          'StrtNm',
          'BldgNb',
          'PstCd',
          'TwnNm',
          'Ctry',
        ]) {
          expect(painTexts(file, element).filter((text) => !isSepaText(text))).toEqual([]);
        }
        expect(painTexts(file, 'EndToEndId')).toEqual(lines.map(({ endToEndId }) => endToEndId));
        expect(painTexts(file, 'InstdAmt')).toEqual(
          lines.map(({ amountCents }) => formatAmount(amountCents)),
        );
        expect(painTexts(file, 'IBAN')).toEqual([by.iban, ...lines.map(({ iban }) => iban)]);
        expect(painTexts(file, by.remittance === 'text' ? 'Ustrd' : 'Ref')).toEqual(
          lines.map(({ remittance }) => remittance),
        );
        expect(painTexts(file, 'CtrlSum')).toEqual(Array(2).fill(formatAmount(head.amountCents)));
        expect(painTexts(file, 'NbOfTxs')).toEqual(Array(2).fill(String(lines.length)));
      }),
    );
  });
});
