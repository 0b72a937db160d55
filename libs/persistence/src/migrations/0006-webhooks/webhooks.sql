-- Webhooks: subscriptions, their secrets, and what is delivered to them. Moments of delivery are the machine's, not
-- the rules': a demo clock that stands must not stop retries.

CREATE TABLE webhooks (
  no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  url text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
  -- Types of events; empty: every type.
  types text[] NOT NULL DEFAULT '{}',
  -- Null: every programme, and what belongs to none of them (accounts, batches, bank files).
  programme text COLLATE "C" REFERENCES programmes,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active','paused','ended')),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL
);

-- Kept so that they can sign: whoever reads this table can sign as Sluis.
CREATE TABLE webhook_secrets (
  webhook integer NOT NULL REFERENCES webhooks,
  no integer NOT NULL CHECK (no >= 1),
  key bytea NOT NULL CHECK (octet_length(key) BETWEEN 24 AND 64),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Signs until then, beside the newer one; null: the one in force.
  expires_at timestamptz,
  PRIMARY KEY (webhook, no)
);
CREATE UNIQUE INDEX webhook_secrets_one_in_force ON webhook_secrets (webhook) WHERE expires_at IS NULL;

-- An event for a subscription, once; a test has no event.
CREATE TABLE webhook_deliveries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  webhook integer NOT NULL REFERENCES webhooks,
  event_id bigint,
  -- Of the event: its deliveries go out in order. A test has one to itself.
  stream text COLLATE "C" NOT NULL,
  state text NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting','delivered','parked','skipped','failed','cancelled')),
  -- Counts up when a person asks for it again: an answer to an earlier round settles nothing.
  round integer NOT NULL DEFAULT 1 CHECK (round >= 1),
  -- Within the round.
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  last_error text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  settled_at timestamptz,
  -- Who skipped it, and why.
  skipped_by text,
  reason text,
  CONSTRAINT webhook_deliveries_once UNIQUE (webhook, event_id),
  CONSTRAINT webhook_deliveries_test CHECK ((event_id IS NULL) = (stream LIKE 'test:%')),
  CONSTRAINT webhook_deliveries_settled CHECK ((state IN ('waiting','parked')) = (settled_at IS NULL)),
  CONSTRAINT webhook_deliveries_skipped CHECK ((state = 'skipped') = (skipped_by IS NOT NULL AND reason IS NOT NULL))
);
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (webhook, stream, event_id)
  WHERE state IN ('waiting','parked');
CREATE INDEX webhook_deliveries_troubled ON webhook_deliveries (event_id)
  WHERE state = 'parked' OR state = 'waiting' AND attempts > 0;
CREATE INDEX webhook_deliveries_settled_at ON webhook_deliveries (webhook, settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (webhook, id);

CREATE TABLE webhook_attempts (
  delivery bigint NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
  no integer NOT NULL CHECK (no >= 1),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  took_ms integer NOT NULL CHECK (took_ms >= 0),
  -- The address it was sent to, the status that came back, and what was wrong; null where there was none.
  address text,
  status integer,
  error text,
  PRIMARY KEY (delivery, no)
);

-- A subscription and a stream: at most one delivery of it is under way, by whoever holds the claim.
CREATE TABLE webhook_lanes (
  webhook integer NOT NULL REFERENCES webhooks,
  stream text COLLATE "C" NOT NULL,
  -- Null: nothing waits, or what is next is parked.
  next_attempt_at timestamptz,
  parked boolean NOT NULL DEFAULT false,
  claim uuid,
  claimed_until timestamptz,
  PRIMARY KEY (webhook, stream),
  CONSTRAINT webhook_lanes_parked CHECK (NOT (parked AND next_attempt_at IS NOT NULL)),
  CONSTRAINT webhook_lanes_claimed CHECK ((claim IS NULL) = (claimed_until IS NULL))
);
CREATE INDEX webhook_lanes_due ON webhook_lanes (webhook, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
