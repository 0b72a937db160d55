-- What banks answered: files as they were imported, and each of their entries with what became of it.
CREATE TABLE bank_files (
  no integer PRIMARY KEY CHECK (no >= 1),
  sha256 bytea NOT NULL CONSTRAINT bank_files_once UNIQUE CHECK (octet_length(sha256) = 32),
  name text CHECK (length(name) BETWEEN 1 AND 500),
  bytes bigint NOT NULL CHECK (bytes > 0),
  kind text NOT NULL CHECK (kind IN ('pain.002.001.10','camt.053.001.08','camt.054.001.08')),
  message_id text NOT NULL,
  created_at timestamptz,
  entries integer NOT NULL CHECK (entries >= 0),
  imported_by text NOT NULL,
  imported_at timestamptz NOT NULL,
  sequence integer NOT NULL CHECK (sequence >= 1),
  last_event_at timestamptz NOT NULL,
  head_hash bytea NOT NULL CHECK (octet_length(head_hash) = 32)
);

CREATE TABLE bank_entries (
  bank_file integer NOT NULL REFERENCES bank_files DEFERRABLE INITIALLY DEFERRED,
  no integer NOT NULL CHECK (no >= 1),
  place text NOT NULL,
  answer text NOT NULL CHECK (answer IN ('settled','rejected','returned','acknowledged','credit')),
  end_to_end_id text COLLATE "C",
  message_id text,
  whole_file boolean NOT NULL,
  payments bigint CHECK (payments >= 0),
  amount_cents cents,
  currency text CHECK (currency ~ '^[A-Z]{3}$'),
  bank_reference text,
  booked_on date,
  account text,
  counterparty_iban text,
  counterparty_name text,
  reason_code text,
  reason text,
  text text,
  -- Tells the same entry again (in the next statement, or in a notification) from a new one; null where the bank
  -- gave nothing to tell it by.
  entry_key text COLLATE "C",
  -- matched: its payment is known, its grant does not say so yet. applied: it does. known: it told nothing new.
  -- noted: it promises nothing (an acknowledgement). waiting: for a person. assigned and dismissed: by a person.
  status text NOT NULL CHECK (status IN ('matched','applied','known','noted','waiting','assigned','dismissed')),
  -- Why a person must look at it.
  because text,
  grant_code text COLLATE "C",
  tranche integer,
  payout text COLLATE "C",
  recovery integer,
  -- The batch whose file it answers as a whole.
  batch integer REFERENCES batches,
  -- The batch that was not handed over yet and binds what it names: after the hand-over it is judged again. No
  -- foreign key: an import would hold the batch's row, and with it the hand-over, until it ends.
  awaits_batch integer,
  -- The event of the file's stream that gave it its meaning: what it then does to a grant goes under that name.
  decided_sequence integer NOT NULL CHECK (decided_sequence >= 1),
  decided_by text,
  decided_at timestamptz,
  PRIMARY KEY (bank_file, no),
  CONSTRAINT bank_entries_because CHECK (status <> 'waiting' OR because IS NOT NULL),
  CONSTRAINT bank_entries_matched CHECK (
    status NOT IN ('matched','applied','assigned') OR num_nonnulls(payout, recovery, batch) = 1
  ),
  CONSTRAINT bank_entries_of_grant CHECK ((payout IS NULL) = (tranche IS NULL)
    AND (payout IS NULL AND recovery IS NULL) = (grant_code IS NULL)),
  CONSTRAINT bank_entries_decided CHECK (
    (decided_by IS NULL) = (decided_at IS NULL) AND (status NOT IN ('assigned','dismissed') OR decided_by IS NOT NULL)
  )
);
CREATE INDEX bank_entries_to_apply ON bank_entries (bank_file, no) WHERE status IN ('matched','assigned');
CREATE INDEX bank_entries_waiting ON bank_entries (bank_file, no) WHERE status = 'waiting';
CREATE INDEX bank_entries_of_hand_over ON bank_entries (awaits_batch, bank_file, no)
  WHERE awaits_batch IS NOT NULL AND status IN ('waiting','matched');
CREATE INDEX bank_entries_by_key ON bank_entries (entry_key) WHERE entry_key IS NOT NULL;
CREATE INDEX bank_entries_of_payout ON bank_entries (payout) WHERE payout IS NOT NULL;
CREATE INDEX bank_entries_of_batch ON bank_entries (batch) WHERE batch IS NOT NULL;
CREATE INDEX bank_entries_pending_wholes ON bank_entries (bank_file, no) WHERE batch IS NOT NULL AND status = 'matched';

-- What a waiting entry may be is found by its amount and by the account of the other side.
CREATE INDEX payouts_answerable ON payouts (amount_cents)
  WHERE status IN ('ordered','handed-over','unknown','settled');
CREATE INDEX accounts_by_iban ON accounts (iban);
