-- Where a person's mail goes. `parseMail` of the domain is stricter; this keeps out what would be more than one
-- address or another header, whatever wrote it.
ALTER TABLE people
  ADD COLUMN mail text CHECK (length(mail) <= 254 AND mail ~ '^[!-~]+@[A-Za-z0-9.-]+$' AND mail !~ '[@,;:<>()\[\]"\\].*@'),
  -- Set while the address is known to take no mail; another address sets it free.
  ADD COLUMN mail_bounced_at timestamptz,
  ADD COLUMN mail_bounce text,
  -- Whether they want the digest of each working morning.
  ADD COLUMN digest boolean NOT NULL DEFAULT true,
  -- A stream of their own, `person:<id>`: what became of their address.
  ADD COLUMN sequence integer NOT NULL DEFAULT 0 CHECK (sequence >= 0),
  ADD COLUMN last_event_at timestamptz,
  ADD COLUMN head_hash bytea CHECK (octet_length(head_hash) = 32),
  ADD CONSTRAINT people_bounced CHECK (
    (mail_bounced_at IS NULL) = (mail_bounce IS NULL) AND (mail_bounced_at IS NULL OR mail IS NOT NULL)
  ),
  ADD CONSTRAINT people_head CHECK ((sequence = 0) = (head_hash IS NULL) AND (sequence = 0) = (last_event_at IS NULL));

ALTER TABLE events DROP CONSTRAINT events_stream_check;
ALTER TABLE events ADD CONSTRAINT events_stream_check
  CHECK (stream ~ '^(grant|beneficiary|batch|bank-file|deadline-move|person):.');
