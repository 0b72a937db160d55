-- The log (audit trail), what is still to be dispatched from it, and what was asked of the service.

CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream text COLLATE "C" NOT NULL CHECK (stream ~ '^(grant|beneficiary):.'),
  sequence integer NOT NULL CHECK (sequence >= 1),
  type text NOT NULL,
  version integer NOT NULL CHECK (version >= 1),
  data jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
  actor text NOT NULL,
  reason text,
  command_id text NOT NULL,
  occurred_at timestamptz NOT NULL,
  -- SHA-256 of the event before it in its stream; see event-log.ts.
  previous_hash bytea CHECK (octet_length(previous_hash) = 32),
  CONSTRAINT events_one_per_sequence UNIQUE (stream, sequence),
  CONSTRAINT events_chain CHECK ((sequence = 1) = (previous_hash IS NULL))
);

-- Rows wait here until the relay has written their effects. No foreign key to events: both are written by one
-- statement, an event never goes, and a check per row would be paid by every decision.
CREATE TABLE outbox (
  event_id bigint PRIMARY KEY,
  type text NOT NULL
);

CREATE FUNCTION outbox_filled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('sluis_outbox', '');
  RETURN NULL;
END $$;
CREATE TRIGGER outbox_filled AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_filled();

-- What an event leads to, each once. These times are the machine's, not the rules': a demo clock that stands
-- must not stop retries.
CREATE TABLE effects (
  event_id bigint NOT NULL,
  reaction text NOT NULL,
  target text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  rung_at timestamptz,
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  last_error text,
  done_at timestamptz,
  PRIMARY KEY (event_id, reaction, target)
);
CREATE INDEX effects_undone ON effects (event_id) WHERE done_at IS NULL;

-- Every command id with the hash of what it asked, and what it came to.
CREATE TABLE commands (
  id text COLLATE "C" PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 200),
  input_hash bytea NOT NULL CHECK (octet_length(input_hash) = 32),
  name text NOT NULL,
  stream text,
  actor text NOT NULL,
  at timestamptz NOT NULL,
  refused boolean NOT NULL,
  -- Where its events lie in the stream: from after first_sequence to last_sequence.
  first_sequence integer,
  last_sequence integer,
  -- What a register command answered; grant commands answer with their events.
  result jsonb,
  CONSTRAINT commands_sequences CHECK (
    (first_sequence IS NULL) = (last_sequence IS NULL) AND first_sequence <= last_sequence
    AND NOT (refused AND first_sequence IS NOT NULL)
  )
);

CREATE TABLE refusals (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  command_id text COLLATE "C" NOT NULL,
  input_hash bytea NOT NULL CHECK (octet_length(input_hash) = 32),
  command text NOT NULL,
  stream text COLLATE "C",
  actor text NOT NULL,
  code text NOT NULL CHECK (code IN (
    'command-reused','invalid','not-found','not-allowed','wrong-state','already-ordered','grant-suspended',
    'gate-closed','four-eyes','account-not-verified','amount-exceeds-award','reason-required','conflict')),
  facts jsonb NOT NULL,
  input jsonb NOT NULL,
  at timestamptz NOT NULL,
  -- The same id with other content is refused as command-reused, in a row of its own.
  CONSTRAINT refusals_once UNIQUE (command_id, input_hash)
);
CREATE INDEX refusals_of_stream ON refusals (stream, id);

-- Notifications as they were decided to be sent; one event tells one person one thing once.
CREATE TABLE messages (
  event_id bigint NOT NULL,
  recipient text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  subject text,
  at timestamptz NOT NULL DEFAULT sluis_now(),
  PRIMARY KEY (event_id, recipient, kind)
);

-- Grants whose due moments could not be decided: kept and shown until the sweep succeeds with them.
CREATE TABLE due_failures (
  grant_code text COLLATE "C" PRIMARY KEY REFERENCES grants,
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 1 CHECK (attempts >= 1),
  last_error text NOT NULL
);

-- A job through the queue and back: a worker answers each canary with a row, and removes old ones.
CREATE TABLE canaries (
  id text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 200),
  answered_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- I7. ENABLE ALWAYS: also while a session plays replica. Only whoever alters the table gets past it, and then
-- the hash chain tells.
CREATE FUNCTION never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: its rows never change and never go', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER events_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events
  FOR EACH STATEMENT EXECUTE FUNCTION never_changes();
ALTER TABLE events ENABLE ALWAYS TRIGGER events_never_change;
CREATE TRIGGER plan_versions_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON plan_versions
  FOR EACH STATEMENT EXECUTE FUNCTION never_changes();
ALTER TABLE plan_versions ENABLE ALWAYS TRIGGER plan_versions_never_change;
