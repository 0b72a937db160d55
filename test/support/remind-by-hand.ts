import { createHash } from 'node:crypto';

import type pg from 'pg';

import { dueOn, type Offset } from './deadline-day.js';

/** Grants whose reminders one transaction of the hand writes: more gained nothing. */
const together = 500;
/** Connections at once: as many as the machine has cores, and as the service's own sweep takes. */
const lanes = 2;

/**
 * The ceiling of the deadline day: what a careful hand writes on `pg` for the reminders of a lot that fell due, in
 * batches of 500, with the same rows as the service (reminder, event on its chain, outbox and its leaving, grant,
 * effect, message with all that a template needs, mail) and no queue between. It locks each grant and chains on what it then reads, and knows beforehand
 * that nothing but this one reminder can be due, when the next one is, and that nobody suspended or submitted.
 */
export async function remindByHand(
  pool: pg.Pool,
  lot: string,
  offset: Offset,
  nextDueAt: string,
): Promise<void> {
  const lane = async (): Promise<void> => {
    const client = await pool.connect();
    try {
      while (await remindSome(client, { lot, offset, nextDueAt }));
    } finally {
      client.release();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

interface What {
  readonly lot: string;
  readonly offset: Offset;
  readonly nextDueAt: string;
}

/** Three transactions: the decision, the relay, the effect. Answers whether there was anything to do. */
async function remindSome(client: pg.PoolClient, what: What): Promise<boolean> {
  const events = await transaction(client, () => decide(client, what));
  if (events.length === 0) return false;
  const ids = events.map(({ id }) => id);
  const people = events.map(({ to }) => to);
  await transaction(client, async () => {
    await run(client, 'hand-claim', 'DELETE FROM outbox WHERE event_id = ANY ($1)', [ids]);
    await run(
      client,
      'hand-effect',
      `INSERT INTO effects (event_id, reaction, target, rung_at)
       SELECT id, 'remind', who, clock_timestamp() FROM unnest($1::bigint[], $2::text[]) AS e (id, who)`,
      [ids, people],
    );
  });
  await transaction(client, async () => {
    await run(
      client,
      'hand-message',
      `WITH mail AS (
         INSERT INTO mails (recipient, class, moment, due_at, state, fixed_at, part, message_id, handed_over_at, late_ms)
         SELECT who, 'due', $5::timestamptz, $5::timestamptz, 'recorded', clock_timestamp(), 1,
           '<' || left(encode(sha256(convert_to(who || $5::timestamptz::text, 'UTF8')), 'hex'), 32) || '@localhost>', clock_timestamp(), 0
         FROM unnest($2::text[]) AS e (who) RETURNING id, recipient
       )
       INSERT INTO messages (event_id, recipient, kind, subject, facts, mail)
       SELECT e.id, who, 'reminder.sent', subject, facts, mail.id
       FROM unnest($1::bigint[], $2::text[], $3::text[], $4::jsonb[]) AS e (id, who, subject, facts)
       JOIN mail ON mail.recipient = who`,
      [
        ids,
        people,
        events.map(({ code }) => `${code}: report interim is due on ${dueOn}`),
        events.map((event) => factsOf(event)),
        events[0]?.now,
      ],
    );
    await run(
      client,
      'hand-done',
      `UPDATE effects f SET done_at = clock_timestamp() FROM unnest($1::bigint[], $2::text[]) AS e (id, who)
        WHERE (f.event_id, f.reaction, f.target) = (e.id, 'remind', e.who)`,
      [ids, people],
    );
  });
  return true;
}

/** What the message's template needs, as the service keeps it. */
function factsOf({ code, to, name, owner, title, now }: Due): string {
  const on = now.toISOString().slice(0, 10);
  return JSON.stringify({
    kind: 'reminder.sent',
    name,
    audience: 'beneficiary',
    by: null,
    on,
    beneficiary: owner,
    link: `http://127.0.0.1:3000/grants/${code}/reports/interim`,
    grant: code,
    programme: title,
    report: 'Interim report',
    waits: [{ tranche: 1, amount: '10000.00' }],
    to,
    dueOn,
    overdue: false,
    days: Math.round((Date.parse(dueOn) - Date.parse(on)) / 86_400_000),
  });
}

interface Due {
  readonly name: string;
  readonly owner: string;
  readonly title: string;
  readonly code: string;
  readonly sequence: number;
  readonly head: string;
  readonly now: Date;
  readonly to: string;
  readonly told: number;
}

async function decide(
  client: pg.PoolClient,
  { lot, offset, nextDueAt }: What,
): Promise<(Due & { id: string })[]> {
  const due = await run<Due>(
    client,
    'hand-due',
    `SELECT g.code, g.sequence, encode(g.head_hash, 'hex') AS head, sluis_now() AS now, p.id AS to, p.name,
       b.name AS owner, pr.title,
       (SELECT count(*)::int FROM reminders r WHERE r.grant_code = g.code AND r.report = 'interim') AS told
     FROM grants g JOIN people p ON p.beneficiary = g.beneficiary AND p.ended IS NULL
     JOIN beneficiaries b ON b.id = g.beneficiary JOIN programmes pr ON pr.code = g.programme
     WHERE g.next_due_at <= (SELECT sluis_now()) AND g.code BETWEEN $1 || '-0' AND $1 || '-:'
     ORDER BY g.next_due_at, g.code LIMIT ${together} FOR UPDATE OF g SKIP LOCKED`,
    [lot],
  );
  if (due.length === 0) return [];
  const codes = due.map(({ code }) => code);
  const now = due[0]?.now.toISOString() ?? '';
  const data = due.map(
    ({ to }) => `{"dueOn":"${dueOn}","offset":"${offset}","report":"interim","to":"${to}"}`,
  );
  const commands = due.map(({ code, sequence }) => `due:${code}:${sequence + 1}`);
  const sequences = due.map(({ sequence }) => sequence + 1);
  const hashes = due.map(({ code, head }, index) =>
    createHash('sha256')
      .update(
        `{"actor":"system","commandId":"${commands[index]}","data":${data[index]},"occurredAt":"${now}",` +
          `"previousHash":"${head}","reason":null,"sequence":${sequences[index]},"stream":"grant:${code}",` +
          `"type":"reminder.sent","version":1}`,
      )
      .digest('hex'),
  );
  const events = await run<{ id: string; stream: string }>(
    client,
    'hand-events',
    `WITH recorded AS (
       INSERT INTO events (stream, sequence, type, version, data, actor, command_id, occurred_at, previous_hash)
       SELECT 'grant:' || code, sequence, 'reminder.sent', 1, data, 'system', command, $5, decode(head, 'hex')
       FROM unnest($1::text[], $2::int[], $3::jsonb[], $4::text[], $6::text[]) AS e (code, sequence, data, command, head)
       RETURNING id, stream, type, data
     ), out AS (INSERT INTO outbox SELECT id, type, data ->> 'to' FROM recorded)
     SELECT id::text, stream FROM recorded`,
    [codes, sequences, data, commands, now, due.map(({ head }) => head)],
  );
  await run(
    client,
    'hand-reminders',
    `INSERT INTO reminders SELECT code, 'interim', $5, $4, who, 'mail', told, 'sent'
     FROM unnest($1::text[], $2::text[], $3::int[]) AS e (code, who, told)`,
    [codes, due.map(({ to }) => to), due.map(({ told }) => told), offset, dueOn],
  );
  await run(
    client,
    'hand-grants',
    `UPDATE grants g SET next_due_at = $4, sequence = e.sequence, last_event_at = $5, head_hash = decode(e.hash, 'hex')
     FROM unnest($1::text[], $2::int[], $3::text[]) AS e (code, sequence, hash) WHERE g.code = e.code`,
    [codes, sequences, hashes, nextDueAt, now],
  );
  const ids = new Map(events.map(({ id, stream }) => [stream, id]));
  return due.map((one) => ({ ...one, id: ids.get(`grant:${one.code}`) as string }));
}

async function transaction<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  const result = await work();
  await client.query('COMMIT');
  return result;
}

async function run<T = unknown>(
  client: pg.PoolClient,
  name: string,
  text: string,
  values: readonly unknown[],
): Promise<T[]> {
  return (await client.query({ name, text, values: [...values] })).rows as T[];
}
