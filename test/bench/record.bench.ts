/**
 * Commands through RunCommands against the same rows hand-written on `pg`: one decision each, without its
 * follow-up effect. Sixteen callers at once, and batches of fifty.
 */
import { createHash, randomBytes } from 'node:crypto';

import pg from 'pg';

import { RunCommands } from '#lifecycle/run-commands.js';

import { type RecordUnderTest, people, startRecord } from '../support/record.js';

const grants = 800;
const callers = 16;

describe('commands per second', () => {
  let record: RecordUnderTest;
  beforeAll(async () => {
    record = await startRecord();
    for (const lot of ['RAW', 'ONE', 'LOT', 'TWO', 'NEW']) await awardLot(record, lot);
  }, 120_000);
  afterAll(() => record?.stop());

  it('is compared with hand-written SQL', async () => {
    const pool = new pg.Pool({ connectionString: record.urls.runtime, max: callers });
    await timed(codes('RAW').slice(0, 100), (code) => byHand(pool, code));
    const ceiling = await timed(codes('RAW').slice(100), (code) => byHand(pool, code));
    await pool.end();
    await timed(codes('ONE').slice(0, 100), (code) => approve(record.commands, code));
    const single = await timed(codes('ONE').slice(100), (code) => approve(record.commands, code));
    // Nothing kept: as in a process that sees each grant for the first time.
    const fresh = new RunCommands(record.source);
    await timed(codes('NEW').slice(0, 100), (code) => approve(fresh, code));
    const cold = await timed(codes('NEW').slice(100), (code) => approve(fresh, code));
    const alone = new RunCommands(record.source, { batchSize: 1, concurrentBatches: callers });
    await timed(codes('TWO').slice(0, 100), (code) => approve(alone, code));
    const unbatched = await timed(codes('TWO').slice(100), (code) => approve(alone, code));
    const lots = codes('LOT');
    const started = performance.now();
    for (let from = 0; from < lots.length; from += 50)
      await record.commands.runBatch(lots.slice(from, from + 50).map(request));
    const batched = { perSecond: (lots.length / (performance.now() - started)) * 1000, p99: null };
    report({ ceiling, single, cold, unbatched, batched });
    expect(single.perSecond / ceiling.perSecond).toBeGreaterThan(0.5);
  }, 120_000);
});

interface Measured {
  readonly perSecond: number;
  /** Milliseconds; null where calls were not timed one by one. */
  readonly p99: number | null;
}

function report(measured: Record<string, Measured>): void {
  const ceiling = measured['ceiling']?.perSecond ?? 1;
  for (const [name, { perSecond, p99 }] of Object.entries(measured))
    process.stdout.write(
      `${name.padEnd(10)} ${perSecond.toFixed(0).padStart(6)}/s  ratio ${(perSecond / ceiling).toFixed(2)}  p99 ${p99?.toFixed(1) ?? '-'} ms\n`,
    );
}

function codes(lot: string): string[] {
  return Array.from({ length: grants }, (_, index) => `${lot}-${index}`);
}

async function awardLot({ commands }: RecordUnderTest, lot: string): Promise<void> {
  const input = {
    beneficiary: 'antwerpen',
    programme: 'REN',
    amount: '1000.00',
    start: '2023-01-01',
    end: '2024-12-31',
  };
  const all = codes(lot);
  await commands.runBatch(
    all.map((code) => ({ id: `draft-${code}`, name: 'draft-grant', actor: people.an, grant: code, input })),
  );
  await commands.runBatch(
    all.map((code) => ({ id: `award-${code}`, name: 'award', actor: people.an, grant: code, input: {} })),
  );
}

function request(code: string) {
  return {
    id: `approve-${code}`,
    name: 'approve-tranche',
    actor: people.bart,
    grant: code,
    input: { tranche: 1 },
  } as const;
}

async function approve(commands: RunCommands, code: string): Promise<void> {
  const outcome = await commands.run(request(code));
  if (!outcome.accepted) throw new Error(JSON.stringify(outcome.refused));
}

async function timed(items: string[], work: (item: string) => Promise<void>): Promise<Measured> {
  const queue = [...items];
  const took: number[] = [];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
        const from = performance.now();
        await work(item);
        took.push(performance.now() - from);
      }
    }),
  );
  const perSecond = (items.length / (performance.now() - started)) * 1000;
  took.sort((a, b) => a - b);
  return { perSecond, p99: took[Math.floor(took.length * 0.99)] ?? 0 };
}

/** What a careful hand would write for an approval, with nothing to load that it does not need. */
async function byHand(pool: pg.Pool, code: string): Promise<void> {
  const client = await pool.connect();
  const query = (name: string, text: string, values: unknown[]) => client.query({ name, text, values });
  try {
    await client.query('BEGIN');
    const known = await query('known', 'SELECT input_hash FROM commands WHERE id = $1', [`raw-${code}`]);
    if (known.rowCount !== 0) throw new Error('known');
    const grant = await query(
      'grant',
      'SELECT *, sluis_now() AS now FROM grants WHERE code = $1 FOR UPDATE',
      [code],
    );
    await query('owner', 'SELECT 1 FROM beneficiaries WHERE id = $1 FOR KEY SHARE', [
      grant.rows[0].beneficiary,
    ]);
    await query(
      'account',
      'SELECT version, verified_by FROM accounts WHERE beneficiary = $1 ORDER BY version DESC LIMIT 1',
      [grant.rows[0].beneficiary],
    );
    await query('tranches', 'SELECT * FROM tranches WHERE grant_code = $1', [code]);
    const { sequence, now, head_hash: head } = grant.rows[0];
    const data = JSON.stringify({ tranche: 1, amount: '500.00', accountVersion: 1 });
    const hash = createHash('sha256').update(data).update(randomBytes(8)).digest();
    await query(
      'tranche',
      `UPDATE tranches SET status = 'approved', approval_by = 'bart', approval_account = 1, approved_sequence = $2,
         since_at = $3, since_event = 'tranche.approved', since_sequence = $2 WHERE grant_code = $1 AND no = 1`,
      [code, sequence + 1, now],
    );
    await query(
      'head',
      'UPDATE grants SET sequence = $2, last_event_at = $3, head_hash = $4 WHERE code = $1',
      [code, sequence + 1, now, hash],
    );
    await query(
      'event',
      `WITH e AS (INSERT INTO events (stream, sequence, type, version, data, actor, command_id, occurred_at, previous_hash)
         VALUES ($1, $2, 'tranche.approved', 1, $3, 'bart', $4, $5, $6) RETURNING id, type)
       INSERT INTO outbox SELECT id, type FROM e`,
      [`grant:${code}`, sequence + 1, data, `raw-${code}`, now, head],
    );
    await query(
      'command',
      `INSERT INTO commands (id, input_hash, name, stream, actor, at, refused, first_sequence, last_sequence)
       VALUES ($1, $2, 'approve-tranche', $3, 'bart', $4, false, $5, $6)`,
      [`raw-${code}`, hash, `grant:${code}`, now, sequence, sequence + 1],
    );
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}
