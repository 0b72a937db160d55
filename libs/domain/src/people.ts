import type { Instant } from './civil-date.js';

/** The roles of product.md. `system` is the service itself; no person ever holds it. */
export const roles = [
  'administrator',
  'evaluator',
  'approver',
  'finance',
  'beneficiary',
  'auditor',
  'operator',
] as const;

export type Role = (typeof roles)[number];

/** Who gives a command. A beneficiary's person answers for the beneficiary in `of`. */
export interface Actor {
  readonly id: string;
  readonly roles: readonly (Role | 'system')[];
  readonly of: string | null;
}

/** A person who may be told of something, and since when the service has known them. */
export interface Contact {
  readonly id: string;
  readonly since: Instant;
}

export const system: Actor = { id: 'system', roles: ['system'], of: null };

export function holds(actor: Actor, role: Role | 'system'): boolean {
  return actor.roles.includes(role);
}

/**
 * What is wrong with a set of roles, or null.
 * An operator holds no other role, else four eyes are void; a beneficiary's person belongs to a
 * beneficiary and holds no role of the other side (domain.md, "Who may do what").
 */
export function faultOfRoles(held: readonly Role[], of: string | null): string | null {
  if (held.length === 0) return `a person holds at least one of ${roles.join(', ')}`;
  if (new Set(held).size !== held.length) return 'each role is named once';
  if (held.includes('operator') && held.length > 1)
    return 'an operator holds no other role, because whoever hands out roles could hold both halves of four eyes';
  if (held.includes('beneficiary') && held.length > 1)
    return 'a person of a beneficiary holds no role of the agency';
  if (held.includes('beneficiary') && of === null)
    return 'a person with the role beneficiary needs "of", the beneficiary they answer for';
  if (!held.includes('beneficiary') && of !== null)
    return '"of" belongs to the role beneficiary; this person does not hold it';
  return null;
}
