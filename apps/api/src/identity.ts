import { createHash } from 'node:crypto';

import type { PersonView, Signed } from '#persistence/views/person.view.js';

/** Who somebody is and what their commands are called: one answer for HTTP and for the command line. */

/** The demo's people have fixed tokens that begin with this. */
export const demoTokenPrefix = 'demo-';

/** The person behind a token; null where it is unknown or revoked, or its person has left. */
export function personBehind(people: PersonView, token: string): Promise<Signed | null> {
  const hash = createHash('sha256').update(token).digest();
  return people.byToken(hash, token.startsWith(demoTokenPrefix));
}

const longestId = 200;

/** `<person>/<key>`: nobody meets another's keys. What the record could not keep whole is kept as its hash. */
export function commandIdOf(person: string, key: string): string {
  const id = `${person}/${key}`;
  if (id.length <= longestId) return id;
  return `${person}/sha256:${createHash('sha256').update(key).digest('hex')}`;
}
