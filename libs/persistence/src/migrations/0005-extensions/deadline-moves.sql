-- Bulk moves of deadlines: one decision over many grants. A move has a stream of its own; its row is the fold of that
-- stream, its lines are written once, with the decision.

ALTER TABLE events DROP CONSTRAINT events_stream_check;
ALTER TABLE events ADD CONSTRAINT events_stream_check
  CHECK (stream ~ '^(grant|beneficiary|batch|bank-file|deadline-move|person):.');

CREATE TABLE deadline_moves (
  no integer PRIMARY KEY CHECK (no >= 1),
  status text NOT NULL CHECK (status IN ('applied','undone')),
  programme text COLLATE "C" NOT NULL REFERENCES programmes,
  report text COLLATE "C" NOT NULL,
  until date NOT NULL,
  deadlines integer NOT NULL CHECK (deadlines >= 1),
  windows integer NOT NULL CHECK (windows >= 0),
  lines_hash bytea NOT NULL CHECK (octet_length(lines_hash) = 32),
  due_on date,
  beneficiary text,
  grants text[],
  decision_reference text,
  decision_date date,
  reason text NOT NULL CHECK (reason <> ''),
  moved_by text NOT NULL,
  moved_at timestamptz NOT NULL,
  undone_by text,
  undone_at timestamptz,
  undone_reason text,
  sequence integer NOT NULL CHECK (sequence >= 1),
  last_event_at timestamptz NOT NULL,
  head_hash bytea NOT NULL CHECK (octet_length(head_hash) = 32),
  CONSTRAINT deadline_moves_decision CHECK ((decision_reference IS NULL) = (decision_date IS NULL)),
  CONSTRAINT deadline_moves_undone CHECK (
    (status = 'undone') = (undone_by IS NOT NULL) AND (undone_by IS NULL) = (undone_at IS NULL)
    AND (undone_by IS NULL) = (undone_reason IS NULL)
  )
);

-- Which deadline moved from when to when, and the windows that went along:
-- [{evaluation, before: {from, to}, after: {from, to}}].
CREATE TABLE deadline_move_lines (
  move integer NOT NULL REFERENCES deadline_moves DEFERRABLE INITIALLY DEFERRED,
  grant_code text COLLATE "C" NOT NULL,
  report text COLLATE "C" NOT NULL,
  previous_due_on date NOT NULL,
  due_on date NOT NULL,
  windows jsonb NOT NULL CHECK (jsonb_typeof(windows) = 'array'),
  PRIMARY KEY (move, grant_code),
  FOREIGN KEY (grant_code, report) REFERENCES reports (grant_code, code)
);
CREATE INDEX deadline_move_lines_of_grant ON deadline_move_lines (grant_code, report);
CREATE TRIGGER deadline_move_lines_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON deadline_move_lines
  FOR EACH STATEMENT EXECUTE FUNCTION never_changes();
ALTER TABLE deadline_move_lines ENABLE ALWAYS TRIGGER deadline_move_lines_never_change;
