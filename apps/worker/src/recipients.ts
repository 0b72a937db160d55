import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { type Instant, civilDateOf } from '#domain/civil-date.js';
import type { Contact } from '#domain/people.js';
import { type Plan, evaluationsBehind } from '#domain/plan.js';
import {
  type Deputy,
  type NamedContact,
  type Topic,
  except,
  lookingAfter,
  toldOf,
  toldOfWork,
  topics,
} from '#domain/who-is-told.js';
import { inTransaction } from '#persistence/client.js';
import type { DeputyFields, NamedFields } from '#persistence/grant-file.js';
import { Plans } from '#persistence/plans.js';
import { codeOfStream, instantText } from '#persistence/views/sql-text.js';

import type { Effect } from './effects.js';

/** Whom an event concerns, by its stream, and what it takes to say who of them is told. */
interface Concerned {
  readonly eventId: string;
  readonly at: Instant;
  readonly persons: readonly Contact[];
  readonly named: readonly [...NamedFields, grant: string | null][];
  readonly handler: string | null;
  /** Who recommended the evaluations of the grant, by code. */
  readonly recommendations: Readonly<Record<string, string>>;
  readonly programme: string | null;
  readonly planVersion: number;
  /** A recovery of the grant that its beneficiary was never told of. */
  readonly unheard: boolean;
}

interface Agency {
  readonly deputies: readonly Deputy[];
  holding(role: string): readonly Contact[];
}

/**
 * Who is told of an event: as of the day on which it happened, in the time zone of its programme. The rules are the
 * domain's (`who-is-told.ts`); nobody is told of what they did themselves.
 */
@Injectable()
export class Recipients {
  readonly #plans = new Plans();

  constructor(private readonly database: DataSource) {}

  /** The recipients of each effect, by event; the effects are of one reaction. */
  async of(effects: readonly Effect[]): Promise<(effect: Effect) => readonly string[]> {
    const { concerned, agency } = await inTransaction(this.database, async (client) => {
      const { rows } = await client.query({ text: concernedBy, values: [effects.map((e) => e.eventId)] });
      const known = new Map((rows as Concerned[]).map((row) => [row.eventId, row]));
      await this.#plans.fetch(
        client,
        [...known.values()].flatMap(({ programme, planVersion: version }) =>
          programme === null ? [] : [{ programme, version }],
        ),
      );
      const { rows: found } = await client.query({ text: agencyNow });
      return { concerned: known, agency: agencyOf(found as AgencyRow[]) };
    });
    return (effect) => {
      const event = concerned.get(effect.eventId);
      if (event === undefined) return [];
      const { programme, planVersion } = event;
      const plan = programme === null ? undefined : this.#plans.get(programme, planVersion)?.plan;
      return told(effect, event, plan, agency);
    };
  }
}

function told(
  { reaction, target, event }: Effect,
  concerned: Concerned,
  plan: Plan | undefined,
  agency: Agency,
): readonly string[] {
  const day = civilDateOf(concerned.at, plan?.timeZone ?? 'Europe/Brussels');
  const doer = new Set([event.actor]);
  const { deputies } = agency;
  const looking = lookingAfter(concerned.handler, agency.holding('administrator'), deputies, day);
  const ids = (people: readonly Contact[]): readonly string[] => except(people, doer).map(({ id }) => id);
  switch (reaction) {
    case 'notify-beneficiary': {
      if (event.type === 'recovery.waived' && concerned.unheard) return [];
      const about = topics.filter((topic) => target === '' || topic === target);
      return ids([...new Set(about.flatMap((topic) => contactsOf(topic, concerned, deputies, day)))]);
    }
    case 'notify-agency':
      return ids(looking);
    default: {
      const barred = new Set([...doer, ...barredFrom(event, concerned, plan)]);
      return ids(toldOfWork(agency.holding(target), barred, looking, deputies, day));
    }
  }
}

function contactsOf(
  topic: Topic,
  { persons, named }: Concerned,
  deputies: readonly Deputy[],
  day: string,
): readonly Contact[] {
  const of = (ofGrant: boolean): NamedContact[] =>
    named
      .filter(([, , , , grant]) => (grant !== null) === ofGrant)
      .map(([person, about, from, until]) => ({ person, of: about, from, until }));
  return toldOf(topic, persons, { ofGrant: of(true), ofBeneficiary: of(false), deputies }, day);
}

/** Whoever recommended an evaluation that the tranche's gate rests on may not approve it (domain.md, "Four eyes"). */
function barredFrom(
  event: Effect['event'],
  { recommendations }: Concerned,
  plan: Plan | undefined,
): string[] {
  if (event.type !== 'tranche.payable' && event.type !== 'tranche.first-approved') return [];
  const tranche = plan?.tranches.find(({ no }) => no === event.data.tranche);
  if (plan === undefined || tranche === undefined || !plan.approval.fourEyes) return [];
  return [...evaluationsBehind(tranche)].flatMap((code) => recommendations[code] ?? []);
}

const contact = `json_build_object('id', p.id, 'since', ${instantText('p.since')})`;

const concernedBy = `
  SELECT e.id::text AS "eventId", ${instantText('e.occurred_at')} AS at, g.handler, g.programme,
         coalesce(g.plan_version, 0) AS "planVersion",
         coalesce((SELECT json_agg(${contact} ORDER BY p.id) FROM people p
            WHERE p.beneficiary = o.beneficiary AND p.ended IS NULL), '[]') AS persons,
         coalesce((SELECT json_agg(json_build_array(c.person, c.told_of, c.valid_from, c.valid_until, c.grant_code))
            FROM (SELECT * FROM contacts WHERE beneficiary = o.beneficiary AND grant_code IS NULL
                  UNION ALL SELECT * FROM contacts WHERE grant_code = g.code) c), '[]') AS named,
         coalesce((SELECT json_object_agg(v.code, v.recommended_by) FROM evaluations v
            WHERE v.grant_code = g.code AND v.recommended_by IS NOT NULL), '{}') AS recommendations,
         e.type = 'recovery.waived' AND NOT EXISTS (SELECT FROM events n WHERE n.stream = e.stream
            AND n.type = 'recovery.notified' AND n.data ->> 'recovery' = e.data ->> 'recovery') AS unheard
    FROM events e
    LEFT JOIN grants g ON g.code = ${codeOfStream('e.stream')}
   CROSS JOIN LATERAL (SELECT coalesce(g.beneficiary, substr(e.stream, length('beneficiary:') + 1)) AS beneficiary) o
   WHERE e.id = ANY ($1::bigint[])`;

/** People of the agency who have not left, and everyone who named a deputy: two keys, since few of all people are either. */
const agencyNow = `
  SELECT p.id, ${instantText('p.since')} AS since, p.roles,
         (SELECT json_agg(json_build_array(d.person, d.deputy, d.valid_from, d.valid_until))
            FROM deputies d WHERE d.person = p.id) AS deputies
    FROM people p WHERE p.ended IS NULL AND p.id IN (
      SELECT id FROM people WHERE beneficiary IS NULL UNION ALL SELECT person FROM deputies
    ) ORDER BY p.id`;

interface AgencyRow extends Contact {
  readonly roles: readonly string[];
  readonly deputies: readonly DeputyFields[] | null;
}

function agencyOf(rows: readonly AgencyRow[]): Agency {
  return {
    deputies: rows
      .flatMap(({ deputies }) => deputies ?? [])
      .map(([person, deputy, from, until]) => ({ person, deputy, from, until })),
    holding: (role) => rows.filter(({ roles }) => roles.includes(role)),
  };
}
