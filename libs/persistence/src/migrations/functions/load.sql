-- Everything a batch of commands decides on, in one round trip.
--
-- Locks come first, each in a statement of its own: in READ COMMITTED every statement of a volatile function
-- sees what was committed before it began, so the reads below see the rows as the previous holder of the locks
-- left them. One query that locked and read children at once would pair the fresh grant with stale children.
--
-- Generic plans: every access is by key, and planning the big SELECT anew took longer than running it.
-- No sequential scans where there is a key: a plan made while a table was small would be kept while it grows, and
-- read all commands for each batch of ids. Without JIT, since what has no key then looks dear.
--
-- Order of locks, the same everywhere: grants by code, then beneficiaries by id, then envelopes by key. What came
-- to be only after its lock was asked for is not read: it would be decided on without one. p_of_accounts names the
-- beneficiaries whose accounts may change; with any of them, all beneficiaries are locked FOR UPDATE in one
-- pass, so that no two batches wait for each other crosswise.
CREATE OR REPLACE FUNCTION load_grant_files(
  p_codes text[],         -- grants to lock and load
  p_cached text[],        -- head hashes (hex) of the files the caller still holds: those do not come again
  p_command_ids text[],   -- which of these are known, and what they came to
  p_of_accounts text[],   -- beneficiaries with an account command
  p_via_grants text[],    -- grants that only find such a beneficiary
  p_beneficiaries text[], -- further beneficiaries, of drafts
  p_programmes text[],    -- programmes whose latest version a draft needs
  p_people text[],        -- persons named in a command
  p_awards text[]         -- grants to be awarded: the envelopes of their programmes (drafts' included) are locked
) RETURNS json LANGUAGE plpgsql VOLATILE
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
  changing text[] := p_of_accounts;
  touched text[];
  locked text[];
  unknown text[];
  budgeted text[];
  budgets envelopes[];
  -- The machine's day, give or take one: which day it is where a programme is, the domain says.
  yesterday date := sluis_now()::date - 1;
  answer json;
BEGIN
  locked := ARRAY(SELECT code FROM grants WHERE code = ANY (p_codes) ORDER BY code FOR UPDATE);

  IF cardinality(p_via_grants) > 0 THEN
    changing := changing || ARRAY(SELECT beneficiary FROM grants WHERE code = ANY (p_via_grants));
  END IF;
  touched := ARRAY(SELECT beneficiary FROM grants WHERE code = ANY (locked)) || changing || p_beneficiaries;
  IF cardinality(changing) > 0 THEN
    PERFORM 1 FROM beneficiaries WHERE id = ANY (touched) ORDER BY id FOR UPDATE;
  ELSE
    PERFORM 1 FROM beneficiaries WHERE id = ANY (touched) ORDER BY id FOR KEY SHARE;
  END IF;

  IF cardinality(p_awards) > 0 THEN
    budgeted := ARRAY(SELECT programme FROM grants WHERE code = ANY (p_awards)) || p_programmes;
    budgets := ARRAY(
      SELECT e FROM envelopes e WHERE e.programme = ANY (budgeted)
      ORDER BY e.programme, e.year, e.article FOR UPDATE
    );
  END IF;

  IF cardinality(p_cached) = 0 THEN
    unknown := locked;
  ELSE
    unknown := ARRAY(
      SELECT code FROM grants WHERE code = ANY (locked) AND NOT encode(head_hash, 'hex') = ANY (p_cached)
    );
  END IF;

  SELECT json_build_object(
    'now', sluis_now(),
    'grants', (
      SELECT json_agg(json_build_array(g.code, encode(g.head_hash, 'hex'), g.next_due_at))
      FROM grants g WHERE g.code = ANY (locked)
    ),
    'files', CASE WHEN cardinality(unknown) > 0 THEN grant_files(unknown) END,
    'beneficiaries', (
      SELECT json_agg(json_build_array(b.id, CASE WHEN b.id = ANY (changing) THEN json_build_object(
        'sequence', b.sequence,
        'last_event_at', b.last_event_at,
        'head_hash', encode(b.head_hash, 'hex'),
        'accounts', (
          SELECT json_agg(account_file(a) ORDER BY a.version) FROM accounts a WHERE a.beneficiary = b.id
        )
      ) END)) FROM beneficiaries b WHERE b.id = ANY (touched)
    ),
    'accounts', (
      SELECT json_agg(json_build_array((latest.a).beneficiary, account_facts(latest.a))) FROM (
        SELECT DISTINCT ON (beneficiary) a FROM accounts a WHERE beneficiary = ANY (touched)
        ORDER BY beneficiary, version DESC
      ) latest
    ),
    'contacts', (
      SELECT json_agg(json_build_array(p.beneficiary, p.id, p.since) ORDER BY p.beneficiary, p.id)
      FROM people p WHERE p.beneficiary = ANY (touched) AND p.ended IS NULL
    ),
    'named_for_all', (
      SELECT json_agg(json_build_array(c.beneficiary, c.person, c.told_of, c.valid_from, c.valid_until) ORDER BY c.id)
      FROM contacts c WHERE c.beneficiary = ANY (touched) AND c.grant_code IS NULL
        AND coalesce(c.valid_until, 'infinity') >= yesterday
    ),
    'named', (
      SELECT json_agg(json_build_array(c.grant_code, c.person, c.told_of, c.valid_from, c.valid_until) ORDER BY c.id)
      FROM contacts c WHERE c.grant_code = ANY (locked) AND coalesce(c.valid_until, 'infinity') >= yesterday
    ),
    'deputies', (
      SELECT json_agg(json_build_array(d.person, d.deputy, d.valid_from, d.valid_until) ORDER BY d.id)
      FROM deputies d WHERE coalesce(d.valid_until, 'infinity') >= yesterday AND d.valid_from <= yesterday + 2
    ),
    'batched', (
      SELECT json_agg(json_build_array(
        h.grant_code, h.end_to_end_id, h.tranche, h.batch, b.status, b.handed_over_by, b.handed_over_sequence
      ) ORDER BY h.grant_code, h.tranche)
      FROM batched_payouts h JOIN batches b ON b.no = h.batch WHERE h.grant_code = ANY (locked)
    ),
    'via_grants', CASE WHEN cardinality(p_via_grants) > 0 THEN (
      SELECT json_object_agg(code, beneficiary) FROM grants WHERE code = ANY (p_via_grants)
    ) END,
    'administrators', (
      SELECT json_agg(json_build_object('id', p.id, 'since', p.since) ORDER BY p.id)
      FROM people p WHERE 'administrator' = ANY (p.roles) AND p.ended IS NULL
    ),
    'people', CASE WHEN cardinality(p_people) > 0 THEN (
      SELECT json_agg(json_build_object('id', p.id, 'roles', p.roles, 'of', p.beneficiary))
      FROM people p WHERE p.id = ANY (p_people) AND p.ended IS NULL
    ) END,
    'programmes', CASE WHEN cardinality(p_programmes) > 0 THEN (
      SELECT json_object_agg(programme, version) FROM (
        SELECT programme, max(version) AS version FROM plan_versions
        WHERE programme = ANY (p_programmes) GROUP BY programme
      ) latest
    ) END,
    'envelopes', CASE WHEN cardinality(budgets) > 0 THEN (
      SELECT json_agg(json_build_array(
        e.programme, e.year, e.article,
        (
          SELECT v.amount_cents::text FROM envelope_versions v
          WHERE v.programme = e.programme AND v.year = e.year AND v.article = e.article
          ORDER BY v.version DESC LIMIT 1
        ),
        envelope_committed_cents(e)::text
      )) FROM unnest(budgets) e
    ) END,
    'commands', (
      SELECT json_agg(json_build_object(
        'id', c.id, 'hash', encode(c.input_hash, 'hex'), 'stream', c.stream, 'at', c.at, 'refused', c.refused,
        'first', c.first_sequence, 'last', c.last_sequence
      )) FROM commands c WHERE c.id = ANY (p_command_ids)
    ),
    'refusals', (
      SELECT json_agg(json_build_object(
        'id', r.command_id, 'hash', encode(r.input_hash, 'hex'), 'code', r.code, 'facts', r.facts
      )) FROM refusals r WHERE r.command_id = ANY (p_command_ids)
    )
  ) INTO answer;
  RETURN answer;
END $$;

-- Its payee check found no match, and nobody overrode that: `isBlocked` of the domain.
CREATE OR REPLACE FUNCTION account_blocked(a accounts) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(a.payee_check = 'no-match', false) AND a.overridden_by IS NULL
$$;

-- What the decisions over a grant need to know of its beneficiary's account: `accountFactsOf` of the domain, in the
-- order of `AccountFactsFields`.
-- A single expression over the row, so that it is inlined where it stands.
CREATE OR REPLACE FUNCTION account_facts(a accounts) RETURNS json LANGUAGE sql STABLE AS $$
  SELECT json_build_array(
    a.version,
    a.verified_by IS NOT NULL AND NOT account_blocked(a),
    account_blocked(a),
    a.entered_at,
    a.version > 1 AND a.entered_by <> 'system',
    a.valid_from,
    a.valid_until
  )
$$;

-- One version of an account with all that is known of it.
CREATE OR REPLACE FUNCTION account_file(a accounts) RETURNS json LANGUAGE sql STABLE AS $$
  SELECT json_build_object(
    'version', a.version, 'iban', a.iban, 'holder', a.holder, 'address', a.address,
    'validFrom', a.valid_from, 'validUntil', a.valid_until,
    'enteredBy', a.entered_by, 'enteredAt', a.entered_at,
    'verifiedBy', a.verified_by, 'verifiedAt', a.verified_at,
    'payeeCheck', CASE WHEN a.payee_check IS NOT NULL THEN json_build_object(
      'result', a.payee_check, 'suggested', a.payee_suggested, 'by', a.payee_checked_by, 'at', a.payee_checked_at
    ) END,
    'override', CASE WHEN a.overridden_by IS NOT NULL THEN json_build_object(
      'by', a.overridden_by, 'at', a.overridden_at, 'reason', a.override_reason
    ) END
  )
$$;

-- What the grants of an envelope commit: `committedCents` of the domain, over all of them.
CREATE OR REPLACE FUNCTION envelope_committed_cents(e envelopes) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(t.awarded_cents - t.released_cents), 0)
  FROM grants g JOIN tranches t ON t.grant_code = g.code
  WHERE g.programme = e.programme AND g.envelope_year = e.year AND g.envelope_article = e.article
$$;

-- What read them one by one.
DROP FUNCTION IF EXISTS grant_file(grants);

-- Grants with all their children: for each table its columns, each an array of as many values as there are rows, or null
-- where there is none, in the order that grant-files-fields.ts names. Table by table for all grants at once: grant by
-- grant as objects took five times as long, and an array for each row a quarter longer, since the type of each value of a
-- row is looked up anew. Amounts travel as text: a JSON number is a float to its reader. Generic plans and no sequential
-- scans as above.
CREATE OR REPLACE FUNCTION grant_files(p_codes text[]) RETURNS json LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
BEGIN
  RETURN json_build_object(
    'grants', (
      SELECT json_build_array(
        json_agg(code), json_agg(beneficiary), json_agg(programme), json_agg(plan_version),
        json_agg(amount_cents::text), json_agg(starts_on), json_agg(ends_on), json_agg(status),
        json_agg(started_at), json_agg(handler), json_agg(decision_reference), json_agg(decision_date),
        json_agg(envelope_year), json_agg(envelope_article), json_agg(muted), json_agg(silent_until),
        json_agg(spared), json_agg(sequence), json_agg(last_event_at), json_agg(since_at), json_agg(since_event),
        json_agg(since_sequence)
      ) FROM grants WHERE code = ANY (p_codes)
    ),
    'tranches', (
      SELECT json_build_array(
        json_agg(grant_code), json_agg(no), json_agg(status), json_agg(awarded_cents::text),
        json_agg(amount_cents::text), json_agg(released_cents::text), json_agg(offset_cents::text),
        json_agg(compensated_cents::text), json_agg(settlement_cents::text), json_agg(due_on),
        json_agg(payable_since), json_agg(because), json_agg(first_approval_by), json_agg(first_approval_account),
        json_agg(approval_by), json_agg(approval_account), json_agg(approved_sequence), json_agg(since_at),
        json_agg(since_event), json_agg(since_sequence)
      ) FROM (SELECT * FROM tranches WHERE grant_code = ANY (p_codes) ORDER BY grant_code, no) r
    ),
    'reports', (
      SELECT json_build_array(
        json_agg(grant_code), json_agg(code), json_agg(status), json_agg(raw_due_on), json_agg(due_on),
        json_agg(deadline_set_at), json_agg(extended), json_agg(overdue), json_agg(late),
        json_agg(reported_costs_cents::text), json_agg(accepted_costs_cents::text), json_agg(request_until),
        json_agg(request_by), json_agg(request_at), json_agg(set_due_on), json_agg(granted), json_agg(moved),
        json_agg(since_at), json_agg(since_event), json_agg(since_sequence)
      ) FROM (SELECT * FROM reports WHERE grant_code = ANY (p_codes) ORDER BY grant_code, position, code) r
    ),
    'evaluations', (
      SELECT json_build_array(
        json_agg(grant_code), json_agg(code), json_agg(status), json_agg(recommended_outcome),
        json_agg(recommended_share), json_agg(recommended_by), json_agg(decided_outcome), json_agg(decided_share),
        json_agg(decided_by), json_agg(window_from), json_agg(window_to), json_agg(window_move), json_agg(since_at),
        json_agg(since_event), json_agg(since_sequence)
      ) FROM (SELECT * FROM evaluations WHERE grant_code = ANY (p_codes) ORDER BY grant_code, position, code) r
    ),
    'payouts', (
      SELECT json_build_array(
        json_agg(grant_code), json_agg(end_to_end_id), json_agg(tranche), json_agg(attempt),
        json_agg(amount_cents::text), json_agg(account_version), json_agg(status), json_agg(ordered_sequence),
        json_agg(executed_by), json_agg(executed_at), json_agg(executed_evidence), json_agg(since_at),
        json_agg(since_event), json_agg(since_sequence)
      ) FROM (SELECT * FROM payouts WHERE grant_code = ANY (p_codes) ORDER BY grant_code, position, tranche, attempt) r
    ),
    'recoveries', (
      SELECT json_build_array(
        json_agg(grant_code), json_agg(no), json_agg(status), json_agg(amount_cents::text),
        json_agg(open_cents::text), json_agg(settled_cents::text), json_agg(compensated_cents::text),
        json_agg(tranche), json_agg(ground), json_agg(since_at), json_agg(since_event), json_agg(since_sequence)
      ) FROM (SELECT * FROM recoveries WHERE grant_code = ANY (p_codes) ORDER BY grant_code, no) r
    ),
    'receipts', (
      SELECT json_build_array(
        json_agg(grant_code), json_agg(kind), json_agg(name), json_agg(since_at), json_agg(since_event),
        json_agg(since_sequence)
      ) FROM (SELECT * FROM receipts WHERE grant_code = ANY (p_codes) ORDER BY grant_code, position, kind, name) r
    ),
    'reminders', (
      SELECT json_build_array(
        json_agg(grant_code), json_agg(report), json_agg(due_on), json_agg(due_offset), json_agg(recipient),
        json_agg(outcome)
      ) FROM (SELECT * FROM reminders WHERE grant_code = ANY (p_codes) ORDER BY grant_code, report, position) r
    ),
    'escalations', (
      SELECT json_build_array(
        json_agg(grant_code), json_agg(report), json_agg(due_on), json_agg(recipient)
      ) FROM (SELECT * FROM escalations WHERE grant_code = ANY (p_codes) ORDER BY grant_code, report, position) r
    )
  );
END $$;

-- Locks grants whose moment has come, the longest due first, and passes over those that are busy: whoever holds
-- them writes what fell due before anything else.
CREATE OR REPLACE FUNCTION claim_due_grants(p_limit integer, p_except text[]) RETURNS text[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  moment timestamptz := sluis_now();
BEGIN
  RETURN ARRAY(
    SELECT code FROM grants
    WHERE next_due_at <= moment AND NOT code = ANY (p_except)
    ORDER BY next_due_at, code LIMIT p_limit
    FOR UPDATE SKIP LOCKED
  );
END $$;
