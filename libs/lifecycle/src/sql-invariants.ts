/** An invariant as a query: every row it answers is a violation. */
export interface SqlInvariant {
  readonly invariant: string;
  /** Selects `stream` and `message`. */
  readonly text: string;
}

/**
 * The numbered invariants of domain.md as far as SQL can state them over the rows, apart from the checks
 * that fold events. Many are CHECKs and unique indexes as well: a restored or hand-mended database may have
 * lost those.
 */
export const sqlInvariants: readonly SqlInvariant[] = [
  {
    invariant: 'I6',
    text: `SELECT 'person:' || p.id AS stream, 'whether its address bounced is not what its events say' AS message
      FROM people p LEFT JOIN events e ON e.stream = 'person:' || p.id AND e.sequence = p.sequence
     WHERE (p.mail_bounced_at IS NOT NULL) <> coalesce(e.type = 'contact.bounced', false)`,
  },
  {
    invariant: 'I1',
    text: `SELECT 'grant:' || g.code AS stream,
        'its tranches and what was released make ' || sum(CASE t.status WHEN 'cancelled' THEN 0 ELSE t.amount_cents END + t.released_cents)
          || ' cents, the award is ' || g.amount_cents AS message
      FROM grants g JOIN tranches t ON t.grant_code = g.code
     GROUP BY g.code
    HAVING sum(CASE t.status WHEN 'cancelled' THEN 0 ELSE t.amount_cents END + t.released_cents) <> g.amount_cents`,
  },
  {
    invariant: 'I3',
    text: `SELECT 'grant:' || grant_code AS stream,
        'tranche ' || tranche || ' has ' || count(*) || ' live payouts' AS message
      FROM payouts WHERE status IN ('ordered','handed-over','unknown','settled')
     GROUP BY grant_code, tranche HAVING count(*) > 1`,
  },
  {
    invariant: 'I3',
    text: `SELECT 'grant:' || g.code AS stream,
        'paid ' || s.paid || ', approved ' || s.approved || ', awarded ' || g.amount_cents || ' cents are not in order' AS message
      FROM grants g, LATERAL (
        SELECT coalesce(sum(p.amount_cents) FILTER (WHERE p.status = 'settled'), 0)
                 - (SELECT coalesce(sum(r.settled_cents), 0) FROM recoveries r WHERE r.grant_code = g.code) AS paid,
               (SELECT coalesce(sum(t.amount_cents), 0) FROM tranches t
                 WHERE t.grant_code = g.code AND t.status IN ('approved','ordered','paid')) AS approved
          FROM payouts p WHERE p.grant_code = g.code) s
     WHERE s.paid > s.approved OR s.approved > g.amount_cents`,
  },
  {
    invariant: 'I4',
    text: `SELECT coalesce(c.stream, '-') AS stream,
        'command ' || c.id || ' claims events that are not its own' AS message
      FROM commands c JOIN events e ON e.stream = c.stream
       AND e.sequence > c.first_sequence AND e.sequence <= c.last_sequence
     WHERE e.command_id <> c.id`,
  },
  {
    invariant: 'I4',
    text: `SELECT coalesce(c.stream, '-') AS stream,
        'command ' || c.id || ' is recorded as refused, and took effect' AS message
      FROM commands c WHERE c.refused AND EXISTS (SELECT FROM events e WHERE e.command_id = c.id)`,
  },
  {
    invariant: 'I10',
    text: `SELECT e.stream, 'event ' || e.sequence || ' was caused by ' || e.actor || ' of another beneficiary' AS message
      FROM events e
      JOIN people p ON p.id = e.actor AND p.beneficiary IS NOT NULL
      LEFT JOIN grants g ON e.stream = 'grant:' || g.code
     WHERE p.beneficiary <> coalesce(g.beneficiary, substr(e.stream, length('beneficiary:') + 1))`,
  },
  {
    invariant: 'I16',
    text: `SELECT 'grant:' || g.code AS stream,
        'it commits envelope ' || coalesce(g.envelope_year || ' ' || g.envelope_article, 'none')
          || ', its award ' || coalesce(w.year || ' ' || w.article, 'none') AS message
      FROM grants g LEFT JOIN LATERAL (
        SELECT (e.data #>> '{envelope,year}')::int AS year, e.data #>> '{envelope,article}' AS article
          FROM events e WHERE e.stream = 'grant:' || g.code AND e.type = 'grant.awarded') w ON true
     WHERE (g.envelope_year, g.envelope_article) IS DISTINCT FROM (w.year, w.article)`,
  },
  {
    invariant: 'I16',
    text: `SELECT '-' AS stream, 'envelope ' || e.programme || ' ' || e.year || ' ' || e.article
        || CASE WHEN s.versions = 0 THEN ' never had an amount'
             WHEN s.versions <> s.latest THEN ' has ' || s.versions || ' amounts, the last one numbered ' || s.latest
             WHEN s.awarded - s.released <> s.scheduled THEN ': ' || s.awarded || ' cents awarded less ' || s.released
               || ' released make no ' || s.scheduled
             ELSE ': ' || s.approved || ' cents are approved, ' || s.scheduled || ' committed' END AS message
      FROM envelopes e, LATERAL (
        SELECT (SELECT count(*) FROM envelope_versions v WHERE (v.programme, v.year, v.article) = (e.programme, e.year, e.article)) AS versions,
          (SELECT max(v.version) FROM envelope_versions v WHERE (v.programme, v.year, v.article) = (e.programme, e.year, e.article)) AS latest,
          coalesce(sum(g.amount_cents), 0) AS awarded, coalesce(sum(t.released), 0) AS released,
          coalesce(sum(t.scheduled), 0) AS scheduled, coalesce(sum(t.approved), 0) AS approved
        FROM grants g CROSS JOIN LATERAL (
          SELECT sum(released_cents) AS released, sum(amount_cents) FILTER (WHERE status <> 'cancelled') AS scheduled,
            sum(amount_cents) FILTER (WHERE status IN ('approved','ordered','paid')) AS approved
          FROM tranches WHERE grant_code = g.code) t
        WHERE (g.programme, g.envelope_year, g.envelope_article) = (e.programme, e.year, e.article)) s
     WHERE s.versions = 0 OR s.versions <> s.latest OR s.awarded - s.released <> s.scheduled OR s.approved > s.scheduled`,
  },
  {
    invariant: 'I11',
    text: `SELECT '-' AS stream, 'an effect of event ' || f.event_id || ' hangs on no event' AS message
      FROM effects f LEFT JOIN events e ON e.id = f.event_id WHERE e.id IS NULL
      UNION ALL
      SELECT '-', 'event ' || o.event_id || ' waits in the outbox and does not exist'
      FROM outbox o LEFT JOIN events e ON e.id = o.event_id WHERE e.id IS NULL`,
  },
  {
    // Live: a batch that is open, or one that was handed over with a payout that may still arrive or has.
    invariant: 'I13',
    text: `SELECT 'grant:' || l.grant_code AS stream,
        'tranche ' || l.tranche || ' is in the batches ' || string_agg(l.batch::text, ' and ' ORDER BY l.batch) AS message
      FROM batch_lines l JOIN batches b ON b.no = l.batch
      JOIN payouts p ON (p.grant_code, p.tranche, p.attempt) = (l.grant_code, l.tranche, l.attempt)
     WHERE b.status IN ('built','released','exported')
        OR b.status = 'handed-over' AND p.status IN ('ordered','handed-over','unknown','settled')
     GROUP BY l.grant_code, l.tranche HAVING count(*) > 1`,
  },
  {
    invariant: 'I13',
    text: `SELECT 'grant:' || min(l.grant_code) AS stream,
        'payout ' || l.end_to_end_id || ' was handed over with the batches ' || string_agg(l.batch::text, ' and ' ORDER BY l.batch) AS message
      FROM batch_lines l JOIN batches b ON b.no = l.batch WHERE b.status = 'handed-over'
     GROUP BY l.end_to_end_id HAVING count(*) > 1`,
  },
  {
    // An open batch binds each of its payouts; one handed over, those whose grants do not say so yet.
    invariant: 'I13',
    text: `SELECT 'batch:' || l.batch AS stream, 'does not bind its payout ' || l.end_to_end_id AS message
      FROM batch_lines l JOIN batches b ON b.no = l.batch
      JOIN payouts p ON (p.grant_code, p.tranche, p.attempt) = (l.grant_code, l.tranche, l.attempt)
      LEFT JOIN batched_payouts h ON h.end_to_end_id = l.end_to_end_id
     WHERE h.batch IS DISTINCT FROM l.batch
       AND (b.status IN ('built','released','exported') OR b.status = 'handed-over' AND p.status = 'ordered')
      UNION ALL
      SELECT 'batch:' || h.batch, 'binds payout ' || h.end_to_end_id || ', which is not one of its own to bind'
      FROM batched_payouts h JOIN batches b ON b.no = h.batch
      LEFT JOIN batch_lines l ON l.batch = h.batch AND l.end_to_end_id = h.end_to_end_id
     WHERE l.batch IS NULL OR b.status = 'discarded'`,
  },
];
