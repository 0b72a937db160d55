-- Bank accounts: holder, validity, and what a Verification of Payee answered.
ALTER TABLE accounts
  -- NULL: the beneficiary's own name.
  ADD COLUMN holder text CHECK (length(holder) BETWEEN 1 AND 70),
  ADD COLUMN address jsonb CHECK (jsonb_typeof(address) = 'object' AND address ? 'town' AND address ? 'country'),
  ADD COLUMN valid_from date,
  ADD COLUMN valid_until date,
  ADD COLUMN payee_check text CHECK (payee_check IN ('match', 'close-match', 'no-match', 'not-possible')),
  ADD COLUMN payee_suggested text CHECK (length(payee_suggested) BETWEEN 1 AND 140),
  ADD COLUMN payee_checked_by text,
  ADD COLUMN payee_checked_at timestamptz,
  ADD COLUMN overridden_by text,
  ADD COLUMN overridden_at timestamptz,
  ADD COLUMN override_reason text CHECK (override_reason <> ''),
  ADD CONSTRAINT accounts_validity CHECK (valid_from <= valid_until),
  ADD CONSTRAINT accounts_payee_checked CHECK (
    (payee_check IS NULL) = (payee_checked_by IS NULL) AND (payee_check IS NULL) = (payee_checked_at IS NULL)
    AND (payee_suggested IS NULL OR payee_check IS NOT DISTINCT FROM 'close-match')
  ),
  -- An override is of a check that found no match; the next check ends it.
  ADD CONSTRAINT accounts_overridden CHECK (
    (overridden_by IS NULL) = (overridden_at IS NULL) AND (overridden_by IS NULL) = (override_reason IS NULL)
    AND (overridden_by IS NULL OR payee_check IS NOT DISTINCT FROM 'no-match')
  ),
  ADD CONSTRAINT accounts_override_four_eyes CHECK (overridden_by <> entered_by OR overridden_by = 'system');
