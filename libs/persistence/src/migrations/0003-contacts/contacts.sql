-- Which persons of a beneficiary are told of what, about all of its grants or about one; none in force: every
-- person of it. A day is a civil day of the programme, both ends included. Rows stay: they say who was told when.
CREATE TABLE contacts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  beneficiary text COLLATE "C" NOT NULL REFERENCES beneficiaries,
  grant_code text COLLATE "C" REFERENCES grants,
  person text COLLATE "C" NOT NULL REFERENCES people,
  told_of text NOT NULL CHECK (told_of IN ('reports', 'payments')),
  valid_from date NOT NULL,
  valid_until date,
  named_by text NOT NULL,
  named_at timestamptz NOT NULL
);
CREATE INDEX contacts_of_beneficiary ON contacts (beneficiary) WHERE grant_code IS NULL;
CREATE INDEX contacts_of_grant ON contacts (grant_code) WHERE grant_code IS NOT NULL;

-- Who is told in a person's stead. One at a time: who enters one locks the person's row.
CREATE TABLE deputies (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person text COLLATE "C" NOT NULL REFERENCES people,
  deputy text COLLATE "C" NOT NULL REFERENCES people,
  valid_from date NOT NULL,
  valid_until date,
  named_by text NOT NULL,
  named_at timestamptz NOT NULL,
  CONSTRAINT deputies_another CHECK (deputy <> person)
);
CREATE INDEX deputies_of_person ON deputies (person);
-- A decision asks for all that are in force: few, however many there ever were.
CREATE INDEX deputies_until ON deputies (coalesce(valid_until, 'infinity'));
