import type { DataSource } from 'typeorm';

import type { CivilDate } from '#domain/civil-date.js';
import type { AwaitedStatus } from '#domain/forecast.js';

import { type Client, readAtOneMoment, readInChunks } from '../client.js';
import { Plans } from '../plans.js';
import {
  type ExpectedPayments,
  type PaymentFilter,
  type PaymentQuestion,
  expectedPayments,
  grantOf,
  trancheOf,
} from './expected-payments.js';
import { Conditions, type Page, type PageRequest, firstOf, pageOf } from './page.js';
import { amountText } from './sql-text.js';

/** A payment still to come: what `expectedPayments` of the domain says of one tranche. */
export interface ScheduleListed {
  /** `YYYY-MM`; null where it is undated. */
  readonly month: string | null;
  readonly expectedOn: CivilDate | null;
  readonly certain: boolean;
  /** The amount is the most it can be: the settlement that fixes it is still to come. */
  readonly upTo: boolean;
  readonly grant: string;
  readonly tranche: number;
  readonly programme: string;
  readonly beneficiary: string;
  readonly beneficiaryName: string;
  readonly amount: string;
  readonly status: AwaitedStatus;
  /** The conditions of its gate that are still missing. */
  readonly waitsFor: readonly string[];
}

/** What is expected in a month, certain and uncertain apart; of one programme or beneficiary where it is by them. */
export interface ForecastListed {
  /** `YYYY-MM`; null: undated. */
  readonly month: string | null;
  /** Null unless it is by them. */
  readonly programme: string | null;
  readonly beneficiary: string | null;
  readonly certain: string;
  readonly certainCount: number;
  readonly expected: string;
  readonly expectedCount: number;
}

/** What is expected on a day, certain and uncertain apart. */
export interface ExpectedDay {
  readonly day: CivilDate;
  readonly certain: string;
  readonly certainCount: number;
  readonly expected: string;
  readonly expectedCount: number;
}

export const forecastGroupings = ['month', 'programme', 'beneficiary'] as const;
export type ForecastGrouping = (typeof forecastGroupings)[number];

export interface ScheduleFilter extends PaymentFilter {
  /** First and last day, both included. An undated payment lies in no period. */
  readonly from?: CivilDate;
  readonly to?: CivilDate;
}

/** What the undated sort by: the last day of the calendar (`parseCivilDate`). */
const lastDay = '2999-12-31';
const day = `least(p.day, DATE '${lastDay}')`;
const expectedOn = `nullif(p.day, 'infinity')`;
const month = `to_char(${expectedOn}, 'YYYY-MM')`;
/** The undated come last here as well: letters sort after digits in the bytes that COLLATE "C" compares. */
const monthKey = `coalesce(${month}, 'undated') COLLATE "C"`;

const chunk = 5_000;

/** The payout schedule and the cash-flow forecast: what is expected when, out of the plans of running grants. */
export class ScheduleView {
  private readonly plans = new Plans();

  constructor(private readonly database: DataSource) {}

  /** Payments still to come by expected day, then grant and tranche; the undated last. */
  async list(filter: ScheduleFilter, page: PageRequest): Promise<Page<ScheduleListed>> {
    const rows = await firstOf(this.read(filter, scheduled(page), page.limit + 1));
    return pageOf(rows, page.limit, ({ expectedOn, grant, tranche }) => [
      expectedOn === null || expectedOn > lastDay ? lastDay : expectedOn,
      grant,
      String(tranche),
    ]);
  }

  /** The whole schedule in the order of `list`, some rows at a time, all of one moment. */
  stream(filter: ScheduleFilter): AsyncGenerator<readonly ScheduleListed[]> {
    return this.read(filter, scheduled(null), chunk);
  }

  /**
   * Sums a month, the undated last; `by` a programme or beneficiary they are apart, ordered by it within the month.
   * An amount that is the most it can be counts in full.
   */
  async forecast(
    filter: ScheduleFilter,
    by: ForecastGrouping,
    page: PageRequest,
  ): Promise<Page<ForecastListed>> {
    const rows = await firstOf(this.read(filter, summed(by, page), page.limit + 1));
    return pageOf(rows, page.limit, (row) => [
      row.month ?? 'undated',
      ...(by === 'month' ? [] : [row[by] as string]),
    ]);
  }

  /** The whole forecast in the order of `forecast`. */
  streamForecast(filter: ScheduleFilter, by: ForecastGrouping): AsyncGenerator<readonly ForecastListed[]> {
    return this.read(filter, summed(by, null), chunk);
  }

  /** What is expected on each day, of all grants, the first days first. */
  async days(limit: number): Promise<readonly ExpectedDay[]> {
    return firstOf(this.read({ of: null }, daily(limit), limit));
  }

  private read<T>(filter: ScheduleFilter, list: List<T>, rows: number): AsyncGenerator<readonly T[]> {
    const { plans } = this;
    return readAtOneMoment(this.database, async function* (client: Client) {
      const { texts, apart } = list;
      const { text, values, bases } = await expectedPayments(client, plans, { ...filter, texts, apart });
      const where = new Conditions(values)
        .where((it) => `p.day >= ${it} AND p.day < 'infinity'`, filter.from)
        .where((it) => `p.day <= ${it}`, filter.to);
      const query = { text: `${text} ${list.select(where)}`, values: where.values };
      for await (const chunk of readInChunks(client, query, rows))
        yield chunk.map((row) => list.read(row, bases));
    });
  }
}

/** A list out of `payments` and `running`: with the texts of conditions or without, and its rows from the table's. */
interface List<T> {
  readonly texts: boolean;
  readonly apart: PaymentQuestion['apart'];
  /** Completes the conditions and makes the rest of the statement. */
  readonly select: (where: Conditions) => string;
  readonly read: (row: unknown, bases: ExpectedPayments['bases']) => T;
}

type ScheduleFields = Omit<ScheduleListed, 'month' | 'upTo' | 'waitsFor'> & {
  slot: number;
  places: number[] | null;
};

function scheduled(page: PageRequest | null): List<ScheduleListed> {
  const select = (where: Conditions): string => {
    if (page !== null) where.after([day, 'g.code', trancheOf], ['date', 'text', 'integer'], page);
    return `SELECT ${expectedOn}::text AS "expectedOn", p.certain, g.code AS grant,
             ${trancheOf} AS tranche, g.programme, g.beneficiary, b.name AS "beneficiaryName",
             ${amountText('p.amount_cents')} AS amount, p.status, p.slot, p.places
        FROM payments p JOIN running g ON g.id = ${grantOf} JOIN beneficiaries b ON b.id = g.beneficiary
       ${where.toString()} ORDER BY ${day}, g.code, ${trancheOf} ${limited(page)}`;
  };
  return { texts: true, apart: null, select, read: (row, bases) => listed(row as ScheduleFields, bases) };
}

function listed({ slot, places, ...row }: ScheduleFields, bases: ExpectedPayments['bases']): ScheduleListed {
  const basis = bases.get(slot);
  const waitsFor = [...(places ?? [])]
    .sort((a, b) => a - b)
    .map((place) => basis?.conditions[place]?.requirement ?? '');
  const settles = basis?.settles ?? false;
  return {
    month: row.expectedOn?.slice(0, 7) ?? null,
    ...row,
    upTo: settles && (row.status === 'withheld' || waitsFor.length > 0),
    waitsFor,
  };
}

/** Sums a day first, so that months are named for few rows. */
function summed(by: ForecastGrouping, page: PageRequest | null): List<ForecastListed> {
  const apart = by === 'month' ? null : by;
  const also = apart === null ? [] : ['p.apart'];
  const days = ['p.day', 'p.certain', ...also].join(', ');
  const months = [month, ...also];
  const sum = (certain: string): string => amountText(`coalesce(sum(p.cents) FILTER (WHERE ${certain}), 0)`);
  const count = (certain: string): string =>
    `coalesce(sum(p.payments) FILTER (WHERE ${certain}), 0)::integer`;
  const select = (where: Conditions): string => {
    if (page !== null) where.after([monthKey, ...also], ['text', 'text'], page);
    const named = (name: ForecastGrouping): string => (name === by ? 'p.apart' : 'NULL::text');
    return `SELECT ${month} AS month, ${named('programme')} AS programme, ${named('beneficiary')} AS beneficiary,
             ${sum('p.certain')} AS certain, ${count('p.certain')} AS "certainCount",
             ${sum('NOT p.certain')} AS expected, ${count('NOT p.certain')} AS "expectedCount"
        FROM (
          SELECT ${days}, sum(p.amount_cents) AS cents, count(*) AS payments
            FROM payments p ${where.toString()} GROUP BY ${days}
        ) p GROUP BY ${months.join(', ')}
       ORDER BY ${[monthKey, ...also].join(', ')} ${limited(page)}`;
  };
  return { texts: false, apart, select, read: (row) => row as ForecastListed };
}

function daily(limit: number): List<ExpectedDay> {
  const sum = (certain: string): string =>
    amountText(`coalesce(sum(p.amount_cents) FILTER (WHERE ${certain}), 0)`);
  const count = (certain: string): string => `(count(*) FILTER (WHERE ${certain}))::integer`;
  const select = (where: Conditions): string =>
    `SELECT p.day::text AS day, ${sum('p.certain')} AS certain, ${count('p.certain')} AS "certainCount",
            ${sum('NOT p.certain')} AS expected, ${count('NOT p.certain')} AS "expectedCount"
       FROM payments p ${where.and(`p.day < 'infinity'`).toString()} GROUP BY p.day ORDER BY p.day LIMIT ${limit}`;
  return { texts: false, apart: null, select, read: (row) => row as ExpectedDay };
}

function limited(page: PageRequest | null): string {
  return page === null ? '' : `LIMIT ${page.limit + 1}`;
}
