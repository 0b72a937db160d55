import { EntitySchema } from 'typeorm';

import type { BankAnswer, BankFileKind } from '#domain/bank-file.js';
import type { BankEntryStatus } from '#domain/bank-file-decisions.js';
import type { CivilDate, Instant } from '#domain/civil-date.js';

import { bytes, cents, date, flag, instant, integer, key, optional, text } from './columns.js';

/** What a bank answered, as it was imported. Its row ends its stream. */
export interface BankFileRow {
  no: number;
  sha256: Buffer;
  name: string | null;
  bytes: bigint;
  kind: BankFileKind;
  messageId: string;
  createdAt: Instant | null;
  entries: number;
  importedBy: string;
  importedAt: Instant;
  sequence: number;
  lastEventAt: Instant;
  headHash: Buffer;
}

/** One payment or one whole payment file that a bank file tells of, and what became of it. */
export interface BankEntryRow {
  bankFile: number;
  no: number;
  place: string;
  answer: BankAnswer;
  endToEndId: string | null;
  messageId: string | null;
  wholeFile: boolean;
  payments: bigint | null;
  amountCents: bigint | null;
  currency: string | null;
  bankReference: string | null;
  bookedOn: CivilDate | null;
  account: string | null;
  counterpartyIban: string | null;
  counterpartyName: string | null;
  reasonCode: string | null;
  reason: string | null;
  text: string | null;
  entryKey: string | null;
  status: BankEntryStatus;
  because: string | null;
  grantCode: string | null;
  tranche: number | null;
  payout: string | null;
  recovery: number | null;
  batch: number | null;
  awaitsBatch: number | null;
  decidedSequence: number;
  decidedBy: string | null;
  decidedAt: Instant | null;
}

export const bankFileTable = new EntitySchema<BankFileRow>({
  name: 'bank-file',
  tableName: 'bank_files',
  columns: {
    no: key(integer('no')),
    sha256: bytes('sha256'),
    name: optional(text('name')),
    bytes: cents('bytes'),
    kind: text('kind'),
    messageId: text('message_id'),
    createdAt: optional(instant('created_at')),
    entries: integer('entries'),
    importedBy: text('imported_by'),
    importedAt: instant('imported_at'),
    sequence: integer('sequence'),
    lastEventAt: instant('last_event_at'),
    headHash: bytes('head_hash'),
  },
});

export const bankEntryTable = new EntitySchema<BankEntryRow>({
  name: 'bank-entry',
  tableName: 'bank_entries',
  columns: {
    bankFile: key(integer('bank_file')),
    no: key(integer('no')),
    place: text('place'),
    answer: text('answer'),
    endToEndId: optional(text('end_to_end_id')),
    messageId: optional(text('message_id')),
    wholeFile: flag('whole_file'),
    payments: optional(cents('payments')),
    amountCents: optional(cents('amount_cents')),
    currency: optional(text('currency')),
    bankReference: optional(text('bank_reference')),
    bookedOn: optional(date('booked_on')),
    account: optional(text('account')),
    counterpartyIban: optional(text('counterparty_iban')),
    counterpartyName: optional(text('counterparty_name')),
    reasonCode: optional(text('reason_code')),
    reason: optional(text('reason')),
    text: optional(text('text')),
    entryKey: optional(text('entry_key')),
    status: text('status'),
    because: optional(text('because')),
    grantCode: optional(text('grant_code')),
    tranche: optional(integer('tranche')),
    payout: optional(text('payout')),
    recovery: optional(integer('recovery')),
    batch: optional(integer('batch')),
    awaitsBatch: optional(integer('awaits_batch')),
    decidedSequence: integer('decided_sequence'),
    decidedBy: optional(text('decided_by')),
    decidedAt: optional(instant('decided_at')),
  },
});
