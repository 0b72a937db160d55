/** What the rules of matching look at beside an entry: the payout or the batch that it names, and what was told of it. */
import type { BankAnswer, BankFileKind } from '#domain/bank-file.js';
import type { KnownBatch, KnownPayout, KnownRecovery, Told } from '#domain/bank-file-decisions.js';
import type { BatchStatus } from '#domain/batch.js';
import type { PayoutStatus, RecoveryStatus } from '#domain/grant.js';

import type { Client } from './client.js';

/** The file that is being imported; what it says already counts. */
export interface ReadingFile {
  readonly no: number;
  readonly kind: BankFileKind;
}

/** The answer of an entry `e`; a credit that a person gave to a payout is its return. */
const answer = `CASE e.answer WHEN 'credit' THEN 'returned' ELSE e.answer END`;
/** Answers that are believed, `e` in file `f`. */
const told = `${answer} AS answer,
  e.status <> 'applied' AS pending, e.whole_file, e.bank_reference, e.bank_file, e.no, f.kind`;

interface ToldFields {
  answer: BankAnswer | null;
  pending: boolean;
  whole_file: boolean;
  bank_reference: string | null;
  bank_file: number;
  no: number;
  kind: BankFileKind | null;
}

function toldOf(row: ToldFields, file: ReadingFile | null): Told | null {
  if (row.answer === null) return null;
  const here = row.bank_file === file?.no;
  return {
    answer: row.answer,
    pending: row.pending,
    here,
    wholeFile: row.whole_file,
    sameKind: here || row.kind === file?.kind,
    bankReference: row.bank_reference,
  };
}

/** Payouts by EndToEndId; one that does not exist is absent. */
export async function readKnownPayouts(
  client: Client,
  endToEndIds: readonly string[],
  file: ReadingFile | null,
): Promise<Map<string, KnownPayout>> {
  if (endToEndIds.length === 0) return new Map();
  const wholes = await pendingWholes(client);
  const { rows } = await client.query({
    text: `SELECT p.end_to_end_id, p.grant_code, p.tranche, p.amount_cents::text, p.status, h.batch, b.status AS batch_status,
        CASE WHEN cardinality($2::int[]) > 0 THEN ARRAY(
          SELECT batch FROM batch_lines WHERE end_to_end_id = p.end_to_end_id AND batch = ANY ($2)) ELSE '{}' END AS wholes,
        t.*
      FROM payouts p
      LEFT JOIN batched_payouts h ON h.end_to_end_id = p.end_to_end_id
      LEFT JOIN batches b ON b.no = h.batch
      LEFT JOIN LATERAL (
        SELECT ${told} FROM bank_entries e LEFT JOIN bank_files f ON f.no = e.bank_file
        WHERE e.payout = p.end_to_end_id AND e.status IN ('matched', 'assigned', 'applied')
        ORDER BY e.bank_file DESC, e.no DESC LIMIT 1
      ) t ON true
      WHERE p.end_to_end_id = ANY ($1)`,
    values: [endToEndIds, [...wholes.keys()]],
  });
  return new Map(
    (rows as (PayoutFields & ToldFields)[]).map((row) => {
      const whole = row.wholes.flatMap((batch) => wholes.get(batch) ?? []).at(-1);
      return [row.end_to_end_id, knownPayout(row, toldOf(later(row, whole), file))];
    }),
  );
}

/** What is believed of whole batches and not on record yet in their grants, by batch: few, with an index of their own. */
async function pendingWholes(client: Client): Promise<Map<number, ToldFields>> {
  const { rows } = await client.query({
    text: `SELECT e.batch, ${told} FROM bank_entries e LEFT JOIN bank_files f ON f.no = e.bank_file
      WHERE e.batch IS NOT NULL AND e.status = 'matched' ORDER BY e.bank_file, e.no`,
  });
  return new Map((rows as (ToldFields & { batch: number })[]).map((row) => [row.batch, row]));
}

function later(single: ToldFields, whole: ToldFields | undefined): ToldFields {
  if (whole === undefined || single.answer === null) return whole ?? single;
  const after = single.bank_file - whole.bank_file || single.no - whole.no;
  return after > 0 ? single : whole;
}

interface PayoutFields {
  end_to_end_id: string;
  grant_code: string;
  tranche: number;
  amount_cents: string;
  status: PayoutStatus;
  batch: number | null;
  batch_status: BatchStatus;
  wholes: number[];
}

function knownPayout(row: PayoutFields, told: Told | null): KnownPayout {
  return {
    endToEndId: row.end_to_end_id,
    grant: row.grant_code,
    tranche: row.tranche,
    amountCents: BigInt(row.amount_cents),
    status: row.status,
    batch: row.batch === null ? null : { no: row.batch, status: row.batch_status },
    told,
  };
}

/** The batch whose file has this MsgId, with what became of its lines; null where none has. */
export async function readKnownBatch(
  client: Client,
  messageId: string,
  file: ReadingFile,
): Promise<KnownBatch | null> {
  const { rows } = await client.query({
    text: `SELECT b.no AS batch, b.status, b.lines, b.amount_cents::text, s.*, t.*
      FROM batches b
      CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE became IN ('ordered', 'handed-over', 'unknown'))::int AS under_way,
          count(*) FILTER (WHERE became = 'settled')::int AS settled,
          count(*) FILTER (WHERE became = 'returned')::int AS returned,
          count(*) FILTER (WHERE became = 'rejected')::int AS rejected,
          coalesce(sum(amount_cents) FILTER (WHERE became = 'rejected'), 0)::text AS rejected_cents
        FROM (
          SELECT l.amount_cents, coalesce(e.answer, p.status) AS became
          FROM batch_lines l
          JOIN payouts p ON (p.grant_code, p.tranche, p.attempt) = (l.grant_code, l.tranche, l.attempt)
          -- All entries of a line, and only then the latest: the planner, which knows nothing of what this very import
          -- wrote, would else walk through all that is pending for each line.
          CROSS JOIN LATERAL (
            SELECT (array_agg(${answer} ORDER BY e.bank_file DESC, e.no DESC)
              FILTER (WHERE e.status IN ('matched', 'assigned')))[1] AS answer
            FROM bank_entries e WHERE e.payout = l.end_to_end_id
          ) e
          WHERE l.batch = b.no
        ) lines
      ) s
      LEFT JOIN LATERAL (
        SELECT ${told} FROM bank_entries e LEFT JOIN bank_files f ON f.no = e.bank_file
        WHERE e.batch = b.no AND e.status IN ('matched', 'applied')
        ORDER BY e.bank_file DESC, e.no DESC LIMIT 1
      ) t ON true
      WHERE b.message_id = $1`,
    values: [messageId],
  });
  const [row] = rows as (BatchFields & ToldFields)[];
  if (row === undefined) return null;
  const { batch, status, lines, settled, returned, rejected } = row;
  return {
    no: batch,
    status,
    lines,
    amountCents: BigInt(row.amount_cents),
    underWay: row.under_way,
    settled,
    returned,
    rejected,
    rejectedCents: BigInt(row.rejected_cents),
    told: toldOf(row, file),
  };
}

interface BatchFields {
  batch: number;
  status: BatchStatus;
  lines: number;
  amount_cents: string;
  under_way: number;
  settled: number;
  returned: number;
  rejected: number;
  rejected_cents: string;
}

export async function readKnownRecovery(
  client: Client,
  grant: string,
  no: number,
): Promise<KnownRecovery | null> {
  const { rows } = await client.query({
    text: 'SELECT status, open_cents::text FROM recoveries WHERE grant_code = $1 AND no = $2',
    values: [grant, no],
  });
  const [row] = rows as { status: RecoveryStatus; open_cents: string }[];
  return row === undefined ? null : { grant, no, status: row.status, openCents: BigInt(row.open_cents) };
}
