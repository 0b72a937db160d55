-- The deadline as it was last set: how long an extension may be counts from there. From its events where it is older
-- than this column.
ALTER TABLE reports
  ADD COLUMN set_due_on date,
  -- Requests for more time that were granted since.
  ADD COLUMN granted integer NOT NULL DEFAULT 0 CHECK (granted >= 0),
  -- The bulk move that moved it last: {move, before, actedBy}.
  ADD COLUMN moved jsonb CHECK (jsonb_typeof(moved) = 'object' AND moved ?& ARRAY['move', 'before', 'actedBy']);
UPDATE reports r SET set_due_on = coalesce((
  SELECT (e.data ->> 'dueOn')::date FROM events e
   WHERE e.stream = 'grant:' || r.grant_code AND e.type = 'deadline.set' AND e.data ->> 'report' = r.code
   ORDER BY e.sequence DESC LIMIT 1
), r.due_on);
ALTER TABLE reports ALTER COLUMN set_due_on SET NOT NULL;
-- A request was open where the last word on it, before the extension, was that it was asked.
UPDATE reports r SET granted = (
  SELECT count(*) FROM events e
   WHERE e.stream = 'grant:' || r.grant_code AND e.type = 'deadline.extended' AND e.data ->> 'report' = r.code
     AND e.sequence > coalesce((
       SELECT max(s.sequence) FROM events s
        WHERE s.stream = e.stream AND s.type = 'deadline.set' AND s.data ->> 'report' = r.code), 0)
     AND 'extension.asked' = (
       SELECT b.type FROM events b
        WHERE b.stream = e.stream AND b.sequence < e.sequence AND b.data ->> 'report' = r.code
          AND b.type IN ('deadline.set', 'deadline.extended', 'extension.asked', 'extension.refused',
                         'report.submitted', 'report.waived')
        ORDER BY b.sequence DESC LIMIT 1)
);

-- The window of one grant's evaluation where it is not its plan's.
ALTER TABLE evaluations
  ADD COLUMN window_from date,
  ADD COLUMN window_to date,
  ADD COLUMN window_move integer,
  ADD CONSTRAINT evaluations_window CHECK (
    (window_from IS NULL) = (window_to IS NULL) AND window_from <= window_to
    AND (window_from IS NOT NULL OR window_move IS NULL)
  );
