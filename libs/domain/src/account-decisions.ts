import type { BeneficiaryFile } from './account.js';
import type { Command, Input } from './commands.js';
import { shapeOf } from './commands.js';
import { by } from './facts.js';
import type { Decision } from './facts.js';
import { holds } from './people.js';
import { refuse, refuseInvalid } from './refusal.js';

/**
 * Decides an account command on the beneficiary's own stream. A changed account is unverified until
 * someone else verified it: verifying ≠ entering, whatever the policy (domain.md, "Four eyes"; the
 * service itself, which carries over accounts verified elsewhere, is no person).
 */
export function decideAccount(file: BeneficiaryFile, command: Command, input: Input): Decision {
  const { actor } = command;
  const allowed = shapeOf(command.name).roles.some((role) => holds(actor, role));
  const own = !holds(actor, 'beneficiary') || actor.of === file.id;
  if (!allowed || !own) return refuse('not-allowed', { command: command.name, by: actor.id });
  const current = file.accounts.at(-1);
  if (command.name === 'change-account') {
    const { iban } = input as Input<'change-account'>;
    if (current?.iban === iban) return refuseInvalid('iban', 'this is the account in force already');
    const version = (current?.version ?? 0) + 1;
    return { events: [by(actor, 'account.changed', { iban, version })] };
  }
  if (current === undefined) return refuse('wrong-state', { account: 'none', needed: ['unverified'] });
  if (current.verifiedBy !== null)
    return refuse('wrong-state', {
      account: `version ${current.version}`,
      state: 'verified',
      needed: ['unverified'],
    });
  if (current.enteredBy === actor.id && !holds(actor, 'system'))
    return refuse('four-eyes', { who: current.enteredBy, did: 'change-account' });
  return {
    events: [by(actor, 'account.verified', { iban: current.iban, version: current.version })],
  };
}
