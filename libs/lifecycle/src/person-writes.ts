import { faultOfRoles } from '#domain/people.js';
import type { Actor, Role } from '#domain/people.js';
import { refuse, refuseInvalid } from '#domain/refusal.js';

import type { RegisterWrite } from './registers.js';

/** As `write`, but refused as `not-allowed` for whoever holds none of these roles; the refusal is on record. */
export function onlyFor<T>(actor: Actor, needed: readonly Role[], write: RegisterWrite<T>): RegisterWrite<T> {
  if (needed.some((role) => actor.roles.includes(role))) return write;
  return () => Promise.resolve(refuse('not-allowed', { by: actor.id, needed: needed.join(' or ') }));
}

/**
 * Other roles for a person who has not left. The beneficiary someone answers for stays: an agency's person
 * does not become a beneficiary's, nor the other way round. `invalid` by `faultOfRoles`.
 */
export function changeRoles({
  person,
  roles,
}: {
  readonly person: string;
  readonly roles: readonly Role[];
}): RegisterWrite<{ id: string; roles: readonly Role[] }> {
  return async (client) => {
    const { rows } = await client.query({
      text: 'SELECT beneficiary AS of FROM people WHERE id = $1 AND ended IS NULL FOR UPDATE',
      values: [person],
    });
    const [known] = rows as { of: string | null }[];
    if (known === undefined) return refuse('not-found', { person });
    const fault = faultOfRoles(roles, known.of);
    if (fault !== null) return refuseInvalid('roles', fault);
    await client.query({ text: 'UPDATE people SET roles = $2 WHERE id = $1', values: [person, roles] });
    return { result: { id: person, roles } };
  };
}

/** A person leaves: their tokens count no more and nothing is sent to them; what they did stays theirs. */
export function endPerson(person: string): RegisterWrite<{ id: string; ended: string }> {
  return async (client, now) => {
    const { rows } = await client.query({
      text: 'UPDATE people SET ended = $2 WHERE id = $1 AND ended IS NULL RETURNING id',
      values: [person, now],
    });
    return rows.length === 0 ? refuse('not-found', { person }) : { result: { id: person, ended: now } };
  };
}

/** Takes back a token, named by the first 16 hex digits of its hash as lists show it. */
export function revokeToken({
  person,
  token,
}: {
  readonly person: string;
  readonly token: string;
}): RegisterWrite<{ id: string; revoked: string }> {
  return async (client, now) => {
    const { rows } = await client.query({
      text: `UPDATE tokens SET revoked = $3
        WHERE person = $1 AND left(encode(hash, 'hex'), 16) = $2 AND revoked IS NULL RETURNING person`,
      values: [person, token, now],
    });
    return rows.length === 0 ? refuse('not-found', { token }) : { result: { id: token, revoked: now } };
  };
}
