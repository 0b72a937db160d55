-- When a tranche last became payable: its latest payment date counts from there. From its events where it is older
-- than this column.
ALTER TABLE tranches ADD COLUMN payable_since timestamptz;
UPDATE tranches t SET payable_since = (
  SELECT max(e.occurred_at) FROM events e
  WHERE e.stream = 'grant:' || t.grant_code AND e.type = 'tranche.payable' AND (e.data ->> 'tranche')::int = t.no
) WHERE status IN ('payable', 'approved', 'ordered', 'paid');
ALTER TABLE tranches ADD CONSTRAINT tranches_payable_since CHECK (
  (payable_since IS NOT NULL) = (status IN ('payable', 'approved', 'ordered', 'paid'))
);

-- Its arguments grew; the functions are laid again after the migrations.
DROP FUNCTION IF EXISTS save_grant_files(
  json, json, json, json, json, json, json, json, json, json, json, json, json, json, json
);

-- A payout that goes without a bank file: who marked it as executed, when, and by what evidence.
ALTER TABLE payouts
  ADD COLUMN executed_by text,
  ADD COLUMN executed_at timestamptz,
  ADD COLUMN executed_evidence text CHECK (length(executed_evidence) BETWEEN 1 AND 200),
  ADD CONSTRAINT payouts_executed CHECK (
    (executed_by IS NULL) = (executed_at IS NULL) AND (executed_by IS NULL) = (executed_evidence IS NULL)
  ),
  ADD CONSTRAINT payouts_executed_status CHECK (
    executed_by IS NULL OR status IN ('ordered','settled','returned')
  );

-- Recoveries: their legal ground, and offsets between two grants, which count as recovered on the one and as paid
-- on the other.
ALTER TABLE recoveries
  ADD COLUMN ground text CHECK (length(ground) BETWEEN 1 AND 200),
  ADD COLUMN compensated_cents cents NOT NULL DEFAULT 0,
  ADD CONSTRAINT recoveries_compensated CHECK (open_cents + settled_cents + compensated_cents <= amount_cents);
ALTER TABLE tranches
  ADD COLUMN compensated_cents cents NOT NULL DEFAULT 0,
  ADD CONSTRAINT tranches_compensated CHECK (compensated_cents <= offset_cents);
