import type { FieldName } from './command-fields.js';
import type { Role } from './people.js';

/** The thing a command acts on: what its path over HTTP ends in, and which field names it in a file. */
export type Target = 'grant' | 'tranche' | 'report' | 'evaluation' | 'recovery' | 'beneficiary';

export interface CommandShape {
  readonly on: Target;
  /** Who may give it; the service itself where `system` is named. */
  readonly roles: readonly (Role | 'system')[];
  readonly required: readonly FieldName[];
  readonly optional: readonly FieldName[];
  /** What it does, one line for help and OpenAPI. */
  readonly does: string;
  /** Given by the service alone, never over HTTP or in a file. */
  readonly internal?: true;
}

/**
 * Every command with who may give it and what it carries (domain.md, "Who may do what").
 * Files, HTTP, OpenAPI and the decision tables all read this one table.
 */
export const commands = {
  'draft-grant': {
    on: 'grant',
    roles: ['administrator', 'system'],
    required: ['beneficiary', 'programme', 'amount', 'start', 'end'],
    optional: ['planVersion', 'handler'],
    does: 'Drafts a grant to a beneficiary under a programme.',
  },
  award: {
    on: 'grant',
    roles: ['administrator'],
    required: [],
    optional: ['decision'],
    does: 'Awards a drafted grant: fixes its amounts and sets every deadline.',
  },
  suspend: {
    on: 'grant',
    roles: ['administrator'],
    required: [],
    optional: ['reason', 'mute'],
    does: 'Suspends a grant: nothing leaves, whatever was scheduled. With mute its reminders are silent.',
  },
  resume: {
    on: 'grant',
    roles: ['administrator'],
    required: [],
    optional: ['reason'],
    does: 'Resumes a suspended grant; what suspension held back is ordered.',
  },
  terminate: {
    on: 'grant',
    roles: ['administrator'],
    required: [],
    optional: ['reason', 'decision', 'tranche'],
    does: 'Terminates a grant: cancels what was not paid and waives open reports, except the tranche named.',
  },
  close: {
    on: 'grant',
    roles: ['administrator'],
    required: [],
    optional: ['reason'],
    does: 'Closes a grant of which nothing is open any more.',
  },
  'reopen-grant': {
    on: 'grant',
    roles: ['administrator'],
    required: ['decision'],
    optional: ['reason'],
    does: 'Reopens a closed or terminated grant by a decision.',
  },
  'assign-handler': {
    on: 'grant',
    roles: ['administrator'],
    required: ['handler'],
    optional: ['reason'],
    does: 'Names the administrator who handles the grant and is told of escalations.',
  },
  'receive-document': {
    on: 'grant',
    roles: ['administrator'],
    required: ['name'],
    optional: [],
    does: 'Records that a document which a gate asks for was received.',
  },
  'give-approval': {
    on: 'grant',
    roles: ['approver'],
    required: ['name'],
    optional: [],
    does: 'Gives an approval which a gate asks for.',
  },
  'submit-report': {
    on: 'report',
    roles: ['beneficiary'],
    required: ['report'],
    optional: ['costs'],
    does: 'Hands in a report, with the costs of its own period.',
  },
  'accept-report': {
    on: 'report',
    roles: ['administrator'],
    required: ['report'],
    optional: ['costs'],
    does: 'Accepts a submitted report; costs default to those reported.',
  },
  'return-report': {
    on: 'report',
    roles: ['administrator'],
    required: ['report', 'resubmitBy'],
    optional: ['reason'],
    does: 'Returns a submitted report with a reason and a new deadline.',
  },
  'reopen-report': {
    on: 'report',
    roles: ['administrator'],
    required: ['report'],
    optional: ['reason'],
    does: 'Reopens an accepted report until a tranche that rests on it is ordered.',
  },
  'waive-report': {
    on: 'report',
    roles: ['administrator'],
    required: ['report'],
    optional: ['reason'],
    does: 'Waives a report that is no longer owed.',
  },
  'extend-deadline': {
    on: 'report',
    roles: ['administrator'],
    required: ['report', 'until'],
    optional: ['reason'],
    does: 'Moves the deadline of a report; also answers an open request.',
  },
  'ask-extension': {
    on: 'report',
    roles: ['beneficiary'],
    required: ['report', 'until'],
    optional: ['reason'],
    does: 'Asks for more time for a report.',
  },
  'refuse-extension': {
    on: 'report',
    roles: ['administrator'],
    required: ['report'],
    optional: ['reason'],
    does: 'Refuses an open request for more time.',
  },
  'recommend-evaluation': {
    on: 'evaluation',
    roles: ['evaluator'],
    required: ['evaluation', 'outcome'],
    optional: ['share', 'reason'],
    does: 'Recommends the outcome of an open evaluation.',
  },
  'decide-evaluation': {
    on: 'evaluation',
    roles: ['approver'],
    required: ['evaluation', 'outcome'],
    optional: ['share', 'reason'],
    does: 'Decides a recommended evaluation; the decision stands whatever was recommended.',
  },
  'reopen-evaluation': {
    on: 'evaluation',
    roles: ['approver'],
    required: ['evaluation'],
    optional: ['reason'],
    does: 'Reopens an evaluation until a tranche that requires it is ordered.',
  },
  'approve-tranche': {
    on: 'tranche',
    roles: ['approver'],
    required: ['tranche'],
    optional: [],
    does: 'Approves a payable tranche, or gives the first of two approvals.',
  },
  'withdraw-approval': {
    on: 'tranche',
    roles: ['approver'],
    required: ['tranche'],
    optional: ['reason'],
    does: 'Takes back a first approval, or the approval of a tranche without a live payout.',
  },
  'withhold-tranche': {
    on: 'tranche',
    roles: ['administrator', 'approver'],
    required: ['tranche'],
    optional: ['reason'],
    does: 'Withholds a tranche that is not ordered yet.',
  },
  'restore-tranche': {
    on: 'tranche',
    roles: ['administrator'],
    required: ['tranche'],
    optional: ['reason'],
    does: 'Puts a tranche that a person withheld back to planned.',
  },
  'cancel-tranche': {
    on: 'tranche',
    roles: ['administrator'],
    required: ['tranche'],
    optional: ['reason'],
    does: 'Cancels a tranche that is not ordered; its money is released.',
  },
  'order-payout': {
    on: 'tranche',
    roles: ['finance', 'system'],
    required: ['tranche'],
    optional: [],
    does: 'Orders the payout of an approved tranche, again after one was rejected or returned.',
  },
  'hand-over-payout': {
    on: 'tranche',
    roles: ['finance'],
    required: ['tranche'],
    optional: [],
    does: 'Records that an ordered payout was handed over.',
  },
  'confirm-payout': {
    on: 'tranche',
    roles: ['finance'],
    required: ['tranche'],
    optional: [],
    does: 'Confirms by hand that the payout arrived.',
  },
  'reject-payout': {
    on: 'tranche',
    roles: ['finance'],
    required: ['tranche'],
    optional: ['reason'],
    does: 'Records that the payout was rejected.',
  },
  'return-payout': {
    on: 'tranche',
    roles: ['finance'],
    required: ['tranche'],
    optional: ['reason'],
    does: 'Records that a settled payout came back.',
  },
  'mark-unknown': {
    on: 'tranche',
    roles: ['finance'],
    required: ['tranche'],
    optional: ['reason'],
    does: 'Records that the fate of a payout handed over is unknown; it waits for a person.',
  },
  'propose-recovery': {
    on: 'grant',
    roles: ['administrator'],
    required: ['amount'],
    optional: ['reason'],
    does: 'Proposes to recover money that was paid.',
  },
  'notify-recovery': {
    on: 'recovery',
    roles: ['administrator'],
    required: ['recovery'],
    optional: ['reason'],
    does: 'Notifies the beneficiary of a recovery.',
  },
  'settle-recovery': {
    on: 'recovery',
    roles: ['finance'],
    required: ['recovery'],
    optional: ['amount'],
    does: 'Records that a recovery, or a part of it, came back; the whole open amount by default.',
  },
  'offset-recovery': {
    on: 'recovery',
    roles: ['administrator'],
    required: ['recovery', 'tranche'],
    optional: ['amount', 'reason'],
    does: 'Offsets a notified recovery against a later tranche of the grant.',
  },
  'waive-recovery': {
    on: 'recovery',
    roles: ['approver'],
    required: ['recovery'],
    optional: ['reason'],
    does: 'Waives what is open of a recovery.',
  },
  'change-account': {
    on: 'beneficiary',
    roles: ['administrator', 'beneficiary', 'system'],
    required: ['iban'],
    optional: [],
    does: 'Enters a new bank account; payouts freeze until someone else verified it.',
  },
  'verify-account': {
    on: 'beneficiary',
    roles: ['administrator', 'finance', 'system'],
    required: [],
    optional: [],
    does: 'Verifies the account in force; not by whoever entered it.',
  },
} as const satisfies Record<string, CommandShape>;
