import type { Fault } from '#domain/faults.js';
import type { RefusalCode, RefusalFacts } from '#domain/refusal.js';

/** Where the short pages about problems lie; a problem's `type` is one of them. */
export const problemPages = '/api/docs/problems';

interface Kind {
  readonly status: number;
  readonly title: string;
  /** What its page says: when it comes, and what to do about it. */
  readonly means: string;
}

/** Refusals of the rules, with the statuses of domain.md ("Events"). */
const refusals = {
  'command-reused': {
    status: 422,
    title: 'Command id used before',
    means:
      'This Idempotency-Key was sent before with other content. Send the same content to get the same answer again, or take a new key for a new command.',
  },
  invalid: {
    status: 422,
    title: 'Not valid',
    means:
      'Something in the request is not what it should be. Each fault names its path and what would be right; nothing was done.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    means: 'There is no such thing, or it is not yours to see.',
  },
  'not-allowed': {
    status: 403,
    title: 'Not allowed',
    means: 'None of your roles may do this. An operator hands out roles.',
  },
  'wrong-state': {
    status: 409,
    title: 'Wrong state',
    means: 'The thing is in a state from which this does not lead on. The facts name the state it is in.',
  },
  'already-ordered': {
    status: 409,
    title: 'Already ordered',
    means: 'A payout or a recovery that rests on this is under way, so it can no longer be undone this way.',
  },
  'grant-suspended': {
    status: 409,
    title: 'Grant suspended',
    means: 'Nothing leaves for a suspended grant. Resume the grant first.',
  },
  'gate-closed': {
    status: 409,
    title: 'Gate closed',
    means:
      'Conditions of the gate are still missing; the facts list them. GET the gate of the tranche for the whole explanation.',
  },
  'four-eyes': {
    status: 403,
    title: 'Four eyes',
    means: 'The same person did the other half of this. Someone else has to do it.',
  },
  'account-not-verified': {
    status: 409,
    title: 'Account not verified',
    means:
      'Nothing may be paid to the bank account of the beneficiary now: it is not verified yet by someone who did not enter it, its bank does not know it under that name, it is not valid today, or it replaced another one and cools off. The facts say which.',
  },
  'amount-exceeds-award': {
    status: 409,
    title: 'More than the award',
    means: 'The fixed amounts of the plan are more than the award.',
  },
  'envelope-exceeded': {
    status: 409,
    title: 'Envelope exceeded',
    means:
      'The award is more than what is left of the budget envelope it would commit; the facts say how much that is. Raise the envelope, name another year or article, or wait until money is released.',
  },
  'reason-required': {
    status: 422,
    title: 'Reason required',
    means: 'This act needs a stated reason (law of 29 July 1991). Send it in the field "reason".',
  },
  conflict: {
    status: 409,
    title: 'Conflict',
    means: 'Someone else was faster, or the name is taken. Read again, then decide.',
  },
} as const satisfies Record<RefusalCode, Kind>;

/** What goes wrong before a rule is asked. */
const others = {
  stale: {
    status: 412,
    title: 'Stale If-Match',
    means: 'The grant has changed since the ETag you sent was read. Read it again, then decide.',
  },
  unauthenticated: {
    status: 401,
    title: 'Who are you?',
    means:
      'Every call needs "Authorization: Bearer <token>" with a token that counts, of a person who has not left.',
  },
  'idempotency-key': {
    status: 400,
    title: 'Idempotency-Key missing',
    means:
      'Every POST carries a header Idempotency-Key of 1 to 200 printable characters, chosen by you, one for each command. Sent again with the same content it gives the same answer and nothing happens twice.',
  },
  malformed: {
    status: 400,
    title: 'Malformed request',
    means: 'The request could not be read: the detail says where.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    means: 'The address exists, this method on it does not. The header Allow names those that do.',
  },
  'too-large': {
    status: 413,
    title: 'Too large',
    means: 'The body is over the limit: 1 MB, for a scenario 5 MB, for a bank file 1 GiB.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    means:
      'Bodies are application/json; a scenario may also be application/yaml, a bank file is application/xml, text/xml or application/octet-stream.',
  },
  busy: {
    status: 503,
    title: 'Busy',
    means: 'As many simulations as may run at once are running. Try again after Retry-After seconds.',
  },
  'timed-out': {
    status: 503,
    title: 'Took too long',
    means: 'The simulation was stopped at its time limit. Simulate fewer grants or a shorter period.',
  },
  'not-ready': {
    status: 503,
    title: 'Not ready',
    means: 'Something the service needs is missing; the facts name it.',
  },
  unavailable: {
    status: 503,
    title: 'Database away',
    means:
      'The database does not answer just now. Send the same request again after Retry-After seconds; with its Idempotency-Key nothing happens twice.',
  },
  'internal-error': {
    status: 500,
    title: 'Our fault',
    means: 'Something broke on our side. The id in the answer is in our log as well; sending again is safe.',
  },
} as const satisfies Record<string, Kind>;

export const problemKinds = { ...refusals, ...others };
export type ProblemCode = keyof typeof problemKinds;
export const problemCodes = Object.keys(problemKinds) as ProblemCode[];

/** Problem details (RFC 9457) as they are sent. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** A sentence a person can act on. */
  readonly detail: string;
  readonly code: ProblemCode;
  readonly facts?: RefusalFacts;
  /** Every fault of what was sent, where it was not valid. */
  readonly faults?: readonly Fault[];
  /** Names the request in our log. */
  readonly id?: string;
}

export interface ProblemMore {
  readonly detail?: string;
  readonly facts?: RefusalFacts;
  readonly faults?: readonly Fault[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown on the way to an answer that is a problem; the refusal filter writes it. */
export class ProblemAnswer extends Error {
  override readonly name = 'ProblemAnswer';
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, { detail, facts, faults, headers = {} }: ProblemMore = {}) {
    const { status, title, means } = problemKinds[code];
    super(`${code}: ${detail ?? means}`);
    this.headers = headers;
    this.problem = {
      type: `${problemPages}/${code}`,
      title,
      status,
      detail: detail ?? means,
      code,
      ...(facts === undefined ? {} : { facts }),
      ...(faults === undefined ? {} : { faults }),
    };
  }
}

/** Input that is not what it should be: every fault, the first of them as the detail. */
export function invalid(faults: readonly Fault[]): ProblemAnswer {
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  const detail = first === undefined ? undefined : `${first.path}: ${first.message}${more}`;
  return new ProblemAnswer('invalid', { ...(detail === undefined ? {} : { detail }), faults });
}

/** The name of a fact as a sentence has it: "calendarFeed" is a calendar feed. */
export function inWords(fact: string): string {
  return fact.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** The one answer to what does not exist and to what is another's. */
export function notFound(facts: RefusalFacts): ProblemAnswer {
  const [what, which] = Object.entries(facts)[0] ?? ['thing', 'asked'];
  return new ProblemAnswer('not-found', { detail: `There is no ${inWords(what)} ${String(which)}.`, facts });
}
