-- The digest of a person on a working day: decided once, whatever crashes. `facts` is what waited then; null where
-- nothing did.
CREATE TABLE digests (
  person text COLLATE "C" NOT NULL REFERENCES people,
  day date NOT NULL,
  decided_at timestamptz NOT NULL,
  facts jsonb,
  PRIMARY KEY (person, day)
);
