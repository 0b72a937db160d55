import type { SqlInvariant } from './sql-invariants.js';

/** The step of an entry that names the command behind it, as `BankFileApply` names it, and the event it leaves. */
const lastStep = `CASE WHEN e.recovery IS NOT NULL THEN 'recover'
  ELSE CASE e.answer WHEN 'settled' THEN 'settle' WHEN 'rejected' THEN 'reject' ELSE 'return' END END`;
const lastEvent = `CASE WHEN e.recovery IS NOT NULL THEN 'recovery.settled'
  ELSE CASE e.answer WHEN 'settled' THEN 'payout.settled' WHEN 'rejected' THEN 'payout.rejected' ELSE 'payout.returned' END END`;

/** I6 of bank files: their rows are what their streams say, and what they applied is in the streams of the grants. */
export const bankFileInvariants: readonly SqlInvariant[] = [
  {
    invariant: 'I6',
    text: `SELECT v.stream, CASE WHEN f.entries = c.entries THEN 'its row is not what its import says'
        ELSE 'it has ' || c.entries || ' entries of the ' || f.entries || ' that were imported' END AS message
      FROM bank_files f JOIN events v ON v.stream = 'bank-file:' || f.no AND v.sequence = 1,
        LATERAL (SELECT count(*) AS entries FROM bank_entries WHERE bank_file = f.no) c
     WHERE f.entries <> c.entries
        OR (v.type, v.actor, v.data ->> 'kind', v.data ->> 'messageId', v.data ->> 'sha256', v.data ->> 'name', v.data ->> 'entries')
          IS DISTINCT FROM
          ('bank-file.imported', f.imported_by, f.kind, f.message_id, encode(f.sha256, 'hex'), f.name, f.entries::text)`,
  },
  {
    invariant: 'I6',
    text: `SELECT 'bank-file:' || e.bank_file AS stream,
        'entry ' || e.no || ' is ' || e.status || ', which event ' || e.decided_sequence || ' does not say' AS message
      FROM bank_entries e LEFT JOIN events v ON v.stream = 'bank-file:' || e.bank_file AND v.sequence = e.decided_sequence
     WHERE e.decided_sequence = 1 AND (e.status IN ('assigned', 'dismissed') OR e.decided_by IS NOT NULL)
        OR e.decided_sequence > 1 AND NOT coalesce(
          v.data ->> 'entry' = e.no::text AND v.actor = e.decided_by AND CASE v.type
            WHEN 'bank-entry.dismissed' THEN e.status = 'dismissed'
            WHEN 'bank-entry.assigned' THEN e.status NOT IN ('matched', 'noted', 'dismissed')
              AND (v.data ->> 'endToEndId', v.data ->> 'recovery', v.data ->> 'grant')
                IS NOT DISTINCT FROM (e.payout, e.recovery::text, e.grant_code) END, false)
     UNION ALL
     SELECT v.stream, 'event ' || v.sequence || ' (' || v.type || ') is not what its entry says'
      FROM events v
      LEFT JOIN bank_entries e ON 'bank-file:' || e.bank_file = v.stream AND e.no = (v.data ->> 'entry')::int
     WHERE v.type IN ('bank-entry.assigned', 'bank-entry.dismissed') AND coalesce(e.decided_sequence, 0) < v.sequence`,
  },
  {
    invariant: 'I6',
    text: `SELECT 'bank-file:' || e.bank_file AS stream,
        'entry ' || e.no || ' is applied, and grant ' || e.grant_code || ' does not say so' AS message
      FROM bank_entries e
     WHERE e.status = 'applied' AND e.batch IS NULL AND NOT EXISTS (
       SELECT FROM commands c JOIN events v ON v.stream = c.stream AND v.sequence > c.first_sequence AND v.sequence <= c.last_sequence
        WHERE c.id = 'effect:bank-file:' || e.bank_file || '#' || e.decided_sequence || ':apply-bank-file:' || e.no || ':' || ${lastStep}
          AND c.stream = 'grant:' || e.grant_code AND v.type = ${lastEvent}
          AND (v.data ->> 'endToEndId' = e.payout OR v.data ->> 'recovery' = e.recovery::text))
     UNION ALL
     SELECT DISTINCT 'bank-file:' || e.bank_file, 'entry ' || e.no || ' is applied, and payments of batch ' || e.batch || ' are still on their way'
      FROM bank_entries e JOIN batch_lines l ON l.batch = e.batch
      JOIN payouts p ON (p.grant_code, p.tranche, p.attempt) = (l.grant_code, l.tranche, l.attempt)
     WHERE e.status = 'applied' AND p.status IN ('ordered', 'handed-over', 'unknown')`,
  },
];
