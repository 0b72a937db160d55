import { accountTable } from './account.table.js';
import { bankEntryTable, bankFileTable } from './bank-file.table.js';
import { beneficiaryTable } from './beneficiary.table.js';
import { calendarFeedTable } from './calendar-feed.table.js';
import { calendarTable } from './calendar.table.js';
import { canaryTable } from './canary.table.js';
import { clockTable } from './clock.table.js';
import { commandTable } from './command.table.js';
import { contactTable, deputyTable } from './contact.table.js';
import { digestTable } from './digest.table.js';
import { deadlineMoveLineTable, deadlineMoveTable } from './deadline-move.table.js';
import { dueFailureTable } from './due-failure.table.js';
import { effectTable } from './effect.table.js';
import { envelopeTable, envelopeVersionTable } from './envelope.table.js';
import { escalationTable } from './escalation.table.js';
import { evaluationTable } from './evaluation.table.js';
import { eventTable } from './event.table.js';
import { grantTable } from './grant.table.js';
import { holidayTable } from './holiday.table.js';
import { mailTable } from './mail.table.js';
import { mailTemplateFaultTable, mailTemplateTable } from './mail-template.table.js';
import { messageTable } from './message.table.js';
import { outboxTable } from './outbox.table.js';
import { payoutTable } from './payout.table.js';
import { personTable } from './person.table.js';
import { planVersionTable } from './plan-version.table.js';
import { programmeTable } from './programme.table.js';
import { receiptTable } from './receipt.table.js';
import { recoveryTable } from './recovery.table.js';
import { refusalTable } from './refusal.table.js';
import { reminderTable } from './reminder.table.js';
import { reportTable } from './report.table.js';
import { tokenTable } from './token.table.js';
import { trancheTable } from './tranche.table.js';
import {
  webhookAttemptTable,
  webhookDeliveryTable,
  webhookLaneTable,
  webhookSecretTable,
  webhookTable,
} from './webhook.table.js';

/** Every table, for the data source. */
export const tables = [
  accountTable,
  bankEntryTable,
  bankFileTable,
  beneficiaryTable,
  calendarFeedTable,
  calendarTable,
  canaryTable,
  clockTable,
  commandTable,
  contactTable,
  deputyTable,
  digestTable,
  deadlineMoveLineTable,
  deadlineMoveTable,
  dueFailureTable,
  effectTable,
  envelopeTable,
  envelopeVersionTable,
  escalationTable,
  evaluationTable,
  eventTable,
  grantTable,
  holidayTable,
  mailTable,
  mailTemplateTable,
  mailTemplateFaultTable,
  messageTable,
  outboxTable,
  payoutTable,
  personTable,
  planVersionTable,
  programmeTable,
  receiptTable,
  recoveryTable,
  refusalTable,
  reminderTable,
  reportTable,
  tokenTable,
  trancheTable,
  webhookAttemptTable,
  webhookDeliveryTable,
  webhookLaneTable,
  webhookSecretTable,
  webhookTable,
];
