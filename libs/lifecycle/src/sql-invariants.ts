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
    invariant: 'I11',
    text: `SELECT '-' AS stream, 'an effect of event ' || f.event_id || ' hangs on no event' AS message
      FROM effects f LEFT JOIN events e ON e.id = f.event_id WHERE e.id IS NULL
      UNION ALL
      SELECT '-', 'event ' || o.event_id || ' waits in the outbox and does not exist'
      FROM outbox o LEFT JOIN events e ON e.id = o.event_id WHERE e.id IS NULL`,
  },
];
