/** Entries of bank files that waited for the hand-over of a batch, and what was found of them after it. */
import type { BankFileKind } from '#domain/bank-file.js';
import type { StoredEntry, Verdict } from '#domain/bank-file-decisions.js';

import { type EntryRecord, storedColumns, storedOf } from './bank-file-store.js';
import type { Client } from './client.js';

/** The files with an entry that waits for the hand-over of this batch, or was matched after it; in their order. */
export async function filesOfHandOver(
  client: Client,
  batch: number,
  statuses: readonly ('waiting' | 'matched')[],
): Promise<number[]> {
  const { rows } = await client.query({
    text: `SELECT DISTINCT bank_file AS no FROM bank_entries
      WHERE awaits_batch = $1 AND status IN ('waiting', 'matched') AND status = ANY ($2) ORDER BY 1`,
    values: [batch, statuses],
  });
  return (rows as { no: number }[]).map(({ no }) => no);
}

/** Locks a file against whoever decides an entry of it, and says of what kind it is. */
export async function lockKind(client: Client, file: number): Promise<BankFileKind> {
  const { rows } = await client.query({
    text: 'SELECT kind FROM bank_files WHERE no = $1 FOR UPDATE',
    values: [file],
  });
  const [row] = rows as { kind: BankFileKind }[];
  if (row === undefined) throw new Error(`there is no bank file ${file}`);
  return row.kind;
}

/** The next entries of a file, after entry `after`, that wait for the hand-over of this batch. */
export async function readAwaiting(
  client: Client,
  { file, batch, after }: { readonly file: number; readonly batch: number; readonly after: number },
  limit: number,
): Promise<StoredEntry[]> {
  const { rows } = await client.query({
    text: `SELECT ${storedColumns} FROM bank_entries
      WHERE awaits_batch = $2 AND bank_file = $1 AND no > $3 AND status = 'waiting' ORDER BY no LIMIT $4`,
    values: [file, batch, after, limit],
  });
  return (rows as EntryRecord[]).map(storedOf);
}

/** An entry with what it was found to be once more. */
export interface JudgedAgain {
  readonly entry: StoredEntry;
  readonly verdict: Verdict;
}

/**
 * What came of entries of a locked file. Matched ones still name the batch they waited for, so that whoever takes
 * this up finds the files to record.
 */
export async function updateJudged(
  client: Client,
  file: number,
  judged: readonly JudgedAgain[],
): Promise<void> {
  await client.query({
    text: `UPDATE bank_entries e SET status = n.status, because = n.because,
        awaits_batch = CASE n.status WHEN 'matched' THEN e.awaits_batch ELSE n.awaits END
      FROM unnest($2::int[], $3::text[], $4::text[], $5::int[]) AS n (no, status, because, awaits)
      WHERE e.bank_file = $1 AND e.no = n.no`,
    values: [
      file,
      judged.map(({ entry }) => entry.no),
      judged.map(({ verdict }) => verdict.status),
      judged.map(({ verdict }) => verdict.because),
      judged.map(({ verdict }) => verdict.awaits ?? null),
    ],
  });
}
