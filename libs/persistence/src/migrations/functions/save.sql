-- Its arguments grew, and became jsonb.
DROP FUNCTION IF EXISTS save_grant_files(
  json, json, json, json, json, json, json, json, json, json, json, json, json, json, json, json
);
DROP FUNCTION IF EXISTS save_grant_files(
  json, json, json, json, json, json, json, json, json, json, json, json, json, json, json, json, json
);

-- What a batch of commands came to, in one round trip. Each argument is a JSON array of rows under their column
-- names, or null where a batch has none: an absent part costs nothing. A row of a child is written whole. What a deadline
-- day writes names its columns: read as rows of their tables, events took half as long again. As jsonb, since json makes a
-- hash table for each row: twice as slow.
CREATE OR REPLACE FUNCTION save_grant_files(
  p_drafted jsonb, p_grants jsonb, p_heads jsonb, p_tranches jsonb, p_reports jsonb, p_evaluations jsonb, p_payouts jsonb,
  p_recoveries jsonb, p_receipts jsonb, p_reminders jsonb, p_escalations jsonb,
  p_beneficiaries jsonb, p_accounts jsonb, p_events jsonb, p_commands jsonb, p_refusals jsonb, p_recorded jsonb
) RETURNS void LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  -- Plain INSERT: a draft that lost a race must fail and be decided again, never overwrite.
  IF p_drafted IS NOT NULL THEN
    INSERT INTO grants SELECT * FROM jsonb_populate_recordset(NULL::grants, p_drafted);
  END IF;
  IF p_grants IS NOT NULL THEN
    UPDATE grants g SET
      status = n.status, started_at = n.started_at, handler = n.handler,
      decision_reference = n.decision_reference, decision_date = n.decision_date,
      envelope_year = n.envelope_year, envelope_article = n.envelope_article, muted = n.muted,
      silent_until = n.silent_until, spared = n.spared, next_due_at = n.next_due_at, sequence = n.sequence,
      last_event_at = n.last_event_at, head_hash = n.head_hash,
      since_at = n.since_at, since_event = n.since_event, since_sequence = n.since_sequence
    FROM jsonb_populate_recordset(NULL::grants, p_grants) n WHERE g.code = n.code;
  END IF;
  -- Grants of which nothing changed but where their streams stand and what they wait for: half the cost of the whole row.
  IF p_heads IS NOT NULL THEN
    UPDATE grants g SET
      next_due_at = n.next_due_at, sequence = n.sequence, last_event_at = n.last_event_at, head_hash = n.head_hash
    FROM jsonb_to_recordset(p_heads) AS n (
      code text, next_due_at timestamptz, sequence integer, last_event_at timestamptz, head_hash bytea
    ) WHERE g.code = n.code;
  END IF;
  IF p_tranches IS NOT NULL THEN
    INSERT INTO tranches SELECT * FROM jsonb_populate_recordset(NULL::tranches, p_tranches)
    ON CONFLICT (grant_code, no) DO UPDATE SET
      status = excluded.status, amount_cents = excluded.amount_cents,
      released_cents = excluded.released_cents, offset_cents = excluded.offset_cents,
      compensated_cents = excluded.compensated_cents,
      settlement_cents = excluded.settlement_cents, payable_since = excluded.payable_since,
      because = excluded.because,
      first_approval_by = excluded.first_approval_by,
      first_approval_account = excluded.first_approval_account,
      approval_by = excluded.approval_by, approval_account = excluded.approval_account,
      approved_sequence = excluded.approved_sequence,
      since_at = excluded.since_at, since_event = excluded.since_event, since_sequence = excluded.since_sequence;
  END IF;
  IF p_reports IS NOT NULL THEN
    INSERT INTO reports SELECT * FROM jsonb_populate_recordset(NULL::reports, p_reports)
    ON CONFLICT (grant_code, code) DO UPDATE SET
      status = excluded.status, raw_due_on = excluded.raw_due_on, due_on = excluded.due_on,
      deadline_set_at = excluded.deadline_set_at, extended = excluded.extended, overdue = excluded.overdue,
      late = excluded.late, reported_costs_cents = excluded.reported_costs_cents,
      accepted_costs_cents = excluded.accepted_costs_cents, request_until = excluded.request_until,
      request_by = excluded.request_by, request_at = excluded.request_at,
      set_due_on = excluded.set_due_on, granted = excluded.granted, moved = excluded.moved,
      since_at = excluded.since_at, since_event = excluded.since_event, since_sequence = excluded.since_sequence;
  END IF;
  IF p_evaluations IS NOT NULL THEN
    INSERT INTO evaluations SELECT * FROM jsonb_populate_recordset(NULL::evaluations, p_evaluations)
    ON CONFLICT (grant_code, code) DO UPDATE SET
      status = excluded.status, recommended_outcome = excluded.recommended_outcome,
      recommended_share = excluded.recommended_share, recommended_by = excluded.recommended_by,
      decided_outcome = excluded.decided_outcome, decided_share = excluded.decided_share,
      decided_by = excluded.decided_by,
      window_from = excluded.window_from, window_to = excluded.window_to, window_move = excluded.window_move,
      since_at = excluded.since_at, since_event = excluded.since_event, since_sequence = excluded.since_sequence;
  END IF;
  IF p_payouts IS NOT NULL THEN
    INSERT INTO payouts SELECT * FROM jsonb_populate_recordset(NULL::payouts, p_payouts)
    ON CONFLICT (grant_code, tranche, attempt) DO UPDATE SET
      status = excluded.status, executed_by = excluded.executed_by, executed_at = excluded.executed_at,
      executed_evidence = excluded.executed_evidence,
      since_at = excluded.since_at, since_event = excluded.since_event, since_sequence = excluded.since_sequence;
  END IF;
  IF p_recoveries IS NOT NULL THEN
    INSERT INTO recoveries SELECT * FROM jsonb_populate_recordset(NULL::recoveries, p_recoveries)
    ON CONFLICT (grant_code, no) DO UPDATE SET
      status = excluded.status, open_cents = excluded.open_cents, settled_cents = excluded.settled_cents,
      compensated_cents = excluded.compensated_cents,
      since_at = excluded.since_at, since_event = excluded.since_event, since_sequence = excluded.since_sequence;
  END IF;
  -- Receipts, reminders and escalations are only ever added; a second one is a broken rule and fails.
  IF p_receipts IS NOT NULL THEN
    INSERT INTO receipts SELECT * FROM jsonb_populate_recordset(NULL::receipts, p_receipts);
  END IF;
  IF p_reminders IS NOT NULL THEN
    INSERT INTO reminders (grant_code, report, due_on, due_offset, recipient, channel, position, outcome)
    SELECT * FROM jsonb_to_recordset(p_reminders) AS r (
      grant_code text, report text, due_on date, due_offset text, recipient text, channel text, position integer,
      outcome text
    );
  END IF;
  IF p_escalations IS NOT NULL THEN
    INSERT INTO escalations SELECT * FROM jsonb_populate_recordset(NULL::escalations, p_escalations);
  END IF;
  -- Payouts of which the grant now says that their batch took them along.
  IF p_recorded IS NOT NULL THEN
    DELETE FROM batched_payouts h USING jsonb_populate_recordset(NULL::batched_payouts, p_recorded) n
    WHERE h.end_to_end_id = n.end_to_end_id;
  END IF;
  IF p_beneficiaries IS NOT NULL THEN
    UPDATE beneficiaries b SET sequence = n.sequence, last_event_at = n.last_event_at, head_hash = n.head_hash
    FROM jsonb_populate_recordset(NULL::beneficiaries, p_beneficiaries) n WHERE b.id = n.id;
  END IF;
  IF p_accounts IS NOT NULL THEN
    INSERT INTO accounts SELECT * FROM jsonb_populate_recordset(NULL::accounts, p_accounts)
    ON CONFLICT (beneficiary, version) DO UPDATE SET
      verified_by = excluded.verified_by, verified_at = excluded.verified_at,
      payee_check = excluded.payee_check, payee_suggested = excluded.payee_suggested,
      payee_checked_by = excluded.payee_checked_by, payee_checked_at = excluded.payee_checked_at,
      overridden_by = excluded.overridden_by, overridden_at = excluded.overridden_at,
      override_reason = excluded.override_reason;
  END IF;
  IF p_events IS NOT NULL THEN
    WITH recorded AS (
      INSERT INTO events (stream, sequence, type, version, data, actor, reason, command_id, occurred_at, previous_hash)
      SELECT * FROM jsonb_to_recordset(p_events) AS e (
        stream text, sequence integer, type text, version integer, data jsonb, actor text, reason text,
        command_id text, occurred_at timestamptz, previous_hash bytea
      )
      RETURNING id, type, data
    )
    INSERT INTO outbox (event_id, type, told)
    SELECT id, type, CASE WHEN type IN ('reminder.sent', 'report.escalated') THEN data ->> 'to' END FROM recorded;
  END IF;
  IF p_commands IS NOT NULL THEN
    INSERT INTO commands SELECT * FROM jsonb_populate_recordset(NULL::commands, p_commands);
  END IF;
  IF p_refusals IS NOT NULL THEN
    INSERT INTO refusals (command_id, input_hash, command, stream, actor, code, facts, input, at)
    SELECT command_id, input_hash, command, stream, actor, code, facts, input, at
    FROM jsonb_populate_recordset(NULL::refusals, p_refusals)
    ON CONFLICT (command_id, input_hash) DO NOTHING;
  END IF;
END $$;
