import { createHash } from 'node:crypto';

import type { BankAnswer, BankEntry, BankFileHead } from '#domain/bank-file.js';
import type { BankEntryStatus, StoredEntry, Verdict } from '#domain/bank-file-decisions.js';
import type { Instant } from '#domain/civil-date.js';

import { canonicalJson } from './canonical-json.js';
import type { Client } from './client.js';
import { instantOf, optionalCentsOf } from './database-values.js';

/** One transaction imports at a time: what a file says of a payment depends on the files before it. */
const importLock = 7_483_203;

/** Locks out imports, and whoever judges entries again, until the transaction ends. */
export async function lockImports(client: Client): Promise<void> {
  await client.query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [importLock] });
}

/** Locks out other imports until the transaction ends and gives the next file's number. */
export async function nextBankFileNo(client: Client): Promise<number> {
  await lockImports(client);
  const { rows } = await client.query({ text: 'SELECT coalesce(max(no), 0) + 1 AS no FROM bank_files' });
  return (rows[0] as { no: number }).no;
}

/** Where a bank file's stream stands; `hash` is hex. */
export interface BankFileTail {
  readonly no: number;
  readonly sequence: number;
  readonly lastEventAt: Instant;
  readonly hash: string;
}

const tailColumns = `no, sequence, last_event_at, encode(head_hash, 'hex') AS hash`;

function tailOf(rows: unknown[]): BankFileTail | null {
  const [row] = rows as { no: number; sequence: number; last_event_at: Date; hash: string }[];
  if (row === undefined) return null;
  const { no, sequence, hash } = row;
  return { no, sequence, lastEventAt: instantOf(row.last_event_at), hash };
}

/** The file with these very bytes, if it was imported before. */
export async function findBankFile(client: Client, sha256: string): Promise<BankFileTail | null> {
  const { rows } = await client.query({
    text: `SELECT ${tailColumns} FROM bank_files WHERE sha256 = decode($1, 'hex')`,
    values: [sha256],
  });
  return tailOf(rows);
}

/** Locks a file: the one named, else the latest with entry `no` waiting; null where there is none. */
export async function lockBankFile(
  client: Client,
  named: number | undefined,
  entry: number,
): Promise<BankFileTail | null> {
  const { rows } = await client.query({
    text: `SELECT ${tailColumns} FROM bank_files WHERE no = coalesce($1, (
        SELECT max(bank_file) FROM bank_entries WHERE no = $2 AND status = 'waiting')) FOR UPDATE`,
    values: [named ?? null, entry],
  });
  return tailOf(rows);
}

/** The accounts that are, or were, paid from: those that a bank may tell of. */
export async function ownAccounts(client: Client): Promise<Set<string>> {
  const { rows } = await client.query({ text: 'SELECT DISTINCT iban FROM bank_profiles' });
  return new Set((rows as { iban: string }[]).map(({ iban }) => iban));
}

/** What the record says of a file beside its entries. */
export interface NewBankFile {
  readonly no: number;
  readonly sha256: string;
  readonly name: string | null;
  readonly bytes: number;
  readonly head: BankFileHead;
  readonly entries: number;
  readonly importedBy: string;
  readonly importedAt: Instant;
  /** Hex, of its first event. */
  readonly hash: string;
}

export async function insertBankFile(client: Client, file: NewBankFile): Promise<void> {
  await client.query({
    text: `INSERT INTO bank_files (no, sha256, name, bytes, kind, message_id, created_at, entries, imported_by,
        imported_at, sequence, last_event_at, head_hash)
      VALUES ($1, decode($2, 'hex'), $3, $4, $5, $6, $7, $8, $9, $10, 1, $10, decode($11, 'hex'))`,
    values: [
      file.no,
      file.sha256,
      file.name,
      file.bytes,
      file.head.kind,
      file.head.messageId,
      file.head.createdAt,
      file.entries,
      file.importedBy,
      file.importedAt,
      file.hash,
    ],
  });
}

/** The file's row after another event of its stream. */
export async function updateBankFile(client: Client, file: BankFileTail): Promise<void> {
  await client.query({
    text: `UPDATE bank_files SET sequence = $2, last_event_at = $3, head_hash = decode($4, 'hex') WHERE no = $1`,
    values: [file.no, file.sequence, file.lastEventAt, file.hash],
  });
}

/** The same for the same entry wherever it stands; null where the bank gave nothing to tell it by. */
export function entryKeyOf(entry: BankEntry): string | null {
  const { account, answer, endToEndId, messageId, amountCents, currency, bankReference, bookedOn } = entry;
  if (bankReference === null) return null;
  const cents = amountCents?.toString() ?? null;
  const told = [account, answer, endToEndId ?? messageId, cents, currency, bankReference, bookedOn];
  return createHash('sha256').update(canonicalJson(told)).digest('hex');
}

/** Which of these keys an earlier file has. */
export async function keysBefore(
  client: Client,
  keys: readonly (string | null)[],
  file: number,
): Promise<Set<string>> {
  const asked = keys.filter((key) => key !== null);
  if (asked.length === 0) return new Set();
  const { rows } = await client.query({
    // Key by key: without statistics, as within the import of a first large file, the planner would read all entries.
    text: `SELECT k.key FROM unnest($1::text[]) AS k (key)
      CROSS JOIN LATERAL (SELECT FROM bank_entries WHERE entry_key = k.key AND bank_file < $2 LIMIT 1) before`,
    values: [asked, file],
  });
  return new Set((rows as { key: string }[]).map(({ key }) => key));
}

/** An entry as it is first written, with what was found of it. */
export interface JudgedRow {
  readonly entry: BankEntry;
  readonly key: string | null;
  readonly verdict: Verdict;
  /** What it names, where that is known. */
  readonly payout: { readonly endToEndId: string; readonly grant: string; readonly tranche: number } | null;
  readonly batch: number | null;
}

/** Each column of an entry's row with the array type it travels as. */
const entryColumns: readonly (readonly [column: string, type: string, of: (row: JudgedRow) => unknown])[] = [
  ['no', 'int', ({ entry }) => entry.no],
  ['place', 'text', ({ entry }) => entry.place],
  ['answer', 'text', ({ entry }) => entry.answer],
  ['end_to_end_id', 'text', ({ entry }) => entry.endToEndId],
  ['message_id', 'text', ({ entry }) => entry.messageId],
  ['whole_file', 'boolean', ({ entry }) => entry.wholeFile],
  ['payments', 'bigint', ({ entry }) => entry.count],
  ['amount_cents', 'bigint', ({ entry }) => entry.amountCents?.toString() ?? null],
  ['currency', 'text', ({ entry }) => entry.currency],
  ['bank_reference', 'text', ({ entry }) => entry.bankReference],
  ['booked_on', 'date', ({ entry }) => entry.bookedOn],
  ['account', 'text', ({ entry }) => entry.account],
  ['counterparty_iban', 'text', ({ entry }) => entry.counterparty.iban],
  ['counterparty_name', 'text', ({ entry }) => entry.counterparty.name],
  ['reason_code', 'text', ({ entry }) => entry.reasonCode],
  ['reason', 'text', ({ entry }) => entry.reason],
  ['text', 'text', ({ entry }) => entry.text],
  ['entry_key', 'text', ({ key }) => key],
  ['status', 'text', ({ verdict }) => verdict.status],
  ['because', 'text', ({ verdict }) => verdict.because],
  ['grant_code', 'text', ({ payout }) => payout?.grant ?? null],
  ['tranche', 'int', ({ payout }) => payout?.tranche ?? null],
  ['payout', 'text', ({ payout }) => payout?.endToEndId ?? null],
  ['batch', 'int', ({ batch }) => batch],
  ['awaits_batch', 'int', ({ verdict }) => verdict.awaits ?? null],
];

const insertEntriesText = `INSERT INTO bank_entries (bank_file, decided_sequence, ${entryColumns.map(([column]) => column).join(', ')})
  SELECT $1, 1, * FROM unnest(${entryColumns.map(([, type], index) => `$${index + 2}::${type}[]`).join(', ')})`;

export async function insertEntries(client: Client, file: number, rows: readonly JudgedRow[]): Promise<void> {
  await client.query({
    name: 'insert_bank_entries',
    text: insertEntriesText,
    values: [file, ...entryColumns.map(([, , of]) => rows.map(of))],
  });
}

/** An entry of a file whose row is locked; null where it has none of that number. */
export async function readEntry(client: Client, file: number, no: number): Promise<StoredEntry | null> {
  const { rows } = await client.query({
    text: `SELECT ${storedColumns} FROM bank_entries WHERE bank_file = $1 AND no = $2`,
    values: [file, no],
  });
  const [row] = rows as EntryRecord[];
  return row === undefined ? null : storedOf(row);
}

export const storedColumns = `bank_file, no, status, answer, end_to_end_id, message_id, whole_file, payments::text,
  amount_cents::text, currency, bank_reference`;

export function storedOf(row: EntryRecord): StoredEntry {
  return {
    bankFile: row.bank_file,
    no: row.no,
    status: row.status,
    answer: row.answer,
    endToEndId: row.end_to_end_id,
    messageId: row.message_id,
    wholeFile: row.whole_file,
    count: row.payments === null ? null : Number(row.payments),
    amountCents: optionalCentsOf(row.amount_cents),
    currency: row.currency,
    bankReference: row.bank_reference,
  };
}

export interface EntryRecord {
  bank_file: number;
  no: number;
  status: BankEntryStatus;
  answer: BankAnswer;
  end_to_end_id: string | null;
  message_id: string | null;
  whole_file: boolean;
  payments: string | null;
  amount_cents: string | null;
  currency: string | null;
  bank_reference: string | null;
}

/** What a person made of an entry. */
export interface DecidedEntry {
  readonly bankFile: number;
  readonly no: number;
  readonly status: Extract<BankEntryStatus, 'assigned' | 'dismissed'>;
  readonly payout: { readonly endToEndId: string; readonly grant: string; readonly tranche: number } | null;
  readonly recovery: { readonly grant: string; readonly no: number } | null;
  readonly by: string;
  readonly at: Instant;
  /** Of the event that says so. */
  readonly sequence: number;
}

export async function updateDecided(client: Client, entry: DecidedEntry): Promise<void> {
  const { payout, recovery } = entry;
  const texts = {
    // What an entry that is nothing of ours was taken for stays to be seen.
    dismissed: '',
    assigned: ', grant_code = $7, tranche = $8, payout = $9, recovery = $10',
  };
  const values = [entry.bankFile, entry.no, entry.status, entry.by, entry.at, entry.sequence];
  const named = [
    payout?.grant ?? recovery?.grant ?? null,
    payout?.tranche ?? null,
    payout?.endToEndId ?? null,
    recovery?.no ?? null,
  ];
  await client.query({
    text: `UPDATE bank_entries SET status = $3, awaits_batch = NULL, decided_by = $4, decided_at = $5, decided_sequence = $6${texts[entry.status]}
      WHERE bank_file = $1 AND no = $2`,
    values: entry.status === 'assigned' ? [...values, ...named] : values,
  });
}
