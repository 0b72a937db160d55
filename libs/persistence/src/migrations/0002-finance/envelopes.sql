-- Envelopes: what a programme may commit, per civil year and budget article. An award locks the envelopes of its
-- programme FOR UPDATE and adds up what they have committed, so that no two awards share a last euro.
CREATE TABLE envelopes (
  programme text COLLATE "C" NOT NULL REFERENCES programmes,
  year integer NOT NULL CHECK (year BETWEEN 1900 AND 2999),
  article text COLLATE "C" NOT NULL CHECK (length(article) BETWEEN 1 AND 64),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (programme, year, article)
);

-- The amounts an envelope ever had; the last one is in force.
CREATE TABLE envelope_versions (
  programme text COLLATE "C" NOT NULL,
  year integer NOT NULL,
  article text COLLATE "C" NOT NULL,
  version integer NOT NULL CHECK (version >= 1),
  amount_cents cents NOT NULL,
  set_by text NOT NULL,
  set_at timestamptz NOT NULL,
  reason text CHECK (length(reason) BETWEEN 1 AND 2000),
  PRIMARY KEY (programme, year, article, version),
  FOREIGN KEY (programme, year, article) REFERENCES envelopes
);

CREATE TRIGGER envelopes_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON envelopes
  FOR EACH STATEMENT EXECUTE FUNCTION never_changes();
ALTER TABLE envelopes ENABLE ALWAYS TRIGGER envelopes_never_change;
CREATE TRIGGER envelope_versions_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON envelope_versions
  FOR EACH STATEMENT EXECUTE FUNCTION never_changes();
ALTER TABLE envelope_versions ENABLE ALWAYS TRIGGER envelope_versions_never_change;

-- The envelope that an award committed.
ALTER TABLE grants
  ADD COLUMN envelope_year integer,
  ADD COLUMN envelope_article text COLLATE "C",
  ADD CONSTRAINT grants_envelope CHECK (
    (envelope_year IS NULL) = (envelope_article IS NULL) AND (envelope_year IS NULL OR status <> 'draft')
  ),
  ADD FOREIGN KEY (programme, envelope_year, envelope_article) REFERENCES envelopes (programme, year, article);
CREATE INDEX grants_of_envelope ON grants (programme, envelope_year, envelope_article)
  WHERE envelope_year IS NOT NULL;

ALTER TABLE refusals DROP CONSTRAINT refusals_code_check;
ALTER TABLE refusals ADD CONSTRAINT refusals_code_check CHECK (code IN (
  'command-reused','invalid','not-found','not-allowed','wrong-state','already-ordered','grant-suspended',
  'gate-closed','four-eyes','account-not-verified','amount-exceeds-award','envelope-exceeded','reason-required',
  'conflict'));

-- Its arguments grew; the functions are laid again after the migrations.
DROP FUNCTION IF EXISTS load_grant_files(text[], text[], text[], text[], text[], text[], text[], text[]);
