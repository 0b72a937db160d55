import type { PayeeCheckResult } from '#domain/account.js';
import type { NewEvent } from '#domain/events.js';

/** What a person reads first of a message about an event: `REN-GNT: report interim is due on 2024-02-28`. */
export function subjectOf(about: string, event: NewEvent): string {
  return `${about}: ${sentence(event)}`;
}

function sentence(event: NewEvent): string {
  switch (event.type) {
    case 'reminder.sent': {
      const { report, dueOn, offset } = event.data;
      return offset.startsWith('-')
        ? `report ${report} is due on ${dueOn}`
        : `report ${report} was due on ${dueOn} and is missing`;
    }
    case 'report.escalated':
      return `report ${event.data.report}, due on ${event.data.dueOn}, is still missing`;
    case 'report.submitted':
      return `report ${event.data.report} was handed in${event.data.late ? ' late' : ''}`;
    case 'report.returned':
      return `report ${event.data.report} was returned; hand it in again by ${event.data.dueOn}`;
    case 'deadline.extended':
      return `report ${event.data.report} is now due on ${event.data.dueOn}`;
    case 'deadline.restored':
      return `report ${event.data.report} is due on ${event.data.dueOn} again`;
    case 'extension.asked':
      return `more time is asked for report ${event.data.report}, until ${event.data.until}`;
    case 'extension.refused':
      return `no more time for report ${event.data.report}`;
    case 'evaluation.decided':
      return `evaluation ${event.data.evaluation} was decided ${event.data.outcome}`;
    case 'tranche.reduced':
      return `tranche ${event.data.tranche} was reduced to ${event.data.amount} euro`;
    case 'tranche.withheld':
      return `tranche ${event.data.tranche} is withheld`;
    case 'payout.marked-executed':
      return `payout ${event.data.endToEndId} of ${event.data.amount} euro was marked as executed; someone else of finance confirms it`;
    case 'payout.settled':
      return `tranche ${event.data.tranche} was paid: ${event.data.amount} euro`;
    case 'payout.rejected':
    case 'payout.returned':
    case 'payout.unknown':
      return `payout ${event.data.endToEndId} of ${event.data.amount} euro: ${event.type.split('.')[1]}`;
    case 'recovery.offset': {
      const { recovery, amount, tranche, against } = event.data;
      return `${amount} euro of recovery ${recovery} was offset against tranche ${tranche}${against === undefined ? '' : ` of ${against}`}`;
    }
    case 'account.payee-checked':
      return payeeCheckInWords[event.data.result];
    case 'account.payee-check-overridden':
      return 'the payee check of the bank account was overridden';
    case 'account.changed':
      return 'a new bank account was entered; payouts wait until it is verified';
    case 'contact.bounced':
      return 'mail to this person does not arrive; enter another address';
    default:
      return plainWords(event);
  }
}

const payeeCheckInWords: { readonly [R in PayeeCheckResult]: string } = {
  match: 'the bank knows the account under the name of its holder',
  'close-match': 'the bank knows the account under nearly the name of its holder',
  'no-match': 'the bank does not know the account under the name of its holder; payouts wait',
  'not-possible': 'the bank could not check the name of the account holder',
};

/** Events whose name says it: `report interim accepted`, `grant suspended`. */
function plainWords(event: NewEvent): string {
  const [thing, happened] = event.type.split('.') as [string, string];
  const data = event.data as Readonly<Record<string, unknown>>;
  const which = data[thing];
  const named = typeof which === 'string' || typeof which === 'number' ? `${thing} ${which}` : thing;
  return `${named} ${happened.replaceAll('-', ' ')}`;
}
