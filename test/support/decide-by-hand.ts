import { createHash } from 'node:crypto';

import type pg from 'pg';

type Query = (name: string, text: string, values: unknown[]) => Promise<pg.QueryResult>;

/**
 * The ceiling of the decision benchmark: what a careful hand writes on `pg` for an approval and the order of its
 * payout, in two transactions, with the same rows as the service (command, tranche, grant, event, outbox, effect,
 * payout) and no queue between. Loads nothing that it does not need.
 */
export async function decideByHand(pool: pg.Pool, code: string): Promise<void> {
  const eventId = await transaction(pool, (query) => approve(query, code));
  await transaction(pool, (query) => order(query, code, eventId));
}

async function transaction<T>(pool: pg.Pool, work: (query: Query) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work((name, text, values) => client.query({ name, text, values }));
    await client.query('COMMIT');
    return result;
  } finally {
    client.release();
  }
}

async function approve(query: Query, code: string): Promise<string> {
  const { sequence, now, head } = await lock(query, code, `approve-${code}`);
  await query(
    'hand-approve',
    `UPDATE tranches SET status = 'approved', approval_by = 'bart', approval_account = 1, approved_sequence = $2,
       since_at = $3, since_event = 'tranche.approved', since_sequence = $2 WHERE grant_code = $1 AND no = 1`,
    [code, sequence + 1, now],
  );
  const data = { tranche: 1, amount: '500.00', accountVersion: 1 };
  return record(query, {
    code,
    sequence,
    now,
    head,
    type: 'tranche.approved',
    actor: 'bart',
    command: 'approve-tranche',
    data,
  });
}

async function order(query: Query, code: string, approved: string): Promise<void> {
  await query('hand-claim', 'DELETE FROM outbox WHERE event_id = $1', [approved]);
  await query(
    'hand-effect',
    `INSERT INTO effects (event_id, reaction, target, rung_at) VALUES ($1, 'order-payout', '1', clock_timestamp())`,
    [approved],
  );
  const { sequence, now, head } = await lock(query, code, `order-${code}`);
  await query(
    'hand-order',
    `INSERT INTO payouts (grant_code, tranche, attempt, position, end_to_end_id, amount_cents, account_version, status,
       ordered_sequence, since_at, since_event, since_sequence)
     VALUES ($1, 1, 1, 0, $1 || '-1-1', 50000, 1, 'ordered', $2, $3, 'payout.ordered', $2)`,
    [code, sequence + 1, now],
  );
  await query(
    'hand-ordered',
    `UPDATE tranches SET status = 'ordered', since_at = $3, since_event = 'payout.ordered', since_sequence = $2
      WHERE grant_code = $1 AND no = 1`,
    [code, sequence + 1, now],
  );
  const data = { tranche: 1, amount: '500.00', endToEndId: `${code}-1-1`, accountVersion: 1 };
  const ordered = await record(query, {
    code,
    sequence,
    now,
    head,
    type: 'payout.ordered',
    actor: 'system',
    command: 'order-payout',
    data,
  });
  await query(
    'hand-done',
    `UPDATE effects SET done_at = clock_timestamp() WHERE event_id = $1 AND reaction = 'order-payout' AND target = '1'`,
    [approved],
  );
  await query('hand-claim', 'DELETE FROM outbox WHERE event_id = $1', [ordered]);
}

interface Locked {
  readonly sequence: number;
  readonly now: Date;
  readonly head: Buffer;
}

async function lock(query: Query, code: string, commandId: string): Promise<Locked> {
  const known = await query('hand-known', 'SELECT input_hash FROM commands WHERE id = $1', [commandId]);
  if (known.rowCount !== 0) throw new Error(`${commandId} is known`);
  const { rows } = await query(
    'hand-grant',
    'SELECT sequence, head_hash AS head, beneficiary, sluis_now() AS now FROM grants WHERE code = $1 FOR UPDATE',
    [code],
  );
  const { beneficiary, ...locked } = rows[0] as Locked & { beneficiary: string };
  await query('hand-owner', 'SELECT 1 FROM beneficiaries WHERE id = $1 FOR KEY SHARE', [beneficiary]);
  await query(
    'hand-account',
    'SELECT version, verified_by FROM accounts WHERE beneficiary = $1 ORDER BY version DESC LIMIT 1',
    [beneficiary],
  );
  await query('hand-tranches', 'SELECT * FROM tranches WHERE grant_code = $1', [code]);
  return locked;
}

interface ToRecord extends Locked {
  readonly code: string;
  readonly type: string;
  readonly actor: string;
  readonly command: string;
  readonly data: object;
}

/** Event, outbox, head of the grant and command; answers the event's id. */
async function record(
  query: Query,
  { code, sequence, now, head, type, actor, command, data }: ToRecord,
): Promise<string> {
  const id = `${command.split('-')[0]}-${code}`;
  const text = JSON.stringify(data);
  const hash = createHash('sha256').update(text).update(head).update(id).digest();
  const { rows } = await query(
    'hand-event',
    `WITH e AS (INSERT INTO events (stream, sequence, type, version, data, actor, command_id, occurred_at, previous_hash)
       VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8) RETURNING id, type)
     INSERT INTO outbox SELECT id, type FROM e RETURNING event_id`,
    [`grant:${code}`, sequence + 1, type, text, actor, id, now, head],
  );
  await query(
    'hand-head',
    'UPDATE grants SET sequence = $2, last_event_at = $3, head_hash = $4 WHERE code = $1',
    [code, sequence + 1, now, hash],
  );
  await query(
    'hand-command',
    `INSERT INTO commands (id, input_hash, name, stream, actor, at, refused, first_sequence, last_sequence)
     VALUES ($1, $2, $3, $4, $5, $6, false, $7, $8)`,
    [id, hash, command, `grant:${code}`, actor, now, sequence, sequence + 1],
  );
  return (rows[0] as { event_id: string }).event_id;
}
