import type { CivilDate } from '#domain/civil-date.js';
import type { DeadlineState } from '#domain/deadline.js';
import {
  ageingColumns,
  commitmentColumns,
  deadlineColumns,
  forecastColumns,
  payoutDoneColumns,
  scheduleColumns,
} from '#finance/exports.js';
import { type Column, type DecimalSign, writeCsv, writeXlsx } from '#finance/spreadsheet.js';
import type { AgeingView } from '#persistence/views/ageing.view.js';
import type { CommitmentView } from '#persistence/views/commitment.view.js';
import type { DeadlineView } from '#persistence/views/deadline.view.js';
import type { PayoutsDoneView } from '#persistence/views/payouts-done.view.js';
import type { ForecastGrouping, ScheduleView } from '#persistence/views/schedule.view.js';

/** What a table may be narrowed to. */
export interface TableFilter {
  readonly programme?: string;
  readonly beneficiary?: string;
  /** First and last day, both included. */
  readonly from?: CivilDate;
  readonly to?: CivilDate;
  readonly by?: ForecastGrouping;
  readonly state?: DeadlineState;
  readonly handler?: string;
}
export type TableFilterName = keyof TableFilter;

const whose = ['programme', 'beneficiary'] as const;

/** The tables that are taken along as files, and what each may be narrowed to. */
export const tables = {
  schedule: [...whose, 'from', 'to'],
  forecast: [...whose, 'from', 'to', 'by'],
  'payouts-done': [...whose, 'from', 'to'],
  commitments: whose,
  ageing: whose,
  deadlines: [...whose, 'from', 'to', 'state', 'handler'],
} as const satisfies Record<string, readonly TableFilterName[]>;
export type TableName = keyof typeof tables;
export const tableNames = Object.keys(tables) as TableName[];

export const decimalSigns: Readonly<Record<'comma' | 'point', DecimalSign>> = { comma: ',', point: '.' };

/** A table in every way it is written, row by row as it is read; each is read once. */
export interface Table {
  csv(decimal: DecimalSign): AsyncGenerator<Uint8Array>;
  xlsx(): AsyncGenerator<Uint8Array>;
  /** One object a line, as the lists of the API have them. */
  json(): AsyncGenerator<string>;
}

function table<R>(
  sheet: TableName,
  columns: readonly Column<R>[],
  rows: () => AsyncIterable<readonly R[]>,
): Table {
  return {
    csv: (decimal) => writeCsv(columns, rows(), { decimal }),
    xlsx: () => writeXlsx(columns, rows(), { sheet }),
    json: () => lines(rows()),
  };
}

async function* lines(rows: AsyncIterable<readonly unknown[]>): AsyncGenerator<string> {
  for await (const some of rows)
    if (some.length > 0) yield some.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** The filters that a table does not have and was given, each with a sentence. */
export function strangeFilters(name: TableName, filter: TableFilter): { path: string; message: string }[] {
  const known: readonly TableFilterName[] = tables[name];
  return (Object.keys(filter) as TableFilterName[])
    .filter((path) => filter[path] !== undefined && !known.includes(path))
    .map((path) => ({ path, message: `does not narrow the table ${name}; known are ${known.join(', ')}` }));
}

export interface TableViews {
  readonly schedule: ScheduleView;
  readonly payoutsDone: PayoutsDoneView;
  readonly commitments: CommitmentView;
  readonly ageing: AgeingView;
  readonly deadlines: DeadlineView;
}

/** A table over the whole record, or over what is of one beneficiary (`of`). */
export function tableOf(
  name: TableName,
  views: TableViews,
  filter: TableFilter & { readonly of: string | null },
): Table {
  switch (name) {
    case 'schedule':
      return table(name, scheduleColumns, () => views.schedule.stream(filter));
    case 'forecast': {
      const by = filter.by ?? 'month';
      return table(name, forecastColumns(by), () => views.schedule.streamForecast(filter, by));
    }
    case 'payouts-done':
      return table(name, payoutDoneColumns, () => views.payoutsDone.stream(filter));
    case 'ageing':
      return table(name, ageingColumns, () => views.ageing.stream(filter));
    case 'deadlines':
      return table(name, deadlineColumns, () => views.deadlines.stream(filter));
    case 'commitments':
      return table(name, commitmentColumns, () => views.commitments.stream(filter));
  }
}
