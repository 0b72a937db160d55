import type { DataSource } from 'typeorm';

import { defaultTimeZone } from '#domain/civil-date.js';
import type { Plan } from '#domain/plan.js';
import { plannedReport, tranchesRestingOn } from '#domain/plan.js';
import { factsOfEvent, hiddenAccount } from '#notifications/facts-of-event.js';
import type { GrantTold, Reader, SharedFacts, ToldAbout } from '#notifications/facts-of-event.js';
import { inTransaction } from '#persistence/client.js';
import { Plans } from '#persistence/plans.js';
import { amountText } from '#persistence/views/sql-text.js';

import type { Effect } from './effects.js';
import { ownerOf } from './effects.js';

/** What messages of a batch of effects say, and to whom; read in one round trip for all of them. */
export interface Told {
  /** By event; null where people are told of it, but no template is there for it. */
  readonly facts: ReadonlyMap<string, SharedFacts | null>;
  readonly readers: ReadonlyMap<string, Reader>;
  /** The plan of a grant, by its stream. */
  planOf(stream: string): Plan | undefined;
}

interface GrantRow {
  readonly code: string;
  readonly beneficiary: string;
  readonly beneficiary_name: string;
  readonly programme: string;
  readonly version: number;
  readonly title: string;
  readonly amount: string;
  readonly start: string;
  readonly end: string;
  readonly handler: string | null;
  readonly handler_mail: string | null;
  /** Number, amount, state. */
  readonly tranches: readonly [number, string, string][];
  /** Code and due date, by date. */
  readonly reports: readonly [string, string][] | null;
}

interface AccountRow {
  readonly beneficiary: string;
  readonly version: number;
  readonly iban: string;
  readonly holder: string | null;
}

interface Rows {
  readonly grants: readonly GrantRow[] | null;
  readonly beneficiaries: readonly { readonly id: string; readonly name: string }[] | null;
  readonly accounts: readonly AccountRow[] | null;
  readonly people:
    | readonly {
        readonly id: string;
        readonly name: string;
        readonly of: string | null;
        readonly ofName: string | null;
      }[]
    | null;
}

/** Looks up what events are about. Plans are kept: a version never changes. */
export class ToldAboutReader {
  readonly #plans = new Plans();

  constructor(
    private readonly database: DataSource,
    private readonly publicUrl: string,
  ) {}

  async read(effects: readonly Effect[], recipients: readonly string[]): Promise<Told> {
    const owners = (kind: string): string[] => [
      ...new Set(
        effects.filter(({ stream }) => stream.startsWith(`${kind}:`)).map(({ stream }) => ownerOf(stream)),
      ),
    ];
    const actors = effects.map(({ event }) => event.actor);
    const people = [...new Set([...recipients, ...actors, ...owners('person')])];
    const rows = await inTransaction(this.database, async (client) => {
      const answer = await client.query({
        name: 'told-about',
        text: toldAbout,
        values: [owners('grant'), owners('beneficiary'), people],
      });
      const [{ about }] = answer.rows as [{ about: Rows }];
      await this.#plans.fetch(client, about.grants ?? []);
      return about;
    });
    return this.#told(effects, rows);
  }

  #told(effects: readonly Effect[], rows: Rows): Told {
    const readers = new Map<string, Reader>();
    for (const { id, name, of } of rows.people ?? [])
      readers.set(id, { name, audience: of === null ? 'agency' : 'beneficiary' });
    const persons = new Map(
      (rows.people ?? []).map(({ id, name, ofName }) => [`person:${id}`, { id, name, of: ofName }]),
    );
    const grants = new Map((rows.grants ?? []).map((row) => [`grant:${row.code}`, row]));
    const names = new Map((rows.beneficiaries ?? []).map(({ id, name }) => [id, name]));
    const planOf = (stream: string): Plan | undefined => {
      const row = grants.get(stream);
      return row && this.#plans.get(row.programme, row.version)?.plan;
    };
    const facts = new Map<string, SharedFacts | null>();
    for (const { eventId, stream, event, occurredAt } of effects) {
      const row = grants.get(stream);
      const plan = planOf(stream);
      const id = row?.beneficiary ?? ownerOf(stream);
      const about: ToldAbout = {
        publicUrl: this.publicUrl,
        timeZone: plan?.timeZone ?? defaultTimeZone,
        occurredAt,
        by: readers.get(event.actor)?.name ?? null,
        beneficiary: { id, name: row?.beneficiary_name ?? names.get(id) ?? id },
        grant: row === undefined || plan === undefined ? null : grantTold(row, plan),
        person: persons.get(stream) ?? null,
        accountOf: (version) => accountOf(rows.accounts ?? [], id, version),
      };
      facts.set(eventId, factsOfEvent(event, about));
    }
    return { facts, readers, planOf };
  }
}

function accountOf(accounts: readonly AccountRow[], beneficiary: string, version: number) {
  const found = accounts.find(
    (account) => account.beneficiary === beneficiary && account.version === version,
  );
  return found === undefined ? null : { account: hiddenAccount(found.iban), holder: found.holder };
}

function grantTold(row: GrantRow, plan: Plan): GrantTold {
  const titleOf = (report: string): string => plannedReport(plan, report).title ?? report;
  const dueOn = (report: string): string => row.reports?.find(([code]) => code === report)?.[1] ?? row.end;
  const waitingOn: GrantTold['waitingOn'] = (report) => {
    const resting = tranchesRestingOn(plan, report);
    return row.tranches
      .filter(([no, , status]) => resting.includes(no) && status !== 'paid' && status !== 'cancelled')
      .map(([tranche, amount]) => ({ tranche, amount }));
  };
  return {
    code: row.code,
    programme: row.title,
    amount: row.amount,
    start: row.start,
    end: row.end,
    handler: row.handler === null ? null : { name: row.handler, mail: row.handler_mail },
    tranches: row.tranches.map(([tranche, amount]) => ({ tranche, amount })),
    deadlines: (row.reports ?? []).map(([code, due]) => ({ report: titleOf(code), dueOn: due })),
    titleOf,
    dueOn,
    waitingOn,
    judged: (code) => {
      const evaluation = plan.evaluations.find((planned) => planned.code === code);
      return { report: evaluation?.report ?? code, until: evaluation?.window?.to ?? null };
    },
  };
}

const toldAbout = `SELECT json_build_object(
  'grants', (
    SELECT json_agg(json_build_object(
      'code', g.code, 'beneficiary', g.beneficiary, 'beneficiary_name', b.name, 'programme', g.programme,
      'version', g.plan_version, 'title', p.title, 'amount', ${amountText('g.amount_cents')},
      'start', g.starts_on, 'end', g.ends_on, 'handler', h.name, 'handler_mail', h.mail,
      'tranches', (
        SELECT json_agg(json_build_array(t.no, ${amountText('t.amount_cents')}, t.status) ORDER BY t.no)
          FROM tranches t WHERE t.grant_code = g.code
      ),
      'reports', (
        SELECT json_agg(json_build_array(r.code, r.due_on) ORDER BY r.due_on, r.code)
          FROM reports r WHERE r.grant_code = g.code
      )
    ))
    FROM unnest($1::text[]) AS asked (code)
    JOIN grants g USING (code)
    JOIN beneficiaries b ON b.id = g.beneficiary
    JOIN programmes p ON p.code = g.programme
    LEFT JOIN people h ON h.id = g.handler
  ),
  'beneficiaries', (
    SELECT json_agg(json_build_object('id', b.id, 'name', b.name)) FROM beneficiaries b WHERE b.id = ANY ($2::text[])
  ),
  'accounts', (
    SELECT json_agg(json_build_object('beneficiary', a.beneficiary, 'version', a.version, 'iban', a.iban,
      'holder', a.holder)) FROM accounts a WHERE a.beneficiary = ANY ($2::text[])
  ),
  'people', (
    SELECT json_agg(json_build_object('id', p.id, 'name', p.name, 'of', p.beneficiary, 'ofName', b.name))
      FROM people p LEFT JOIN beneficiaries b ON b.id = p.beneficiary WHERE p.id = ANY ($3::text[])
  )
) AS about`;
