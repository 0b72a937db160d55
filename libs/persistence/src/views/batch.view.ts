import type { DataSource } from 'typeorm';

import type { BatchStatus } from '#domain/batch.js';
import type { CivilDate, Instant } from '#domain/civil-date.js';
import type { BatchEventType } from '#domain/events.js';
import type { PayoutStatus } from '#domain/grant.js';
import type { PostalAddress, RemittanceForm } from '#domain/payment.js';

import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { amountText, instantText, shortIban } from './sql-text.js';

export interface BatchListed {
  readonly batch: number;
  readonly status: BatchStatus;
  readonly profile: string;
  readonly lines: number;
  readonly amount: string;
  /** Ordered payouts that matched its filters and could not go. */
  readonly excluded: number;
  readonly executeOn: CivilDate | null;
  readonly builtBy: string;
  readonly builtAt: Instant;
}

/** The account a batch is paid from, in the version it was built under. */
export interface BatchProfile {
  readonly code: string;
  readonly version: number;
  readonly name: string;
  /** Shortened. */
  readonly iban: string;
}

/** What became of a batch: each kind of event once, the last of it. */
export interface BatchStep {
  readonly step: BatchEventType;
  readonly by: string;
  readonly at: Instant;
  readonly reason: string | null;
}

export interface BatchRead {
  readonly batch: number;
  readonly status: BatchStatus;
  readonly lines: number;
  readonly amount: string;
  readonly excluded: number;
  readonly executeOn: CivilDate | null;
  /** MsgId of its file; null until it is released. */
  readonly messageId: string | null;
  readonly profile: BatchProfile;
  readonly file: { readonly format: string; readonly sha256: string; readonly bytes: number } | null;
  readonly steps: readonly BatchStep[];
  /** Payouts that went with it and whose grants do not say so yet. */
  readonly unrecorded: number;
  readonly sequence: number;
}

export interface BatchLine {
  readonly position: number;
  readonly endToEndId: string;
  readonly grant: string;
  readonly tranche: number;
  readonly amount: string;
  /** As it stands in the file: transliterated. */
  readonly payee: string;
  readonly iban: string;
  readonly address: PostalAddress | null;
  readonly remittance: string;
  /** Where its payout stands now. */
  readonly payout: PayoutStatus;
}

export interface BatchExclusion {
  readonly endToEndId: string;
  readonly because: string;
}

export interface BankProfileListed {
  readonly code: string;
  readonly version: number;
  readonly name: string;
  /** Shortened. */
  readonly iban: string;
  readonly bic: string | null;
  readonly batchBooking: boolean;
  readonly remittance: RemittanceForm;
  readonly enteredBy: string;
  readonly enteredAt: Instant;
}

const excluded = `(SELECT (data ->> 'excluded')::int FROM events WHERE stream = 'batch:' || b.no AND sequence = 1) AS excluded`;
const totals = `b.no AS batch, b.status, b.lines, ${amountText('b.amount_cents')} AS amount, ${excluded},
  b.execute_on::text AS "executeOn"`;

/** Payout batches and the accounts they are paid from. */
export class BatchView {
  constructor(private readonly database: DataSource) {}

  /** Batches, the latest first. */
  async list(state: BatchStatus | undefined, page: PageRequest): Promise<Page<BatchListed>> {
    const where = new Conditions()
      .where((it) => `b.status = ${it}`, state)
      .where((it) => `b.no < ${it}::int`, page.after?.[0]);
    const rows: BatchListed[] = await this.database.query(
      `SELECT ${totals}, b.profile, b.built_by AS "builtBy", ${instantText('b.built_at')} AS "builtAt"
         FROM batches b ${where.toString()} ORDER BY b.no DESC LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ batch }) => [String(batch)]);
  }

  async one(no: number): Promise<BatchRead | null> {
    const [row]: BatchRead[] = await this.database.query(
      `SELECT ${totals}, b.message_id AS "messageId", b.sequence,
              json_build_object('code', p.code, 'version', p.version, 'name', p.name,
                'iban', ${shortIban('p.iban')}) AS profile,
              CASE WHEN b.file_format IS NOT NULL THEN json_build_object('format', b.file_format,
                'sha256', encode(b.file_sha256, 'hex'), 'bytes', b.file_bytes) END AS file,
              (SELECT json_agg(json_build_object('step', e.type, 'by', e.actor, 'at', ${instantText('e.occurred_at')},
                  'reason', e.reason) ORDER BY e.sequence)
                 FROM (SELECT DISTINCT ON (type) type, actor, occurred_at, reason, sequence FROM events
                        WHERE stream = 'batch:' || b.no ORDER BY type, sequence DESC) e) AS steps,
              CASE WHEN b.status = 'handed-over'
                THEN (SELECT count(*)::int FROM batched_payouts l WHERE l.batch = b.no) ELSE 0 END AS unrecorded
         FROM batches b JOIN bank_profiles p ON p.code = b.profile AND p.version = b.profile_version
        WHERE b.no = $1`,
      [no],
    );
    return row ?? null;
  }

  /** The lines of a batch in the order of its file. `wholeIbans`: else they are shortened. */
  async lines(no: number, wholeIbans: boolean, page: PageRequest): Promise<Page<BatchLine>> {
    const rows: BatchLine[] = await this.database.query(
      `SELECT l.position, l.end_to_end_id AS "endToEndId", l.grant_code AS grant, l.tranche,
              ${amountText('l.amount_cents')} AS amount, l.payee,
              ${wholeIbans ? 'l.iban' : `${shortIban('l.iban')} AS iban`}, l.address, l.remittance, p.status AS payout
         FROM batch_lines l JOIN payouts p USING (grant_code, tranche, attempt)
        WHERE l.batch = $1 AND l.position > $2 ORDER BY l.position LIMIT ${page.limit + 1}`,
      [no, Number(page.after?.[0] ?? -1)],
    );
    return pageOf(rows, page.limit, ({ position }) => [String(position)]);
  }

  /** What could have gone into a batch and could not, and why. */
  async exclusions(no: number, page: PageRequest): Promise<Page<BatchExclusion>> {
    const where = new Conditions([no]).and('batch = $1').after(['end_to_end_id'], ['text'], page);
    const rows: BatchExclusion[] = await this.database.query(
      `SELECT end_to_end_id AS "endToEndId", because FROM batch_exclusions ${where.toString()}
        ORDER BY end_to_end_id LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ endToEndId }) => [endToEndId]);
  }

  /** The profiles in their latest version, by code. */
  async profiles(page: PageRequest): Promise<Page<BankProfileListed>> {
    const where = new Conditions().after(['code'], ['text'], page);
    const rows: BankProfileListed[] = await this.database.query(
      `SELECT DISTINCT ON (code) code, version, name, ${shortIban('iban')} AS iban, bic,
              batch_booking AS "batchBooking", remittance, entered_by AS "enteredBy",
              ${instantText('entered_at')} AS "enteredAt"
         FROM bank_profiles ${where.toString()} ORDER BY code, version DESC LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ code }) => [code]);
  }
}
