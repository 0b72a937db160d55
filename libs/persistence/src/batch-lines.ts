import { createHash } from 'node:crypto';

import type { Exclusion } from '#domain/batch.js';
import type { CivilDate } from '#domain/civil-date.js';
import type { Cents } from '#domain/money.js';
import type { PaymentCandidate, PaymentLine, PostalAddress } from '#domain/payment.js';

import { canonicalJson } from './canonical-json.js';
import { type Client, readInChunks } from './client.js';
import { plusPeriod } from './views/expected-payments.js';
import { accountInForce, dayOfPlan, heldBecause } from './views/sql-text.js';

const rowsTogether = 1_000;

/** Which ordered payouts are wanted; what is absent does not matter. */
export interface BatchFilters {
  readonly grant?: string;
  readonly programme?: string;
  /** Latest payment date, inclusive. */
  readonly dueBy?: CivilDate;
  readonly atLeast?: Cents;
  readonly atMost?: Cents;
  /** The day on which it will be paid, where one is stated: an account must be valid then as well. */
  readonly executeOn?: CivilDate;
}

/** An ordered payout with what stands in its way, if anything. */
export interface Candidate extends PaymentCandidate {
  readonly attempt: number;
  readonly accountVersion: number;
  readonly excluded: string | null;
}

/** A line with the payout it pays. */
export interface StoredLine extends PaymentLine {
  readonly grant: string;
  readonly tranche: number;
  readonly attempt: number;
  readonly accountVersion: number;
}

/**
 * The latest payment date of payout `p`: the day its tranche `t` became payable, plus the period that its plan gives
 * after the gate.
 */
const payBy = `(SELECT ${plusPeriod('t.day')} FROM (
  SELECT ${dayOfPlan('t.payable_since')} AS day, coalesce(v.document ->> 'monthRule', 'same-date') AS rule,
    coalesce((SELECT (planned -> 'due' ->> 'plus')::interval FROM jsonb_array_elements(v.document -> 'tranches') planned
      WHERE (planned ->> 'no')::int = p.tranche AND coalesce(planned -> 'due' ->> 'on', 'gate') = 'gate'),
      interval '0') AS period) t)`;

/** Ordered payouts by grant and tranche, with what stands in the way of each, in chunks. */
export async function* readCandidates(
  client: Client,
  { grant, programme, dueBy, atLeast, atMost, executeOn }: BatchFilters,
): AsyncGenerator<Candidate[]> {
  const text = `SELECT p.end_to_end_id, p.grant_code, p.tranche, p.attempt, p.amount_cents::text AS amount_cents,
      p.account_version, r.title, ordered_for.iban, coalesce(ordered_for.holder, b.name) AS payee,
      ordered_for.address,
      CASE
        WHEN other.batch IS NOT NULL THEN 'in batch ' || other.batch
        WHEN p.executed_by IS NOT NULL THEN 'marked as executed by ' || p.executed_by
        WHEN a.valid_until < $6::date THEN 'account-not-verified'
        ELSE ${heldBecause} END AS excluded
    FROM payouts p
    JOIN tranches t ON t.grant_code = p.grant_code AND t.no = p.tranche
    JOIN grants g ON g.code = p.grant_code
    JOIN programmes r ON r.code = g.programme
    JOIN plan_versions v ON v.programme = g.programme AND v.version = g.plan_version
    JOIN beneficiaries b ON b.id = g.beneficiary
    LEFT JOIN accounts ordered_for ON ordered_for.beneficiary = g.beneficiary AND ordered_for.version = p.account_version
    LEFT JOIN batched_payouts other ON other.grant_code = p.grant_code AND other.tranche = p.tranche
    ${accountInForce}
    WHERE p.status = 'ordered'
      AND ($1::text IS NULL OR g.code = $1)
      AND ($2::text IS NULL OR g.programme = $2)
      AND ($3::date IS NULL OR ${payBy} <= $3)
      AND ($4::bigint IS NULL OR p.amount_cents >= $4)
      AND ($5::bigint IS NULL OR p.amount_cents <= $5)
    ORDER BY p.grant_code, p.tranche, p.attempt`;
  const values = [
    grant ?? null,
    programme ?? null,
    dueBy ?? null,
    atLeast?.toString() ?? null,
    atMost?.toString() ?? null,
    executeOn ?? null,
  ];
  for await (const rows of readInChunks(client, { text, values }, rowsTogether))
    yield (rows as CandidateRow[]).map(candidateOf);
}

interface CandidateRow {
  end_to_end_id: string;
  grant_code: string;
  tranche: number;
  attempt: number;
  amount_cents: string;
  account_version: number;
  title: string;
  iban: string | null;
  payee: string;
  address: PostalAddress | null;
  excluded: string | null;
}

function candidateOf(row: CandidateRow): Candidate {
  return {
    endToEndId: row.end_to_end_id,
    grant: row.grant_code,
    tranche: row.tranche,
    attempt: row.attempt,
    amountCents: BigInt(row.amount_cents),
    accountVersion: row.account_version,
    programmeTitle: row.title,
    iban: row.iban ?? '',
    payee: row.payee,
    address: row.address,
    excluded: row.iban === null ? 'account-not-verified' : row.excluded,
  };
}

/** Lines of a batch that was just built; the payouts are bound to it. */
export async function insertLines(client: Client, no: number, lines: readonly StoredLine[]): Promise<void> {
  await client.query({
    name: 'insert_batch_lines',
    text: `WITH written AS (
        INSERT INTO batch_lines (batch, position, end_to_end_id, grant_code, tranche, attempt, amount_cents,
          account_version, iban, payee, address, remittance)
        SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[], $5::int[], $6::int[], $7::bigint[], $8::int[],
          $9::text[], $10::text[], $11::jsonb[], $12::text[])
        RETURNING end_to_end_id, grant_code, tranche)
      INSERT INTO batched_payouts (end_to_end_id, grant_code, tranche, batch)
      SELECT end_to_end_id, grant_code, tranche, $1 FROM written`,
    values: [
      no,
      lines.map(({ position }) => position),
      lines.map(({ endToEndId }) => endToEndId),
      lines.map(({ grant }) => grant),
      lines.map(({ tranche }) => tranche),
      lines.map(({ attempt }) => attempt),
      lines.map(({ amountCents }) => amountCents.toString()),
      lines.map(({ accountVersion }) => accountVersion),
      lines.map(({ iban }) => iban),
      lines.map(({ payee }) => payee),
      lines.map(({ address }) => (address === null ? null : JSON.stringify(address))),
      lines.map(({ remittance }) => remittance),
    ],
  });
}

export async function insertExclusions(
  client: Client,
  no: number,
  exclusions: readonly Exclusion[],
): Promise<void> {
  if (exclusions.length === 0) return;
  await client.query({
    text: `INSERT INTO batch_exclusions (batch, end_to_end_id, because) SELECT $1, * FROM unnest($2::text[], $3::text[])`,
    values: [no, exclusions.map(({ endToEndId }) => endToEndId), exclusions.map(({ because }) => because)],
  });
}

/** The payouts of a discarded batch are free again. */
export async function unbind(client: Client, no: number): Promise<void> {
  await client.query({ text: 'DELETE FROM batched_payouts WHERE batch = $1', values: [no] });
}

/** The hash of a batch's lines, taken up line by line in their order. */
export class LinesHash {
  readonly #hash = createHash('sha256');

  add({ position, endToEndId, amountCents, iban, payee, address, remittance }: PaymentLine): void {
    const line = [position, endToEndId, amountCents.toString(), iban, payee, address, remittance];
    // Without an address there are no names to be put in order, and a list of texts is written one way only.
    this.#hash.update(`${address === null ? JSON.stringify(line) : canonicalJson(line)}\n`);
  }

  hex(): string {
    return this.#hash.digest('hex');
  }
}

/** The lines of a batch in order, in chunks. */
export async function* readLines(client: Client, no: number): AsyncGenerator<StoredLine[]> {
  const text = `SELECT position, end_to_end_id, grant_code, tranche, attempt, amount_cents::text AS amount_cents,
      account_version, iban, payee, address, remittance
    FROM batch_lines WHERE batch = $1 ORDER BY position`;
  for await (const rows of readInChunks(client, { text, values: [no] }, rowsTogether))
    yield (rows as LineRow[]).map(lineOf);
}

/** What stands in the file of a batch, in order, in chunks. No more of a line: each column costs a million times. */
export async function* readPaymentLines(client: Client, no: number): AsyncGenerator<PaymentLine[]> {
  const text = `SELECT position, end_to_end_id AS "endToEndId", amount_cents::text AS "amountCents", iban, payee,
      address, remittance
    FROM batch_lines WHERE batch = $1 ORDER BY position`;
  for await (const rows of readInChunks(client, { text, values: [no] }, rowsTogether))
    yield (rows as PaymentLineRow[]).map((row) =>
      Object.assign(row, { amountCents: BigInt(row.amountCents) }),
    );
}

type PaymentLineRow = Omit<PaymentLine, 'amountCents'> & { readonly amountCents: string };

interface LineRow {
  position: number;
  end_to_end_id: string;
  grant_code: string;
  tranche: number;
  attempt: number;
  amount_cents: string;
  account_version: number;
  iban: string;
  payee: string;
  address: PostalAddress | null;
  remittance: string;
}

function lineOf(row: LineRow): StoredLine {
  const { position, tranche, attempt, iban, payee, address, remittance } = row;
  return {
    position,
    endToEndId: row.end_to_end_id,
    grant: row.grant_code,
    tranche,
    attempt,
    amountCents: BigInt(row.amount_cents),
    accountVersion: row.account_version,
    iban,
    payee,
    address,
    remittance,
  };
}

/**
 * Locks the grants and beneficiaries behind a batch, in the order in which commands do: what is under way
 * there ends first, and nothing new begins until this transaction ends.
 */
export async function lockPayees(client: Client, no: number): Promise<void> {
  await client.query({
    text: `SELECT count(*) FROM (SELECT 1 FROM grants
      WHERE code IN (SELECT grant_code FROM batch_lines WHERE batch = $1) ORDER BY code FOR SHARE) locked`,
    values: [no],
  });
  await client.query({
    text: `SELECT count(*) FROM (SELECT 1 FROM beneficiaries WHERE id IN (
        SELECT g.beneficiary FROM grants g JOIN batch_lines l ON l.grant_code = g.code WHERE l.batch = $1)
      ORDER BY id FOR KEY SHARE) locked`,
    values: [no],
  });
}

/** The first lines that could not be paid if they went out now, and why; at most `limit`. */
export async function readUnfit(client: Client, no: number, limit: number): Promise<Exclusion[]> {
  const { rows } = await client.query({
    // MATERIALIZED: planned for every line. Mostly there is nothing to find, and a plan for the first `limit` of
    // what the planner takes for many takes twice the time.
    text: `WITH checked AS MATERIALIZED (
      SELECT l.position, l.end_to_end_id, coalesce(
          CASE
            WHEN p.status <> 'ordered' THEN 'payout ' || p.status
            WHEN p.executed_by IS NOT NULL THEN 'marked as executed by ' || p.executed_by END,
          ${heldBecause},
          CASE
            WHEN a.valid_until < b.execute_on THEN 'account-not-verified'
            WHEN p.amount_cents <> l.amount_cents THEN 'amount differs from what was approved'
            WHEN ordered_for.iban IS DISTINCT FROM l.iban OR p.account_version <> l.account_version
              THEN 'account differs from what was approved'
            WHEN h.batch IS DISTINCT FROM l.batch THEN 'not bound to this batch' END) AS because
      FROM batch_lines l
      JOIN batches b ON b.no = l.batch
      JOIN payouts p ON (p.grant_code, p.tranche, p.attempt) = (l.grant_code, l.tranche, l.attempt)
      JOIN grants g ON g.code = l.grant_code
      JOIN plan_versions v ON v.programme = g.programme AND v.version = g.plan_version
      LEFT JOIN accounts ordered_for
        ON ordered_for.beneficiary = g.beneficiary AND ordered_for.version = p.account_version
      -- By its key alone: before statistics are there, the planner would look the batch up anew for every line.
      LEFT JOIN batched_payouts h ON h.end_to_end_id = l.end_to_end_id
      ${accountInForce}
      WHERE l.batch = $1)
    SELECT end_to_end_id AS "endToEndId", because FROM checked
    WHERE because IS NOT NULL ORDER BY position LIMIT $2`,
    values: [no, limit],
  });
  return rows as Exclusion[];
}
