import { createHash, randomBytes, randomUUID } from 'node:crypto';

import { system, roles as allRoles } from '#domain/people.js';
import type { Role } from '#domain/people.js';
import { addPerson as writePerson, addToken } from '#lifecycle/register-writes.js';
import { Registers } from '#lifecycle/registers.js';
import type { RegisterOutcome } from '#lifecycle/registers.js';

import type { PersonOptions, TokenOptions } from './program.js';
import { withDatabase, withRecord } from './record.js';
import { UsageFault } from './usage-fault.js';

/** `sluis person add`: how a real installation gets its first operator. */
export async function addPerson(options: PersonOptions): Promise<void> {
  const { id, name, of = null, language, mail } = options;
  const held = options.role.map(roleOf);
  const person = {
    id,
    roles: held,
    of,
    ...(name === undefined ? {} : { name }),
    ...(language === undefined ? {} : { language }),
    ...(mail === undefined ? {} : { mail }),
  };
  await onRegisters((registers) =>
    registers.register(`cli:${randomUUID()}`, system, 'add-person', person, writePerson(person)),
  );
  process.stdout.write(options.json ? `${JSON.stringify(person)}\n` : `${id} is now ${held.join(', ')}.\n`);
}

function roleOf(name: string): Role {
  const role = allRoles.find((known) => known === name);
  if (role === undefined) throw new UsageFault(`--role: "${name}" is none of ${allRoles.join(', ')}`);
  return role;
}

/** `sluis token create`: 256 random bits, shown once and kept as their SHA-256. */
export async function createToken(options: TokenOptions): Promise<void> {
  const { person } = options;
  const token = randomBytes(32).toString('base64url');
  const hash = createHash('sha256').update(token).digest();
  await onRegisters((registers) =>
    registers.register(`cli:${randomUUID()}`, system, 'add-token', { person }, addToken({ person, hash })),
  );
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ person, token })}\n`
      : `Token of ${person}, shown this once:\n${token}\n`,
  );
}

async function onRegisters<T>(work: (registers: Registers) => Promise<RegisterOutcome<T>>): Promise<void> {
  const outcome = await withRecord(({ runtimeUrl }) =>
    withDatabase(runtimeUrl, (database) => work(new Registers(database))),
  );
  if (outcome.accepted) return;
  const { code, facts } = outcome.refused;
  const said = typeof facts['message'] === 'string' ? facts['message'] : JSON.stringify(facts);
  throw new UsageFault(`refused as ${code}: ${said}`);
}
