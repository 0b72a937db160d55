import type { BusinessCalendar } from '#domain/business-calendar.js';
import { parsePlan } from '#domain/plan-document.js';
import type { Plan } from '#domain/plan.js';

import type { Client } from './client.js';

/** A plan version with the calendar it counts by. */
export interface KnownPlan {
  readonly plan: Plan;
  readonly calendar: BusinessCalendar;
}

/** Plan versions never change and calendars change by a migration: read once, they are kept for good. */
export class Plans {
  readonly #plans = new Map<string, KnownPlan>();
  readonly #calendars = new Map<string, BusinessCalendar>();

  /** A plan version that `fetch` has read; undefined where none exists. */
  get(programme: string, version: number): KnownPlan | undefined {
    return this.#plans.get(keyOf(programme, version));
  }

  /** Reads those of the versions named that are not at hand yet; no query where all are. */
  async fetch(client: Client, wanted: readonly { programme: string; version: number }[]): Promise<void> {
    const missing = wanted.filter(({ programme, version }) => this.get(programme, version) === undefined);
    if (missing.length === 0) return;
    const { rows } = await client.query({
      text: `SELECT programme, version, document FROM plan_versions
        WHERE (programme, version) IN (SELECT * FROM unnest($1::text[], $2::int[]))`,
      values: [missing.map(({ programme }) => programme), missing.map(({ version }) => version)],
    });
    for (const row of rows as { programme: string; version: number; document: unknown }[]) {
      const key = keyOf(row.programme, row.version);
      const parsed = parsePlan(row.document);
      if (!('plan' in parsed)) {
        const [first] = parsed.faults;
        throw new Error(`plan ${key} cannot be read: ${first?.path}: ${first?.message}`);
      }
      const calendar = await this.calendar(client, parsed.plan.calendar);
      this.#plans.set(key, { plan: parsed.plan, calendar });
    }
  }

  /** A business calendar with its holidays. Throws where there is none of that code. */
  async calendar(client: Client, code: string): Promise<BusinessCalendar> {
    const known = this.#calendars.get(code);
    if (known !== undefined) return known;
    const { rows } = await client.query({
      text: `SELECT c.from_year, c.to_year, json_object_agg(h.date, h.name) AS holidays
        FROM calendars c JOIN holidays h ON h.calendar = c.code WHERE c.code = $1 GROUP BY c.code`,
      values: [code],
    });
    const [row] = rows as { from_year: number; to_year: number; holidays: Record<string, string> }[];
    if (row === undefined) throw new Error(`there is no holiday calendar ${code}`);
    const calendar = {
      code,
      fromYear: row.from_year,
      toYear: row.to_year,
      holidays: new Map(Object.entries(row.holidays)),
    };
    this.#calendars.set(code, calendar);
    return calendar;
  }
}

function keyOf(programme: string, version: number): string {
  return `${programme}/${version}`;
}
