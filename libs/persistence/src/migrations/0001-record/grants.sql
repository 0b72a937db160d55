-- A grant and what hangs on it. The rows are the fold of the grant's events (I6); the states are those of
-- libs/domain/src/grant.ts. Amounts are whole cents.
CREATE DOMAIN cents AS bigint CHECK (VALUE >= 0 AND VALUE <= 999999999999999);

CREATE TABLE grants (
  code text COLLATE "C" PRIMARY KEY
    CHECK (code ~ '^[A-Za-z0-9]([A-Za-z0-9-]{0,22}[A-Za-z0-9])?$'),
  beneficiary text COLLATE "C" NOT NULL REFERENCES beneficiaries,
  programme text COLLATE "C" NOT NULL,
  plan_version integer NOT NULL,
  amount_cents cents NOT NULL,
  starts_on date NOT NULL,
  ends_on date NOT NULL,
  status text NOT NULL CHECK (status IN ('draft','awarded','active','suspended','closed','terminated')),
  started_at timestamptz,
  handler text,
  decision_reference text,
  decision_date date,
  muted boolean NOT NULL,
  silent_until timestamptz,
  spared integer,
  next_due_at timestamptz,
  sequence integer NOT NULL CHECK (sequence >= 1),
  last_event_at timestamptz NOT NULL,
  head_hash bytea NOT NULL CHECK (octet_length(head_hash) = 32),
  since_at timestamptz NOT NULL,
  since_event text NOT NULL,
  since_sequence integer NOT NULL,
  FOREIGN KEY (programme, plan_version) REFERENCES plan_versions (programme, version),
  CONSTRAINT grants_term CHECK (ends_on >= starts_on),
  CONSTRAINT grants_started CHECK (
    (status NOT IN ('active','closed') OR started_at IS NOT NULL)
    AND (status NOT IN ('draft','awarded') OR started_at IS NULL)
  ),
  CONSTRAINT grants_decision CHECK ((decision_reference IS NULL) = (decision_date IS NULL)),
  CONSTRAINT grants_muted CHECK (NOT muted OR status = 'suspended'),
  CONSTRAINT grants_spared CHECK (spared IS NULL OR status = 'terminated'),
  CONSTRAINT grants_since CHECK (since_sequence BETWEEN 1 AND sequence)
);
CREATE INDEX grants_due ON grants (next_due_at, code) WHERE next_due_at IS NOT NULL;
CREATE INDEX grants_of_beneficiary ON grants (beneficiary);
CREATE INDEX grants_of_programme ON grants (programme, code);

CREATE TABLE tranches (
  grant_code text COLLATE "C" NOT NULL REFERENCES grants,
  no integer NOT NULL CHECK (no >= 1),
  status text NOT NULL
    CHECK (status IN ('planned','payable','approved','ordered','paid','withheld','cancelled')),
  awarded_cents cents NOT NULL,
  amount_cents cents NOT NULL,
  released_cents cents NOT NULL,
  offset_cents cents NOT NULL,
  settlement_cents cents,
  due_on date,
  because text,
  first_approval_by text,
  first_approval_account integer,
  approval_by text,
  approval_account integer,
  approved_sequence integer,
  since_at timestamptz NOT NULL,
  since_event text NOT NULL,
  since_sequence integer NOT NULL,
  PRIMARY KEY (grant_code, no),
  -- I1 for one tranche: what was awarded is either still scheduled or was released.
  CONSTRAINT tranches_balance CHECK (
    awarded_cents = CASE status WHEN 'cancelled' THEN 0 ELSE amount_cents END + released_cents
  ),
  CONSTRAINT tranches_offset CHECK (offset_cents <= released_cents),
  CONSTRAINT tranches_first_approval CHECK (
    (first_approval_by IS NULL) = (first_approval_account IS NULL)
    AND (first_approval_by IS NULL OR status IN ('payable','approved','ordered','paid'))
  ),
  CONSTRAINT tranches_approval CHECK (
    (approval_by IS NULL) = (approval_account IS NULL)
    AND (approval_by IS NULL) = (approved_sequence IS NULL)
    AND (approval_by IS NOT NULL) = (status IN ('approved','ordered','paid'))
  ),
  -- The second approval is not the first's (I8); this pair holds whatever the plan says.
  CONSTRAINT tranches_four_eyes CHECK (approval_by <> first_approval_by)
);

CREATE TABLE reports (
  grant_code text COLLATE "C" NOT NULL REFERENCES grants,
  code text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  status text NOT NULL CHECK (status IN ('expected','submitted','returned','accepted','waived')),
  raw_due_on date NOT NULL,
  due_on date NOT NULL,
  deadline_set_at timestamptz NOT NULL,
  extended boolean NOT NULL,
  overdue boolean NOT NULL,
  late boolean,
  reported_costs_cents cents,
  accepted_costs_cents cents,
  request_until date,
  request_by text,
  request_at timestamptz,
  since_at timestamptz NOT NULL,
  since_event text NOT NULL,
  since_sequence integer NOT NULL,
  PRIMARY KEY (grant_code, code),
  CONSTRAINT reports_handed_in CHECK (status NOT IN ('submitted','returned','accepted') OR late IS NOT NULL),
  CONSTRAINT reports_request CHECK (
    (request_until IS NULL) = (request_by IS NULL) AND (request_until IS NULL) = (request_at IS NULL)
  )
);
CREATE INDEX reports_due ON reports (due_on, grant_code, code);

CREATE TABLE evaluations (
  grant_code text COLLATE "C" NOT NULL REFERENCES grants,
  code text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  status text NOT NULL CHECK (status IN ('awaiting-report','open','recommended','decided')),
  recommended_outcome text CHECK (recommended_outcome IN ('favourable','partly-favourable','unfavourable')),
  recommended_share integer CHECK (recommended_share > 0 AND recommended_share < 1000000),
  recommended_by text,
  decided_outcome text CHECK (decided_outcome IN ('favourable','partly-favourable','unfavourable')),
  decided_share integer CHECK (decided_share > 0 AND decided_share < 1000000),
  decided_by text,
  since_at timestamptz NOT NULL,
  since_event text NOT NULL,
  since_sequence integer NOT NULL,
  PRIMARY KEY (grant_code, code),
  -- Whether the two persons must differ is the plan's choice (fourEyes); a CHECK cannot see it, verify does.
  CONSTRAINT evaluations_recommended CHECK (
    (recommended_outcome IS NOT NULL) = (status IN ('recommended','decided'))
    AND (recommended_outcome IS NULL) = (recommended_by IS NULL)
    AND (recommended_share IS NOT NULL) = coalesce(recommended_outcome = 'partly-favourable', false)
  ),
  CONSTRAINT evaluations_decided CHECK (
    (decided_outcome IS NOT NULL) = (status = 'decided')
    AND (decided_outcome IS NULL) = (decided_by IS NULL)
    AND (decided_share IS NOT NULL) = coalesce(decided_outcome = 'partly-favourable', false)
  )
);

CREATE TABLE payouts (
  grant_code text COLLATE "C" NOT NULL,
  tranche integer NOT NULL,
  attempt integer NOT NULL CHECK (attempt >= 1),
  position integer NOT NULL,
  end_to_end_id text COLLATE "C" NOT NULL UNIQUE CHECK (length(end_to_end_id) <= 35),
  amount_cents cents NOT NULL CHECK (amount_cents > 0),
  account_version integer NOT NULL CHECK (account_version >= 1),
  status text NOT NULL CHECK (status IN ('ordered','handed-over','unknown','settled','rejected','returned')),
  ordered_sequence integer NOT NULL,
  since_at timestamptz NOT NULL,
  since_event text NOT NULL,
  since_sequence integer NOT NULL,
  PRIMARY KEY (grant_code, tranche, attempt),
  FOREIGN KEY (grant_code, tranche) REFERENCES tranches (grant_code, no),
  CONSTRAINT payouts_end_to_end_id CHECK (end_to_end_id = grant_code || '-' || tranche || '-' || attempt)
);
-- I3: at most one live payout per tranche.
CREATE UNIQUE INDEX payouts_one_live ON payouts (grant_code, tranche)
  WHERE status IN ('ordered','handed-over','unknown','settled');
CREATE INDEX payouts_by_status ON payouts (status, grant_code, tranche);

CREATE TABLE recoveries (
  grant_code text COLLATE "C" NOT NULL REFERENCES grants,
  no integer NOT NULL CHECK (no >= 1),
  status text NOT NULL CHECK (status IN ('proposed','notified','settled','offset','waived')),
  amount_cents cents NOT NULL CHECK (amount_cents > 0),
  open_cents cents NOT NULL,
  settled_cents cents NOT NULL,
  tranche integer,
  since_at timestamptz NOT NULL,
  since_event text NOT NULL,
  since_sequence integer NOT NULL,
  PRIMARY KEY (grant_code, no),
  CONSTRAINT recoveries_balance CHECK (open_cents + settled_cents <= amount_cents),
  CONSTRAINT recoveries_open CHECK (
    CASE status
      WHEN 'proposed' THEN open_cents = amount_cents
      WHEN 'notified' THEN open_cents > 0
      WHEN 'waived' THEN true
      ELSE open_cents = 0
    END
  )
);

CREATE TABLE receipts (
  grant_code text COLLATE "C" NOT NULL REFERENCES grants,
  kind text NOT NULL CHECK (kind IN ('document','approval')),
  name text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  since_at timestamptz NOT NULL,
  since_event text NOT NULL,
  since_sequence integer NOT NULL,
  PRIMARY KEY (grant_code, kind, name)
);

-- One reminder per deadline date, offset, recipient and channel, ever (I5).
CREATE TABLE reminders (
  grant_code text COLLATE "C" NOT NULL,
  report text COLLATE "C" NOT NULL,
  due_on date NOT NULL,
  due_offset text COLLATE "C" NOT NULL CHECK (due_offset ~ '^[+-]P'),
  recipient text COLLATE "C" NOT NULL,
  channel text NOT NULL CHECK (channel = 'mail'),
  position integer NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('sent','superseded')),
  PRIMARY KEY (grant_code, report, due_on, due_offset, recipient, channel),
  FOREIGN KEY (grant_code, report) REFERENCES reports (grant_code, code)
);

CREATE TABLE escalations (
  grant_code text COLLATE "C" NOT NULL,
  report text COLLATE "C" NOT NULL,
  due_on date NOT NULL,
  recipient text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  PRIMARY KEY (grant_code, report, due_on, recipient),
  FOREIGN KEY (grant_code, report) REFERENCES reports (grant_code, code)
);

-- Sums (domain.md, "Money"). tranches_balance ties each tranche's amount to what was awarded to it, and the
-- status of a tranche says in which of scheduled, approved, ordered and paid its amount counts, so each of
-- those sums is at most the one before it. What is left across rows: the tranches make the award (I1), and a
-- live payout is that of its tranche. Both are checked at commit, and only when the rows that could break
-- them were written: an award, or a payout that moves. No other change pays for a sum.
CREATE FUNCTION tranches_make_award() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
  whose text := coalesce(changed ->> 'grant_code', changed ->> 'code');
  award grants;
  split bigint;
BEGIN
  SELECT * INTO award FROM grants WHERE code = whose;
  SELECT sum(awarded_cents) INTO split FROM tranches WHERE grant_code = whose;
  IF (award.status = 'draft' AND split IS NOT NULL)
    OR (award.status <> 'draft' AND split IS DISTINCT FROM award.amount_cents)
  THEN
    RAISE EXCEPTION 'the tranches of grant % make % cents, its award is % cents', whose, split, award.amount_cents
      USING ERRCODE = 'check_violation', CONSTRAINT = 'tranches_make_award';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER tranches_make_award AFTER INSERT OR DELETE OR UPDATE OF grant_code, awarded_cents
  ON tranches DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tranches_make_award();
CREATE CONSTRAINT TRIGGER tranches_make_award AFTER UPDATE OF amount_cents, status
  ON grants DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.amount_cents <> NEW.amount_cents OR (OLD.status = 'draft') <> (NEW.status = 'draft'))
  EXECUTE FUNCTION tranches_make_award();

CREATE FUNCTION payout_fits_tranche() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  paid payouts;
  due tranches;
BEGIN
  SELECT * INTO paid FROM payouts
    WHERE grant_code = NEW.grant_code AND tranche = NEW.tranche AND attempt = NEW.attempt;
  IF paid.status IN ('rejected', 'returned') THEN RETURN NULL; END IF;
  SELECT * INTO due FROM tranches WHERE grant_code = NEW.grant_code AND no = NEW.tranche;
  IF due.amount_cents <> paid.amount_cents
    OR due.status <> (CASE paid.status WHEN 'settled' THEN 'paid' ELSE 'ordered' END)
  THEN
    RAISE EXCEPTION 'payout % is % over % cents, its tranche % over % cents',
      paid.end_to_end_id, paid.status, paid.amount_cents, due.status, due.amount_cents
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_fits_tranche';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payout_fits_tranche AFTER INSERT OR UPDATE
  ON payouts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payout_fits_tranche();
