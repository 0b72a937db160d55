-- Clock, calendars, programmes, beneficiaries and people: what grants refer to.
-- Keys compare byte by byte (COLLATE "C"): their order must not depend on the locale of the machine.

-- The only clock of the rules. A demo or a simulation makes it stand at a moment; else time flows.
CREATE TABLE clock (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  stands_at timestamptz
);
INSERT INTO clock DEFAULT VALUES;

-- Volatile on purpose: a command reads it after its locks, not as of the start of its transaction.
CREATE FUNCTION sluis_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT date_trunc('milliseconds', coalesce((SELECT stands_at FROM clock), clock_timestamp()))
$$;

CREATE FUNCTION clock_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('sluis_clock', '');
  RETURN NULL;
END $$;
CREATE TRIGGER clock_moved AFTER UPDATE ON clock FOR EACH STATEMENT EXECUTE FUNCTION clock_moved();

CREATE TABLE calendars (
  code text COLLATE "C" PRIMARY KEY CHECK (code <> ''),
  from_year integer NOT NULL CHECK (from_year BETWEEN 1900 AND 2999),
  to_year integer NOT NULL CHECK (to_year BETWEEN from_year AND 2999)
);

CREATE TABLE holidays (
  calendar text COLLATE "C" NOT NULL REFERENCES calendars,
  date date NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  PRIMARY KEY (calendar, date)
);

CREATE TABLE programmes (
  code text COLLATE "C" PRIMARY KEY CHECK (code <> ''),
  title text NOT NULL CHECK (title <> ''),
  created_at timestamptz NOT NULL
);

-- A plan as it was entered. A version never changes: editing makes the next one.
CREATE TABLE plan_versions (
  programme text COLLATE "C" NOT NULL REFERENCES programmes,
  version integer NOT NULL CHECK (version >= 1),
  document jsonb NOT NULL CHECK (jsonb_typeof(document) = 'object'),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (programme, version)
);

-- The second consistency boundary. Account commands lock this row FOR UPDATE, grant commands FOR KEY SHARE.
CREATE TABLE beneficiaries (
  id text COLLATE "C" PRIMARY KEY CHECK (id <> ''),
  name text NOT NULL CHECK (name <> ''),
  kbo text NOT NULL CHECK (kbo ~ '^[01][0-9]{9}$'),
  created_at timestamptz NOT NULL,
  sequence integer NOT NULL DEFAULT 0 CHECK (sequence >= 0),
  last_event_at timestamptz,
  head_hash bytea CHECK (octet_length(head_hash) = 32),
  CONSTRAINT beneficiaries_head CHECK ((sequence = 0) = (head_hash IS NULL) AND (sequence = 0) = (last_event_at IS NULL))
);

CREATE TABLE accounts (
  beneficiary text COLLATE "C" NOT NULL REFERENCES beneficiaries,
  version integer NOT NULL CHECK (version >= 1),
  iban text NOT NULL CHECK (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$'),
  entered_by text NOT NULL,
  entered_at timestamptz NOT NULL,
  verified_by text,
  verified_at timestamptz,
  PRIMARY KEY (beneficiary, version),
  CONSTRAINT accounts_verified CHECK ((verified_by IS NULL) = (verified_at IS NULL)),
  -- Verifying is not entering (domain.md, "Four eyes"). The service enters and verifies what a file declares so.
  CONSTRAINT accounts_four_eyes CHECK (verified_by <> entered_by OR verified_by = 'system')
);

CREATE TABLE people (
  id text COLLATE "C" PRIMARY KEY CHECK (id <> '' AND id <> 'system'),
  name text NOT NULL,
  language text NOT NULL DEFAULT 'nl',
  roles text[] NOT NULL,
  beneficiary text COLLATE "C" REFERENCES beneficiaries,
  since timestamptz NOT NULL,
  ended timestamptz,
  CONSTRAINT people_roles CHECK (
    cardinality(roles) >= 1
    AND roles <@ ARRAY['administrator','evaluator','approver','finance','beneficiary','auditor','operator']
  ),
  CONSTRAINT people_operator CHECK (NOT 'operator' = ANY (roles) OR cardinality(roles) = 1),
  CONSTRAINT people_beneficiary CHECK (
    ('beneficiary' = ANY (roles)) = (beneficiary IS NOT NULL)
    AND (beneficiary IS NULL OR cardinality(roles) = 1)
  )
);
CREATE INDEX people_of_beneficiary ON people (beneficiary) WHERE beneficiary IS NOT NULL;
CREATE INDEX people_administrators ON people (id) WHERE 'administrator' = ANY (roles);

-- Bearer tokens; only their SHA-256 is kept.
CREATE TABLE tokens (
  hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
  person text COLLATE "C" NOT NULL REFERENCES people,
  created timestamptz NOT NULL,
  revoked timestamptz
);
CREATE INDEX tokens_of_person ON tokens (person);
