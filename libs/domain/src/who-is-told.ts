import type { CivilDate } from './civil-date.js';
import type { Contact } from './people.js';

/** What a person of a beneficiary may be told of: its reports with their deadlines, or its money. */
export const topics = ['reports', 'payments'] as const;
export type Topic = (typeof topics)[number];

/** Days on which something holds, both included; `until` null: for good. */
export interface Validity {
  readonly from: CivilDate;
  readonly until: CivilDate | null;
}

/** A person of a beneficiary who was named to be told of something. */
export interface NamedContact extends Validity {
  readonly person: string;
  readonly of: Topic;
}

/** Who is told in a person's stead. */
export interface Deputy extends Validity {
  readonly person: string;
  readonly deputy: string;
}

/** Who was named, beside every person of a beneficiary. People who have left are in none of these. */
export interface Named {
  /** For the grant itself. */
  readonly ofGrant: readonly NamedContact[];
  /** For every grant of the beneficiary. */
  readonly ofBeneficiary: readonly NamedContact[];
  readonly deputies: readonly Deputy[];
}

export const nobodyNamed: Named = { ofGrant: [], ofBeneficiary: [], deputies: [] };

/** Whether it holds on a day, its first and its last included. */
export function holdsOn({ from, until }: Validity, day: CivilDate): boolean {
  return from <= day && (until === null || day <= until);
}

/**
 * Which of the persons of a beneficiary are told of a topic on a day: those named for the grant, else those named
 * for the beneficiary, else all of them, so that nothing is told to nobody because a contact lapsed; and
 * whoever is away by their deputy.
 */
export function toldOf(
  topic: Topic,
  persons: readonly Contact[],
  { ofGrant, ofBeneficiary, deputies }: Named,
  day: CivilDate,
): readonly Contact[] {
  const chosen = namedAmong(persons, topic, ofGrant, day) ?? namedAmong(persons, topic, ofBeneficiary, day);
  return inTheirStead(chosen ?? persons, persons, deputies, day);
}

function namedAmong(
  persons: readonly Contact[],
  topic: Topic,
  named: readonly NamedContact[],
  day: CivilDate,
): readonly Contact[] | null {
  if (named.length === 0) return null;
  const ids = new Set(
    named.filter((one) => one.of === topic && holdsOn(one, day)).map(({ person }) => person),
  );
  const chosen = persons.filter(({ id }) => ids.has(id));
  return chosen.length === 0 ? null : chosen;
}

/**
 * These people, each whose deputy stands in for them on a day replaced by that deputy (or by the deputy's own), once.
 * Only somebody among `able`, who could do what they are told of, stands in; deputies in a circle replace nobody.
 */
export function inTheirStead(
  people: readonly Contact[],
  able: readonly Contact[],
  deputies: readonly Deputy[],
  day: CivilDate,
): readonly Contact[] {
  const standing = deputies.filter((one) => holdsOn(one, day));
  if (standing.length === 0) return people;
  const deputyOf = new Map(standing.map(({ person, deputy }) => [person, deputy]));
  const byId = new Map(able.map((person) => [person.id, person]));
  const told = new Map(
    people.map((person) => {
      const instead = standIn(person, deputyOf, byId);
      return [instead.id, instead];
    }),
  );
  return [...told.values()];
}

function standIn(
  person: Contact,
  deputyOf: ReadonlyMap<string, string>,
  able: ReadonlyMap<string, Contact>,
): Contact {
  const passed = new Set([person.id]);
  for (let at = person; ;) {
    const next = able.get(deputyOf.get(at.id) ?? '');
    if (next === undefined) return at;
    if (passed.has(next.id)) return person;
    passed.add(next.id);
    at = next;
  }
}

/**
 * Who of an agency looks after a grant: its handler while they are an administrator who has not left, else every
 * administrator; and whoever is away by their deputy.
 */
export function lookingAfter(
  handler: string | null,
  administrators: readonly Contact[],
  deputies: readonly Deputy[],
  day: CivilDate,
): readonly Contact[] {
  const own = administrators.filter(({ id }) => id === handler);
  return inTheirStead(own.length === 0 ? administrators : own, administrators, deputies, day);
}

/** What befalls a recipient list before it is told: who did it knows already. */
export function except(people: readonly Contact[], ids: ReadonlySet<string>): readonly Contact[] {
  return people.filter(({ id }) => !ids.has(id));
}

/**
 * Who of those that hold a role is told of work that arrived: all but who did it and who may not do it
 * (`barred`, by four eyes), each away by their deputy. Where that leaves nobody, those who look after the grant.
 */
export function toldOfWork(
  able: readonly Contact[],
  barred: ReadonlySet<string>,
  otherwise: readonly Contact[],
  deputies: readonly Deputy[],
  day: CivilDate,
): readonly Contact[] {
  const free = except(able, barred);
  return free.length === 0 ? otherwise : inTheirStead(free, free, deputies, day);
}
