import type { DataSource } from 'typeorm';

/**
 * Grants `BIG-<n>` with one tranche, approved, and its payout ordered, written set-based: a hundred thousand take
 * seconds. The rows are those of real grants but for their streams, which are not there: nothing can be decided
 * over them. To be filled in by the owner of the database.
 */
export async function fillOrderedPayouts(owner: DataSource, payouts: number): Promise<void> {
  for (const text of [
    `INSERT INTO programmes VALUES ('BIG', 'A big programme', '2023-01-01')`,
    `INSERT INTO plan_versions VALUES ('BIG', 1, '{"tranches": [{"no": 1, "share": 100}]}', 'an', '2023-01-01')`,
    `INSERT INTO bank_profiles VALUES ('main', 1, 'Agentschap Binnenlands Bestuur', 'BE68539007547034', 'GKCCBEBB',
       true, 'text', 'an', '2023-01-01')`,
    `INSERT INTO beneficiaries (id, name, kbo, created_at)
     SELECT 'b' || n, 'Gemeente ' || n || ' in Vlaanderen', '0207500123', '2023-01-01' FROM generate_series(0, 999) n`,
    // Account numbers with the national check and that of the IBAN.
    `INSERT INTO accounts (beneficiary, version, iban, entered_by, entered_at, verified_by, verified_at)
     SELECT 'b' || n, 1, 'BE' || lpad((98 - (bban || '111400')::numeric % 97)::text, 2, '0') || bban,
       'system', '2023-01-01', 'system', '2023-01-01'
     FROM generate_series(0, 999) n,
       LATERAL (SELECT lpad((9900000000 + n)::text, 10, '0') AS base) b,
       LATERAL (SELECT base || lpad(coalesce(nullif(base::numeric % 97, 0), 97)::text, 2, '0') AS bban) c`,
    // The sums are right; checking them row by row would take most of the time.
    `ALTER TABLE tranches DISABLE TRIGGER tranches_make_award`,
    `ALTER TABLE payouts DISABLE TRIGGER USER`,
    `INSERT INTO grants (code, beneficiary, programme, plan_version, amount_cents, starts_on, ends_on, status,
       started_at, muted, sequence, last_event_at, head_hash, since_at, since_event, since_sequence)
     SELECT 'BIG-' || n, 'b' || n % 1000, 'BIG', 1, 100 + n, '2023-01-01', '2024-12-31', 'active', '2023-01-01',
       false, 5, '2023-01-02', sha256(n::text::bytea), '2023-01-01', 'grant.started', 3
     FROM generate_series(1, ${payouts}) n`,
    `INSERT INTO tranches (grant_code, no, status, awarded_cents, amount_cents, released_cents, offset_cents,
       compensated_cents, payable_since, approval_by, approval_account, approved_sequence, since_at, since_event, since_sequence)
     SELECT 'BIG-' || n, 1, 'ordered', 100 + n, 100 + n, 0, 0, 0, '2023-01-01', 'bart', 1, 4, '2023-01-02',
       'payout.ordered', 5
     FROM generate_series(1, ${payouts}) n`,
    `INSERT INTO payouts (grant_code, tranche, attempt, position, end_to_end_id, amount_cents, account_version,
       status, ordered_sequence, since_at, since_event, since_sequence)
     SELECT 'BIG-' || n, 1, 1, 0, 'BIG-' || n || '-1-1', 100 + n, 1, 'ordered', 5, '2023-01-02', 'payout.ordered', 5
     FROM generate_series(1, ${payouts}) n`,
    `ALTER TABLE tranches ENABLE TRIGGER tranches_make_award`,
    `ALTER TABLE payouts ENABLE TRIGGER USER`,
  ])
    await owner.query(text);
  await owner.query('ANALYZE');
}

/** All of them paid, as their bank would say of each. */
export async function settleAll(owner: DataSource): Promise<void> {
  for (const text of [
    'ALTER TABLE tranches DISABLE TRIGGER USER',
    'ALTER TABLE payouts DISABLE TRIGGER USER',
    `UPDATE tranches SET status = 'paid'`,
    `UPDATE payouts SET status = 'settled', since_at = '2023-01-05', since_event = 'payout.settled'`,
    'ALTER TABLE tranches ENABLE TRIGGER USER',
    'ALTER TABLE payouts ENABLE TRIGGER USER',
    'ANALYZE',
  ])
    await owner.query(text);
}
