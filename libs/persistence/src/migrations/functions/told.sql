-- What messages say of grants, beneficiaries and people, in one round trip for any number: for each table its columns, as
-- `grant_files` gives them, in the order that told-about.ts names. A process of an older version reads them by their place,
-- so columns are only ever added at the end. Amounts are those of `amountText`. Generic plans and no sequential scans, as in
-- load.sql: a thousand grants make a new connection's plans read whole tables.
CREATE OR REPLACE FUNCTION told_about(
  p_grants text[],
  p_beneficiaries text[], -- of whose own events something is told: of those of grants the name comes with the grant
  p_people text[],        -- whoever is told, or did it
  p_persons text[],       -- those of whose own events something is told
  p_deadlines boolean     -- whether deadlines are told that are not in the event itself
) RETURNS json LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
BEGIN
  RETURN json_build_object(
    'grants', (
      SELECT json_build_array(
        json_agg(g.code), json_agg(g.beneficiary), json_agg(b.name), json_agg(g.programme), json_agg(g.plan_version),
        json_agg(p.title), json_agg((g.amount_cents * 0.01)::text), json_agg(g.starts_on), json_agg(g.ends_on),
        json_agg(h.name), json_agg(h.mail)
      ) FROM grants g
      JOIN beneficiaries b ON b.id = g.beneficiary
      JOIN programmes p ON p.code = g.programme
      LEFT JOIN people h ON h.id = g.handler
      WHERE g.code = ANY (p_grants)
    ),
    'tranches', (
      SELECT json_build_array(
        json_agg(grant_code), json_agg(no), json_agg((amount_cents * 0.01)::text), json_agg(status)
      ) FROM (SELECT * FROM tranches WHERE grant_code = ANY (p_grants) ORDER BY grant_code, no) r
    ),
    'reports', CASE WHEN p_deadlines THEN (
      SELECT json_build_array(json_agg(grant_code), json_agg(code), json_agg(due_on))
      FROM (SELECT * FROM reports WHERE grant_code = ANY (p_grants) ORDER BY grant_code, due_on, code) r
    ) END,
    'beneficiaries', CASE WHEN cardinality(p_beneficiaries) > 0 THEN (
      SELECT json_build_array(json_agg(id), json_agg(name)) FROM beneficiaries WHERE id = ANY (p_beneficiaries)
    ) END,
    'accounts', CASE WHEN cardinality(p_beneficiaries) > 0 THEN (
      SELECT json_build_array(json_agg(beneficiary), json_agg(version), json_agg(iban), json_agg(holder))
      FROM accounts WHERE beneficiary = ANY (p_beneficiaries)
    ) END,
    'people', (
      SELECT json_build_array(json_agg(id), json_agg(name), json_agg(beneficiary))
      FROM people WHERE id = ANY (p_people)
    ),
    'persons', CASE WHEN cardinality(p_persons) > 0 THEN (
      SELECT json_build_array(json_agg(p.id), json_agg(p.name), json_agg(b.name))
      FROM people p LEFT JOIN beneficiaries b ON b.id = p.beneficiary WHERE p.id = ANY (p_persons)
    ) END
  );
END $$;
