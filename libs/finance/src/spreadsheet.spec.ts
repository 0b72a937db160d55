import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readXlsx } from 'hucre/xlsx';

import { type CsvCell, type ReadSheet, readCsv, readWorkbook } from '#test/support/spreadsheet-files.js';
import { type Column, type DecimalSign, writeCsv, writeXlsx } from './spreadsheet.js';

// `npm run soak` asks for many more; fast-check prints the seed of a failure.
fc.configureGlobal({ numRuns: Number(process.env['SLUIS_PROPERTY_RUNS'] ?? 500) });

interface Payable {
  readonly payee: string | null;
  readonly cents: bigint | null;
  readonly dueOn: string | null;
  readonly tranche: number | bigint | null;
}

const columns: readonly Column<Payable>[] = [
  { name: 'Payee', kind: 'text', value: ({ payee }) => payee },
  { name: 'Amount', kind: 'amount', value: ({ cents }) => cents },
  { name: 'Due on', kind: 'date', value: ({ dueOn }) => dueOn },
  { name: 'Tranche', kind: 'number', value: ({ tranche }) => tranche },
];
const payable: Payable = { payee: 'Stad Gent', cents: 1_120_000n, dueOn: '2024-02-29', tranche: 2 };

async function* batches<R>(...all: readonly (readonly R[])[]): AsyncGenerator<readonly R[]> {
  for (const batch of all) yield batch;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

async function csvOf(rows: readonly Payable[], decimal: DecimalSign = ','): Promise<CsvCell[][]> {
  const file = await collect(writeCsv(columns, batches(rows), { decimal }));
  return readCsv(file, decimal === ',' ? ';' : ',');
}

async function sheetOf(rows: readonly Payable[]): Promise<ReadSheet> {
  const sheets = readWorkbook(await collect(writeXlsx(columns, batches(rows), { sheet: 'Payouts' })));
  expect(sheets).toHaveLength(1);
  return sheets[0] as ReadSheet;
}

const text = (of: string): CsvCell => ({ text: of, quoted: true });
const bare = (of: string): CsvCell => ({ text: of, quoted: false });
const payees = (texts: readonly string[]): Payable[] => texts.map((payee) => ({ ...payable, payee }));

/** What both renderings leave out, said independently: C0 except tab and line ends, U+FFFE, U+FFFF, halves. */
function held(of: string): string {
  return [...of]
    .filter((character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code < 0x20) return '\t\n\r'.includes(character);
      return !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff;
    })
    .join('');
}

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'=+-@\t\r\n\'";,| _x0D&<>é\u0000\u000b\ufffe\ud800\udc00\ufeff\u00a0'.split('')),
    fc.constantFrom('_x000D_', ']]>', '😀', 'Ж', '\r\n', '""'),
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  ),
  maxLength: 12,
});
const anyCents = fc.bigInt({ min: -999_999_999_999_999n, max: 999_999_999_999_999n });
const centsIn = (decimal: string): bigint => {
  const [, sign = '', euros = '', cents = ''] = /^(-?)(\d+)(?:[.,](\d{1,2}))?$/.exec(decimal) ?? ['', 'none'];
  return BigInt(`${sign}${euros}${cents.padEnd(2, '0')}`);
};
const sum = (amounts: readonly bigint[]): bigint =>
  amounts.reduce((together, amount) => together + amount, 0n);

/** Texts that a spreadsheet takes for formulas when it can. */
const formulas = [
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1:A9)',
  '\t=1+1',
  '\r=1+1',
  '\n=1+1',
  '\u0000=1+1',
  ' =1+1',
  '\uff1d1+1',
  '=HYPERLINK("https://example.org";"Gent")',
];

describe('writeCsv', () => {
  it('writes the Belgian way, byte by byte', async () => {
    const file = await collect(writeCsv(columns, batches([payable], [], [payable]), { decimal: ',' }));
    expect(file.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    expect(file.toString('utf8', 3)).toBe(
      '"Payee";"Amount";"Due on";"Tranche"\r\n' + '"Stad Gent";11200,00;2024-02-29;2\r\n'.repeat(2),
    );
  });

  it('separates by commas beside a decimal point', async () => {
    const file = await collect(writeCsv(columns, batches([{ ...payable, tranche: 0.5 }]), { decimal: '.' }));
    expect(file.toString('utf8', 3)).toBe(
      '"Payee","Amount","Due on","Tranche"\r\n"Stad Gent",11200.00,2024-02-29,0.5\r\n',
    );
  });

  it('writes the header of a table without rows', async () => {
    expect(await csvOf([])).toEqual([['Payee', 'Amount', 'Due on', 'Tranche'].map(text)]);
  });

  it('tells an empty text from no value', async () => {
    const nothing = { payee: null, cents: null, dueOn: null, tranche: null };
    expect((await csvOf([nothing, { ...nothing, payee: '' }])).slice(1)).toEqual([
      [bare(''), bare(''), bare(''), bare('')],
      [text(''), bare(''), bare(''), bare('')],
    ]);
  });

  it.each(formulas)('puts a single quote before %j', async (formula) => {
    const [, row] = await csvOf(payees([formula]));
    expect(row?.[0]).toEqual(text(`'${formula.replace('\u0000', '')}`));
  });

  it.each(["'s-Gravenhage", 'a=1', '1-1', '', '007', '#REF!'])('leaves %j as it is', async (harmless) => {
    expect((await csvOf(payees([harmless])))[1]?.[0]).toEqual(text(harmless));
  });

  it('holds headers to the same rule', async () => {
    const column = { name: '=1+1', kind: 'text', value: () => null } as const;
    const file = await collect(writeCsv([column], batches(), { decimal: '.' }));
    expect(readCsv(file, ',')).toEqual([[text("'=1+1")]]);
  });

  it('keeps numbers numbers, below zero and beyond what a float holds', async () => {
    const rows = await csvOf([
      { ...payable, cents: -5n, tranche: -3 },
      { ...payable, cents: 123_456_789_012_345_678_901n, tranche: -(2n ** 64n) },
    ]);
    expect(rows.slice(1).map(([, amount, , tranche]) => [amount, tranche])).toEqual([
      [bare('-0,05'), bare('-3')],
      [bare('1234567890123456789,01'), bare('-18446744073709551616')],
    ]);
  });

  it('gives back any text, modulo the quote and what cannot be written, and the sum of the amounts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ payee: anyText, cents: anyCents }), { maxLength: 8 }),
        fc.constantFrom(',', '.'),
        async (rows, decimal) => {
          const read = (
            await csvOf(
              rows.map((row) => ({ ...payable, ...row })),
              decimal,
            )
          ).slice(1);
          const shown = rows.map(({ payee }) => held(payee));
          read.forEach(([payee], index) => {
            const want = shown[index] ?? '';
            const guarded = /^[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(want);
            expect(payee).toEqual(text(guarded ? `'${want}` : want));
          });
          expect(sum(read.map(([, amount]) => centsIn(amount?.text ?? '')))).toBe(
            sum(rows.map(({ cents }) => cents)),
          );
        },
      ),
    );
  });
});

describe('writeXlsx', () => {
  it('writes text, amounts, dates and numbers as such, under a frozen header', async () => {
    const { name, frozenRows, rows } = await sheetOf([payable]);
    expect({ name, frozenRows }).toEqual({ name: 'Payouts', frozenRows: 1 });
    expect(rows[0]?.map((cell) => [cell?.type, cell?.text])).toEqual(
      ['Payee', 'Amount', 'Due on', 'Tranche'].map((header) => ['text', header]),
    );
    expect(rows.slice(1)).toEqual([
      [
        { type: 'text', text: 'Stad Gent', format: '@' },
        { type: 'number', text: '11200', format: '#,##0.00' },
        { type: 'number', text: '45351', format: 'yyyy-mm-dd' },
        { type: 'number', text: '2', format: 'General' },
      ],
    ]);
  });

  it('reads the same in the library that wrote it', async () => {
    const workbook = await readXlsx(
      await collect(writeXlsx(columns, batches([payable]), { sheet: 'Payouts' })),
    );
    expect(workbook.sheets[0]?.rows[1]).toEqual(['Stad Gent', 11200, new Date('2024-02-29T00:00:00Z'), 2]);
  });

  it('writes a table without rows, and rows without values', async () => {
    expect((await sheetOf([])).rows).toHaveLength(1);
    const nothing = { payee: null, cents: null, dueOn: null, tranche: null };
    const { rows } = await sheetOf([nothing, payable]);
    expect(rows[1]?.every((cell) => cell === null)).toBe(true);
    expect(rows[2]?.[0]?.text).toBe('Stad Gent');
  });

  it.each([...formulas, '007', '1E5', '2024-02-29', 'TRUE', '#REF!', '_x0041_', ' blank ends ', 'a\r\nb'])(
    'keeps %j text, without a quote before it',
    async (looksLikeMore) => {
      const { rows } = await sheetOf(payees([looksLikeMore]));
      expect(rows[1]?.[0]).toEqual({ type: 'text', text: looksLikeMore.replace('\u0000', ''), format: '@' });
    },
  );

  it.each([
    [999_999_999_999_999n, '9999999999999.99'],
    [-999_999_999_999_999n, '-9999999999999.99'],
    [900_719_925_474_099n, '9007199254740.99'],
    [1n, '0.01'],
    [-5n, '-0.05'],
    [0n, '0'],
  ])('writes %s cents to the last cent', async (cents, digits) => {
    const { rows } = await sheetOf([{ ...payable, cents }]);
    expect(rows[1]?.[1]).toEqual({ type: 'number', text: digits, format: '#,##0.00' });
  });

  it.each([
    ['1900-03-01', '61'],
    ['1970-01-01', '25569'],
    ['2023-03-26', '45011'],
    ['2024-10-27', '45592'],
    ['2999-12-31', '401768'],
  ])('counts %s as day %s, whatever the time zone', async (dueOn, serial) => {
    const { rows } = await sheetOf([{ ...payable, dueOn }]);
    expect(rows[1]?.[2]).toEqual({ type: 'number', text: serial, format: 'yyyy-mm-dd' });
  });

  it('gives back any text, modulo what XML cannot hold, and the sum of the amounts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ payee: anyText, cents: anyCents }), { minLength: 1, maxLength: 8 }),
        async (all) => {
          const { rows } = await sheetOf(all.map((row) => ({ ...payable, ...row })));
          const read = rows.slice(1);
          expect(read.map(([payee]) => payee)).toEqual(
            all.map(({ payee }) => ({ type: 'text', text: held(payee), format: '@' })),
          );
          expect(read.map(([, amount]) => centsIn(amount?.text ?? ''))).toEqual(
            all.map(({ cents }) => cents),
          );
        },
      ),
    );
  });

  it('refuses the row that a sheet has no place for, and writes no second sheet', async () => {
    const only: Column<null> = { name: 'Nothing', kind: 'number', value: () => null };
    const full = Array<null>(1_048_575).fill(null);
    const options = { sheet: 'Full' };
    expect(readWorkbook(await collect(writeXlsx([only], batches(full), options)))).toHaveLength(1);
    await expect(collect(writeXlsx([only], batches([null], full), options))).rejects.toThrow(
      new RangeError(
        'a sheet holds 1048576 rows with its header, and this table has more; narrow it down, or take CSV',
      ),
    );
  });

  it.each([
    ['an amount of 16 digits', { cents: 10n ** 15n }, 'column "Amount": a spreadsheet keeps 15 digits'],
    ['one below zero', { cents: -(10n ** 15n) }, 'column "Amount": a spreadsheet keeps 15 digits'],
    ['a number of 16 digits', { tranche: 10n ** 15n }, 'column "Tranche": a spreadsheet keeps 15 digits'],
    ['an early date', { dueOn: '1900-02-28' }, 'column "Due on": a spreadsheet counts days rightly from'],
    ['a long text', { payee: 'x'.repeat(32_768) }, 'column "Payee": a cell holds at most 32767 characters'],
  ])('refuses %s, which CSV takes', async (_, wrong, sentence) => {
    const row = { ...payable, ...wrong };
    const file = collect(writeXlsx(columns, batches([payable], [row]), { sheet: 'Payouts' }));
    await expect(file).rejects.toThrow(RangeError);
    await expect(file).rejects.toThrow(`row 2, ${sentence}`);
    expect(await csvOf([row])).toHaveLength(2);
  });

  it('refuses a sheet name that no spreadsheet takes', async () => {
    await expect(collect(writeXlsx(columns, batches(), { sheet: 'Paid/due' }))).rejects.toThrow('Paid/due');
  });
});

const renderings: readonly [
  string,
  (rows: AsyncIterable<readonly Payable[]>) => AsyncIterable<Uint8Array>,
][] = [
  ['CSV', (rows) => writeCsv(columns, rows, { decimal: ',' })],
  ['XLSX', (rows) => writeXlsx(columns, rows, { sheet: 'Payouts' })],
];

describe.each(renderings)('any table as %s', (_, write) => {
  it.each([
    ['a date of no calendar', { dueOn: '2023-02-29' }, 'column "Due on": "2023-02-29" is not a day'],
    [
      'a moment for a date',
      { dueOn: '2024-02-29T00:00:00Z' },
      'column "Due on": "2024-02-29T00:00:00Z" is not',
    ],
    ['no number', { tranche: Number.NaN }, 'column "Tranche": NaN is no finite number'],
    ['an endless number', { tranche: -Infinity }, 'column "Tranche": -Infinity is no finite number'],
  ])('refuses %s, saying where', async (_case, wrong, sentence) => {
    const file = collect(write(batches([payable, payable], [{ ...payable, ...wrong }])));
    await expect(file).rejects.toThrow(RangeError);
    await expect(file).rejects.toThrow(`row 3, ${sentence}`);
  });

  it('refuses an amount that is no bigint', async () => {
    const float: Column<Payable> = { name: 'Amount', kind: 'amount', value: () => 11_200.5 };
    await expect(collect(writeCsv([float], batches([payable]), { decimal: ',' }))).rejects.toThrow(
      'row 1, column "Amount": 11200.5 is no amount; give whole cents as a bigint',
    );
  });

  it('passes on what goes wrong at the source', async () => {
    async function* failing(): AsyncGenerator<readonly Payable[]> {
      yield [payable];
      throw new Error('the record went away');
    }
    await expect(collect(write(failing()))).rejects.toThrow('the record went away');
  });

  it('asks for nothing before it is read, and for little more than is taken', async () => {
    let asked = 0;
    let closed = false;
    async function* source(): AsyncGenerator<readonly Payable[]> {
      try {
        for (; asked < 2_000; asked += 1) {
          yield Array.from({ length: 100 }, (_row, index) => ({
            ...payable,
            payee: `${asked * 7_919} ${index * 104_729} ${Math.sin(asked * 100 + index)}`,
          }));
        }
      } finally {
        closed = true;
      }
    }
    const file = write(source());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).toBe(0);
    let taken = 0;
    for await (const chunk of file) {
      taken += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (taken > 100_000) break;
    }
    expect(asked).toBeGreaterThan(5);
    expect(asked).toBeLessThan(400);
    expect(closed).toBe(true);
  });
});
