import { createHash } from 'node:crypto';

import type { DataSource } from 'typeorm';

/** Everyone's report is due on this day, a Friday. */
export const dueOn = '2025-02-28';
/** Mornings at which a reminder of every report that is still owed falls due, 09:00 in Brussels. */
export const mornings = {
  '-P7D': '2025-02-21T08:00:00.000Z',
  '-P1D': '2025-02-27T08:00:00.000Z',
} as const;
export type Offset = keyof typeof mornings;

/** Seven reminders, and a tranche that waits for the report and what is made of it. */
export const deadlineDayPlan = {
  tranches: [{ no: 1, share: 100, requires: ['report:interim', 'evaluation:interim'] }],
  reports: [
    {
      code: 'interim',
      title: 'Interim report',
      kind: 'both',
      due: { on: dueOn },
      reminders: { before: ['P60D', 'P30D', 'P14D', 'P7D', 'P1D'], after: ['P1D', 'P7D'] },
    },
  ],
  evaluations: [{ code: 'interim', report: 'interim' }],
};

const programme = 'DAY';
const drafted = '2023-12-11T09:00:00.000Z';
const awarded = '2023-12-15T09:00:00.000Z';
const started = '2023-12-31T23:00:00.000Z';
/** The reminders before the first of `mornings`: sent long ago. */
const sentBefore = [
  ['-P60D', '2024-12-30T08:00:00.000Z'],
  ['-P30D', '2025-01-29T08:00:00.000Z'],
  ['-P14D', '2025-02-14T08:00:00.000Z'],
] as const;

/** The person who is told of the report of the n-th grant of a lot, and their token. */
export function contactOf(lot: string, n: number): string {
  return `${lot.toLowerCase()}-${n}`;
}
export function grantOf(lot: string, n: number): string {
  return `${lot}-${n}`;
}
export const administratorToken = 'bench-an';

/** The programme and its administrator, who signs in as `administratorToken`. By the owner of the database. */
export async function fillProgramme(owner: DataSource): Promise<void> {
  await owner.query(`INSERT INTO programmes VALUES ('${programme}', 'The deadline day', $1)`, [drafted]);
  await owner.query(`INSERT INTO plan_versions VALUES ('${programme}', 1, $1, 'an', $2)`, [
    deadlineDayPlan,
    drafted,
  ]);
  await owner.query(
    `INSERT INTO people (id, name, roles, since) VALUES ('an', 'An', '{administrator}', $1)`,
    [drafted],
  );
  await addToken(owner, 'an', administratorToken);
}

/** Lets a person sign in with this token. */
async function addToken(owner: DataSource, person: string, token: string): Promise<void> {
  const hash = createHash('sha256').update(token).digest();
  await owner.query('INSERT INTO tokens (hash, person, created) VALUES ($1, $2, $3)', [
    hash,
    person,
    drafted,
  ]);
}

/** Contacts who may sign in: so many of a lot, spread over it. */
const mostTokens = 2_000;

/** Which contacts of a lot of so many grants may sign in, with `tokenOf`: every so many-th. */
export function everyTokenOf(grants: number): number {
  return Math.max(1, Math.floor(grants / mostTokens));
}
export function tokenOf(contact: string): string {
  return `bench-${contact}`;
}

/**
 * Grants `<lot>-1` … `<lot>-<grants>` as they stand between the reminder of a fortnight before and that of a week
 * before, written set-based: a hundred thousand take seconds. Each has a beneficiary of its own with one contact and
 * a verified account; their streams are whole and chained, so that the service can decide over them and `verify`
 * finds nothing. By the owner of the database.
 */
export async function fillLot(owner: DataSource, lot: string, grants: number): Promise<void> {
  const runner = owner.createQueryRunner();
  try {
    await runner.connect();
    // The sums are right; checking them row by row would take most of the time.
    for (const trigger of ['tranches DISABLE', 'grants DISABLE'])
      await runner.query(`ALTER TABLE ${trigger} TRIGGER tranches_make_award`);
    for (const text of [...beneficiaries(lot, grants), ...grantsOf(lot, grants)]) await runner.query(text);
    for (const trigger of ['tranches ENABLE', 'grants ENABLE'])
      await runner.query(`ALTER TABLE ${trigger} TRIGGER tranches_make_award`);
  } finally {
    await runner.release();
  }
}

/** An event of every stream of a lot; `data` is SQL for its canonical JSON, over `n` and `code`. */
interface LotEvent {
  readonly type: string;
  readonly data: string;
  readonly actor: string;
  readonly commandId: string;
  readonly at: string;
}

/** Statements that make `chain`: n, stream, and the hash of each event after the ones before it. */
function chainOf(stream: string, grants: number, events: readonly LotEvent[]): string {
  const steps = events.map(({ type, data, actor, commandId, at }, index) => {
    const previous = index === 0 ? `'null'` : `'"' || encode(h${index}, 'hex') || '"'`;
    return `LATERAL (SELECT sha256(convert_to('{"actor":"${actor}","commandId":"' || ${commandId} || '","data":' || ${data} ||
      ',"occurredAt":"${at}","previousHash":' || ${previous} || ',"reason":null,"sequence":${index + 1},"stream":"' || ${stream} ||
      '","type":"${type}","version":1}', 'UTF8')) AS h${index + 1} OFFSET 0) AS s${index + 1}`;
  });
  return `CREATE TEMP TABLE chain AS SELECT n, ${events.map((_, index) => `h${index + 1}`).join(', ')}
    FROM generate_series(1, ${grants}) n, ${steps.join(', ')}`;
}

function eventsOf(stream: string, events: readonly LotEvent[]): string[] {
  return events.map(
    ({ type, data, actor, commandId, at }, index) =>
      `INSERT INTO events (stream, sequence, type, version, data, actor, command_id, occurred_at, previous_hash)
       SELECT ${stream}, ${index + 1}, '${type}', 1, (${data})::jsonb, '${actor}', ${commandId}, '${at}',
         ${index === 0 ? 'NULL' : `h${index}`} FROM chain ORDER BY n`,
  );
}

function beneficiaries(lot: string, grants: number): string[] {
  const id = `'${contactOf(lot, 0).slice(0, -1)}' || n`;
  const iban = `'BE' || lpad((98 - (bban(n) || '111400')::numeric % 97)::text, 2, '0') || bban(n)`;
  const account: LotEvent[] = ['account.changed', 'account.verified'].map((type) => ({
    type,
    data: `('{"iban":"' || ${iban} || '","version":1}')`,
    actor: 'system',
    commandId: `'${type}:' || ${id}`,
    at: drafted,
  }));
  const stream = `'beneficiary:' || ${id}`;
  return [
    // Account numbers with the national check and that of the IBAN.
    `CREATE OR REPLACE FUNCTION pg_temp.bban(n integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
       SELECT base || lpad(coalesce(nullif(base::numeric % 97, 0), 97)::text, 2, '0')
         FROM (SELECT lpad((9900000000 + n)::text, 10, '0') AS base) b $$`,
    chainOf(stream, grants, account).replaceAll('bban(n)', 'pg_temp.bban(n)'),
    `INSERT INTO beneficiaries (id, name, kbo, created_at, sequence, last_event_at, head_hash)
     SELECT ${id}, 'Vereniging ' || n, '0207500123', '${drafted}', 2, '${drafted}', h2 FROM chain ORDER BY n`,
    `INSERT INTO accounts (beneficiary, version, iban, entered_by, entered_at, verified_by, verified_at)
     SELECT ${id}, 1, ${iban.replaceAll('bban(n)', 'pg_temp.bban(n)')}, 'system', '${drafted}', 'system', '${drafted}' FROM chain ORDER BY n`,
    `INSERT INTO people (id, name, roles, beneficiary, since, mail)
     SELECT ${id}, 'Contact ' || n, '{beneficiary}', ${id}, '${drafted}', ${id} || '@vereniging.example'
     FROM chain ORDER BY n`,
    `INSERT INTO tokens (hash, person, created)
     SELECT sha256(('bench-' || ${id})::bytea), ${id}, '${drafted}' FROM chain WHERE n % ${everyTokenOf(grants)} = 0`,
    ...eventsOf(stream, account).map((text) => text.replaceAll('bban(n)', 'pg_temp.bban(n)')),
    'DROP TABLE chain',
  ];
}

function grantsOf(lot: string, grants: number): string[] {
  const code = `'${lot}-' || n`;
  const contact = `'${contactOf(lot, 0).slice(0, -1)}' || n`;
  const terms = `"end":"2024-12-31","planVersion":1,"programme":"${programme}","start":"2024-01-01"}'`;
  const events: LotEvent[] = [
    {
      type: 'grant.drafted',
      data: `('{"amount":"10000.00","beneficiary":"' || ${contact} || '",${terms})`,
      actor: 'system',
      commandId: `'draft:' || ${code}`,
      at: drafted,
    },
    {
      type: 'grant.awarded',
      data: `('{"amount":"10000.00",${terms})`,
      actor: 'an',
      commandId: `'award:' || ${code}`,
      at: awarded,
    },
    {
      type: 'deadline.set',
      data: `'{"dueOn":"${dueOn}","rawDueOn":"${dueOn}","report":"interim"}'`,
      actor: 'system',
      commandId: `'award:' || ${code}`,
      at: awarded,
    },
    {
      type: 'grant.started',
      data: `'{}'`,
      actor: 'system',
      commandId: `'due:' || ${code} || ':4'`,
      at: started,
    },
    ...sentBefore.map(([offset, at], index) => ({
      type: 'reminder.sent',
      data: `('{"dueOn":"${dueOn}","offset":"${offset}","report":"interim","to":"' || ${contact} || '"}')`,
      actor: 'system',
      commandId: `'due:' || ${code} || ':${index + 5}'`,
      at,
    })),
  ];
  const stream = `'grant:' || ${code}`;
  const last = events.length;
  return [
    chainOf(stream, grants, events),
    `INSERT INTO grants (code, beneficiary, programme, plan_version, amount_cents, starts_on, ends_on, status,
       started_at, muted, next_due_at, sequence, last_event_at, head_hash, since_at, since_event, since_sequence)
     SELECT ${code}, ${contact}, '${programme}', 1, 1000000, '2024-01-01', '2024-12-31', 'active', '${started}', false,
       '${mornings['-P7D']}', ${last}, '${events.at(-1)?.at}', h${last}, '${started}', 'grant.started', 4
     FROM chain ORDER BY n`,
    `INSERT INTO tranches (grant_code, no, status, awarded_cents, amount_cents, released_cents, offset_cents,
       compensated_cents, since_at, since_event, since_sequence)
     SELECT ${code}, 1, 'planned', 1000000, 1000000, 0, 0, 0, '${awarded}', 'grant.awarded', 2 FROM chain ORDER BY n`,
    `INSERT INTO reports (grant_code, code, position, status, raw_due_on, due_on, set_due_on, deadline_set_at, extended,
       overdue, since_at, since_event, since_sequence)
     SELECT ${code}, 'interim', 0, 'expected', '${dueOn}', '${dueOn}', '${dueOn}', '${awarded}', false, false,
       '${awarded}', 'deadline.set', 3 FROM chain ORDER BY n`,
    `INSERT INTO evaluations (grant_code, code, position, status, since_at, since_event, since_sequence)
     SELECT ${code}, 'interim', 0, 'awaiting-report', '${awarded}', 'grant.awarded', 2 FROM chain ORDER BY n`,
    ...sentBefore.map(
      (
        [offset],
        index,
      ) => `INSERT INTO reminders (grant_code, report, due_on, due_offset, recipient, channel, position, outcome)
       SELECT ${code}, 'interim', '${dueOn}', '${offset}', ${contact}, 'mail', ${index}, 'sent' FROM chain ORDER BY n`,
    ),
    ...eventsOf(stream, events),
    'DROP TABLE chain',
  ];
}

/**
 * What the events of the lots led to, done long ago; and a database that has come to rest. The last reminders have their
 * mails, as they would: PostgreSQL plans its checks of a foreign key once per connection, and over a table that was
 * empty when it was last analysed it reads the whole of it for each row.
 */
export async function settleLots(owner: DataSource): Promise<void> {
  await owner.query(
    `INSERT INTO effects (event_id, reaction, target, created_at, rung_at, done_at)
     SELECT e.id, r.reaction, r.target, e.occurred_at, e.occurred_at, e.occurred_at
     FROM events e, LATERAL (
       SELECT 'notify-beneficiary' AS reaction, '' AS target WHERE e.type = 'grant.awarded'
       UNION ALL SELECT 'notify-beneficiary', 'payments' WHERE e.type = 'account.changed'
       UNION ALL SELECT 'notify-role', role FROM unnest(ARRAY['administrator', 'finance']) AS role
        WHERE e.type = 'account.changed'
       UNION ALL SELECT 'reassess-grants', '' WHERE e.type IN ('account.changed', 'account.verified')
       UNION ALL SELECT 'remind', e.data ->> 'to' WHERE e.type = 'reminder.sent'
     ) r ORDER BY e.id`,
  );
  await owner.query(
    `WITH told AS (
       SELECT e.id, e.data ->> 'to' AS who, e.occurred_at AS at FROM events e
        WHERE e.type = 'reminder.sent' AND e.data ->> 'offset' = $1
     ), mail AS (
       INSERT INTO mails (recipient, class, moment, due_at, opened_at, state, fixed_at, part, message_id, handed_over_at, late_ms)
       SELECT who, 'due', at, at, at, 'recorded', at, 1,
         '<' || left(encode(sha256(who::bytea), 'hex'), 32) || '@localhost>', at, 0
       FROM told ORDER BY told.id RETURNING id, recipient
     )
     INSERT INTO messages (event_id, recipient, kind, subject, facts, mail, at)
     SELECT told.id, who, 'reminder.sent', 'A report is due', '{}', mail.id, at FROM told JOIN mail ON mail.recipient = who`,
    [sentBefore.at(-1)?.[0]],
  );
  await owner.query('VACUUM (ANALYZE)');
}
