import type { AccountParticulars, AccountVersion, BeneficiaryFile } from './account.js';
import { shapeOf } from './commands.js';
import type { Command, Input, OnTarget } from './commands.js';
import { reasonRequired } from './decision.js';
import { by } from './facts.js';
import type { Decision } from './facts.js';
import { holds } from './people.js';
import type { Actor } from './people.js';
import { refuse, refuseInvalid } from './refusal.js';
import type { Refused } from './refusal.js';
import { isBlocked } from './usable-account.js';

type AccountCommandName = OnTarget<'beneficiary'>;

/** Decides one command over the account in force, if there is one. */
type Decide<N extends AccountCommandName> = (
  current: AccountVersion | undefined,
  actor: Actor,
  input: Input<N>,
) => Decision;

/** Enters an account, the same one again where anything of it differs: that too is verified anew. */
const changeAccount: Decide<'change-account'> = (current, actor, input) => {
  if (current !== undefined && sameParticulars(current, input))
    return refuseInvalid('iban', 'this is the account in force already');
  const { iban, holder, address, validFrom, validUntil } = input;
  const data = {
    iban,
    version: (current?.version ?? 0) + 1,
    ...(holder === undefined ? {} : { holder }),
    ...(address === undefined ? {} : { address }),
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
  return { events: [by(actor, 'account.changed', data)] };
};

function sameParticulars(current: AccountParticulars, input: Input<'change-account'>): boolean {
  const { address: old } = current;
  const { address: entered } = input;
  const sameAddress = (['street', 'number', 'postCode', 'town', 'country'] as const).every(
    (part) => old?.[part] === entered?.[part],
  );
  const { iban, holder = null, validFrom = null, validUntil = null } = input;
  return (
    sameAddress &&
    current.iban === iban &&
    current.holder === holder &&
    current.validFrom === validFrom &&
    current.validUntil === validUntil
  );
}

/** Not by whoever entered it, and not while its payee check finds no match. */
const verifyAccount: Decide<'verify-account'> = (current, actor) => {
  if (current === undefined) return noAccount('unverified');
  const blocked = isBlocked(current);
  if (current.verifiedBy !== null && !blocked)
    return refuse('wrong-state', { account: nameOf(current), state: 'verified', needed: ['unverified'] });
  const eyes = fourEyes(current, actor);
  if (eyes !== null) return eyes;
  if (blocked)
    return refuse('account-not-verified', {
      account: nameOf(current),
      payeeCheck: 'no-match',
      needed: ['another payee check', 'override-payee-check'],
    });
  return {
    events: [by(actor, 'account.verified', { iban: current.iban, version: current.version })],
  };
};

/**
 * The latest check counts, of a verified account as well; what it says of an earlier one is over. One that
 * lifts a no-match does what an override does, and so is not recorded by whoever entered the account either.
 */
const recordPayeeCheck: Decide<'record-payee-check'> = (current, actor, { result, suggested }) => {
  if (current === undefined) return noAccount('unverified', 'verified');
  const eyes = isBlocked(current) && result !== 'no-match' ? fourEyes(current, actor) : null;
  if (eyes !== null) return eyes;
  const data = { version: current.version, result };
  return {
    events: [by(actor, 'account.payee-checked', suggested === undefined ? data : { ...data, suggested })],
  };
};

/** Not by whoever entered the account, and with a reason: it is they who say that the name is right. */
const overridePayeeCheck: Decide<'override-payee-check'> = (current, actor, { reason }) => {
  if (current === undefined) return noAccount('no-match');
  if (!isBlocked(current))
    return refuse('wrong-state', {
      account: nameOf(current),
      payeeCheck: current.override === null ? (current.payeeCheck?.result ?? 'none') : 'overridden',
      needed: ['no-match'],
    });
  return (
    fourEyes(current, actor) ??
    reasonRequired(reason) ?? {
      events: [by(actor, 'account.payee-check-overridden', { version: current.version }, reason)],
    }
  );
};

function nameOf({ version }: AccountVersion): string {
  return `version ${version}`;
}

function noAccount(...needed: readonly string[]): Refused {
  return refuse('wrong-state', { account: 'none', needed });
}

/** Whatever the policy; the service itself, which carries over accounts verified elsewhere, is no person. */
function fourEyes({ enteredBy }: AccountVersion, actor: Actor): Refused | null {
  return enteredBy === actor.id && !holds(actor, 'system')
    ? refuse('four-eyes', { who: enteredBy, did: 'change-account' })
    : null;
}

const decisions: { readonly [N in AccountCommandName]: Decide<N> } = {
  'change-account': changeAccount,
  'verify-account': verifyAccount,
  'record-payee-check': recordPayeeCheck,
  'override-payee-check': overridePayeeCheck,
};

/**
 * Decides an account command on the beneficiary's own stream. A changed account is unverified until
 * someone else verified it: verifying, and lifting what a payee check blocks, ≠ entering (domain.md, "Four
 * eyes"; standards.md, "Accounts").
 */
export function decideAccount(file: BeneficiaryFile, command: Command, input: Input): Decision {
  const { actor } = command;
  const name = command.name as AccountCommandName;
  const allowed = shapeOf(name).roles.some((role) => holds(actor, role));
  const own = !holds(actor, 'beneficiary') || actor.of === file.id;
  if (!allowed || !own) return refuse('not-allowed', { command: name, by: actor.id });
  const decide = decisions[name] as Decide<AccountCommandName>;
  return decide(file.accounts.at(-1), actor, input as Input<AccountCommandName>);
}
