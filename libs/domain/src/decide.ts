import { acceptReport, askExtension, extendDeadline, refuseExtension, reopenReport } from './report.js';
import { returnReport, submitReport, waiveReport } from './report.js';
import { assignHandler, close, giveApproval, receiveDocument, reopenGrant } from './grant-life.js';
import { resume, suspend, terminate } from './grant-life.js';
import { award } from './award.js';
import { civilDateOf } from './civil-date.js';
import type { Command, CommandName, Input, OnTarget } from './commands.js';
import { shapeOf } from './commands.js';
import { lay, withConsequences } from './consequences.js';
import type { Decide } from './decision.js';
import { decideEvaluation, recommendEvaluation, reopenEvaluation } from './evaluation.js';
import { dueEvents } from './due.js';
import type { Decision, Facts } from './facts.js';
import type { Grant } from './grant.js';
import { confirmPayout, handOverPayout, markExecuted, markUnknown, orderPayout } from './payout.js';
import { rejectPayout, returnPayout } from './payout.js';
import { holds } from './people.js';
import type { Actor } from './people.js';
import { notifyRecovery, offsetRecovery, proposeRecovery, settleRecovery } from './recovery.js';
import { waiveRecovery } from './recovery.js';
import { isRefused, refuse, refuseInvalid } from './refusal.js';
import type { Refused } from './refusal.js';
import { approveTranche, cancelTranche, restoreTranche, withdrawApproval } from './tranche.js';
import { withholdTranche } from './tranche.js';

/** Commands that are not decided over a loaded grant: its drafting, and those on another stream. */
type Elsewhere =
  | 'draft-grant'
  | OnTarget<'beneficiary'>
  | OnTarget<'batch'>
  | OnTarget<'bank-file'>
  | OnTarget<'bank-entry'>
  | OnTarget<'deadline-move'>;
export type GrantCommandName = Exclude<CommandName, Elsewhere>;

/** Every command over a grant and the function that decides it; the compiler keeps it exhaustive. */
export const decisions: { readonly [N in GrantCommandName]: Decide<N> } = {
  award,
  suspend,
  resume,
  terminate,
  close,
  'reopen-grant': reopenGrant,
  'assign-handler': assignHandler,
  'receive-document': receiveDocument,
  'give-approval': giveApproval,
  'submit-report': submitReport,
  'accept-report': acceptReport,
  'return-report': returnReport,
  'reopen-report': reopenReport,
  'waive-report': waiveReport,
  'extend-deadline': extendDeadline,
  'ask-extension': askExtension,
  'refuse-extension': refuseExtension,
  'recommend-evaluation': recommendEvaluation,
  'decide-evaluation': decideEvaluation,
  'reopen-evaluation': reopenEvaluation,
  'approve-tranche': approveTranche,
  'withdraw-approval': withdrawApproval,
  'withhold-tranche': withholdTranche,
  'restore-tranche': restoreTranche,
  'cancel-tranche': cancelTranche,
  'order-payout': orderPayout,
  'hand-over-payout': handOverPayout,
  'mark-executed': markExecuted,
  'confirm-payout': confirmPayout,
  'reject-payout': rejectPayout,
  'return-payout': returnPayout,
  'mark-unknown': markUnknown,
  'propose-recovery': proposeRecovery,
  'notify-recovery': notifyRecovery,
  'settle-recovery': settleRecovery,
  'offset-recovery': offsetRecovery,
  'waive-recovery': waiveRecovery,
};

export function isGrantCommand(name: CommandName): name is GrantCommandName {
  return Object.hasOwn(decisions, name);
}

/**
 * Decides a command over a grant: its own events, then what follows from them. `input` is the command's
 * parsed input. What fell due before is the caller's to lay first (`dueEvents`), because it stands
 * whatever becomes of the command.
 */
export function decideGrant(grant: Grant, command: Command, input: Input, facts: Facts): Decision {
  const past = refusePastDate(input, facts);
  if (past !== null) return past;
  if (!isGrantCommand(command.name)) throw new Error(`${command.name} is not decided over a grant`);
  const decide = decisions[command.name] as Decide<GrantCommandName>;
  const decision = decide(grant, command.actor, input as Input<GrantCommandName>, facts);
  const stranger = refuseStranger(grant, command.name, command.actor);
  // Refusals answer in a fixed order: what does not exist is not found whoever asks, except that another's
  // grant tells a beneficiary nothing (I10); the rest comes after whether this person may ask at all.
  if (stranger !== null)
    return isRefused(decision) && isUnknown(decision) && isOwn(grant, command.actor) ? decision : stranger;
  if (isRefused(decision)) return decision;
  const laid = lay({ grant, events: [] }, decision.events, facts);
  const settled = withConsequences(laid, facts);
  // What is already past when a deadline is set takes effect at this instant.
  const overdue = command.name === 'award' ? dueEvents(settled.grant, facts) : [];
  const events = [...settled.events, ...overdue];
  const { elsewhere } = decision;
  if (elsewhere === undefined) return { events };
  const { other } = facts;
  if (other === undefined) throw new Error(`${command.name} acts on a grant that was not loaded`);
  const there = lay({ grant: other.grant, events: [] }, elsewhere, other.facts);
  return { events, elsewhere: withConsequences(there, other.facts).events };
}

/** A new deadline lies today or later: what is past cannot be met any more. */
export function refusePastDate(input: Input, facts: Pick<Facts, 'now' | 'plan'>): Refused | null {
  const today = civilDateOf(facts.now, facts.plan.timeZone);
  for (const path of ['until', 'resubmitBy'] as const) {
    const date = (input as { readonly until?: string; readonly resubmitBy?: string })[path];
    if (date !== undefined && date < today)
      return refuseInvalid(path, `${date} is already past; name today (${today}) or a later day`);
  }
  return null;
}

function isUnknown(refused: Refused): boolean {
  return refused.refused.code === 'not-found';
}

/** Roles, and for a beneficiary its own files only (I10). */
export function refuseStranger(grant: Grant, name: CommandName, actor: Actor): Refused | null {
  const allowed = shapeOf(name).roles.some((role) => holds(actor, role));
  return allowed && isOwn(grant, actor) ? null : refuse('not-allowed', { command: name, by: actor.id });
}

/** Whoever answers for a beneficiary has only its own grants; the agency's people have them all. */
function isOwn(grant: Grant, actor: Actor): boolean {
  return !holds(actor, 'beneficiary') || actor.of === grant.beneficiary;
}
