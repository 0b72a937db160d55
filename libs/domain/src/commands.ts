import type { PayeeCheckResult } from './account.js';
import type { CivilDate } from './civil-date.js';
import { commands } from './command-catalogue.js';
import type { CommandShape, Target } from './command-shape.js';
import { fields } from './command-fields.js';
import type { FieldName, FieldValues } from './command-fields.js';
import type { Outcome } from './events.js';
import type { Cents, Share } from './money.js';
import { isFault } from './parsed.js';
import type { Parsed } from './parsed.js';
import type { Actor } from './people.js';

export { commands } from './command-catalogue.js';
export { grantlessTargets } from './command-shape.js';
export type { Target } from './command-shape.js';

export type CommandName = keyof typeof commands;
export const commandNames = Object.keys(commands) as CommandName[];

/** The commands that act on a thing of these kinds. */
export type OnTarget<T extends Target> = {
  [N in CommandName]: (typeof commands)[N]['on'] extends T ? N : never;
}[CommandName];

export function isCommandName(name: unknown): name is CommandName {
  return typeof name === 'string' && Object.hasOwn(commands, name);
}

export function shapeOf(name: CommandName): CommandShape {
  return commands[name];
}

/** The parsed fields of a command: required ones present, the others perhaps. */
export type Input<N extends CommandName = CommandName> = N extends CommandName
  ? { readonly [F in (typeof commands)[N]['required'][number]]: FieldValues[F] } & {
      readonly [F in (typeof commands)[N]['optional'][number]]?: FieldValues[F];
    }
  : never;

/** A command as it is given: `input` as it was written, hashed with the id so that a reuse is noticed. */
export interface Command {
  readonly id: string;
  readonly name: CommandName;
  readonly actor: Actor;
  /** Grant code; for an account command it only finds the beneficiary. */
  readonly grant: string | null;
  /** Beneficiary id, where an account command names it directly. */
  readonly beneficiary?: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface FieldFault {
  readonly path: string;
  readonly message: string;
}

/**
 * Reads the fields of a command. Refuses unknown, missing and malformed fields, each with its path.
 * Whether a reason was needed is decided later: it answers as `reason-required`, not as a fault.
 */
export function parseInput<N extends CommandName>(
  name: N,
  raw: Readonly<Record<string, unknown>>,
): { readonly input: Input<N> } | { readonly faults: FieldFault[] } {
  const shape = shapeOf(name);
  const known = [...shape.required, ...shape.optional];
  const faults: FieldFault[] = [];
  const input: Record<string, unknown> = {};
  for (const key of Object.keys(raw))
    if (!known.includes(key as FieldName))
      faults.push({
        path: key,
        message: `"${name}" has no field "${key}"; it takes ${known.length === 0 ? 'none' : known.join(', ')}`,
      });
  for (const key of known) {
    const given = raw[key];
    if (given === undefined || given === null) {
      if (shape.required.includes(key)) faults.push({ path: key, message: `"${name}" needs ${key}` });
      continue;
    }
    const parsed = fields[key].parse(given) as Parsed<unknown>;
    if (isFault(parsed)) faults.push({ path: key, message: parsed.fault });
    else input[key] = parsed.value;
  }
  if (faults.length === 0) faults.push(...crossFaults(name, input));
  return faults.length > 0 ? { faults } : { input: input as Input<N> };
}

/** Faults that lie between two fields of one command. */
function crossFaults(name: CommandName, input: Readonly<Record<string, unknown>>): FieldFault[] {
  const { outcome, share } = input as { outcome?: Outcome; share?: Share };
  if (outcome === 'partly-favourable' && (share === undefined || share >= 1_000_000))
    return [{ path: 'share', message: 'partly-favourable needs a share above 0 and below 100 percent' }];
  if (outcome !== undefined && outcome !== 'partly-favourable' && share !== undefined)
    return [{ path: 'share', message: `a share belongs to partly-favourable, not to ${outcome}` }];
  const { start, end, amount } = input as { start?: CivilDate; end?: CivilDate; amount?: Cents };
  if (start !== undefined && end !== undefined && end < start)
    return [{ path: 'end', message: `the grant ends on ${end}, before it starts on ${start}` }];
  const { validFrom, validUntil } = input as { validFrom?: CivilDate; validUntil?: CivilDate };
  if (validFrom !== undefined && validUntil !== undefined && validUntil < validFrom)
    return [{ path: 'validUntil', message: `${validUntil} comes before ${validFrom}, the first day` }];
  const { result, suggested } = input as { result?: PayeeCheckResult; suggested?: string };
  if (suggested !== undefined && result !== 'close-match')
    return [{ path: 'suggested', message: `a bank suggests a name for a close-match, not for ${result}` }];
  if (amount === 0n) return [{ path: 'amount', message: `"${name}" needs an amount above 0.00` }];
  return [];
}
