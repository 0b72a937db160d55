import { keeps, mayFor } from '#api/permissions.js';
import { type CivilDate, parseCivilDate } from '#domain/civil-date.js';
import { Reading, codeUpTo, oneOf } from '#domain/faults.js';
import type { Parsed } from '#domain/parsed.js';
import { parseGrantCode } from '#domain/scenario-document.js';
import { type Topic, topics } from '#domain/who-is-told.js';
import { endNamed, nameContact, nameDeputy } from '#lifecycle/contact-writes.js';

import { CommandRefused, acting, numberOf, refuseFaults, registered } from './acting.js';
import type { ContactOptions, DaysOptions, EndOptions } from './program-contacts.js';
import type { ActingOptions } from './program-finance.js';

/** `sluis contact list BENEFICIARY` */
export async function listContacts(beneficiary: string, options: ActingOptions): Promise<void> {
  await acting(options, async (me) => {
    const of = me.ownOf('people');
    if ((await me.views.beneficiaries.one(beneficiary, of)) === null)
      throw new CommandRefused(`There is no beneficiary ${beneficiary}.`);
    const rows = await me.views.contacts.ofBeneficiary(beneficiary);
    for (const row of rows) {
      const { id, person, of: topic, grant } = row;
      const about = grant === null ? 'every grant' : `grant ${grant}`;
      say(options, row, [String(id).padStart(4), person, topic, about, ...daysOf(row)].join('  '));
    }
    if (rows.length === 0 && !options.json)
      process.stdout.write(`Nobody is named: every person of ${beneficiary} is told.\n`);
  });
}

/** `sluis contact name BENEFICIARY PERSON` */
export async function addContact(
  beneficiary: string,
  person: string,
  options: ContactOptions,
): Promise<void> {
  const reading = new Reading();
  reading.take('<beneficiary>', codeUpTo(64)(beneficiary));
  reading.take('<person>', codeUpTo(64)(person));
  const of = reading.take('--of', oneOf(topics)(options.of));
  const grant = optional(reading, '--grant', options.grant, parseGrantCode);
  const days = daysIn(reading, options);
  refuseFaults(reading);
  // Nothing is undefined where there was no fault.
  const input = { beneficiary, person, of: of as Topic, grant, ...days };
  await acting(options, async (me) => {
    const write = nameContact(me.person, input);
    const { result } = await registered(me, 'name-contact', keeps.contacts, input, write, places);
    const about = grant === null ? '' : ` of grant ${grant}`;
    say(options, result, `${person} is told of ${of}${about} ${spanOf(result)}: contact ${result.id}.`);
  });
}

/** `sluis contact end BENEFICIARY NO` */
export async function endContact(beneficiary: string, no: string, options: EndOptions): Promise<void> {
  const input = endIn(beneficiary, 'contact', no, options);
  await acting(options, async (me) => {
    const write = endNamed('contacts', input);
    const { result } = await registered(me, 'end-contact', keeps.contacts, input, write, places);
    say(options, result, `Contact ${result.id} of ${beneficiary} is over after ${result.until}.`);
  });
}

/** `sluis deputy list PERSON` */
export async function listDeputies(person: string, options: ActingOptions): Promise<void> {
  await acting(options, async (me) => {
    const of = me.ownOf('people');
    const found = await me.views.people.one(person);
    if (found === null || (of !== null && found.of !== of))
      throw new CommandRefused(`There is no person ${person}.`);
    const rows = await me.views.contacts.deputiesOf(person);
    for (const row of rows)
      say(options, row, [String(row.id).padStart(4), row.deputy, ...daysOf(row)].join('  '));
    if (rows.length === 0 && !options.json) process.stdout.write(`Nobody stands in for ${person}.\n`);
  });
}

/** `sluis deputy name PERSON DEPUTY` */
export async function addDeputy(person: string, deputy: string, options: DaysOptions): Promise<void> {
  const reading = new Reading();
  reading.take('<person>', codeUpTo(64)(person));
  reading.take('<deputy>', codeUpTo(64)(deputy));
  const input = { person, deputy, ...daysIn(reading, options) };
  refuseFaults(reading);
  await acting(options, async (me) => {
    const write = nameDeputy(me.person, input);
    const roles = mayFor(me.person, person);
    const { result } = await registered(me, 'name-deputy', roles, input, write, places);
    say(
      options,
      result,
      `${deputy} is told in the stead of ${person} ${spanOf(result)}: deputy ${result.id}.`,
    );
  });
}

/** `sluis deputy end PERSON NO` */
export async function endDeputy(person: string, no: string, options: EndOptions): Promise<void> {
  const input = endIn(person, 'deputy', no, options);
  await acting(options, async (me) => {
    const write = endNamed('deputies', input);
    const roles = mayFor(me.person, person);
    const { result } = await registered(me, 'end-deputy', roles, input, write, places);
    say(options, result, `Deputy ${result.id} of ${person} is over after ${result.until}.`);
  });
}

const places = { person: '<person>', deputy: '<deputy>' } as const;

interface Days {
  readonly from: CivilDate | null;
  readonly until: CivilDate | null;
}

function daysIn(reading: Reading, { from, until }: DaysOptions): Days {
  return {
    from: optional(reading, '--from', from, parseCivilDate),
    until: optional(reading, '--until', until, parseCivilDate),
  };
}

function endIn(of: string, what: string, no: string, { until }: EndOptions) {
  const id = numberOf(what, no);
  const reading = new Reading();
  const last = optional(reading, '--until', until, parseCivilDate);
  refuseFaults(reading);
  return { of, id, until: last };
}

/** What an option says; null where it was not given, or is faulty. */
function optional<T>(
  reading: Reading,
  option: string,
  given: string | undefined,
  parse: (input: unknown) => Parsed<T>,
): T | null {
  return given === undefined ? null : (reading.take(option, parse(given)) ?? null);
}

function daysOf(row: Days & { readonly namedBy: string }): string[] {
  return [spanOf(row), `named by ${row.namedBy}`];
}

function spanOf({ from, until }: Days): string {
  return `from ${from} ${until === null ? 'on' : `until ${until}`}`;
}

function say({ json }: ActingOptions, answer: unknown, sentence: string): void {
  process.stdout.write(`${json ? JSON.stringify(answer) : sentence}\n`);
}
