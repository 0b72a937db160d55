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
    `mails (recipient, class, moment, due_at) VALUES ('stad', 'due', '2024-02-21', '2024-02-21')`,
    `messages (event_id, recipient, kind, mail) VALUES (1, 'stad', 'reminder', 1)`,
    `canaries VALUES ('canary-1')`,
    `due_failures VALUES ('REN-1', now(), 1, 'no reason')`,
    `tokens VALUES (sha256('a'), 'an', now())`,
    `bank_profiles VALUES ('main', 1, 'ABB', 'BE68539007547034', 'GKCCBEBB', true, 'text', 'an', '2023-01-02')`,
    `batches VALUES (1, 'built', 'main', 1, 1, 50000, sha256('l'), NULL, NULL, 'fien', '2023-01-02',
      NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, '2023-01-02', sha256('h'))`,
    `batch_lines VALUES (1, 0, 'REN-1-1-1', 'REN-1', 1, 1, 50000, 1, 'BE68539007547034', 'Stad', NULL, 'REN-1')`,
    `batched_payouts VALUES ('REN-1-1-1', 'REN-1', 1, 1)`,
    `batch_exclusions VALUES (1, 'REN-1-1-1', 'grant-suspended')`,
    `bank_files VALUES (1, sha256('f'), 'july.xml', 9, 'camt.053.001.08', 'M', NULL, 1, 'fien', '2023-01-02', 1, '2023-01-02', sha256('h'))`,
    `bank_entries (bank_file, no, place, answer, whole_file, status, decided_sequence)
       VALUES (1, 1, 'statement 1, entry 1', 'settled', false, 'known', 1)`,
    `envelopes VALUES ('REN', 2023, 'A', 'an', '2023-01-02')`,
    `envelope_versions VALUES ('REN', 2023, 'A', 1, 100, 'an', '2023-01-02', NULL)`,
    `contacts VALUES (DEFAULT, 'antwerpen', 'REN-1', 'stad', 'reports', '2023-01-02', NULL, 'an', '2023-01-02')`,
    `deputies VALUES (DEFAULT, 'bart', 'bie', '2023-01-02', NULL, 'bart', '2023-01-02')`,
    `digests VALUES ('an', '2023-01-02', '2023-01-02', NULL)`,
    `mail_templates VALUES (DEFAULT, 'digest', 'nl', 1, '# x', 'an', '2023-01-02')`,
    `mail_template_faults VALUES ('digest', 'nl', 1, 'line 1, column 1: broken', '2023-01-02')`,
    `deadline_moves VALUES (1, 'applied', 'REN', 'final', '2024-03-15', 1, 0, sha256('l'), NULL, NULL, NULL, NULL, NULL,
      'a reason', 'an', '2023-01-02', NULL, NULL, NULL, 1, '2023-01-02', sha256('h'))`,
    `deadline_move_lines VALUES (1, 'REN-1', 'final', '2024-02-28', '2024-03-15', '[]')`,
    `calendar_feeds VALUES (sha256('c'), 'stad', 'phone', '2023-01-02', NULL, NULL)`,
    `webhooks VALUES (DEFAULT, 'https://receiver.example/', '{}', NULL, 'active', 'an', '2023-01-02')`,
    `webhook_secrets VALUES (1, 1, sha256('a'), 'an', DEFAULT, NULL)`,
    `webhook_deliveries (webhook, event_id, stream) VALUES (1, 1, 'grant:REN-1')`,
    `webhook_attempts VALUES (1, 1, now(), 12, '1.1.1.1', 500, 'answered 500')`,
    `webhook_lanes VALUES (1, 'grant:REN-1', now(), false, NULL, NULL)`,
  ])
    await record.owner.query(`INSERT INTO ${row}`);
}, 60_000);
afterAll(() => record?.stop());

/** A row like the first one of the table but for these fields, which violates the constraint named. */
type Violation = readonly [constraint: string, table: string, fields: Readonly<Record<string, unknown>>];

const executed = { executed_by: 'fien', executed_at: '2023-01-10', executed_evidence: 'Ledger entry 7' };

const payeeChecked = { payee_check: 'close-match', payee_checked_by: 'fien', payee_checked_at: '2023-01-02' };
const overridden = {
  ...payeeChecked,
  payee_check: 'no-match',
  overridden_by: 'an',
  overridden_at: '2023-01-02',
  override_reason: 'a letter',
};

const released = {
  status: 'released',
  execute_on: '2023-01-03',
  message_id: 'SLUIS-0000001',
  released_by: 'fons',
  released_at: '2023-01-03',
};
const exported = {
  ...released,
  status: 'exported',
  file_format: 'pain.001.001.09',
  file_sha256: `\\x${'00'.repeat(32)}`,
  file_bytes: 1_000,
  exported_by: 'fien',
  exported_at: '2023-01-03',
};

const fixedMail = {
  state: 'waiting',
  fixed_at: '2024-02-21',
  part: 1,
  message_id: `<${'0'.repeat(32)}@sluis.example>`,
  next_attempt_at: '2024-02-21',
};

const at = '2023-01-02';
const delivery = { id: 2, event_id: 2 };

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
  ['accounts_holder_check', 'accounts', { holder: '' }],
  ['accounts_address_check', 'accounts', { address: { street: 'Kerkstraat' } }],
  ['accounts_validity', 'accounts', { valid_from: '2024-01-02', valid_until: '2024-01-01' }],
  ['accounts_payee_check_check', 'accounts', { ...payeeChecked, payee_check: 'perhaps' }],
  ['accounts_payee_suggested_check', 'accounts', { ...payeeChecked, payee_suggested: '' }],
  ['accounts_payee_checked', 'accounts', { ...payeeChecked, payee_checked_by: null }],
  ['accounts_override_reason_check', 'accounts', { ...overridden, override_reason: '' }],
  ['accounts_overridden', 'accounts', { ...overridden, payee_check: 'close-match' }],
  ['accounts_override_four_eyes', 'accounts', { ...overridden, entered_by: 'an' }],
  ['people_mail_check', 'people', { id: 'x', mail: 'an@stad.be,bea@stad.be' }],
  ['people_bounced', 'people', { id: 'x', mail: 'an@stad.be', mail_bounced_at: '2023-01-02' }],
  [
    'people_sequence_check',
    'people',
    { id: 'x', sequence: -1, head_hash: `\\x${'00'.repeat(32)}`, last_event_at: '2023-01-02' },
  ],
  ['people_head', 'people', { id: 'x', sequence: 1 }],
  [
    'people_head_hash_check',
    'people',
    { id: 'x', sequence: 1, head_hash: '\\x00', last_event_at: '2023-01-02' },
  ],
  ['contacts_told_of_check', 'contacts', { told_of: 'weather' }],
  ['deputies_another', 'deputies', { deputy: 'bart' }],
  ['people_id_check', 'people', { id: 'system' }],
  ['people_roles', 'people', { roles: ['king'] }],
  ['people_operator', 'people', { roles: ['operator', 'finance'] }],
  ['people_beneficiary', 'people', { roles: ['beneficiary'], beneficiary: null }],
  ['due_failures_attempts_check', 'due_failures', { attempts: 0 }],
  ['canaries_id_check', 'canaries', { id: '' }],
  ['tokens_hash_check', 'tokens', { hash: '\\x00' }],
  ['envelopes_year_check', 'envelopes', { year: 1899 }],
  ['envelopes_article_check', 'envelopes', { article: '' }],
  ['envelope_versions_version_check', 'envelope_versions', { version: 0 }],
  ['envelope_versions_reason_check', 'envelope_versions', { reason: '' }],
  ['mail_templates_kind_check', 'mail_templates', { id: 2, kind: '' }],
  ['mail_templates_language_check', 'mail_templates', { id: 2, language: 'de' }],
  ['mail_templates_version_check', 'mail_templates', { id: 2, version: 0 }],
  ['mail_templates_source_check', 'mail_templates', { id: 2, version: 2, source: '' }],
  ['mail_template_faults_fault_check', 'mail_template_faults', { fault: '' }],
  ['grants_code_check', 'grants', { code: '-A' }],
  ['grants_status_check', 'grants', { status: 'lost' }],
  ['grants_sequence_check', 'grants', { sequence: 0, since_sequence: 0 }],
  ['grants_head_hash_check', 'grants', { head_hash: '\\x00' }],
  ['grants_term', 'grants', { ends_on: '2000-01-01' }],
  ['grants_started', 'grants', { started_at: null }],
  ['grants_decision', 'grants', { decision_date: '2023-01-01' }],
  ['grants_envelope', 'grants', { envelope_year: 2023 }],
  ['grants_muted', 'grants', { muted: true }],
  ['grants_spared', 'grants', { spared: 1 }],
  ['grants_since', 'grants', { since_sequence: 999 }],
  ['tranches_no_check', 'tranches', { no: 0 }],
  [
    'tranches_status_check',
    'tranches',
    {
      status: 'lost',
      approval_by: null,
      approval_account: null,
      approved_sequence: null,
      payable_since: null,
    },
  ],
  ['tranches_payable_since', 'tranches', { payable_since: null }],
  ['tranches_balance', 'tranches', { amount_cents: 1 }],
  ['tranches_offset', 'tranches', { offset_cents: 1 }],
  ['tranches_compensated', 'tranches', { compensated_cents: 1 }],
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
  ['payouts_executed', 'payouts', { executed_by: 'fien' }],
  ['payouts_executed_evidence_check', 'payouts', { ...executed, executed_evidence: '' }],
  ['payouts_executed_status', 'payouts', { ...executed, status: 'handed-over' }],
  ['recoveries_no_check', 'recoveries', { no: 0 }],
  ['recoveries_status_check', 'recoveries', { status: 'lost', open_cents: 0 }],
  ['recoveries_amount_cents_check', 'recoveries', { amount_cents: 0, open_cents: 0, status: 'waived' }],
  ['recoveries_balance', 'recoveries', { settled_cents: 1 }],
  ['recoveries_open', 'recoveries', { open_cents: 0 }],
  ['recoveries_compensated', 'recoveries', { compensated_cents: 1 }],
  ['recoveries_ground_check', 'recoveries', { ground: '' }],
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
  ['mails_class_check', 'mails', { class: 'spam' }],
  ['mails_state_check', 'mails', { ...fixedMail, state: 'lost', next_attempt_at: null }],
  ['mails_part_check', 'mails', { ...fixedMail, part: 0 }],
  ['mails_message_id_check', 'mails', { ...fixedMail, message_id: '<a\r\nBcc: b@c>' }],
  ['mails_attempts_check', 'mails', { moment: '2024-02-22', attempts: -1 }],
  ['mails_fixed', 'mails', { ...fixedMail, message_id: null }],
  ['mails_next_attempt', 'mails', { ...fixedMail, next_attempt_at: null }],
  ['mails_handed_over', 'mails', { ...fixedMail, state: 'sent', next_attempt_at: null }],
  ['mails_error', 'mails', { ...fixedMail, state: 'parked', next_attempt_at: null }],
  ['messages_facts_check', 'messages', { id: 2, event_id: 2, facts: [] }],
  ['messages_digest', 'messages', { id: 2, event_id: null }],
  ['webhooks_url_check', 'webhooks', { no: 2, url: '' }],
  ['webhooks_status_check', 'webhooks', { no: 2, status: 'lost' }],
  ['webhook_secrets_no_check', 'webhook_secrets', { no: 0, expires_at: '2023-01-02' }],
  ['webhook_secrets_key_check', 'webhook_secrets', { no: 2, key: '\\x00', expires_at: '2023-01-02' }],
  ['webhook_deliveries_state_check', 'webhook_deliveries', { ...delivery, state: 'lost', settled_at: at }],
  ['webhook_deliveries_round_check', 'webhook_deliveries', { ...delivery, round: 0 }],
  ['webhook_deliveries_attempts_check', 'webhook_deliveries', { ...delivery, attempts: -1 }],
  ['webhook_deliveries_test', 'webhook_deliveries', { ...delivery, stream: 'test:1' }],
  ['webhook_deliveries_settled', 'webhook_deliveries', { ...delivery, state: 'delivered' }],
  ['webhook_deliveries_skipped', 'webhook_deliveries', { ...delivery, state: 'skipped', settled_at: at }],
  ['webhook_attempts_no_check', 'webhook_attempts', { no: 0 }],
  ['webhook_attempts_took_ms_check', 'webhook_attempts', { no: 2, took_ms: -1 }],
  ['webhook_lanes_parked', 'webhook_lanes', { stream: 'grant:REN-2', parked: true }],
  ['webhook_lanes_claimed', 'webhook_lanes', { stream: 'grant:REN-2', claimed_until: at }],
  ['bank_profiles_code_check', 'bank_profiles', { code: '' }],
  ['bank_profiles_version_check', 'bank_profiles', { version: 0 }],
  ['bank_profiles_name_check', 'bank_profiles', { name: '' }],
  ['bank_profiles_iban_check', 'bank_profiles', { iban: 'BE68 5390' }],
  ['bank_profiles_bic_check', 'bank_profiles', { bic: 'GKCC' }],
  ['bank_profiles_remittance_check', 'bank_profiles', { remittance: 'both' }],
  ['batches_no_check', 'batches', { no: 0 }],
  ['batches_status_check', 'batches', { status: 'lost' }],
  ['batches_lines_check', 'batches', { lines: 0 }],
  ['batches_amount_cents_check', 'batches', { amount_cents: 0 }],
  ['batches_lines_hash_check', 'batches', { lines_hash: '\\x00' }],
  ['batches_message_id_check', 'batches', { ...released, message_id: 'X'.repeat(36) }],
  ['batches_released', 'batches', { status: 'released' }],
  ['batches_four_eyes', 'batches', { ...released, released_by: 'fien' }],
  ['batches_file', 'batches', { ...released, file_format: 'pain.001.001.09' }],
  ['batches_file_sha256_check', 'batches', { ...exported, file_sha256: '\\x00' }],
  ['batches_file_bytes_check', 'batches', { ...exported, file_bytes: 0 }],
  ['batches_handed_over', 'batches', { handed_over_by: 'fien' }],
  ['batches_sequence_check', 'batches', { sequence: 0 }],
  ['batches_head_hash_check', 'batches', { head_hash: '\\x00' }],
  ['batch_lines_position_check', 'batch_lines', { position: 1_000_000 }],
  ['batch_lines_amount_cents_check', 'batch_lines', { amount_cents: 0 }],
  ['batch_lines_payee_check', 'batch_lines', { payee: '' }],
  ['batch_lines_address_check', 'batch_lines', { address: [] }],
  ['batch_lines_remittance_check', 'batch_lines', { remittance: '' }],
  ['batch_exclusions_because_check', 'batch_exclusions', { because: '' }],
  ['bank_files_no_check', 'bank_files', { no: 0 }],
  ['bank_files_sha256_check', 'bank_files', { sha256: '\\x00' }],
  ['bank_files_name_check', 'bank_files', { name: '' }],
  ['bank_files_bytes_check', 'bank_files', { bytes: 0 }],
  ['bank_files_kind_check', 'bank_files', { kind: 'camt.052.001.08' }],
  ['bank_files_entries_check', 'bank_files', { entries: -1 }],
  ['bank_files_sequence_check', 'bank_files', { sequence: 0 }],
  ['bank_files_head_hash_check', 'bank_files', { head_hash: '\\x00' }],
  ['bank_entries_no_check', 'bank_entries', { no: 0 }],
  ['bank_entries_answer_check', 'bank_entries', { answer: 'perhaps' }],
  ['bank_entries_payments_check', 'bank_entries', { payments: -1 }],
  ['bank_entries_currency_check', 'bank_entries', { currency: 'euro' }],
  ['bank_entries_status_check', 'bank_entries', { status: 'lost' }],
  ['bank_entries_decided_sequence_check', 'bank_entries', { decided_sequence: 0 }],
  ['bank_entries_because', 'bank_entries', { status: 'waiting' }],
  ['bank_entries_matched', 'bank_entries', { status: 'matched' }],
  ['bank_entries_of_grant', 'bank_entries', { payout: 'REN-1-1-1' }],
  ['bank_entries_decided', 'bank_entries', { status: 'dismissed' }],
  ['reports_granted_check', 'reports', { granted: -1 }],
  ['reports_moved_check', 'reports', { moved: { move: 1 } }],
  ['evaluations_window', 'evaluations', { window_from: '2024-03-01' }],
  ['deadline_moves_no_check', 'deadline_moves', { no: 0 }],
  ['deadline_moves_status_check', 'deadline_moves', { status: 'tried' }],
  ['deadline_moves_deadlines_check', 'deadline_moves', { deadlines: 0 }],
  ['deadline_moves_windows_check', 'deadline_moves', { windows: -1 }],
  ['deadline_moves_lines_hash_check', 'deadline_moves', { lines_hash: '\\x00' }],
  ['deadline_moves_reason_check', 'deadline_moves', { reason: '' }],
  ['deadline_moves_sequence_check', 'deadline_moves', { sequence: 0 }],
  ['deadline_moves_head_hash_check', 'deadline_moves', { head_hash: '\\x00' }],
  ['deadline_moves_decision', 'deadline_moves', { decision_reference: 'B-1' }],
  ['deadline_moves_undone', 'deadline_moves', { status: 'undone' }],
  ['deadline_move_lines_windows_check', 'deadline_move_lines', { windows: {} }],
  ['calendar_feeds_hash_check', 'calendar_feeds', { hash: '\\x00' }],
  ['calendar_feeds_name_check', 'calendar_feeds', { name: '' }],
  ['commands_sequences', 'commands', { first_sequence: 3, last_sequence: 2 }],
  ['refusals_code_check', 'refusals', { code: 'no' }],
  ['refusals_input_hash_check', 'refusals', { input_hash: '\\x00' }],
];

/** Uniqueness and sums behind invariants; the other keys are the identities of things. */
const others: readonly Violation[] = [
  ['bank_files_once', 'bank_files', { no: 2 }],
  ['batched_payouts_one_batch', 'batched_payouts', { end_to_end_id: 'REN-1-1-2' }],
  ['payouts_one_live', 'payouts', { attempt: 2, end_to_end_id: 'REN-1-1-2' }],
  ['payouts_end_to_end_id_key', 'payouts', { attempt: 1 }],
  ['digests_pkey', 'digests', {}],
  ['reminders_pkey', 'reminders', { outcome: 'superseded' }],
  ['escalations_pkey', 'escalations', { position: 1 }],
  ['events_one_per_sequence', 'events', { id: 0 }],
  ['outbox_pkey', 'outbox', {}],
  ['effects_pkey', 'effects', {}],
  ['mails_one_open', 'mails', { id: 2 }],
  ['messages_once', 'messages', { id: 2 }],
  ['webhook_deliveries_once', 'webhook_deliveries', { id: 2 }],
  ['webhook_secrets_one_in_force', 'webhook_secrets', { no: 2 }],
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
        await runner.query('ALTER TABLE payouts DROP CONSTRAINT payouts_pkey CASCADE');
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
  [
    'an award without tranches',
    `ALTER TABLE batch_lines DISABLE TRIGGER USER; DELETE FROM batch_lines; DELETE FROM payouts; DELETE FROM tranches`,
  ],
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
