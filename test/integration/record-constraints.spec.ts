import { type RecordUnderTest, people, startRecord } from '../support/record.js';

let record: RecordUnderTest;
beforeAll(async () => {
  record = await startRecord();
  await record.award('REN-1');
  await record.give(people.bart, 'approve-tranche', 'REN-1', { tranche: 1 });
  await record.give(people.fien, 'order-payout', 'REN-1', { tranche: 1 });
  await record.give(people.bart, 'approve-tranche', 'REN-1', { tranche: 1 });
  const since = `'2023-01-02', 'test', 1`;
  for (const row of [
    `recoveries VALUES ('REN-1', 1, 'notified', 100, 100, 0, NULL, ${since})`,
    `receipts VALUES ('REN-1', 'document', 'permit', 0, ${since})`,
    `reminders VALUES ('REN-1', 'final', '2024-02-28', '-P7D', 'stad', 'mail', 0, 'sent')`,
    `escalations VALUES ('REN-1', 'final', '2024-02-28', 'an', 0)`,
    `effects VALUES (1, 'remind', 'stad')`,
    `messages VALUES (1, 'stad', 'reminder')`,
    `canaries VALUES ('canary-1')`,
    `due_failures VALUES ('REN-1', now(), 1, 'no reason')`,
    `tokens VALUES (sha256('a'), 'an', now())`,
  ])
    await record.owner.query(`INSERT INTO ${row}`);
}, 60_000);
afterAll(() => record?.stop());

/** A row like the first one of the table but for these fields, which violates the constraint named. */
type Violation = readonly [constraint: string, table: string, fields: Readonly<Record<string, unknown>>];

const checks: readonly Violation[] = [
  ['cents_check', 'tranches', { amount_cents: -1 }],
  ['clock_only_row_check', 'clock', { only_row: false }],
  ['calendars_code_check', 'calendars', { code: '' }],
  ['calendars_from_year_check', 'calendars', { from_year: 1 }],
  ['calendars_check', 'calendars', { to_year: 2000 }],
  ['holidays_name_check', 'holidays', { name: '' }],
  ['programmes_code_check', 'programmes', { code: '' }],
  ['programmes_title_check', 'programmes', { title: '' }],
  ['plan_versions_version_check', 'plan_versions', { version: 0 }],
  ['plan_versions_document_check', 'plan_versions', { document: [] }],
  ['beneficiaries_id_check', 'beneficiaries', { id: '' }],
  ['beneficiaries_name_check', 'beneficiaries', { name: '' }],
  ['beneficiaries_kbo_check', 'beneficiaries', { kbo: '9207500123' }],
  ['beneficiaries_sequence_check', 'beneficiaries', { sequence: -1 }],
  ['beneficiaries_head_hash_check', 'beneficiaries', { head_hash: '\\x00' }],
  ['beneficiaries_head', 'beneficiaries', { sequence: 0 }],
  ['accounts_version_check', 'accounts', { version: 0 }],
  ['accounts_iban_check', 'accounts', { iban: 'BE68 5390' }],
  ['accounts_verified', 'accounts', { verified_at: null }],
  ['accounts_four_eyes', 'accounts', { entered_by: 'fien', verified_by: 'fien' }],
  ['people_id_check', 'people', { id: 'system' }],
  ['people_roles', 'people', { roles: ['king'] }],
  ['people_operator', 'people', { roles: ['operator', 'finance'] }],
  ['people_beneficiary', 'people', { roles: ['beneficiary'], beneficiary: null }],
  ['due_failures_attempts_check', 'due_failures', { attempts: 0 }],
  ['canaries_id_check', 'canaries', { id: '' }],
  ['tokens_hash_check', 'tokens', { hash: '\\x00' }],
  ['grants_code_check', 'grants', { code: '-A' }],
  ['grants_status_check', 'grants', { status: 'lost' }],
  ['grants_sequence_check', 'grants', { sequence: 0, since_sequence: 0 }],
  ['grants_head_hash_check', 'grants', { head_hash: '\\x00' }],
  ['grants_term', 'grants', { ends_on: '2000-01-01' }],
  ['grants_started', 'grants', { started_at: null }],
  ['grants_decision', 'grants', { decision_date: '2023-01-01' }],
  ['grants_muted', 'grants', { muted: true }],
  ['grants_spared', 'grants', { spared: 1 }],
  ['grants_since', 'grants', { since_sequence: 999 }],
  ['tranches_no_check', 'tranches', { no: 0 }],
  [
    'tranches_status_check',
    'tranches',
    { status: 'lost', approval_by: null, approval_account: null, approved_sequence: null },
  ],
  ['tranches_balance', 'tranches', { amount_cents: 1 }],
  ['tranches_offset', 'tranches', { offset_cents: 1 }],
  ['tranches_first_approval', 'tranches', { first_approval_by: 'bie' }],
  ['tranches_approval', 'tranches', { approval_by: null }],
  ['tranches_four_eyes', 'tranches', { first_approval_by: 'bart', first_approval_account: 1 }],
  ['reports_status_check', 'reports', { status: 'lost' }],
  ['reports_handed_in', 'reports', { status: 'submitted' }],
  ['reports_request', 'reports', { request_by: 'stad' }],
  ['evaluations_status_check', 'evaluations', { status: 'lost' }],
  ['evaluations_recommended', 'evaluations', { status: 'recommended' }],
  ['evaluations_decided', 'evaluations', { decided_by: 'bart' }],
  [
    'evaluations_recommended_outcome_check',
    'evaluations',
    { status: 'recommended', recommended_outcome: 'fine', recommended_by: 'els' },
  ],
  [
    'evaluations_recommended_share_check',
    'evaluations',
    {
      status: 'recommended',
      recommended_outcome: 'partly-favourable',
      recommended_share: 1_000_000,
      recommended_by: 'els',
    },
  ],
  [
    'evaluations_decided_outcome_check',
    'evaluations',
    {
      status: 'decided',
      recommended_outcome: 'favourable',
      recommended_by: 'els',
      decided_outcome: 'fine',
      decided_by: 'bart',
    },
  ],
  [
    'evaluations_decided_share_check',
    'evaluations',
    {
      status: 'decided',
      recommended_outcome: 'favourable',
      recommended_by: 'els',
      decided_outcome: 'partly-favourable',
      decided_share: 0,
      decided_by: 'bart',
    },
  ],
  ['payouts_attempt_check', 'payouts', { attempt: 0, end_to_end_id: 'REN-1-1-0' }],
  ['payouts_end_to_end_id', 'payouts', { end_to_end_id: 'REN-1-1-7' }],
  [
    'payouts_end_to_end_id_check',
    'payouts',
    { grant_code: 'X'.repeat(34), end_to_end_id: `${'X'.repeat(34)}-1-1` },
  ],
  ['payouts_amount_cents_check', 'payouts', { amount_cents: 0 }],
  ['payouts_account_version_check', 'payouts', { account_version: 0 }],
  ['payouts_status_check', 'payouts', { status: 'lost' }],
  ['recoveries_no_check', 'recoveries', { no: 0 }],
  ['recoveries_status_check', 'recoveries', { status: 'lost', open_cents: 0 }],
  ['recoveries_amount_cents_check', 'recoveries', { amount_cents: 0, open_cents: 0, status: 'waived' }],
  ['recoveries_balance', 'recoveries', { settled_cents: 1 }],
  ['recoveries_open', 'recoveries', { open_cents: 0 }],
  ['receipts_kind_check', 'receipts', { kind: 'gift' }],
  ['reminders_channel_check', 'reminders', { channel: 'pigeon' }],
  ['reminders_due_offset_check', 'reminders', { due_offset: 'P7D' }],
  ['reminders_outcome_check', 'reminders', { outcome: 'lost' }],
  ['events_stream_check', 'events', { stream: 'x' }],
  ['events_sequence_check', 'events', { sequence: 0, previous_hash: `\\x${'00'.repeat(32)}` }],
  ['events_version_check', 'events', { version: 0 }],
  ['events_data_check', 'events', { data: [] }],
  ['events_previous_hash_check', 'events', { sequence: 2, previous_hash: '\\x00' }],
  ['events_chain', 'events', { sequence: 2, previous_hash: null }],
  ['effects_attempts_check', 'effects', { attempts: -1 }],
  ['commands_id_check', 'commands', { id: '' }],
  ['commands_input_hash_check', 'commands', { input_hash: '\\x00' }],
  ['commands_sequences', 'commands', { first_sequence: 3, last_sequence: 2 }],
  ['refusals_code_check', 'refusals', { code: 'no' }],
  ['refusals_input_hash_check', 'refusals', { input_hash: '\\x00' }],
];

/** Uniqueness and sums behind invariants; the other keys are the identities of things. */
const others: readonly Violation[] = [
  ['payouts_one_live', 'payouts', { attempt: 2, end_to_end_id: 'REN-1-1-2' }],
  ['payouts_end_to_end_id_key', 'payouts', { attempt: 1 }],
  ['reminders_pkey', 'reminders', { outcome: 'superseded' }],
  ['escalations_pkey', 'escalations', { position: 1 }],
  ['events_one_per_sequence', 'events', { id: 0 }],
  ['outbox_pkey', 'outbox', {}],
  ['effects_pkey', 'effects', {}],
  ['commands_pkey', 'commands', {}],
  ['refusals_once', 'refusals', { id: 0 }],
  ['tranches_make_award', 'tranches', { no: 3 }],
  ['payout_fits_tranche', 'payouts', { tranche: 2, end_to_end_id: 'REN-1-2-1' }],
];

it.each([...checks, ...others])('%s refuses its violation', async (constraint, table, fields) => {
  const runner = record.owner.createQueryRunner();
  await runner.startTransaction();
  try {
    const violation = async () => {
      // The primary key of payouts would answer before the uniqueness of its id.
      if (constraint === 'payouts_end_to_end_id_key')
        await runner.query('ALTER TABLE payouts DROP CONSTRAINT payouts_pkey');
      await runner.query(
        `INSERT INTO ${table} OVERRIDING SYSTEM VALUE
         SELECT (jsonb_populate_record(r, $1)).* FROM ${table} r ORDER BY r LIMIT 1`,
        [JSON.stringify(fields)],
      );
      await runner.query('SET CONSTRAINTS ALL IMMEDIATE');
    };
    await expect(violation()).rejects.toMatchObject({ driverError: { constraint } });
  } finally {
    await runner.rollbackTransaction();
    await runner.release();
  }
});

it('every CHECK of the schema has its violation here', async () => {
  const rows: { conname: string }[] = await record.owner.query(
    `SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace`,
  );
  expect(rows.map(({ conname }) => conname).sort()).toEqual(checks.map(([constraint]) => constraint).sort());
});

it.each([
  ['an award that its tranches do not make', `UPDATE grants SET amount_cents = 1`],
  ['an award without tranches', `DELETE FROM payouts; DELETE FROM tranches`],
  ['tranches of a draft', `UPDATE grants SET status = 'draft', started_at = NULL`],
])('I1: the sums refuse %s', async (_, sql) => {
  const runner = record.owner.createQueryRunner();
  await runner.startTransaction();
  await runner.query(sql);
  await expect(runner.query('SET CONSTRAINTS ALL IMMEDIATE')).rejects.toMatchObject({
    driverError: { constraint: 'tranches_make_award' },
  });
  await runner.rollbackTransaction();
  await runner.release();
});

it('I3: a settled payout leaves no tranche merely ordered', async () => {
  const runner = record.owner.createQueryRunner();
  await runner.startTransaction();
  await runner.query(`UPDATE payouts SET status = 'settled'`);
  await expect(runner.query('SET CONSTRAINTS ALL IMMEDIATE')).rejects.toThrow('payout REN-1-1-1');
  await runner.rollbackTransaction();
  await runner.release();
});
