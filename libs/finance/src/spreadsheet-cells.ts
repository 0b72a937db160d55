/**
 * One description of a table for every way it is written down: what its columns are called, what kind of cell
 * they hold, and what may stand in one. The renderings themselves are in spreadsheet.ts.
 */
import { parseCivilDate } from '#domain/civil-date.js';
import { type Parsed, fault, isFault, quoted } from '#domain/parsed.js';

/**
 * What the cells of a column are.
 * - `text`: shown as it is, whatever it looks like ("007", "=1+1"); a number is written as its digits.
 * - `amount`: euro, from whole cents in a bigint.
 * - `date`: a civil date 'YYYY-MM-DD', without a time of day.
 * - `number`: a bigint or a finite number, such as a count.
 */
export type CellKind = 'text' | 'amount' | 'date' | 'number';

/** One column of a table of rows `R`; a null value leaves the cell empty. */
export interface Column<R> {
  /** The text in the header row. */
  readonly name: string;
  readonly kind: CellKind;
  readonly value: (row: R) => string | number | bigint | null;
}

/** How one kind of file writes a cell `C`, from a value that is known to fit its column. */
export interface CellWriter<C> {
  readonly text: (text: string) => Parsed<C>;
  readonly amount: (cents: bigint) => Parsed<C>;
  readonly date: (on: string) => Parsed<C>;
  readonly number: (number: number | bigint) => Parsed<C>;
}

/**
 * What XML 1.0 cannot hold (section 2.2): control characters but for tab, line ends, DEL and the C1 block; halves
 * of a surrogate pair; U+FFFE and U+FFFF.
 */
const UNWRITABLE = /(?![\t\n\r\u007f-\u009f])\p{Control}|\p{Surrogate}|[\ufffe\uffff]/gu;

/** Text without what no XML can hold: the same text in every rendering. Tabs and line ends stay. */
export function writableText(text: string): string {
  return text.replace(UNWRITABLE, '');
}

/**
 * The rows as cells of one kind of file, batch by batch as they come.
 *
 * @throws RangeError naming the row (counted from 1, without the header) and the column of a value that does
 * not fit its column or the file.
 */
export async function* cellBatches<R, C>(
  columns: readonly Column<R>[],
  rows: AsyncIterable<readonly R[]>,
  writer: CellWriter<C>,
): AsyncGenerator<(C | null)[][]> {
  let rowsBefore = 0;
  for await (const batch of rows) {
    yield batch.map((row, index) =>
      columns.map((column) => {
        const held = column.value(row);
        if (held === null) return null;
        const cell = cellOf(column.kind, held, writer);
        if (!isFault(cell)) return cell.value;
        throw new RangeError(`row ${rowsBefore + index + 1}, column ${quoted(column.name)}: ${cell.fault}`);
      }),
    );
    rowsBefore += batch.length;
  }
}

/** The cells of the header row: always text, and held to the same rules. */
export function headerCells<R, C>(columns: readonly Column<R>[], writer: CellWriter<C>): C[] {
  return columns.map(({ name }) => {
    const cell = cellOf('text', name, writer);
    if (isFault(cell)) throw new RangeError(`the header ${quoted(name)}: ${cell.fault}`);
    return cell.value;
  });
}

function cellOf<C>(kind: CellKind, held: string | number | bigint, writer: CellWriter<C>): Parsed<C> {
  switch (kind) {
    case 'text':
      return writer.text(writableText(String(held)));
    case 'amount':
      if (typeof held === 'bigint') return writer.amount(held);
      return fault(`${quoted(held)} is no amount; give whole cents as a bigint`);
    case 'date': {
      const on = parseCivilDate(held);
      return isFault(on) ? on : writer.date(on.value);
    }
    case 'number':
      if (typeof held === 'bigint') return writer.number(held);
      if (typeof held === 'number' && Number.isFinite(held)) return writer.number(held);
      return fault(`${quoted(held)} is no finite number`);
  }
}
