-- Mails: what is put together of messages to one person, and how far each one got on its way.

-- Times of sending and trying again are the machine's: a demo clock that stands must not stop them. `moment` and
-- `due_at` are the rules' time.
CREATE TABLE mails (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recipient text COLLATE "C" NOT NULL,
  -- What fell due (reminders, escalations), what just happened, or a morning's digest.
  class text COLLATE "C" NOT NULL CHECK (class IN ('due','news','digest')),
  -- Messages of one moment go together: the due moment, the minute of the news, the morning of the digest.
  moment timestamptz NOT NULL,
  -- Since when it ought to be on its way, for its lateness.
  due_at timestamptz NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  state text COLLATE "C" NOT NULL DEFAULT 'open'
    CHECK (state IN ('open','waiting','sending','sent','recorded','failed','parked')),
  -- Fixed together, before the first attempt: from then on its set of messages is what it is, and whatever is tried
  -- again goes under the same Message-ID.
  fixed_at timestamptz,
  part integer CHECK (part >= 1),
  message_id text COLLATE "C" UNIQUE CHECK (message_id ~ '^<[0-9a-f]{32}@[A-Za-z0-9.-]+>$'),
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_attempt_at timestamptz,
  claimed_until timestamptz,
  address text,
  response text,
  last_error text,
  handed_over_at timestamptz,
  -- From due to handed over, in milliseconds of the rules' time.
  late_ms bigint,
  -- The secret in the link by which a digest's reader leaves it.
  opt_out uuid,
  CONSTRAINT mails_fixed CHECK (
    (state = 'open') = (fixed_at IS NULL) AND (fixed_at IS NULL) = (part IS NULL)
    AND (fixed_at IS NULL) = (message_id IS NULL)
  ),
  CONSTRAINT mails_next_attempt CHECK ((state IN ('waiting','sending')) = (next_attempt_at IS NOT NULL)),
  CONSTRAINT mails_claimed CHECK ((state = 'sending') = (claimed_until IS NOT NULL)),
  CONSTRAINT mails_handed_over CHECK (
    (state IN ('sent','recorded')) = (handed_over_at IS NOT NULL) AND (handed_over_at IS NULL) = (late_ms IS NULL)
  ),
  CONSTRAINT mails_error CHECK (state NOT IN ('failed','parked') OR last_error IS NOT NULL)
);
CREATE UNIQUE INDEX mails_opt_out ON mails (opt_out) WHERE opt_out IS NOT NULL;
-- One open mail takes what comes; the key of who joins it.
CREATE UNIQUE INDEX mails_one_open ON mails (recipient, class, moment) WHERE state = 'open';
-- A person gets one digest a morning, whatever crashes.
CREATE UNIQUE INDEX mails_one_digest ON mails (recipient, moment) WHERE class = 'digest';
CREATE INDEX mails_of_moment ON mails (recipient, class, moment);
CREATE INDEX mails_to_send ON mails (next_attempt_at, id) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX mails_handed_over_lately ON mails (handed_over_at) WHERE handed_over_at IS NOT NULL;
-- What ought to be on its way still.
CREATE INDEX mails_under_way ON mails (due_at) WHERE state IN ('open','waiting','sending');
CREATE INDEX mails_in_trouble ON mails (id) WHERE state IN ('failed','parked');

-- What one person is told because of one event, or (without one) in a digest. `facts` holds all that a template
-- needs, as it was when it was recorded.
ALTER TABLE messages DROP CONSTRAINT messages_pkey;
ALTER TABLE messages ALTER COLUMN event_id DROP NOT NULL;
ALTER TABLE messages
  ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ADD COLUMN facts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(facts) = 'object'),
  ADD COLUMN mail bigint REFERENCES mails,
  ADD CONSTRAINT messages_once UNIQUE (event_id, recipient, kind),
  ADD CONSTRAINT messages_digest CHECK ((event_id IS NULL) = (kind = 'digest'));
CREATE INDEX messages_of_mail ON messages (mail) WHERE mail IS NOT NULL;
