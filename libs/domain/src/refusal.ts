/** Why a command was refused. The order is the order in which refusals answer. */
export const refusalCodes = [
  'command-reused',
  'invalid',
  'not-found',
  'not-allowed',
  'wrong-state',
  'already-ordered',
  'grant-suspended',
  'gate-closed',
  'four-eyes',
  'account-not-verified',
  'amount-exceeds-award',
  'envelope-exceeded',
  'reason-required',
  'conflict',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** JSON-safe facts that let a person see what was wrong and what would be right. */
export type RefusalFacts = Readonly<Record<string, unknown>>;

export interface Refusal {
  readonly code: RefusalCode;
  readonly facts: RefusalFacts;
}

export interface Refused {
  readonly refused: Refusal;
}

export function refuse(code: RefusalCode, facts: RefusalFacts = {}): Refused {
  return { refused: { code, facts } };
}

/** A value that is not what the command needs: where, and what would be right. */
export function refuseInvalid(path: string, message: string): Refused {
  return refuse('invalid', { path, message });
}

export function isRefused(outcome: object): outcome is Refused {
  return 'refused' in outcome;
}
