import { mayFor } from '#api/permissions.js';
import { Reading, codeUpTo } from '#domain/faults.js';
import { parseMail } from '#domain/mail-address.js';
import { changeMail } from '#lifecycle/person-addresses.js';
import type { PersonListed } from '#persistence/views/person.view.js';

import { CommandRefused, acting, refuseFaults, registered } from './acting.js';
import type { ActingOptions } from './program-finance.js';

/** `sluis person show PERSON` */
export async function showPerson(id: string, options: ActingOptions): Promise<void> {
  await acting(options, async (me) => {
    const of = me.ownOf('people');
    const found = await me.views.people.one(id);
    if (found === null || (of !== null && found.of !== of))
      throw new CommandRefused(`There is no person ${id}.`);
    process.stdout.write(`${options.json ? JSON.stringify(found) : described(found).join('\n')}\n`);
  });
}

function described(person: PersonListed): string[] {
  const { id, name, language, roles, of, ended, mail, mailBouncedAt, mailBounce, digest } = person;
  return [
    `${id}: ${name}, ${roles.join(', ')}${of === null ? '' : ` of ${of}`}`,
    `  language   ${language}`,
    `  mail       ${mail ?? 'no address'}`,
    ...(mailBouncedAt === null
      ? []
      : [
          `  bounced    ${mailBouncedAt}: ${mailBounce}`,
          '             nothing is sent there until an address is entered: sluis person change-mail',
        ]),
    `  digest     ${digest ? 'each working morning' : 'none'}`,
    ...(ended === null ? [] : [`  left       ${ended}`]),
  ];
}

/** `sluis person change-mail PERSON ADDRESS`: one bare address. Entered again, one that bounced is tried again. */
export async function setMail(person: string, mail: string, options: ActingOptions): Promise<void> {
  const reading = new Reading();
  reading.take('<person>', codeUpTo(64)(person));
  reading.take('<address>', parseMail(mail));
  refuseFaults(reading);
  await change(person, mail, options, `The mail of ${person} goes to ${mail}.`);
}

/** `sluis person clear-mail PERSON` */
export async function clearMail(person: string, options: ActingOptions): Promise<void> {
  await change(person, null, options, `${person} has no mail address any more.`);
}

async function change(
  person: string,
  mail: string | null,
  options: ActingOptions,
  sentence: string,
): Promise<void> {
  await acting(options, async (me) => {
    const input = { person, mail };
    const write = changeMail(me.person, me.commandId, input);
    const { result } = await registered(me, 'change-mail', mayFor(me.person, person), input, write);
    process.stdout.write(`${options.json ? JSON.stringify(result) : sentence}\n`);
  });
}
