import type { DataSource } from 'typeorm';

import { defaultTimeZone } from '#domain/civil-date.js';
import type { Plan } from '#domain/plan.js';
import { plannedReport, tranchesRestingOn } from '#domain/plan.js';
import { factsOfEvent, hiddenAccount } from '#notifications/facts-of-event.js';
import type { GrantTold, Reader, SharedFacts, ToldAbout } from '#notifications/facts-of-event.js';
import { inTransaction } from '#persistence/client.js';
import { Plans } from '#persistence/plans.js';
import { byOwner } from '#persistence/rows-by-owner.js';
import { type Columns, rowsOf } from '#persistence/rows-of-columns.js';

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
type PersonFields = readonly [id: string, name: string, of: string | null];

/** As the function `told_about` gives them; null where a table was not asked for. */
interface Rows {
  readonly grants: Columns<GrantFields>;
  /** By number within a grant. */
  readonly tranches: Columns<TrancheFields>;
  /** By date within a grant; not asked for where only reminders are told, which have their own date. */
  readonly reports: Columns<ReportFields> | null;
  readonly beneficiaries: Columns<readonly [id: string, name: string]> | null;
  readonly accounts: Columns<AccountFields> | null;
  readonly people: Columns<PersonFields>;
  /** The name of whose person somebody is; null for one of the agency. */
  readonly persons: Columns<readonly [id: string, name: string, of: string | null]> | null;
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
    const people = [...new Set([...recipients, ...actors])];
    return inTransaction(this.database, async (client) => {
      const answer = await client.query({
        name: 'told-about',
        text: toldAbout,
        values: [
          owners('grant'),
          owners('beneficiary'),
          people,
          owners('person'),
          effects.some(({ event }) => event.type !== 'reminder.sent'),
        ],
      });
      const [{ about }] = answer.rows as [{ about: Rows }];
      const grants = rowsOf(about.grants);
      await this.#plans.fetch(
        client,
        grants.map(([, , , programme, version]) => ({ programme, version })),
      );
      return this.#told(new Map(grants.map((grant) => [grant[0], grant])), about);
    });
  }

  #told(grants: ReadonlyMap<string, GrantFields>, rows: Rows): Told {
    const people = new Map(rowsOf(rows.people).map((person) => [person[0], person]));
    const persons = new Map(rowsOf(rows.persons).map(([id, name, of]) => [id, { id, name, of }]));
    const tranches = byOwner(rowsOf(rows.tranches), (row) => row);
    const reports = byOwner(rowsOf(rows.reports), (row) => row);
    const names = new Map(rowsOf(rows.beneficiaries));
    const accounts = rowsOf(rows.accounts);
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
        person: stream.startsWith('person:') ? (persons.get(owner) ?? null) : null,
        accountOf: (version) => accountOf(accounts, id, version),
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

const toldAbout = 'SELECT told_about($1, $2, $3, $4, $5) AS about';
