import type { CommandName } from '#domain/commands.js';
import type { Refusal, RefusalFacts } from '#domain/refusal.js';

/** What a refused command was about, for the sentence that tells of it. */
export interface About {
  readonly command: CommandName;
  /** `Tranche 2 of REN-ANT` */
  readonly subject: string;
}

/** How the sentence "<subject> cannot …" ends. */
const cannot: { readonly [N in CommandName]: string } = {
  'draft-grant': 'be drafted',
  award: 'be awarded',
  suspend: 'be suspended',
  resume: 'be resumed',
  terminate: 'be terminated',
  close: 'be closed',
  'reopen-grant': 'be reopened',
  'assign-handler': 'be given this handler',
  'receive-document': 'be given this document',
  'give-approval': 'be given this approval',
  'submit-report': 'be submitted',
  'accept-report': 'be accepted',
  'return-report': 'be returned',
  'reopen-report': 'be reopened',
  'waive-report': 'be waived',
  'extend-deadline': 'be given another deadline',
  'ask-extension': 'have more time asked for it',
  'refuse-extension': 'have more time refused',
  'recommend-evaluation': 'be recommended on',
  'decide-evaluation': 'be decided',
  'reopen-evaluation': 'be reopened',
  'approve-tranche': 'be approved',
  'withdraw-approval': 'have its approval withdrawn',
  'withhold-tranche': 'be withheld',
  'restore-tranche': 'be restored',
  'cancel-tranche': 'be cancelled',
  'order-payout': 'have its payout ordered',
  'hand-over-payout': 'have its payout handed over',
  'confirm-payout': 'have its payout confirmed',
  'reject-payout': 'have its payout rejected',
  'return-payout': 'have its payout returned',
  'mark-unknown': 'have its payout marked unknown',
  'propose-recovery': 'have this recovery proposed',
  'notify-recovery': 'be notified',
  'settle-recovery': 'be settled',
  'offset-recovery': 'be offset',
  'waive-recovery': 'be waived',
  'change-account': 'be changed',
  'verify-account': 'be verified',
};

/** What the other half of a four-eyes pair was, in words. */
const didInWords: Readonly<Record<string, string>> = {
  'recommend-evaluation': 'made the recommendation',
  'approve-tranche': 'gave the first approval',
  'change-account': 'entered the account',
};

/** A sentence a person can act on: what was wrong, and what would be right. */
export function refusalSentence({ code, facts }: Refusal, { command, subject }: About): string {
  const refused = `${subject} cannot ${cannot[command]}`;
  switch (code) {
    case 'gate-closed':
      return `${refused}: ${areMissing(words(facts['missing']))}.`;
    case 'grant-suspended':
      return `${refused}: the grant is suspended and nothing leaves until it is resumed.`;
    case 'wrong-state':
      return `${refused}: ${stateSentence(facts)}.`;
    case 'already-ordered':
      return `${refused}: ${orderedSentence(facts)}.`;
    case 'four-eyes': {
      const did = didInWords[String(facts['did'])] ?? `did ${String(facts['did'])}`;
      return `${refused} by you: ${String(facts['who'])} ${did}, and this takes someone else.`;
    }
    case 'account-not-verified':
      return `${refused}: ${accountSentence(facts)}.`;
    case 'amount-exceeds-award':
      return `${refused}: the plan's fixed amounts make ${String(facts['scheduled'])}, more than the award of ${String(facts['award'])}.`;
    case 'reason-required':
      return `${refused} without a stated reason: send it as "reason".`;
    case 'not-allowed':
      return `${refused} by ${String(facts['by'])}: none of their roles may give ${command}.`;
    case 'not-found':
      return notFoundSentence(facts);
    case 'invalid':
      return `${String(facts['path'])}: ${String(facts['message'])}`;
    case 'command-reused':
      return 'This Idempotency-Key was sent before with other content; send the same content, or take a new key.';
    case 'conflict':
      return `${refused}: ${conflictSentence(facts)}.`;
  }
}

/** What does not exist, by the first of its facts. */
export function notFoundSentence(facts: RefusalFacts): string {
  if (facts['planVersion'] !== undefined)
    return `Programme ${String(facts['programme'])} has no version ${String(facts['planVersion'])}.`;
  const [what, which] = Object.entries(facts)[0] ?? ['thing', 'asked'];
  const asks = words(facts['asks']);
  const known = asks.length > 0 ? ` The plan asks for ${asks.join(', ')}.` : '';
  return `There is no ${what} ${String(which)}.${known}`;
}

/** Why a conflict: the grant moved on, or a name is taken. */
export function conflictSentence(facts: RefusalFacts): string {
  if (facts['found'] !== undefined)
    return `it stands at event ${String(facts['found'])}, you saw event ${String(facts['expected'])}; read it again and decide then`;
  return String(facts['message'] ?? 'someone else was faster; read again and decide then');
}

function accountSentence({ account, verified, payout }: RefusalFacts): string {
  if (account === 'none')
    return 'the beneficiary has no bank account yet; enter one, and let someone else verify it';
  if (verified === undefined)
    return `the bank account (${String(account)}) is not verified; someone who did not enter it verifies it`;
  return `payout ${String(payout)} was ordered for the bank account of ${String(account)}, and ${String(verified)} is the verified one now; confirm it if the money had already gone, else reject it and order a fresh one`;
}

function areMissing(missing: readonly string[]): string {
  const last = missing.at(-1) ?? 'a condition';
  if (missing.length < 2) return `${last} is still missing`;
  return `${missing.slice(0, -1).join(', ')} and ${last} are still missing`;
}

function stateSentence(facts: RefusalFacts): string {
  const { grantStatus, state, needed, open, waitsFor, withheldBy, account } = facts as {
    grantStatus?: string;
    state?: string;
    needed?: unknown;
    open?: unknown;
    waitsFor?: unknown;
    withheldBy?: string;
    account?: string;
  };
  if (open !== undefined) return `still open: ${listed(open)}`;
  const parts = [];
  if (account !== undefined)
    parts.push(account === 'none' ? 'there is no account' : `${account} is ${state}`);
  else if (grantStatus !== undefined) parts.push(`the grant is ${grantStatus}`);
  else parts.push(`it is ${state ?? 'not in the right state'}`);
  if (waitsFor !== undefined) parts.push(`it waits for ${listed(waitsFor)}`);
  if (withheldBy !== undefined) parts.push(`it is withheld by ${withheldBy}, so that must be reopened`);
  if (words(needed).length > 0) parts.push(`it would have to be ${words(needed).join(' or ')}`);
  return parts.join('; ');
}

function orderedSentence({ tranche, payout, recovery }: RefusalFacts): string {
  if (payout !== undefined)
    return `payout ${String(payout)} of tranche ${String(tranche)} is under way or settled`;
  return `recovery ${String(recovery)}, which the settlement of tranche ${String(tranche)} proposed, was notified already`;
}

function listed(value: unknown): string {
  if (Array.isArray(value)) return value.map(listed).join(', ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, inside]) => `${name} ${listed(inside)}`)
      .join(', ');
  return String(value);
}

function words(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
