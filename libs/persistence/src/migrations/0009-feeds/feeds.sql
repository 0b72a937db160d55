-- Addresses of calendar feeds. Whoever has one reads the feed, so only the SHA-256 of its secret is kept, as of tokens.
CREATE TABLE calendar_feeds (
  hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
  person text COLLATE "C" NOT NULL REFERENCES people,
  -- What its owner calls it, to know which one to revoke.
  name text CHECK (length(name) BETWEEN 1 AND 200),
  created timestamptz NOT NULL,
  revoked timestamptz,
  -- The machine's clock, and at most once an hour: it tells a used address from a forgotten one.
  last_used_at timestamptz
);
CREATE INDEX calendar_feeds_of_person ON calendar_feeds (person);
