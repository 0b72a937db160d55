-- Payout batches: what goes to the bank together. A batch has a stream of its own, as grants have; its row is the
-- fold of that stream, its lines are written once.

-- Streams of batches and of bank files lie beside those of grants and beneficiaries.
ALTER TABLE events DROP CONSTRAINT events_stream_check;
ALTER TABLE events ADD CONSTRAINT events_stream_check CHECK (stream ~ '^(grant|beneficiary|batch|bank-file):.');

-- The accounts that are paid from, as their banks want their files. A version never changes.
CREATE TABLE bank_profiles (
  code text COLLATE "C" NOT NULL CHECK (code <> ''),
  version integer NOT NULL CHECK (version >= 1),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 70),
  iban text NOT NULL CHECK (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$'),
  bic text CHECK (bic ~ '^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$'),
  batch_booking boolean NOT NULL,
  remittance text NOT NULL CHECK (remittance IN ('text','structured')),
  entered_by text NOT NULL,
  entered_at timestamptz NOT NULL,
  PRIMARY KEY (code, version)
);
CREATE TRIGGER bank_profiles_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_profiles
  FOR EACH STATEMENT EXECUTE FUNCTION never_changes();
ALTER TABLE bank_profiles ENABLE ALWAYS TRIGGER bank_profiles_never_change;

CREATE TABLE batches (
  no integer PRIMARY KEY CHECK (no >= 1),
  status text NOT NULL CHECK (status IN ('built','released','exported','handed-over','discarded')),
  profile text COLLATE "C" NOT NULL,
  profile_version integer NOT NULL,
  lines integer NOT NULL CHECK (lines >= 1),
  amount_cents cents NOT NULL CHECK (amount_cents > 0),
  lines_hash bytea NOT NULL CHECK (octet_length(lines_hash) = 32),
  execute_on date,
  message_id text COLLATE "C" UNIQUE CHECK (length(message_id) BETWEEN 1 AND 35),
  built_by text NOT NULL,
  built_at timestamptz NOT NULL,
  released_by text,
  released_at timestamptz,
  file_format text,
  file_sha256 bytea CHECK (octet_length(file_sha256) = 32),
  file_bytes bigint CHECK (file_bytes > 0),
  exported_by text,
  exported_at timestamptz,
  handed_over_by text,
  handed_over_at timestamptz,
  -- The event that handed it over: grants record their part of it under its name.
  handed_over_sequence integer,
  sequence integer NOT NULL CHECK (sequence >= 1),
  last_event_at timestamptz NOT NULL,
  head_hash bytea NOT NULL CHECK (octet_length(head_hash) = 32),
  FOREIGN KEY (profile, profile_version) REFERENCES bank_profiles (code, version),
  -- Releasing is not building, whatever a plan says (domain.md, "Four eyes"; I8).
  CONSTRAINT batches_four_eyes CHECK (released_by <> built_by),
  CONSTRAINT batches_released CHECK (
    (released_by IS NULL) = (released_at IS NULL) AND (released_by IS NULL) = (message_id IS NULL)
    AND (status NOT IN ('released','exported','handed-over') OR released_by IS NOT NULL)
    AND (released_by IS NULL OR execute_on IS NOT NULL)
    AND NOT (status = 'built' AND released_by IS NOT NULL)
  ),
  CONSTRAINT batches_file CHECK (
    (file_format IS NULL) = (file_sha256 IS NULL) AND (file_format IS NULL) = (file_bytes IS NULL)
    AND (file_format IS NULL) = (exported_by IS NULL) AND (file_format IS NULL) = (exported_at IS NULL)
    AND (status NOT IN ('exported','handed-over') OR file_format IS NOT NULL)
    AND NOT (status IN ('built','released') AND file_format IS NOT NULL)
  ),
  CONSTRAINT batches_handed_over CHECK (
    (status = 'handed-over') = (handed_over_by IS NOT NULL) AND (handed_over_by IS NULL) = (handed_over_at IS NULL)
    AND (handed_over_by IS NULL) = (handed_over_sequence IS NULL)
  )
);

CREATE TABLE batch_lines (
  batch integer NOT NULL REFERENCES batches DEFERRABLE INITIALLY DEFERRED,
  position integer NOT NULL CHECK (position BETWEEN 0 AND 999999),
  end_to_end_id text COLLATE "C" NOT NULL,
  grant_code text COLLATE "C" NOT NULL,
  tranche integer NOT NULL,
  attempt integer NOT NULL,
  amount_cents cents NOT NULL CHECK (amount_cents > 0),
  account_version integer NOT NULL,
  iban text NOT NULL,
  -- As it stands in the file: transliterated.
  payee text NOT NULL CHECK (length(payee) BETWEEN 1 AND 70),
  address jsonb CHECK (jsonb_typeof(address) = 'object'),
  remittance text NOT NULL CHECK (length(remittance) BETWEEN 1 AND 140),
  PRIMARY KEY (batch, position),
  FOREIGN KEY (grant_code, tranche, attempt) REFERENCES payouts
);
CREATE INDEX batch_lines_of_payout ON batch_lines (end_to_end_id);
-- Sealed or not, a line is written once.
CREATE TRIGGER batch_lines_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON batch_lines
  FOR EACH STATEMENT EXECUTE FUNCTION never_changes();
ALTER TABLE batch_lines ENABLE ALWAYS TRIGGER batch_lines_never_change;

-- Ordered payouts that matched a batch's filters and could not go, and why.
CREATE TABLE batch_exclusions (
  batch integer NOT NULL REFERENCES batches DEFERRABLE INITIALLY DEFERRED,
  end_to_end_id text COLLATE "C" NOT NULL,
  because text NOT NULL CHECK (because <> ''),
  PRIMARY KEY (batch, end_to_end_id)
);

-- Payouts that a batch binds: a tranche is in at most one live batch. A row goes when its batch is discarded, or
-- when the grant has recorded that the batch took its payout along.
CREATE TABLE batched_payouts (
  end_to_end_id text COLLATE "C" PRIMARY KEY,
  grant_code text COLLATE "C" NOT NULL,
  tranche integer NOT NULL,
  batch integer NOT NULL REFERENCES batches DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT batched_payouts_one_batch UNIQUE (grant_code, tranche)
);
CREATE INDEX batched_payouts_of_batch ON batched_payouts (batch);
