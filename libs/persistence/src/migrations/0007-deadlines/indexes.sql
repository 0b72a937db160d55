-- Deadlines of one state, in the order of their list (deadline.view.ts); what is owed is the smaller part of them in
-- a record of some years. What test/bench/deadlines.bench.ts did not find faster has no index.
CREATE INDEX reports_owed ON reports (due_on, grant_code, code) WHERE status IN ('expected', 'returned');
CREATE INDEX reports_met_late ON reports (due_on, grant_code, code)
  WHERE late AND status IN ('submitted', 'accepted', 'waived');
CREATE INDEX reports_asked ON reports (due_on, grant_code, code) WHERE request_until IS NOT NULL;
CREATE INDEX grants_of_handler ON grants (handler, code) WHERE handler IS NOT NULL;
