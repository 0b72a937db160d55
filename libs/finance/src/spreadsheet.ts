/**
 * Tables for people who calculate: CSV and XLSX from one description of the columns, written as the reader
 * drains them. The source is asked for its next batch only when the one before it has been taken, so memory
 * does not grow with the number of rows.
 */
import { stringify } from 'csv-stringify/sync';
import { XLSX_MAX_ROWS_PER_SHEET, writeXlsxStream } from 'hucre/xlsx';

import { daysBetween } from '#domain/civil-date.js';
import { formatAmount } from '#domain/money.js';
import { fault, quoted, value } from '#domain/parsed.js';
import {
  type CellKind,
  type CellWriter,
  type Column,
  cellBatches,
  headerCells,
} from './spreadsheet-cells.js';

export type { CellKind, Column } from './spreadsheet-cells.js';

/** The decimal sign of a CSV file, which also settles its separator: ';' beside a comma, ',' beside a point. */
export type DecimalSign = ',' | '.';

/** A CSV cell that stands without quotes: a number, an amount, a date. Text is a string, and always quoted. */
interface BareCell {
  readonly bare: string;
}

const BYTE_ORDER_MARK = '\ufeff';

/**
 * Text that a spreadsheet would take for a formula. OWASP's list for CSV injection (ASVS 5.0, 1.2.10): = + - @,
 * their full-width forms, tab, carriage return, line feed; also behind blanks, which some spreadsheets skip.
 */
const LIKE_A_FORMULA = /^(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/;

/** Spreadsheets compute with 15 significant digits: a sixteenth becomes 0 when the file is opened. */
const MOST_DIGITS = 15;
const LEAST_TOO_LARGE = 10n ** BigInt(MOST_DIGITS);
const LONGEST_CELL = 32_767;

/** Spreadsheets believe in 29 February 1900; from the day after it, serial 61, they count as everyone does. */
const FIRST_DATE = '1900-03-01';
const DAY_ZERO = '1899-12-30';

/** How a column looks in XLSX. Text is marked as such ('@'), so that it stays text when someone edits it. */
const looks: Readonly<Record<CellKind, { readonly style?: { numFmt: string }; readonly width: number }>> = {
  text: { style: { numFmt: '@' }, width: 24 },
  amount: { style: { numFmt: '#,##0.00' }, width: 18 },
  date: { style: { numFmt: 'yyyy-mm-dd' }, width: 12 },
  number: { width: 12 },
};
const WIDEST_HEADER = 60;

/** A spreadsheet reads `_x000D_` in text as a carriage return (ECMA-376, ST_Xstring): the underscore is escaped. */
const LIKE_AN_ESCAPE = /_(?=x[0-9A-Fa-f]{4}_)/g;

/**
 * A table as CSV (RFC 4180: CRLF, quotes doubled), UTF-8 with a byte order mark so that Excel reads it.
 *
 * - With the decimal sign ',' cells are separated by ';', as a Belgian Excel expects; with '.' by ','.
 * - Amounts have two decimals and no thousands separator; dates are 'YYYY-MM-DD'; neither passes through a
 *   float or a locale, and no number is too large.
 * - Text is always quoted, so that it stays one cell whatever separator is assumed. Text that could be taken
 *   for a formula gets a single quote in front; numbers never do. Control characters that XML cannot hold and
 *   lone surrogates are dropped, here as in XLSX.
 *
 * A CSV has no types: opened by double click, Excel shows the text "007" as 7. Who needs it kept takes XLSX.
 *
 * @throws RangeError while it is read, naming row and column, for a value that does not fit its column.
 */
export async function* writeCsv<R>(
  columns: readonly Column<R>[],
  rows: AsyncIterable<readonly R[]>,
  options: { readonly decimal: DecimalSign },
): AsyncGenerator<Uint8Array> {
  const writer = csvWriter(options.decimal);
  const delimiter = options.decimal === ',' ? ';' : ',';
  const lines = (cells: (string | BareCell | null)[][]): string =>
    stringify(cells, {
      delimiter,
      record_delimiter: '\r\n',
      quoted_string: true,
      cast: { object: ({ bare }) => String(bare) },
    });
  yield Buffer.from(BYTE_ORDER_MARK + lines([headerCells(columns, writer)]));
  for await (const batch of cellBatches(columns, rows, writer)) {
    if (batch.length > 0) yield Buffer.from(lines(batch));
  }
}

function csvWriter(decimal: DecimalSign): CellWriter<string | BareCell> {
  const bare = (text: string) => value({ bare: text.replace('.', decimal) });
  return {
    text: (text) => value(LIKE_A_FORMULA.test(text) ? `'${text}` : text),
    amount: (cents) => bare(formatAmount(cents)),
    date: (on) => value({ bare: on }),
    number: (number) => bare(String(number)),
  };
}

/**
 * A table as an XLSX workbook of one sheet: a frozen header row, amounts as numbers shown as `#,##0.00`, dates
 * as dates without a time, text as text even where it looks like a formula or a number.
 *
 * Spreadsheets keep 15 significant digits. Up to ±9,999,999,999,999.99 euro the file holds the exact decimal
 * text of the cents; beyond that, the sheet would show another amount than the record's, so it is refused.
 *
 * @param options.sheet the name on the tab: at most 31 characters, none of [ ] : * ? / \
 * @throws RangeError while it is read, and what was written so far is no workbook: for a value that does not
 * fit its column, a whole number of more than 15 digits, a date before 1 March 1900, a text of more than
 * 32,767 characters, or more rows than the 1,048,576 a sheet holds with its header.
 */
export async function* writeXlsx<R>(
  columns: readonly Column<R>[],
  rows: AsyncIterable<readonly R[]>,
  options: { readonly sheet: string },
): AsyncGenerator<Uint8Array> {
  const headers = headerCells(columns, xlsxWriter).map(String);
  const workbook = writeXlsxStream(sheetRows(columns, rows), {
    name: options.sheet,
    columns: columns.map(({ kind }, index) => {
      const header = headers[index] ?? '';
      const look = looks[kind];
      return { ...look, header, width: Math.max(look.width, Math.min(header.length + 2, WIDEST_HEADER)) };
    }),
    freezePane: { rows: 1 },
  });
  yield* workbook;
}

async function* sheetRows<R>(
  columns: readonly Column<R>[],
  rows: AsyncIterable<readonly R[]>,
): AsyncGenerator<(string | number | null)[]> {
  let used = 1;
  for await (const batch of cellBatches(columns, rows, xlsxWriter)) {
    used += batch.length;
    if (used > XLSX_MAX_ROWS_PER_SHEET) {
      throw new RangeError(
        `a sheet holds ${XLSX_MAX_ROWS_PER_SHEET} rows with its header, and this table has more; narrow it down, or take CSV`,
      );
    }
    for (const row of batch) yield row;
  }
}

const xlsxWriter: CellWriter<string | number> = {
  text: (text) =>
    text.length > LONGEST_CELL
      ? fault(`a cell holds at most ${LONGEST_CELL} characters, this text has ${text.length}; take CSV`)
      : value(text.replace(LIKE_AN_ESCAPE, '_x005F_')),
  // The shortest text of the nearest double is the decimal text itself up to 15 digits, and that is written.
  amount: (cents) =>
    tooLarge(cents)
      ? fault(`a spreadsheet keeps ${MOST_DIGITS} digits, and ${formatAmount(cents)} has more; take CSV`)
      : value(Number(formatAmount(cents))),
  date: (on) =>
    on < FIRST_DATE
      ? fault(
          `a spreadsheet counts days rightly from ${FIRST_DATE}, and ${quoted(on)} is before it; take CSV`,
        )
      : value(daysBetween(DAY_ZERO, on)),
  number: (number) =>
    tooLarge(number)
      ? fault(`a spreadsheet keeps ${MOST_DIGITS} digits, and ${number} has more; take CSV`)
      : value(Number(number)),
};

function tooLarge(number: number | bigint): boolean {
  return number >= LEAST_TOO_LARGE || number <= -LEAST_TOO_LARGE;
}
