import type { Command } from 'commander';

import { type ActingOptions, asPerson, changing } from './program-finance.js';
import { under } from './under.js';

export interface EndOptions extends ActingOptions {
  readonly until?: string;
}
export interface DaysOptions extends EndOptions {
  readonly from?: string;
}
export interface ContactOptions extends DaysOptions {
  readonly of: string;
  readonly grant?: string;
}

/** Who is told: the contacts of beneficiaries, and who is told in another's stead. */
export function addContacts(sluis: Command): void {
  const contact = under(sluis, 'contact', 'Which persons of a beneficiary are told of what.');
  asPerson(
    contact,
    'list <beneficiary>',
    'Its contacts, the latest named first, those that are over as well.',
  ).action(async (beneficiary: string, options: ActingOptions) =>
    (await import('./contacts.js')).listContacts(beneficiary, options),
  );
  ofDays(
    changing(
      contact,
      'name <beneficiary> <person>',
      'Name a person of it to be told of its reports, or of its payments.',
    ),
  )
    .requiredOption('--of <topic>', 'reports or payments')
    .option('--grant <code>', 'of this grant alone; of all of them unless given')
    .action(async (beneficiary: string, person: string, options: ContactOptions) =>
      (await import('./contacts.js')).addContact(beneficiary, person, options),
    );
  ending(changing(contact, 'end <beneficiary> <no>', 'End one, numbered as in the list.')).action(
    async (beneficiary: string, no: string, options: EndOptions) =>
      (await import('./contacts.js')).endContact(beneficiary, no, options),
  );
  addDeputies(under(sluis, 'deputy', 'Who is told in the stead of a person who is away.'));
}

function addDeputies(deputy: Command): void {
  asPerson(
    deputy,
    'list <person>',
    'Their deputies, the latest named first, those that are over as well.',
  ).action(async (person: string, options: ActingOptions) =>
    (await import('./contacts.js')).listDeputies(person, options),
  );
  ofDays(
    changing(deputy, 'name <person> <deputy>', 'Name who is told in their stead; one person on any day.'),
  ).action(async (person: string, instead: string, options: DaysOptions) =>
    (await import('./contacts.js')).addDeputy(person, instead, options),
  );
  ending(changing(deputy, 'end <person> <no>', 'End one, numbered as in the list.')).action(
    async (person: string, no: string, options: EndOptions) =>
      (await import('./contacts.js')).endDeputy(person, no, options),
  );
}

function ofDays(command: Command): Command {
  return command
    .option('--from <date>', 'the first day; today unless given')
    .option('--until <date>', 'the last day; for good unless given');
}

function ending(command: Command): Command {
  return command.option('--until <date>', 'the last day; over at once unless given');
}

/** Where the mail of people goes. */
export function addAddresses(person: Command): void {
  asPerson(
    person,
    'show <person>',
    'A person: roles, language, mail address and whether it takes mail.',
  ).action(async (id: string, options: ActingOptions) =>
    (await import('./person-mail.js')).showPerson(id, options),
  );
  changing(
    person,
    'change-mail <person> <address>',
    'Send their mail to another address; one that took no mail is tried again.',
  ).action(async (id: string, address: string, options: ActingOptions) =>
    (await import('./person-mail.js')).setMail(id, address, options),
  );
  changing(person, 'clear-mail <person>', 'They have no mail address any more.').action(
    async (id: string, options: ActingOptions) => (await import('./person-mail.js')).clearMail(id, options),
  );
}
