/**
 * When the set of a mail's messages is complete, and how its row then says so (decision 0012): parts of the statements
 * that record messages and that fix what was recorded.
 */

/** A mail of more messages goes in parts: nobody reads more at once, and no server takes it. */
export const MOST_MESSAGES = 200;

/** `now`: both clocks, the earliest moment that any grant is due, whether a server takes mail, and our domain. */
export function nowFor(smtp: string, domain: string): string {
  return `
    SELECT sluis_now() AS rules, clock_timestamp() AS machine, ${smtp}::boolean AS smtp, ${domain}::text AS domain,
           coalesce((SELECT min(next_due_at) FROM grants WHERE next_due_at IS NOT NULL), 'infinity') AS next_due`;
}

/**
 * `being_told`: whom something that fell due is on its way to. A row of the outbox says so itself, but for one that a
 * process of an older version wrote: its event does. Never null: one would make every NOT IN unknown.
 */
export const beingTold = `
    SELECT target AS recipient FROM effects WHERE done_at IS NULL AND reaction IN ('remind', 'escalate')
    UNION ALL
    SELECT coalesce(o.told, (SELECT e.data ->> 'to' FROM events e WHERE e.id = o.event_id), '') FROM outbox o
     WHERE o.type IN ('reminder.sent', 'report.escalated')`;

/**
 * Whether all is told that fell due for the recipient of a mail by its moment. A person of a beneficiary is told of
 * its grants only; one of the agency (without a beneficiary) of any, so they wait for all of them.
 */
export function allTold(mail: string, beneficiary: string): string {
  return `${mail}.recipient NOT IN (SELECT recipient FROM being_told)
      AND CASE WHEN ${beneficiary} IS NULL THEN ${mail}.moment < (SELECT next_due FROM now)
            ELSE NOT EXISTS (SELECT FROM grants g
                              WHERE g.beneficiary = ${beneficiary} AND g.next_due_at <= ${mail}.moment) END`;
}

/** Whether a mail of this key takes messages. Counted, since the planner reads all open mails for each NOT EXISTS. */
export function isOpen(mail: string): string {
  return `((SELECT count(*) FROM mails o WHERE o.state = 'open'
            AND (o.recipient, o.class, o.moment) = (${mail}.recipient, ${mail}.class, ${mail}.moment)) > 0)`;
}

/** Of one person, class and moment the parts count up. */
export function nextPartOf(mail: string): string {
  return `1 + (SELECT count(*) FROM mails o WHERE o.fixed_at IS NOT NULL
                AND (o.recipient, o.class, o.moment) = (${mail}.recipient, ${mail}.class, ${mail}.moment))`;
}

export const fixedColumns = 'fixed_at, part, message_id, state, next_attempt_at, handed_over_at, late_ms';

/** What a fixed mail has in `fixedColumns`: it waits for the server, or is recorded where there is none. */
export function fixedAs(mail: string, part: string): string {
  return `now.machine, ${part}, ${messageIdOf(mail, part)},
           CASE WHEN now.smtp THEN 'waiting' ELSE 'recorded' END, CASE WHEN now.smtp THEN now.machine END,
           CASE WHEN NOT now.smtp THEN now.machine END,
           CASE WHEN NOT now.smtp THEN (extract(epoch FROM now.rules - ${mail}.due_at) * 1000)::bigint END`;
}

/** The domain is ours. Nothing of the person can be read in it. */
function messageIdOf(mail: string, part: string): string {
  return `'<' || left(encode(sha256(convert_to(concat_ws(E'\\n', ${mail}.recipient, ${mail}.class,
    to_char(${mail}.moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS'), ${part}), 'UTF8')), 'hex'), 32) || '@' || now.domain || '>'`;
}
