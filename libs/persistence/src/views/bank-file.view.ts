import type { DataSource } from 'typeorm';

import { withoutIbans } from '#domain/account-number.js';
import type { BankAnswer, BankFileKind } from '#domain/bank-file.js';
import { type BankEntryStatus, bankEntryStatuses } from '#domain/bank-file-decisions.js';
import type { CivilDate, Instant } from '#domain/civil-date.js';

import { type BankCandidates, noCandidates, readCandidatesOf } from './bank-candidates.js';
import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { amountText, instantText, shortIban } from './sql-text.js';

export type { BankCandidates, PayoutCandidate, RecoveryCandidate } from './bank-candidates.js';

export interface BankFileListed {
  readonly bankFile: number;
  /** What its sender called it. */
  readonly name: string | null;
  readonly kind: BankFileKind;
  /** The bank's own MsgId. */
  readonly messageId: string;
  readonly createdAt: Instant | null;
  readonly sha256: string;
  readonly bytes: number;
  readonly entries: number;
  /** Entries that wait for a person. */
  readonly waiting: number;
  /** Entries whose grants do not say so yet. */
  readonly unrecorded: number;
  readonly importedBy: string;
  readonly importedAt: Instant;
}

export interface BankFileRead extends BankFileListed {
  /** How many entries came to what. */
  readonly became: Readonly<Record<BankEntryStatus, number>>;
  readonly sequence: number;
}

export interface BankEntryRead {
  readonly bankFile: number;
  readonly entry: number;
  /** Where in the file, for a person: `statement 1, entry 12`. */
  readonly place: string;
  readonly answer: BankAnswer;
  readonly status: BankEntryStatus;
  /** Why it waits, or waited. */
  readonly because: string | null;
  readonly endToEndId: string | null;
  readonly messageId: string | null;
  readonly wholeFile: boolean;
  /** How many payments a whole file stands for, where the bank says so. */
  readonly payments: number | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly bankReference: string | null;
  readonly bookedOn: CivilDate | null;
  /** Our account, shortened. */
  readonly account: string | null;
  /** The other side; its IBAN shortened. */
  readonly counterparty: { readonly iban: string | null; readonly name: string | null };
  readonly reasonCode: string | null;
  readonly reason: string | null;
  readonly text: string | null;
  /** What it was found, or said by a person, to be. */
  readonly payout: { readonly endToEndId: string; readonly grant: string; readonly tranche: number } | null;
  readonly recovery: { readonly grant: string; readonly recovery: number } | null;
  readonly batch: number | null;
  readonly decided: { readonly by: string; readonly at: Instant } | null;
  /** What a waiting entry may be; nothing of the others. */
  readonly candidates: BankCandidates;
}

export interface BankEntryFilter {
  readonly bankFile?: number;
  readonly status?: BankEntryStatus;
}

const fileColumns = `f.no AS "bankFile", f.name, f.kind, f.message_id AS "messageId",
  ${instantText('f.created_at')} AS "createdAt", encode(f.sha256, 'hex') AS sha256, f.bytes::float8 AS bytes, f.entries,
  (SELECT count(*)::int FROM bank_entries WHERE bank_file = f.no AND status = 'waiting') AS waiting,
  (SELECT count(*)::int FROM bank_entries WHERE bank_file = f.no AND status IN ('matched', 'assigned')) AS unrecorded,
  f.imported_by AS "importedBy", ${instantText('f.imported_at')} AS "importedAt"`;

const entryColumns = `e.bank_file AS "bankFile", e.no AS entry, e.place, e.answer, e.status, e.because,
  e.end_to_end_id AS "endToEndId", e.message_id AS "messageId", e.whole_file AS "wholeFile",
  e.payments::float8 AS payments, ${amountText('e.amount_cents')} AS amount, e.currency,
  e.bank_reference AS "bankReference", e.booked_on::text AS "bookedOn", ${shortIban('e.account')} AS account,
  json_build_object('iban', ${shortIban('e.counterparty_iban')}, 'name', e.counterparty_name) AS counterparty,
  e.reason_code AS "reasonCode", e.reason, e.text,
  CASE WHEN e.payout IS NOT NULL THEN
    json_build_object('endToEndId', e.payout, 'grant', e.grant_code, 'tranche', e.tranche) END AS payout,
  CASE WHEN e.recovery IS NOT NULL THEN
    json_build_object('grant', e.grant_code, 'recovery', e.recovery) END AS recovery,
  e.batch, CASE WHEN e.decided_by IS NOT NULL THEN
    json_build_object('by', e.decided_by, 'at', ${instantText('e.decided_at')}) END AS decided`;

/** What banks answered. Whole account numbers are never in it, not even where a bank wrote one in a text. */
export class BankFileView {
  constructor(private readonly database: DataSource) {}

  /** Files, the latest first. */
  async list(page: PageRequest): Promise<Page<BankFileListed>> {
    const where = new Conditions().where((it) => `f.no < ${it}::int`, page.after?.[0]);
    const rows: BankFileListed[] = await this.database.query(
      `SELECT ${fileColumns} FROM bank_files f ${where.toString()} ORDER BY f.no DESC LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ bankFile }) => [String(bankFile)]);
  }

  async one(no: number): Promise<BankFileRead | null> {
    const [row]: (BankFileListed & { sequence: number; counts: Record<string, number> | null })[] =
      await this.database.query(
        `SELECT ${fileColumns}, f.sequence, (SELECT json_object_agg(status, entries) FROM (
            SELECT status, count(*) AS entries FROM bank_entries WHERE bank_file = f.no GROUP BY status) c) AS counts
           FROM bank_files f WHERE f.no = $1`,
        [no],
      );
    if (row === undefined) return null;
    const { counts, ...file } = row;
    const became = Object.fromEntries(bankEntryStatuses.map((status) => [status, counts?.[status] ?? 0]));
    return { ...file, became: became as BankFileRead['became'] };
  }

  /** Entries by file and place in it, those of all files or of one; the waiting ones with what they may be. */
  async entries({ bankFile, status }: BankEntryFilter, page: PageRequest): Promise<Page<BankEntryRead>> {
    const where = new Conditions()
      .where((it) => `e.bank_file = ${it}`, bankFile)
      .where((it) => `e.status = ${it}`, status)
      .after(['e.bank_file', 'e.no'], ['integer', 'integer'], page);
    const rows: Omit<BankEntryRead, 'candidates'>[] = await this.database.query(
      `SELECT ${entryColumns} FROM bank_entries e ${where.toString()}
        ORDER BY e.bank_file, e.no LIMIT ${page.limit + 1}`,
      where.values,
    );
    const { items, next } = pageOf(rows, page.limit, (row) => [String(row.bankFile), String(row.entry)]);
    return { items: await this.withCandidates(items), next };
  }

  /** One entry; null where the file has none of that number. */
  async entry(bankFile: number, no: number): Promise<BankEntryRead | null> {
    const rows: Omit<BankEntryRead, 'candidates'>[] = await this.database.query(
      `SELECT ${entryColumns} FROM bank_entries e WHERE e.bank_file = $1 AND e.no = $2`,
      [bankFile, no],
    );
    const [entry] = await this.withCandidates(rows);
    return entry ?? null;
  }

  private async withCandidates(rows: readonly Omit<BankEntryRead, 'candidates'>[]): Promise<BankEntryRead[]> {
    const candidates = await readCandidatesOf(
      this.database,
      rows.filter(({ status, wholeFile }) => status === 'waiting' && !wholeFile),
    );
    return rows.map((row) => ({
      ...row,
      text: row.text === null ? null : withoutIbans(row.text),
      candidates: candidates.get(`${row.bankFile} ${row.entry}`) ?? noCandidates,
    }));
  }
}
