import type { Batch, BatchStatus } from '#domain/batch.js';
import type { BankProfile } from '#domain/payment.js';

import type { Client } from './client.js';
import { instantOf, optionalInstantOf } from './database-values.js';

/** One transaction builds at a time: two would reach for the same payouts and one would wait for nothing. */
const buildLock = 7_483_202;

/** Locks out other builders until the transaction ends and gives the next batch number. */
export async function nextBatchNo(client: Client): Promise<number> {
  await client.query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [buildLock] });
  const { rows } = await client.query({ text: 'SELECT coalesce(max(no), 0) + 1 AS no FROM batches' });
  return (rows[0] as { no: number }).no;
}

/** A bank profile in its latest version: the one named, else the only one; null where that is none or several. */
export async function findProfile(client: Client, code: string | undefined): Promise<BankProfile | null> {
  const { rows } = await client.query({
    text: `SELECT DISTINCT ON (code) ${profileColumns} FROM bank_profiles
      WHERE $1::text IS NULL OR code = $1 ORDER BY code, version DESC LIMIT 2`,
    values: [code ?? null],
  });
  return rows.length === 1 ? (rows[0] as BankProfile) : null;
}

/** Why `findProfile` gave none: the codes there are. */
export async function profileCodes(client: Client): Promise<string[]> {
  const { rows } = await client.query({ text: 'SELECT DISTINCT code FROM bank_profiles ORDER BY code' });
  return (rows as { code: string }[]).map(({ code }) => code);
}

/** The profile that a batch was built under. */
export async function profileOf(client: Client, { profile, profileVersion }: Batch): Promise<BankProfile> {
  const { rows } = await client.query({
    text: `SELECT ${profileColumns} FROM bank_profiles WHERE code = $1 AND version = $2`,
    values: [profile, profileVersion],
  });
  return rows[0] as BankProfile;
}

const profileColumns = `code, version, name, iban, bic, batch_booking AS "batchBooking", remittance`;

/** A new batch as it was built. */
export async function insertBatch(client: Client, batch: Batch, hash: string): Promise<void> {
  await client.query({
    text: `INSERT INTO batches (no, status, profile, profile_version, lines, amount_cents, lines_hash, execute_on,
        built_by, built_at, sequence, last_event_at, head_hash)
      VALUES ($1, $2, $3, $4, $5, $6, decode($7, 'hex'), $8, $9, $10, $11, $12, decode($13, 'hex'))`,
    values: [
      batch.no,
      batch.status,
      batch.profile,
      batch.profileVersion,
      batch.lines,
      batch.amountCents.toString(),
      batch.linesHash,
      batch.executeOn,
      batch.builtBy,
      batch.builtAt,
      batch.sequence,
      batch.lastEventAt,
      hash,
    ],
  });
}

/** What changed of a batch after it was built. */
export async function updateBatch(client: Client, batch: Batch, hash: string): Promise<void> {
  const { file, status, sequence } = batch;
  await client.query({
    text: `UPDATE batches SET status = $2, execute_on = $3, message_id = $4, released_by = $5, released_at = $6,
        file_format = $7, file_sha256 = decode($8, 'hex'), file_bytes = $9, exported_by = $10, exported_at = $11,
        handed_over_by = $12, handed_over_at = $13, handed_over_sequence = coalesce(handed_over_sequence, $14),
        sequence = $15, last_event_at = $16, head_hash = decode($17, 'hex')
      WHERE no = $1`,
    values: [
      batch.no,
      status,
      batch.executeOn,
      batch.messageId,
      batch.releasedBy,
      batch.releasedAt,
      file?.format ?? null,
      file?.sha256 ?? null,
      file?.bytes ?? null,
      file?.exportedBy ?? null,
      file?.exportedAt ?? null,
      batch.handedOverBy,
      batch.handedOverAt,
      status === 'handed-over' ? sequence : null,
      sequence,
      batch.lastEventAt,
      hash,
    ],
  });
}

/** A batch under lock, with the hex hash of its last event. */
export interface StoredBatch {
  readonly batch: Batch;
  readonly hash: string;
}

/** Locks a batch: by number, else the latest with a payout of `grant`, else the latest of all. */
export async function lockBatch(
  client: Client,
  no: number | undefined,
  grant: string | null,
): Promise<StoredBatch | null> {
  const { rows } = await client.query({
    text: `SELECT ${batchColumns} FROM batches b WHERE no = coalesce($1, (
        SELECT max(no) FROM batches c WHERE $2::text IS NULL
          OR EXISTS (SELECT FROM batch_lines l WHERE l.batch = c.no AND l.grant_code = $2)))
      FOR NO KEY UPDATE`,
    values: [no ?? null, grant],
  });
  return rows.length === 0 ? null : storedBatchOf(rows[0] as BatchRecord);
}

/** Batches by number, without a lock. */
export async function readBatches(client: Client, nos: readonly number[]): Promise<StoredBatch[]> {
  const { rows } = await client.query({
    text: `SELECT ${batchColumns} FROM batches b WHERE no = ANY ($1) ORDER BY no`,
    values: [nos],
  });
  return (rows as BatchRecord[]).map(storedBatchOf);
}

const batchColumns = `no, status, profile, profile_version, lines, amount_cents::text, encode(lines_hash, 'hex') AS lines_hash,
  execute_on::text, message_id, built_by, built_at, released_by, released_at, file_format,
  encode(file_sha256, 'hex') AS file_sha256, file_bytes::text, exported_by, exported_at, handed_over_by, handed_over_at,
  sequence, last_event_at, encode(head_hash, 'hex') AS head_hash`;

interface BatchRecord {
  no: number;
  status: BatchStatus;
  profile: string;
  profile_version: number;
  lines: number;
  amount_cents: string;
  lines_hash: string;
  execute_on: string | null;
  message_id: string | null;
  built_by: string;
  built_at: Date;
  released_by: string | null;
  released_at: Date | null;
  file_format: string | null;
  file_sha256: string;
  file_bytes: string;
  exported_by: string;
  exported_at: Date;
  handed_over_by: string | null;
  handed_over_at: Date | null;
  sequence: number;
  last_event_at: Date;
  head_hash: string;
}

function storedBatchOf(row: BatchRecord): StoredBatch {
  const file =
    row.file_format === null
      ? null
      : {
          format: row.file_format,
          sha256: row.file_sha256,
          bytes: Number(row.file_bytes),
          exportedBy: row.exported_by,
          exportedAt: instantOf(row.exported_at),
        };
  const batch: Batch = {
    no: row.no,
    status: row.status,
    profile: row.profile,
    profileVersion: row.profile_version,
    lines: row.lines,
    amountCents: BigInt(row.amount_cents),
    linesHash: row.lines_hash,
    executeOn: row.execute_on,
    messageId: row.message_id,
    builtBy: row.built_by,
    builtAt: instantOf(row.built_at),
    releasedBy: row.released_by,
    releasedAt: optionalInstantOf(row.released_at),
    file,
    handedOverBy: row.handed_over_by,
    handedOverAt: optionalInstantOf(row.handed_over_at),
    sequence: row.sequence,
    lastEventAt: instantOf(row.last_event_at),
  };
  return { batch, hash: row.head_hash };
}
