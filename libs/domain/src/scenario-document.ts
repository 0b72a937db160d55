/** Reads a scenario: a programme, its people, its grants and what happens when (scenario.md). */
import { parseIban, parseKbo } from './account-number.js';
import { type BankProfileInput, readBankProfile } from './bank-profile-document.js';
import {
  type CivilDate,
  type Instant,
  type TimeZone,
  dayAfter,
  defaultTimeZone,
  parseCivilDate,
  startOfDay,
} from './civil-date.js';
import type { CommandName } from './commands.js';
import { fields } from './command-fields.js';
import { type Fault, type Given, Reading, codeUpTo, fieldPath, flag, oneOf, textUpTo } from './faults.js';
import { parseMail } from './mail-address.js';
import type { Cents } from './money.js';
import { type Parsed, fault, quoted, value } from './parsed.js';
import { type Role, faultOfRoles, roles } from './people.js';
import type { Plan } from './plan.js';
import { type ReadProgramme, readProgramme } from './plan-document.js';
import { type ScenarioEnvelope, readEnvelopes } from './scenario-envelopes.js';
import { readHappenings } from './scenario-happenings.js';

export interface Scenario {
  readonly programme: {
    readonly code: string;
    readonly title: string;
    /** The plan as it was entered, without code and title; `parsePlan` reads it again. */
    readonly document: Given;
    readonly plan: Plan;
  };
  /** What is paid from; null where the file names none. */
  readonly bank: BankProfileInput | null;
  /** What the programme may commit; without any there is no budget to keep. */
  readonly envelopes: readonly ScenarioEnvelope[];
  readonly people: readonly ScenarioPerson[];
  readonly beneficiaries: readonly ScenarioBeneficiary[];
  readonly grants: readonly ScenarioGrant[];
  /** In time order, as in the file. */
  readonly happenings: readonly Happening[];
  /** The last day that is run. */
  readonly until: CivilDate;
}

export interface ScenarioPerson {
  readonly id: string;
  readonly name: string | null;
  readonly roles: readonly Role[];
  /** The beneficiary that a person with the role beneficiary answers for. */
  readonly of: string | null;
  readonly language: string | null;
  readonly mail: string | null;
}

export interface ScenarioBeneficiary {
  readonly id: string;
  readonly name: string;
  /** Ten digits. */
  readonly kbo: string;
  readonly iban: string | null;
  readonly verified: boolean;
}

export interface ScenarioGrant {
  readonly code: string;
  readonly beneficiary: string;
  readonly amountCents: Cents;
  readonly start: CivilDate;
  readonly end: CivilDate;
  readonly handler: string | null;
}

export interface Happening {
  /** Place in the file, from 0; the command's id is made from it. */
  readonly index: number;
  readonly at: Instant;
  readonly by: string;
  readonly do: CommandName;
  /** A grant's code, or "*" for every grant of the file in code order; null where a command on batches names none. */
  readonly grant: string | null;
  /** The command's own fields as they were written; they read without fault. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** Names that a scenario declares, for its happenings to use; undefined where they could not be read. */
export interface ScenarioNames {
  readonly programme: ReadProgramme | undefined;
  readonly timeZone: TimeZone;
  readonly people: ReadonlySet<string>;
  readonly grants: ReadonlySet<string>;
  /** Budget articles. */
  readonly articles: ReadonlySet<string>;
}

/** The version of the file format that is read here. */
export const scenarioVersion = 1;

/** A grant's code: it stands in the bank's end-to-end id `<code>-<no>-<attempt>` of at most 35 characters. */
export const grantCodePattern = '^[A-Za-z0-9](?:[A-Za-z0-9-]{0,22}[A-Za-z0-9])?$';
const idUpTo64 = codeUpTo(64);

/**
 * Reads a whole scenario, from YAML or JSON that was parsed. Gives the scenario, or every fault of the
 * file: unknown fields and names, what is malformed, what contradicts itself. What a command may be
 * refused for (role, state, gate) is no fault: it comes out when the scenario runs.
 */
export function parseScenario(
  input: unknown,
): { readonly scenario: Scenario } | { readonly faults: readonly Fault[] } {
  const reading = new Reading();
  const scenario = readScenario(reading, input);
  if (scenario === undefined || reading.faults.length > 0) return { faults: reading.faults };
  return { scenario };
}

/** The same scenario up to and including another day: happenings after it are left out. */
export function throughDate(scenario: Scenario, until: CivilDate): Scenario {
  const end = startOfDay(dayAfter(until), scenario.programme.plan.timeZone);
  return { ...scenario, until, happenings: scenario.happenings.filter((happening) => happening.at < end) };
}

function readScenario(reading: Reading, input: unknown): Scenario | undefined {
  const given = reading.object('', input, {
    what: 'a scenario',
    required: ['sluis', 'programme', 'until'],
    optional: ['people', 'beneficiaries', 'grants', 'happenings', 'bank', 'envelopes'],
  });
  if (given === undefined) return undefined;
  reading.field('', given, 'sluis', parseVersion);
  const document = given['programme'];
  const programme = document === undefined ? undefined : readProgramme(reading, 'programme', document);
  const beneficiaries = readBeneficiaries(reading, given);
  const people = readPeople(reading, given, idsOf(given, 'beneficiaries', 'id'));
  const grants = readGrants(reading, given, idsOf(given, 'beneficiaries', 'id'), people);
  const until = reading.field('', given, 'until', parseCivilDate);
  const names: ScenarioNames = {
    programme,
    timeZone: programme?.programme.plan.timeZone ?? defaultTimeZone,
    people: idsOf(given, 'people', 'id'),
    grants: idsOf(given, 'grants', 'code'),
    articles: idsOf(given, 'envelopes', 'article'),
  };
  const envelopes = readEnvelopes(reading, given);
  const happenings = readHappenings(reading, given, names, until);
  const bank = given['bank'] === undefined ? null : (readBankProfile(reading, 'bank', given['bank']) ?? null);
  if (programme === undefined || until === undefined) return undefined;
  const { code, title, plan } = programme.programme;
  return {
    programme: { code, title, document: planDocument(document), plan },
    bank,
    envelopes,
    people,
    beneficiaries,
    grants,
    happenings,
    until,
  };
}

function parseVersion(input: unknown): Parsed<number> {
  if (input === scenarioVersion) return value(scenarioVersion);
  return fault(
    `${quoted(input)} is no version of the file format that is read here; write sluis: ${scenarioVersion}`,
  );
}

function planDocument(programme: unknown): Given {
  const { code: _code, title: _title, ...plan } = programme as Record<string, unknown>;
  return plan;
}

/** The ids that the entries of a list state, faulty entries included: what they declare is declared. */
function idsOf(given: Given, list: string, field: string): Set<string> {
  const items = given[list];
  if (!Array.isArray(items)) return new Set();
  const ids = items.flatMap((item: unknown) => {
    const id =
      typeof item === 'object' && item !== null ? (item as Record<string, unknown>)[field] : undefined;
    return typeof id === 'string' ? id : [];
  });
  return new Set(ids);
}

function readPeople(reading: Reading, given: Given, beneficiaries: ReadonlySet<string>): ScenarioPerson[] {
  const seen = new Map<string, string>();
  return reading.list('', given, 'people', 'people').flatMap(({ path, input }) => {
    const person = readPerson(reading, path, input, beneficiaries);
    if (person !== undefined) reading.once(seen, fieldPath(path, 'id'), 'the person', person.id);
    return person ?? [];
  });
}

function readPerson(
  reading: Reading,
  path: string,
  input: unknown,
  beneficiaries: ReadonlySet<string>,
): ScenarioPerson | undefined {
  const given = reading.object(path, input, {
    what: 'a person',
    required: ['id', 'roles'],
    optional: ['name', 'of', 'language', 'mail'],
  });
  if (given === undefined) return undefined;
  const id = reading.field(path, given, 'id', parsePersonId);
  const listed = reading.list(path, given, 'roles', `roles: ${roles.join(', ')}`);
  const held = listed.flatMap((item) => reading.take(item.path, oneOf(roles)(item.input)) ?? []);
  const of = reading.field(path, given, 'of', idUpTo64) ?? null;
  if (of !== null && !beneficiaries.has(of))
    reading.add(fieldPath(path, 'of'), reading.unknown('is no beneficiary of this file', of, beneficiaries));
  // With a role or "of" unread, what is said of the set would be said of another one.
  const complete = Array.isArray(given['roles']) && held.length === listed.length;
  const wrong = complete && (of !== null || given['of'] === undefined) ? faultOfRoles(held, of) : null;
  if (wrong !== null) reading.add(fieldPath(path, wrong.startsWith('"of"') ? 'of' : 'roles'), wrong);
  const name = reading.field(path, given, 'name', textUpTo(200)) ?? null;
  const language = reading.field(path, given, 'language', parseLanguage) ?? null;
  const mail = reading.field(path, given, 'mail', parseMail) ?? null;
  return id === undefined ? undefined : { id, name, roles: held, of, language, mail };
}

function parsePersonId(input: unknown): Parsed<string> {
  if (input === 'system') return fault('"system" is the service itself; give this person another id');
  return idUpTo64(input);
}

function parseLanguage(input: unknown): Parsed<string> {
  if (typeof input === 'string' && /^[a-z]{2}$/.test(input)) return value(input);
  return fault(`${quoted(input)} is no language; write its two letters, for example "nl"`);
}

function readBeneficiaries(reading: Reading, given: Given): ScenarioBeneficiary[] {
  const seen = new Map<string, string>();
  return reading.list('', given, 'beneficiaries', 'beneficiaries').flatMap(({ path, input }) => {
    const beneficiary = readBeneficiary(reading, path, input);
    if (beneficiary !== undefined)
      reading.once(seen, fieldPath(path, 'id'), 'the beneficiary', beneficiary.id);
    return beneficiary ?? [];
  });
}

function readBeneficiary(reading: Reading, path: string, input: unknown): ScenarioBeneficiary | undefined {
  const given = reading.object(path, input, {
    what: 'a beneficiary',
    required: ['id', 'name', 'kbo'],
    optional: ['iban', 'verified'],
  });
  if (given === undefined) return undefined;
  const id = reading.field(path, given, 'id', idUpTo64);
  const name = reading.field(path, given, 'name', textUpTo(200)) ?? '';
  const kbo = reading.field(path, given, 'kbo', parseKbo) ?? '';
  const iban = reading.field(path, given, 'iban', parseIban) ?? null;
  const verified = reading.field(path, given, 'verified', flag) ?? false;
  if (verified && given['iban'] === undefined)
    reading.add(
      fieldPath(path, 'verified'),
      'there is no account to be verified; give its iban, or leave verified out',
    );
  return id === undefined ? undefined : { id, name, kbo, iban, verified };
}

function readGrants(
  reading: Reading,
  given: Given,
  beneficiaries: ReadonlySet<string>,
  people: readonly ScenarioPerson[],
): ScenarioGrant[] {
  const seen = new Map<string, string>();
  const declared = idsOf(given, 'people', 'id');
  const byId = new Map(people.map((person) => [person.id, person]));
  return reading.list('', given, 'grants', 'grants').flatMap(({ path, input }) => {
    const grant = readGrant(reading, path, input, beneficiaries);
    if (grant === undefined) return [];
    reading.once(seen, fieldPath(path, 'code'), 'the grant', grant.code);
    if (grant.handler !== null) checkHandler(reading, path, grant.handler, declared, byId);
    return grant;
  });
}

function checkHandler(
  reading: Reading,
  path: string,
  handler: string,
  declared: ReadonlySet<string>,
  people: ReadonlyMap<string, ScenarioPerson>,
): void {
  const at = fieldPath(path, 'handler');
  const person = people.get(handler);
  if (!declared.has(handler))
    reading.add(at, reading.unknown('is no person of this file', handler, declared));
  else if (person !== undefined && person.roles.length > 0 && !person.roles.includes('administrator'))
    reading.add(at, `"${handler}" is no administrator; a grant is handled by one`);
}

function readGrant(
  reading: Reading,
  path: string,
  input: unknown,
  beneficiaries: ReadonlySet<string>,
): ScenarioGrant | undefined {
  const given = reading.object(path, input, {
    what: 'a grant',
    required: ['code', 'beneficiary', 'amount', 'start', 'end'],
    optional: ['handler'],
  });
  if (given === undefined) return undefined;
  const code = reading.field(path, given, 'code', parseGrantCode);
  const beneficiary = reading.field(path, given, 'beneficiary', idUpTo64) ?? '';
  if (beneficiary !== '' && !beneficiaries.has(beneficiary))
    reading.add(
      fieldPath(path, 'beneficiary'),
      reading.unknown('is no beneficiary of this file', beneficiary, beneficiaries),
    );
  const amountCents = reading.field(path, given, 'amount', fields.amount.parse) ?? null;
  if (amountCents === 0n) reading.add(fieldPath(path, 'amount'), 'a grant has an amount above 0.00');
  const start = reading.field(path, given, 'start', parseCivilDate) ?? '';
  const end = reading.field(path, given, 'end', parseCivilDate) ?? '';
  if (start !== '' && end !== '' && end < start)
    reading.add(fieldPath(path, 'end'), `the grant ends on ${end}, before it starts on ${start}`);
  const handler = reading.field(path, given, 'handler', idUpTo64) ?? null;
  return code === undefined
    ? undefined
    : { code, beneficiary, amountCents: amountCents ?? 0n, start, end, handler };
}

/** Reads a grant's code: 1–24 of A-Za-z0-9-, beginning and ending with a letter or digit. */
export function parseGrantCode(input: unknown): Parsed<string> {
  if (typeof input === 'string' && new RegExp(grantCodePattern).test(input)) return value(input);
  return fault(
    `${quoted(input)} is no grant code; write 1 to 24 letters, digits and hyphens, beginning and ending with a letter or digit, for example "REN-ANT"`,
  );
}
