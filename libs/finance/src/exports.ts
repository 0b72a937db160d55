/**
 * The tables that are taken along: which columns each has, for every way it is written. The rows are those of
 * the views of the same name; only what a column shows is asked of them.
 */
import type { Column } from './spreadsheet-cells.js';

export interface ScheduleRow {
  readonly month: string | null;
  readonly expectedOn: string | null;
  readonly certain: boolean;
  readonly upTo: boolean;
  readonly grant: string;
  readonly tranche: number;
  readonly programme: string;
  readonly beneficiary: string;
  readonly beneficiaryName: string;
  readonly amount: string;
  readonly status: string;
  readonly waitsFor: readonly string[];
}

export interface ForecastRow {
  readonly month: string | null;
  readonly programme: string | null;
  readonly beneficiary: string | null;
  readonly certain: string;
  readonly certainCount: number;
  readonly expected: string;
  readonly expectedCount: number;
}

export interface CommitmentRow {
  readonly grant: string;
  readonly status: string;
  readonly programme: string;
  readonly beneficiary: string;
  readonly beneficiaryName: string;
  readonly awarded: string;
  readonly released: string;
  readonly committed: string;
  readonly approved: string;
  readonly paid: string;
  readonly recovered: string;
  readonly open: string;
}

export interface PayoutDoneRow {
  readonly settledOn: string;
  readonly returnedOn: string | null;
  readonly endToEndId: string;
  readonly grant: string;
  readonly tranche: number;
  readonly programme: string;
  readonly beneficiary: string;
  readonly beneficiaryName: string;
  readonly amount: string;
}

export interface AgeingRow {
  readonly handedOverOn: string;
  readonly days: number;
  readonly bucket: string;
  readonly status: string;
  readonly endToEndId: string;
  readonly grant: string;
  readonly tranche: number;
  readonly programme: string;
  readonly beneficiary: string;
  readonly beneficiaryName: string;
  readonly amount: string;
}

export interface DeadlineRow {
  readonly dueOn: string;
  readonly grant: string;
  readonly report: string;
  readonly title: string | null;
  readonly state: string;
  readonly extended: boolean;
  readonly rawDueOn: string;
  readonly askedUntil: string | null;
  readonly reportStatus: string;
  readonly programme: string;
  readonly beneficiary: string;
  readonly beneficiaryName: string;
  readonly handler: string | null;
  readonly waiting: readonly { readonly tranche: number; readonly amount: string }[];
  readonly nextReminder: { readonly at: string } | null;
}

/** What the undated stand under where a month is shown. */
const undated = 'undated';

/** Euro text of a view, always with two decimals, as whole cents. */
function cents(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}

function text<R>(name: string, value: (row: R) => string | null): Column<R> {
  return { name, kind: 'text', value };
}

function amount<R>(name: string, value: (row: R) => string | null): Column<R> {
  const inCents = (row: R): bigint | null => {
    const shown = value(row);
    return shown === null ? null : cents(shown);
  };
  return { name, kind: 'amount', value: inCents };
}

function date<R>(name: string, value: (row: R) => string | null): Column<R> {
  return { name, kind: 'date', value };
}

function number<R>(name: string, value: (row: R) => number | null): Column<R> {
  return { name, kind: 'number', value };
}

/** Whose it is: the same first columns in every table over grants. */
function whose<
  R extends { grant: string; programme: string; beneficiary: string; beneficiaryName: string },
>(): readonly Column<R>[] {
  return [
    text('Programme', (row) => row.programme),
    text('Beneficiary', (row) => row.beneficiary),
    text('Name', (row) => row.beneficiaryName),
    text('Grant', (row) => row.grant),
  ];
}

/** Certain and uncertain amounts stand in columns of their own, so that each is one sum. */
export const scheduleColumns: readonly Column<ScheduleRow>[] = [
  text('Month', (row) => row.month ?? undated),
  date('Expected on', (row) => row.expectedOn),
  ...whose<ScheduleRow>(),
  number('Tranche', (row) => row.tranche),
  text('Status', (row) => row.status),
  amount('Certain', (row) => (row.certain ? row.amount : null)),
  amount('Uncertain', (row) => (row.certain ? null : row.amount)),
  text('At most', (row) => (row.upTo ? 'yes' : null)),
  text('Waits for', (row) => (row.waitsFor.length === 0 ? null : row.waitsFor.join(', '))),
];

/** `by`: whether the sums of a month are those of one programme or beneficiary each. */
export function forecastColumns(by: 'month' | 'programme' | 'beneficiary'): readonly Column<ForecastRow>[] {
  return [
    text('Month', (row) => row.month ?? undated),
    ...(by === 'programme' ? [text<ForecastRow>('Programme', (row) => row.programme)] : []),
    ...(by === 'beneficiary' ? [text<ForecastRow>('Beneficiary', (row) => row.beneficiary)] : []),
    amount('Certain', (row) => row.certain),
    number('Certain payments', (row) => row.certainCount),
    amount('Uncertain', (row) => row.expected),
    number('Uncertain payments', (row) => row.expectedCount),
  ];
}

export const commitmentColumns: readonly Column<CommitmentRow>[] = [
  ...whose<CommitmentRow>(),
  text('Status', (row) => row.status),
  amount('Awarded', (row) => row.awarded),
  amount('Released', (row) => row.released),
  amount('Committed', (row) => row.committed),
  amount('Approved', (row) => row.approved),
  amount('Paid', (row) => row.paid),
  amount('Recovered', (row) => row.recovered),
  amount('Open', (row) => row.open),
];

/** What came back stands in a column of its own, on the line of what left. */
export const payoutDoneColumns: readonly Column<PayoutDoneRow>[] = [
  date('Settled on', (row) => row.settledOn),
  date('Returned on', (row) => row.returnedOn),
  ...whose<PayoutDoneRow>(),
  number('Tranche', (row) => row.tranche),
  text('EndToEndId', (row) => row.endToEndId),
  amount('Paid', (row) => row.amount),
  amount('Returned', (row) => (row.returnedOn === null ? null : row.amount)),
];

export const ageingColumns: readonly Column<AgeingRow>[] = [
  date('Handed over on', (row) => row.handedOverOn),
  number('Days', (row) => row.days),
  text('Age', (row) => row.bucket),
  ...whose<AgeingRow>(),
  number('Tranche', (row) => row.tranche),
  text('EndToEndId', (row) => row.endToEndId),
  text('Status', (row) => row.status),
  amount('Amount', (row) => row.amount),
];

/** What waits on a report is one sum, so that a column of it is what a day of deadlines holds up. */
export const deadlineColumns: readonly Column<DeadlineRow>[] = [
  date('Due on', (row) => row.dueOn),
  text('State', (row) => row.state),
  ...whose<DeadlineRow>(),
  text('Report', (row) => row.report),
  text('Title', (row) => row.title),
  text('Report status', (row) => row.reportStatus),
  text('Handler', (row) => row.handler),
  text('Extended', (row) => (row.extended ? 'yes' : null)),
  date('Raw date', (row) => row.rawDueOn),
  date('Extension asked until', (row) => row.askedUntil),
  text('Waiting tranches', ({ waiting }) =>
    waiting.length === 0 ? null : waiting.map(({ tranche }) => tranche).join(', '),
  ),
  amount('Waiting', ({ waiting }) => (waiting.length === 0 ? null : total(waiting))),
  text('Next reminder', (row) => row.nextReminder?.at ?? null),
];

/** Euro text of what several amounts make together. */
function total(amounts: readonly { readonly amount: string }[]): string {
  const sum = amounts.reduce((all, { amount: one }) => all + cents(one), 0n);
  const digits = String(sum).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
