import type { DataSource } from 'typeorm';

import type { PayoutStatus } from '#domain/grant.js';

import { amountText } from './sql-text.js';

/** A payout that a waiting entry may be the answer of, and what speaks for it. */
export interface PayoutCandidate {
  readonly endToEndId: string;
  readonly grant: string;
  readonly tranche: number;
  readonly amount: string;
  readonly status: PayoutStatus;
  /** The bank named it, though something else stands against it. */
  readonly named: boolean;
  readonly sameAmount: boolean;
  readonly sameAccount: boolean;
}

/** A notified recovery that money which came in may repay. */
export interface RecoveryCandidate {
  readonly grant: string;
  readonly recovery: number;
  readonly open: string;
  readonly sameAmount: boolean;
  /** It is open with whoever holds the account that the money came from. */
  readonly sameAccount: boolean;
}

export interface BankCandidates {
  readonly payouts: readonly PayoutCandidate[];
  readonly recoveries: readonly RecoveryCandidate[];
}

export const noCandidates: BankCandidates = { payouts: [], recoveries: [] };

/** The most candidates of a kind; the likeliest come first. */
const most = 5;
/** Looked at for each thing that may speak for one. */
const looked = 20;

/**
 * A bank answers what is on its way; what came back, or came in, may also be of what was paid. Said as the index
 * payouts_answerable says it, which is used only then.
 */
const answerable = `p.status IN ('ordered', 'handed-over', 'unknown', 'settled')
  AND (p.status <> 'settled' OR e.answer IN ('returned', 'credit'))`;

const payoutsText = `
  SELECT e.bank_file, e.no, c.* FROM unnest($1::int[], $2::int[]) AS k (bank_file, no)
  JOIN bank_entries e ON e.bank_file = k.bank_file AND e.no = k.no
  CROSS JOIN LATERAL (
    SELECT p.end_to_end_id AS "endToEndId", p.grant_code AS "grant", p.tranche, ${amountText('p.amount_cents')} AS amount,
      p.status, coalesce(p.end_to_end_id = e.end_to_end_id, false) AS named,
      coalesce(p.amount_cents = e.amount_cents, false) AS "sameAmount",
      coalesce(a.iban = e.counterparty_iban, false) AS "sameAccount"
    FROM (
      (SELECT end_to_end_id FROM payouts WHERE end_to_end_id = e.end_to_end_id)
      UNION
      (SELECT p.end_to_end_id FROM payouts p WHERE p.amount_cents = e.amount_cents AND ${answerable} LIMIT ${looked})
      UNION
      (SELECT p.end_to_end_id FROM accounts a JOIN grants g ON g.beneficiary = a.beneficiary
        JOIN payouts p ON p.grant_code = g.code AND p.account_version = a.version
        WHERE a.iban = e.counterparty_iban AND ${answerable}
        ORDER BY p.amount_cents <> e.amount_cents LIMIT ${looked})
    ) found
    JOIN payouts p USING (end_to_end_id)
    JOIN grants g ON g.code = p.grant_code
    LEFT JOIN accounts a ON a.beneficiary = g.beneficiary AND a.version = p.account_version
    WHERE ${answerable}
    ORDER BY named DESC, coalesce((p.amount_cents = e.amount_cents)::int, 0) + coalesce((a.iban = e.counterparty_iban)::int, 0) DESC,
      p.end_to_end_id
    LIMIT ${most}
  ) c`;

const recoveriesText = `
  SELECT e.bank_file, e.no, c.* FROM unnest($1::int[], $2::int[]) AS k (bank_file, no)
  JOIN bank_entries e ON e.bank_file = k.bank_file AND e.no = k.no AND e.answer = 'credit'
  CROSS JOIN LATERAL (
    SELECT * FROM (
      SELECT r.grant_code AS "grant", r.no AS recovery, ${amountText('r.open_cents')} AS open,
        coalesce(r.open_cents = e.amount_cents, false) AS "sameAmount",
        EXISTS (SELECT FROM accounts a WHERE a.beneficiary = g.beneficiary AND a.iban = e.counterparty_iban)
          AS "sameAccount"
      FROM recoveries r JOIN grants g ON g.code = r.grant_code WHERE r.status = 'notified'
    ) open WHERE "sameAmount" OR "sameAccount"
    ORDER BY "sameAccount"::int + "sameAmount"::int DESC, "sameAccount" DESC, "grant", recovery LIMIT ${most}
  ) c`;

type Found<T> = T & { readonly bank_file: number; readonly no: number };

/** What each of these entries may be, by `<file> <entry>`. */
export async function readCandidatesOf(
  database: DataSource,
  entries: readonly { readonly bankFile: number; readonly entry: number }[],
): Promise<Map<string, BankCandidates>> {
  if (entries.length === 0) return new Map();
  const keys = [entries.map(({ bankFile }) => bankFile), entries.map(({ entry }) => entry)];
  const payouts: Found<PayoutCandidate>[] = await database.query(payoutsText, keys);
  const recoveries: Found<RecoveryCandidate>[] = await database.query(recoveriesText, keys);
  return new Map(
    entries.map(({ bankFile, entry }) => [
      `${bankFile} ${entry}`,
      { payouts: of(payouts, bankFile, entry), recoveries: of(recoveries, bankFile, entry) },
    ]),
  );
}

function of<T>(found: readonly Found<T>[], bankFile: number, entry: number): T[] {
  return found
    .filter(({ bank_file, no }) => bank_file === bankFile && no === entry)
    .map(({ bank_file: _file, no: _no, ...candidate }) => candidate as T);
}
