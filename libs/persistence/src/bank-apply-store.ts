import type { BankAnswer } from '#domain/bank-file.js';
import type { BankEntryStatus } from '#domain/bank-file-decisions.js';
import type { PayoutStatus } from '#domain/grant.js';

import type { Client } from './client.js';

/** An entry whose meaning is settled, and that its grant does not say yet. */
export interface EntryToApply {
  readonly bankFile: number;
  readonly no: number;
  /** Of the event that gave it its meaning: the import, or a person's assignment. */
  readonly sequence: number;
  readonly status: Extract<BankEntryStatus, 'matched' | 'assigned'>;
  readonly answer: BankAnswer;
  /** Whoever imported or assigned it. */
  readonly by: string;
  readonly payout: PayoutToAnswer | null;
  readonly recovery: { readonly grant: string; readonly no: number; readonly amountCents: bigint } | null;
  readonly batch: number | null;
  /** `AC04: the account is closed`; null where the bank gave none. */
  readonly reason: string | null;
}

export interface PayoutToAnswer {
  readonly endToEndId: string;
  readonly grant: string;
  readonly tranche: number;
  readonly status: PayoutStatus;
}

/** A place in the order in which entries are applied: by file, then by entry. */
export interface EntryPlace {
  readonly bankFile: number;
  readonly no: number;
}

/** The next entries to apply after a place, up to and including file `upTo`. */
export async function readToApply(
  client: Client,
  after: EntryPlace,
  upTo: number,
  limit: number,
): Promise<EntryToApply[]> {
  const { rows } = await client.query({
    text: `SELECT e.bank_file, e.no, e.decided_sequence, e.status, e.answer, e.payout, e.grant_code, e.tranche, e.recovery, e.batch,
        e.amount_cents::text, p.status AS payout_status,
        CASE WHEN e.status = 'assigned' THEN e.decided_by ELSE f.imported_by END AS by,
        nullif(concat_ws(': ', e.reason_code, e.reason), '') AS reason
      FROM (
        SELECT * FROM bank_entries
        WHERE status IN ('matched', 'assigned') AND (bank_file, no) > ($1, $2) AND bank_file <= $3
        ORDER BY bank_file, no LIMIT $4
      ) e
      JOIN bank_files f ON f.no = e.bank_file
      LEFT JOIN LATERAL (SELECT status FROM payouts WHERE end_to_end_id = e.payout LIMIT 1) p ON true
      ORDER BY e.bank_file, e.no`,
    values: [after.bankFile, after.no, upTo, limit],
  });
  return (rows as ApplyRecord[]).map(toApply);
}

interface ApplyRecord {
  bank_file: number;
  no: number;
  decided_sequence: number;
  status: EntryToApply['status'];
  answer: BankAnswer;
  by: string;
  payout: string | null;
  grant_code: string;
  tranche: number;
  recovery: number | null;
  batch: number | null;
  amount_cents: string;
  payout_status: PayoutStatus;
  reason: string | null;
}

function toApply(row: ApplyRecord): EntryToApply {
  const { no, status, answer, by, batch, reason, tranche } = row;
  const grant = row.grant_code;
  return {
    bankFile: row.bank_file,
    no,
    sequence: row.decided_sequence,
    status,
    answer,
    by,
    payout:
      row.payout === null ? null : { endToEndId: row.payout, grant, tranche, status: row.payout_status },
    recovery:
      row.recovery === null ? null : { grant, no: row.recovery, amountCents: BigInt(row.amount_cents) },
    batch,
    reason,
  };
}

/** Lines of a batch after a position that are still on their way, in order. */
export async function readLinesToAnswer(
  client: Client,
  batch: number,
  after: number,
  limit: number,
): Promise<(PayoutToAnswer & { readonly position: number })[]> {
  const { rows } = await client.query({
    text: `SELECT l.position, l.end_to_end_id AS "endToEndId", l.grant_code AS grant, l.tranche, p.status
      FROM batch_lines l JOIN payouts p ON (p.grant_code, p.tranche, p.attempt) = (l.grant_code, l.tranche, l.attempt)
      WHERE l.batch = $1 AND l.position > $2 AND p.status IN ('ordered', 'handed-over', 'unknown')
      ORDER BY l.position LIMIT $3`,
    values: [batch, after, limit],
  });
  return rows as (PayoutToAnswer & { position: number })[];
}

/** What became of an entry that was applied, or was not taken. */
export interface AppliedEntry extends EntryPlace {
  /** Of the event it was applied for: what a person has decided since then stands. */
  readonly sequence: number;
  readonly status: Extract<BankEntryStatus, 'applied' | 'known' | 'waiting'>;
  readonly because: string | null;
}

export async function markApplied(client: Client, entries: readonly AppliedEntry[]): Promise<void> {
  await client.query({
    text: `UPDATE bank_entries e SET status = n.status, because = coalesce(n.because, e.because), awaits_batch = NULL
      FROM unnest($1::int[], $2::int[], $3::int[], $4::text[], $5::text[]) AS n (bank_file, no, sequence, status, because)
      WHERE e.bank_file = n.bank_file AND e.no = n.no AND e.decided_sequence = n.sequence
        AND e.status IN ('matched', 'assigned')`,
    values: [
      entries.map(({ bankFile }) => bankFile),
      entries.map(({ no }) => no),
      entries.map(({ sequence }) => sequence),
      entries.map(({ status }) => status),
      entries.map(({ because }) => because),
    ],
  });
}
