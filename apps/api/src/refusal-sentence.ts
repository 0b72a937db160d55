import { type CommandName, shapeOf } from '#domain/commands.js';
import type { Refusal, RefusalFacts } from '#domain/refusal.js';

import { inWords } from './problem.js';

/** What a refused command was about, for the sentence that tells of it. */
export interface About {
  readonly command: CommandName;
  /** `Tranche 2 of REN-ANT` */
  readonly subject: string;
  /** How a reason is given; as a field of the request unless said. */
  readonly giveReason?: string;
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
  'move-deadlines': 'be applied',
  'undo-move': 'be undone',
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
  'mark-executed': 'have its payout marked as executed',
  'confirm-payout': 'have its payout confirmed',
  'reject-payout': 'have its payout rejected',
  'return-payout': 'have its payout returned',
  'mark-unknown': 'have its payout marked unknown',
  'propose-recovery': 'have this recovery proposed',
  'notify-recovery': 'be notified',
  'settle-recovery': 'be settled',
  'offset-recovery': 'be offset',
  'waive-recovery': 'be waived',
  'build-batch': 'be built',
  'release-batch': 'be released',
  'discard-batch': 'be discarded',
  'export-batch': 'be exported',
  'hand-over-batch': 'be handed over',
  'import-bank-file': 'be imported',
  'assign-bank-entry': 'be assigned',
  'dismiss-bank-entry': 'be dismissed',
  'change-account': 'be changed',
  'verify-account': 'be verified',
  'record-payee-check': 'have its payee check recorded',
  'override-payee-check': 'have its payee check overridden',
};

/** What the other half of a four-eyes pair was, in words. */
const didInWords: Readonly<Record<string, string>> = {
  'recommend-evaluation': 'made the recommendation',
  'approve-tranche': 'gave the first approval',
  'change-account': 'entered the account',
  'build-batch': 'built the batch',
  'mark-executed': 'marked it as executed',
};

/** A sentence a person can act on: what was wrong, and what would be right. */
export function refusalSentence({ code, facts }: Refusal, { command, subject, giveReason }: About): string {
  const refused = `${subject} cannot ${cannot[command]}`;
  if (Array.isArray(facts['lines'])) return `${refused}: ${linesSentence(facts['lines'] as Held[])}.`;
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
    case 'envelope-exceeded':
      return `${refused}: ${envelopeSentence(facts)}.`;
    case 'reason-required':
      return `${refused} without a stated reason: ${giveReason ?? 'send it as "reason"'}.`;
    case 'not-allowed':
      return `${refused} by ${String(facts['by'])}: none of their roles may give ${command}; ${whoMay(command)}.`;
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

/** Who may give a command, by its roles in the catalogue. */
function whoMay(command: CommandName): string {
  const roles = shapeOf(command).roles.filter((role) => role !== 'system');
  return roles.length === 0 ? 'only the service itself does' : `it takes the role ${roles.join(' or ')}`;
}

/** What does not exist: within what else, where the facts say so, or by the first of them. */
export function notFoundSentence(facts: RefusalFacts): string {
  if (facts['planVersion'] !== undefined)
    return `Programme ${String(facts['programme'])} has no version ${String(facts['planVersion'])}.`;
  const { bankFile, entry, grant, recovery } = facts;
  if (bankFile !== undefined && entry !== undefined)
    return `There is no entry ${String(entry)} in bank file ${String(bankFile)}.`;
  if (grant !== undefined && recovery !== undefined)
    return `Grant ${String(grant)} has no recovery ${String(recovery)}.`;
  const [what, which] = Object.entries(facts)[0] ?? ['thing', 'asked'];
  const asks = words(facts['asks']);
  const known = asks.length > 0 ? ` The plan asks for ${asks.join(', ')}.` : '';
  return `There is no ${inWords(what)} ${String(which)}.${known}`;
}

/** Why a conflict: the grant moved on, or a name is taken. */
export function conflictSentence(facts: RefusalFacts): string {
  if (facts['found'] !== undefined)
    return `it stands at event ${String(facts['found'])}, you saw event ${String(facts['expected'])}; read it again and decide then`;
  return String(facts['message'] ?? 'someone else was faster; read again and decide then');
}

/** A payout that stands in the way of a batch, and why. */
interface Held {
  readonly endToEndId: string;
  readonly because: string;
}

/** Lines that keep a whole batch from going on. */
function linesSentence(lines: readonly Held[]): string {
  const them = lines.length === 1 ? 'it' : 'them';
  return `${namedHeld(lines)} may not go out; take away what holds ${them}, or discard the batch and build another`;
}

function namedHeld(held: readonly Held[]): string {
  return held.map(({ endToEndId, because }) => `${endToEndId} (${because})`).join(', ');
}

function envelopeSentence({ programme, year, article, left, amount }: RefusalFacts): string {
  const of = `of programme ${String(programme)} for ${String(year)}`;
  return article === undefined
    ? `there is no budget envelope ${of}, and the award is ${String(amount)}`
    : `budget envelope ${String(article)} ${of} has ${String(left)} left, and the award is ${String(amount)}`;
}

function accountSentence(facts: RefusalFacts): string {
  const { account, verified, payout } = facts;
  if (account === 'none')
    return 'the beneficiary has no bank account yet; enter one, and let someone else verify it';
  if (verified === undefined) return `the bank account (${String(account)}) ${unusableSentence(facts)}`;
  return `payout ${String(payout)} was ordered for the bank account of ${String(account)}, and ${String(verified)} is the verified one now; confirm it if the money had already gone, else reject it and order a fresh one`;
}

function unusableSentence({ state, payeeCheck, from, until }: RefusalFacts): string {
  if (state === 'no-match' || payeeCheck === 'no-match')
    return 'is not known to its bank under the name of its holder; check it again, or let someone who did not enter it override the check with a reason';
  if (state === 'cooling-off')
    return `replaced another one, and nothing is paid to it before ${String(until)}`;
  if (state !== 'not-valid') return 'is not verified; someone who did not enter it verifies it';
  const bounds = [
    ...(from === undefined ? [] : [`from ${String(from)}`]),
    ...(until === undefined ? [] : [`until ${String(until)}`]),
  ];
  return `is valid ${bounds.join(' ')} only; enter the one that is valid now, or wait`;
}

function areMissing(missing: readonly string[]): string {
  const last = missing.at(-1) ?? 'a condition';
  if (missing.length < 2) return `${last} is still missing`;
  return `${missing.slice(0, -1).join(', ')} and ${last} are still missing`;
}

/** What the domain needs where it is no state that a thing would have to be in, as a sentence of its own. */
const neededInWords: Readonly<Record<string, string>> = {
  'the batch handed over, or discarded': 'hand the batch over, or discard it',
  'finance orders a fresh payout once the cause is dealt with':
    'finance orders a fresh payout once the cause is dealt with',
  'reopen-evaluation or cancel-tranche': 'reopen the evaluation, or cancel the tranche',
  'an open request for more time': 'there is no open request for more time',
  'no grant of this code': 'take another code',
};

function neededSentence(needed: readonly string[], { payout }: RefusalFacts): string {
  const [first = ''] = needed;
  return (
    neededInWords[first] ??
    `${payout === undefined ? 'it' : 'the payout'} would have to be ${needed.join(' or ')}`
  );
}

/** `it is settled`; of a payout that something else is about, a state of several words is a sentence already. */
function stateWords(state: string | undefined, { payout }: RefusalFacts): string {
  if (state === 'no payout') return 'there is no payout of it';
  if (payout !== undefined && state?.includes(' ')) return state;
  return `${payout === undefined ? 'it' : 'the payout'} is ${state ?? 'not in the right state'}`;
}

function stateSentence(facts: RefusalFacts): string {
  const { message, excluded = [] } = facts as { message?: string; excluded?: readonly Held[] };
  if (message !== undefined) return excluded.length === 0 ? message : `${message}: ${namedHeld(excluded)}`;
  const { grantStatus, state, needed, open, waitsFor, withheldBy, account, payeeCheck } = facts as {
    grantStatus?: string;
    state?: string;
    needed?: unknown;
    open?: unknown;
    waitsFor?: unknown;
    withheldBy?: string;
    account?: string;
    payeeCheck?: string;
  };
  if (open !== undefined) return `still open: ${listed(open)}`;
  const parts = [];
  if (payeeCheck !== undefined) parts.push(`the payee check of ${account} says ${payeeCheck}`);
  else if (account !== undefined)
    parts.push(account === 'none' ? 'there is no account' : `${account} is ${state}`);
  else if (grantStatus !== undefined) parts.push(`the grant is ${grantStatus}`);
  else parts.push(stateWords(state, facts));
  if (waitsFor !== undefined) parts.push(`it waits for ${listed(waitsFor)}`);
  if (withheldBy !== undefined) parts.push(`it is withheld by ${withheldBy}, so that must be reopened`);
  if (words(needed).length > 0) parts.push(neededSentence(words(needed), facts));
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
