import { createHash } from 'node:crypto';

import { jsonWithoutIbans } from '#domain/account-number.js';
import { type Input, grantlessTargets, parseInput, shapeOf } from '#domain/commands.js';
import { type Refused, isRefused, refuse, refuseInvalid } from '#domain/refusal.js';
import { canonicalJson, isStorable } from '#persistence/canonical-json.js';

import type { CommandRequest } from './outcome.js';

/** A command with all that can be known of it before the database is asked. */
export interface Prepared {
  readonly request: CommandRequest;
  /** Hex SHA-256 over name, actor, target and input as given: the same id with another hash is a reuse. */
  readonly hash: string;
  /** False where its id or content is nothing the database could keep, not even as a refusal. */
  readonly recordable: boolean;
  readonly input: Input | Refused;
}

/** Ids that the service makes itself, for what falls due. */
const ownIds = 'due:';
const longestId = 200;
/** scenario.md, "File": it is the beginning of an end-to-end id, which banks bound. */
const grantCode = /^[A-Za-z0-9]([A-Za-z0-9-]{0,22}[A-Za-z0-9])?$/;

/**
 * Reads a command's input and hashes it. The actor counts by id, not by roles: those may change between
 * two deliveries of one command. `expectedSequence` is no part of it either: it is a condition of the
 * delivery, so that a stale one may be sent again.
 */
export function prepare(request: CommandRequest): Prepared {
  const { id, name, actor, grant, beneficiary = null, input } = request;
  let text: string;
  try {
    text = canonicalJson({ name, actor: actor.id, grant, beneficiary, input });
  } catch {
    return unrecordable(request, refuseInvalid('', 'the input holds something that JSON cannot'));
  }
  const fault = faultOfId(id);
  if (fault !== null) return unrecordable(request, refuseInvalid('id', fault));
  if (!isStorable(text) || !isStorable(JSON.stringify(id)))
    return unrecordable(request, refuseInvalid('', 'texts hold neither NUL nor half a surrogate pair'));
  return { request, hash: sha256(text), recordable: true, input: readInput(request) };
}

function unrecordable(request: CommandRequest, refused: Refused): Prepared {
  return { request, hash: '', recordable: false, input: refused };
}

function faultOfId(id: string): string | null {
  if (id === '' || id.length > longestId) return `a command id has 1 to ${longestId} characters`;
  return id.startsWith(ownIds) ? `ids that begin with "${ownIds}" are the service's own` : null;
}

function readInput({ name, grant, beneficiary, input }: CommandRequest): Input | Refused {
  const parsed = parseInput(name, input);
  if ('faults' in parsed) {
    const [first] = parsed.faults;
    const facts = { path: first?.path ?? '', message: first?.message ?? '' };
    return refuse('invalid', parsed.faults.length > 1 ? { ...facts, faults: parsed.faults } : facts);
  }
  if (name === 'draft-grant' && !grantCode.test(grant ?? ''))
    return refuseInvalid(
      'code',
      'a grant code has 1 to 24 letters, digits and hyphens, with a letter or digit at both ends',
    );
  const { on } = shapeOf(name);
  const named = on === 'beneficiary' ? (beneficiary ?? grant) : grant;
  if (named === null && !grantlessTargets.includes(on))
    return refuseInvalid('grant', `"${name}" needs the grant it acts on`);
  return parsed.input;
}

/** Whether the command runs on a beneficiary's stream. */
export function isAccountCommand({ request }: Prepared): boolean {
  return shapeOf(request.name).on === 'beneficiary';
}

/** The code of another grant that a command acts on as well: both are locked together, in one transaction. */
export function otherGrantOf({ request, input }: Prepared): string | undefined {
  if (request.name !== 'offset-recovery' || isRefused(input)) return undefined;
  return (input as Input<'offset-recovery'>).against;
}

/**
 * The hash under which a stale delivery is kept among the refusals. Another than the command's own: the
 * refusal is on record, but is not what the id came to.
 */
export function staleHash({ hash, request }: Prepared): string {
  return sha256(`${hash} ${request.expectedSequence}`);
}

const longestInput = 20_000;

/** The input as a refusal keeps it: never an account number, never a book. */
export function keptInput(prepared: Prepared): unknown {
  const { request, input } = prepared;
  if (isRefused(input) && JSON.stringify(request.input).length > longestInput) return { tooLong: true };
  const kept = 'iban' in request.input ? { ...request.input, iban: 'not kept' } : request.input;
  // Next to the account number is where one is written by mistake.
  return isAccountCommand(prepared) ? jsonWithoutIbans(kept) : kept;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
