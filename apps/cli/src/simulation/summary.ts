import type { DataSource } from 'typeorm';

import { formatAmount } from '#domain/money.js';

/** Where a grant stands at the end: amounts as decimal strings. */
export interface SummaryRow {
  readonly grant: string;
  readonly status: string;
  readonly awarded: string;
  readonly approved: string;
  readonly paid: string;
  /** Still to be paid: scheduled − paid. */
  readonly open: string;
  readonly nextDeadline: string | null;
}

/** Per grant awarded, approved, paid, open and the next deadline, in code order. */
export async function readSummary(database: DataSource): Promise<SummaryRow[]> {
  const rows: Record<keyof SummaryRow, string | null>[] = await database.query(
    `SELECT g.code AS grant, g.status, g.amount_cents::text AS awarded,
            coalesce(sum(t.amount_cents) FILTER (WHERE t.status IN ('approved','ordered','paid')), 0)::text AS approved,
            coalesce(sum(t.amount_cents) FILTER (WHERE t.status = 'paid'), 0)::text AS paid,
            coalesce(sum(t.amount_cents) FILTER (WHERE t.status NOT IN ('paid','cancelled')), 0)::text AS open,
            (SELECT min(r.due_on)::text FROM reports r
              WHERE r.grant_code = g.code AND r.status IN ('expected','returned')) AS "nextDeadline"
       FROM grants g LEFT JOIN tranches t ON t.grant_code = g.code
      GROUP BY g.code ORDER BY g.code`,
  );
  return rows.map((row) => ({
    grant: row.grant ?? '',
    status: row.status ?? '',
    awarded: amount(row.awarded),
    approved: amount(row.approved),
    paid: amount(row.paid),
    open: amount(row.open),
    nextDeadline: row.nextDeadline,
  }));
}

function amount(cents: string | null): string {
  return formatAmount(BigInt(cents ?? '0'));
}

/** Rows as a table with a line of totals, amounts to the right. */
export function summaryTable(rows: readonly SummaryRow[]): string {
  const heads = ['grant', 'status', 'awarded', 'approved', 'paid', 'open', 'next deadline'];
  const total = (pick: (row: SummaryRow) => string): string =>
    formatAmount(rows.reduce((sum, row) => sum + BigInt(pick(row).replace('.', '')), 0n));
  const cells = [
    heads,
    ...rows.map((r) => [r.grant, r.status, r.awarded, r.approved, r.paid, r.open, r.nextDeadline ?? '-']),
    [
      'total',
      '',
      total((r) => r.awarded),
      total((r) => r.approved),
      total((r) => r.paid),
      total((r) => r.open),
      '',
    ],
  ];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          column >= 2 && column <= 5 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
