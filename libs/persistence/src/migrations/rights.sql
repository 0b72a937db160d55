-- What the runtime role may do: it owns nothing, does no DDL (restrictRuntimeRole), reads all, and writes what its
-- commands need. Granted again at every migrate, because DATABASE_URL may name another role by then; a migration
-- that makes a table adds its line here. "sluis_runtime" stands for that role's name.
GRANT USAGE ON SCHEMA public TO sluis_runtime;

GRANT SELECT ON
  clock, calendars, holidays, programmes, plan_versions, beneficiaries, accounts, people, tokens,
  grants, tranches, reports, evaluations, payouts, recoveries, receipts, reminders, escalations,
  events, outbox, effects, commands, refusals, messages, canaries, due_failures, migrations,
  bank_profiles, batches, batch_lines, batch_exclusions, batched_payouts, bank_files, bank_entries,
  envelopes, envelope_versions, contacts, deputies, digests, mails, mail_templates,
  mail_template_faults, calendar_feeds
TO sluis_runtime;

GRANT INSERT ON
  programmes, plan_versions, beneficiaries, accounts, people, tokens,
  grants, tranches, reports, evaluations, payouts, recoveries, receipts, reminders, escalations,
  events, outbox, effects, commands, refusals, messages, canaries, due_failures,
  bank_profiles, batches, batch_lines, batch_exclusions, batched_payouts, bank_files, bank_entries,
  envelopes, envelope_versions, contacts, deputies, digests, mails, mail_templates,
  mail_template_faults, calendar_feeds
TO sluis_runtime;

-- Column by column: what an award fixed, keys and amounts ordered, is beyond the runtime's reach too.
GRANT UPDATE (status, started_at, handler, decision_reference, decision_date, envelope_year, envelope_article,
  muted, silent_until, spared, next_due_at, sequence, last_event_at, head_hash, since_at, since_event, since_sequence)
  ON grants TO sluis_runtime;
GRANT UPDATE (status, amount_cents, released_cents, offset_cents, compensated_cents, settlement_cents, payable_since, because,
  first_approval_by, first_approval_account, approval_by, approval_account, approved_sequence, since_at, since_event, since_sequence)
  ON tranches TO sluis_runtime;
GRANT UPDATE (status, raw_due_on, due_on, deadline_set_at, extended, overdue, late, reported_costs_cents,
  accepted_costs_cents, request_until, request_by, request_at, set_due_on, granted, moved, since_at, since_event, since_sequence)
  ON reports TO sluis_runtime;
GRANT UPDATE (status, recommended_outcome, recommended_share, recommended_by, decided_outcome, decided_share,
  decided_by, window_from, window_to, window_move, since_at, since_event, since_sequence)
  ON evaluations TO sluis_runtime;
GRANT UPDATE (status, executed_by, executed_at, executed_evidence, since_at, since_event, since_sequence) ON payouts TO sluis_runtime;
GRANT UPDATE (status, open_cents, settled_cents, compensated_cents, since_at, since_event, since_sequence)
  ON recoveries TO sluis_runtime;
GRANT UPDATE (sequence, last_event_at, head_hash) ON beneficiaries TO sluis_runtime;
GRANT UPDATE (verified_by, verified_at, payee_check, payee_suggested, payee_checked_by, payee_checked_at,
  overridden_by, overridden_at, override_reason)
  ON accounts TO sluis_runtime;
GRANT UPDATE (status, execute_on, message_id, released_by, released_at, file_format, file_sha256, file_bytes,
  exported_by, exported_at, handed_over_by, handed_over_at, handed_over_sequence, sequence, last_event_at, head_hash)
  ON batches TO sluis_runtime;
GRANT DELETE ON batched_payouts TO sluis_runtime;
GRANT UPDATE (sequence, last_event_at, head_hash) ON bank_files TO sluis_runtime;
GRANT UPDATE (status, because, grant_code, tranche, payout, recovery, awaits_batch, decided_sequence, decided_by, decided_at)
  ON bank_entries TO sluis_runtime;
GRANT UPDATE (state, due_at, fixed_at, part, message_id, attempts, next_attempt_at, address, response, last_error,
  handed_over_at, late_ms) ON mails TO sluis_runtime;
GRANT SELECT, INSERT ON deadline_moves, deadline_move_lines TO sluis_runtime;
GRANT UPDATE (status, undone_by, undone_at, undone_reason, sequence, last_event_at, head_hash)
  ON deadline_moves TO sluis_runtime;
-- A mail of very many messages goes in parts.
GRANT UPDATE (mail) ON messages TO sluis_runtime;
GRANT UPDATE (title) ON programmes TO sluis_runtime;
GRANT UPDATE (name, language, roles, ended, mail, mail_bounced_at, mail_bounce, digest, sequence, last_event_at, head_hash)
  ON people TO sluis_runtime;
GRANT UPDATE (valid_until) ON contacts, deputies TO sluis_runtime;
GRANT UPDATE (revoked) ON tokens TO sluis_runtime;
GRANT UPDATE (revoked, last_used_at) ON calendar_feeds TO sluis_runtime;
GRANT UPDATE (rung_at, attempts, last_error, done_at) ON effects TO sluis_runtime;
-- FOR UPDATE needs UPDATE on the rows it locks; a trigger refuses every update of an envelope.
GRANT UPDATE (created_at) ON envelopes TO sluis_runtime;
-- FOR UPDATE SKIP LOCKED needs UPDATE on the rows it claims; a claimed row is deleted.
GRANT UPDATE (type), DELETE ON outbox TO sluis_runtime;
GRANT DELETE ON canaries, due_failures TO sluis_runtime;
GRANT UPDATE (attempts, last_error) ON due_failures TO sluis_runtime;

GRANT SELECT, INSERT ON webhooks, webhook_secrets, webhook_deliveries, webhook_attempts, webhook_lanes TO sluis_runtime;
GRANT UPDATE (url, types, programme, status) ON webhooks TO sluis_runtime;
GRANT UPDATE (expires_at), DELETE ON webhook_secrets TO sluis_runtime;
GRANT UPDATE (state, round, attempts, last_error, settled_at, skipped_by, reason), DELETE ON webhook_deliveries TO sluis_runtime;
GRANT DELETE ON webhook_attempts TO sluis_runtime;
GRANT UPDATE (next_attempt_at, parked, claim, claimed_until), DELETE ON webhook_lanes TO sluis_runtime;
