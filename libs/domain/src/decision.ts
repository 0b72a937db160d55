import type { CommandName, Input } from './commands.js';
import type { Decision, Facts } from './facts.js';
import type { Grant } from './grant.js';
import type { Actor } from './people.js';
import type { Refused } from './refusal.js';
import { refuse } from './refusal.js';

/** Decides one command over a whole grant: what happened, or why not. Pure. */
export type Decide<N extends CommandName> = (
  grant: Grant,
  actor: Actor,
  input: Input<N>,
  facts: Facts,
) => Decision;

/** Reports, evaluations, tranches: refused outside of a running grant, and as not found if undeclared. */
export function missingThing(grant: Grant, what: string, ref: string | number, declared: boolean): Refused {
  if (grant.status === 'draft' && declared) return refuse('wrong-state', { grantStatus: grant.status });
  return refuse('not-found', { [what]: ref });
}

export function reasonRequired(reason: string | undefined): Refused | null {
  return reason === undefined
    ? refuse('reason-required', { path: 'reason', message: 'say why: this act needs a stated reason' })
    : null;
}
