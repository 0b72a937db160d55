import type { DataSource } from 'typeorm';

import { defaultTimeZone } from '#domain/civil-date.js';
import type { Plan } from '#domain/plan.js';
import { plannedReport, tranchesRestingOn } from '#domain/plan.js';
import { factsOfEvent, hiddenAccount } from '#notifications/facts-of-event.js';
import type { GrantTold, Reader, SharedFacts, ToldAbout } from '#notifications/facts-of-event.js';
import { inTransaction } from '#persistence/client.js';
import { Plans } from '#persistence/plans.js';
import { byOwner } from '#persistence/rows-by-owner.js';
import { amountText } from '#persistence/views/sql-text.js';

import type { Effect } from './effects.js';
import { ownerOf } from './effects.js';

/** What messages of a batch of effects say, and to whom; read in one round trip for all of them. */
export interface Told {
  /** Null where people are told of it, but no template is there for it. */
  factsOf(effect: Effect): SharedFacts | null;
  /** Null where nobody is known by that name. */
  readerOf(person: string): Reader | null;
  /** Whose person somebody is; null for one of the agency. */
  beneficiaryOf(person: string): string | null;
  /** The plan of a grant, by its stream. */
  planOf(stream: string): Plan | undefined;
}

type GrantFields = readonly [
  code: string,
  beneficiary: string,
  beneficiaryName: string,
  programme: string,
  version: number,
  title: string,
  amount: string,
  start: string,
  end: string,
  handler: string | null,
  handlerMail: string | null,
];
type TrancheFields = readonly [grant: string, no: number, amount: string, status: string];
type ReportFields = readonly [grant: string, code: string, dueOn: string];
type AccountFields = readonly [beneficiary: string, version: number, iban: string, holder: string | null];
type PersonFields = readonly [id: string, name: string, of: string | null, ofName: string | null];

/** Each list by its key; null where it has no row. */
interface Rows {
  readonly grants: readonly GrantFields[] | null;
  /** By number within a grant. */
  readonly tranches: readonly TrancheFields[] | null;
  /** By date within a grant; none where only reminders are told, which have their own date. */
  readonly reports: readonly ReportFields[] | null;
  readonly beneficiaries: readonly (readonly [id: string, name: string])[] | null;
  readonly accounts: readonly AccountFields[] | null;
  readonly people: readonly PersonFields[] | null;
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
        values: [
          owners('grant'),
          owners('beneficiary'),
          people,
          effects.some(({ event }) => event.type !== 'reminder.sent'),
        ],
      });
      const [{ about }] = answer.rows as [{ about: Rows }];
      await this.#plans.fetch(
        client,
        (about.grants ?? []).map(([, , , programme, version]) => ({ programme, version })),
      );
      return about;
    });
    return this.#told(rows);
  }

  #told(rows: Rows): Told {
    const people = new Map((rows.people ?? []).map((person) => [person[0], person]));
    const grants = new Map((rows.grants ?? []).map((grant) => [grant[0], grant]));
    const tranches = byOwner(rows.tranches, (row) => row);
    const reports = byOwner(rows.reports, (row) => row);
    const names = new Map(rows.beneficiaries ?? []);
    const planOf = (grant: GrantFields | undefined): Plan | undefined =>
      grant && this.#plans.get(grant[3], grant[4])?.plan;
    const factsOf = ({ stream, event, occurredAt }: Effect): SharedFacts | null => {
      const owner = ownerOf(stream);
      const grant = stream.startsWith('grant:') ? grants.get(owner) : undefined;
      const plan = planOf(grant);
      const id = grant?.[1] ?? owner;
      const about: ToldAbout = {
        publicUrl: this.publicUrl,
        timeZone: plan?.timeZone ?? defaultTimeZone,
        occurredAt,
        by: people.get(event.actor)?.[1] ?? null,
        beneficiary: { id, name: grant?.[2] ?? names.get(id) ?? id },
        grant:
          grant === undefined || plan === undefined
            ? null
            : grantTold(grant, tranches.get(owner) ?? [], reports.get(owner) ?? [], plan),
        person: stream.startsWith('person:') ? personTold(people.get(owner)) : null,
        accountOf: (version) => accountOf(rows.accounts ?? [], id, version),
      };
      return factsOfEvent(event, about);
    };
    return {
      factsOf,
      readerOf: (person) => readerOf(people.get(person)),
      beneficiaryOf: (person) => people.get(person)?.[2] ?? null,
      planOf: (stream) => (stream.startsWith('grant:') ? planOf(grants.get(ownerOf(stream))) : undefined),
    };
  }
}

function readerOf(person: PersonFields | undefined): Reader | null {
  return person === undefined
    ? null
    : { name: person[1], audience: person[2] === null ? 'agency' : 'beneficiary' };
}

function personTold(person: PersonFields | undefined): ToldAbout['person'] {
  return person === undefined ? null : { id: person[0], name: person[1], of: person[3] };
}

function accountOf(accounts: readonly AccountFields[], beneficiary: string, version: number) {
  const found = accounts.find(([of, no]) => of === beneficiary && no === version);
  if (found === undefined) return null;
  const [, , iban, holder] = found;
  return { account: hiddenAccount(iban), holder };
}

function grantTold(
  [code, , , , , programme, amount, start, end, handler, handlerMail]: GrantFields,
  tranches: readonly TrancheFields[],
  reports: readonly ReportFields[],
  plan: Plan,
): GrantTold {
  const titleOf = (report: string): string => plannedReport(plan, report).title ?? report;
  const waitingOn: GrantTold['waitingOn'] = (report) => {
    const resting = tranchesRestingOn(plan, report);
    return tranches
      .filter(([, no, , status]) => resting.includes(no) && status !== 'paid' && status !== 'cancelled')
      .map(([, tranche, amount]) => ({ tranche, amount }));
  };
  return {
    code,
    programme,
    amount,
    start,
    end,
    handler: handler === null ? null : { name: handler, mail: handlerMail },
    tranches: tranches.map(([, tranche, amount]) => ({ tranche, amount })),
    deadlines: reports.map(([, report, dueOn]) => ({ report: titleOf(report), dueOn })),
    titleOf,
    dueOn: (report) => reports.find(([, known]) => known === report)?.[2] ?? end,
    waitingOn,
    judged: (evaluation) => {
      const planned = plan.evaluations.find((one) => one.code === evaluation);
      return { report: planned?.report ?? evaluation, until: planned?.window?.to ?? null };
    },
  };
}

// Table by table for all grants at once, and without column names: grant by grant as objects took nearly twice as long.
const toldAbout = `SELECT json_build_object(
  'grants', (
    SELECT json_agg(json_build_array(
      g.code, g.beneficiary, b.name, g.programme, g.plan_version, p.title, ${amountText('g.amount_cents')},
      g.starts_on, g.ends_on, h.name, h.mail
    ))
    FROM grants g
    JOIN beneficiaries b ON b.id = g.beneficiary
    JOIN programmes p ON p.code = g.programme
    LEFT JOIN people h ON h.id = g.handler
    WHERE g.code = ANY ($1::text[])
  ),
  'tranches', (
    SELECT json_agg(json_build_array(grant_code, no, ${amountText('amount_cents')}, status) ORDER BY grant_code, no)
      FROM tranches WHERE grant_code = ANY ($1::text[])
  ),
  'reports', CASE WHEN $4::boolean THEN (
    SELECT json_agg(json_build_array(grant_code, code, due_on) ORDER BY grant_code, due_on, code)
      FROM reports WHERE grant_code = ANY ($1::text[])
  ) END,
  'beneficiaries', (
    SELECT json_agg(json_build_array(id, name)) FROM beneficiaries WHERE id = ANY ($2::text[])
  ),
  'accounts', (
    SELECT json_agg(json_build_array(beneficiary, version, iban, holder)) FROM accounts WHERE beneficiary = ANY ($2::text[])
  ),
  'people', (
    SELECT json_agg(json_build_array(p.id, p.name, p.beneficiary, b.name))
      FROM people p LEFT JOIN beneficiaries b ON b.id = p.beneficiary WHERE p.id = ANY ($3::text[])
  )
) AS about`;
