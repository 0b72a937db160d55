import { once } from 'node:events';

import {
  type TableFilter,
  type TableName,
  decimalSigns,
  strangeFilters,
  tableOf,
} from '#api/export-tables.js';
import { parseCivilDate } from '#domain/civil-date.js';
import { isFault } from '#domain/parsed.js';

import { acting } from './acting.js';
import type { AskedTable, ExportOptions } from './program-finance.js';
import { UsageFault } from './usage-fault.js';
import { sha256Of, writeWhole } from './written-file.js';

/** `sluis export TABLE`: read at one moment, written as it is read; a file is there whole or not at all. */
export async function exportTable(table: AskedTable, options: ExportOptions): Promise<void> {
  const asked = table === 'payouts' ? 'payouts-done' : table;
  const format = options.json ? 'json' : options.format;
  const filter = filterOf(asked, options);
  const { out } = options;
  if (out === undefined && format === 'xlsx' && process.stdout.isTTY)
    throw new UsageFault('An XLSX is nothing for a terminal: give --out FILE.');
  if (out !== undefined && options.force !== true && (await sha256Of(out)) !== null)
    throw new UsageFault(`${out}: there is a file already; name another one, or give --force`);
  await acting(options, async (me) => {
    me.mayRead(asked);
    const written = tableOf(asked, me.views, { ...filter, of: null });
    const pieces =
      format === 'csv'
        ? written.csv(decimalSigns[options.decimal])
        : format === 'xlsx'
          ? written.xlsx()
          : written.json();
    if (out === undefined) return print(pieces);
    await writeWhole(out, async (file) => {
      for await (const piece of pieces) await file.write(piece);
      return true;
    });
  });
}

function filterOf(asked: TableName, options: ExportOptions): TableFilter {
  const { programme, beneficiary, from, to, by, state, handler } = options;
  const filter = { programme, beneficiary, from, to, by, state, handler };
  const given = Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== undefined),
  ) as TableFilter;
  const faults = strangeFilters(asked, given).map(({ path, message }) => `--${path}: ${message}`);
  for (const [name, day] of [
    ['--from', from],
    ['--to', to],
  ] as const) {
    const parsed = day === undefined ? null : parseCivilDate(day);
    if (parsed !== null && isFault(parsed)) faults.push(`${name}: ${parsed.fault}`);
  }
  if (faults.length > 0) throw new UsageFault(faults.join('\n'));
  return given;
}

/** No faster than standard output is read. */
async function print(pieces: AsyncIterable<string | Uint8Array>): Promise<void> {
  for await (const piece of pieces) if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
}
