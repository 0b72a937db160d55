// A batch whose every step is killed: build, release, export, hand-over, import. Each either has not happened, or what
// is left of it can be seen and goes on; and in the end every payout was handed over once and settled once.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { DataSource } from 'typeorm';

import { dataSource } from '#config/data-source.js';
import { system } from '#domain/people.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { addPerson, addToken, setBankProfile } from '#lifecycle/register-writes.js';
import { Registers } from '#lifecycle/registers.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import { verifyRecord } from '#lifecycle/verify-record.js';
import { camt053 } from '#test/support/bank-answers.js';
import { type TestCluster, startTestCluster } from '#test/support/cluster.js';
import { awardLot, fillRegisters, people } from '#test/support/record.js';
import { seeded } from '#test/support/seeded.js';
import { SluisProcess, sluis } from '#test/support/sluis-process.js';
import { reactionsTo } from '#worker/reactions.js';

const kills = Number(process.env['SLUIS_CHAOS_KILLS'] ?? 10);
const seed = Number(process.env['SLUIS_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const grants = Array.from({ length: 400 }, (_, index) => `G${String(index).padStart(3, '0')}`);
const plan = { tranches: [{ no: 1, share: 100, due: { on: 'grant-start' } }], approval: { fourEyes: false } };
const bank = {
  code: 'main',
  name: 'ABB',
  iban: 'BE68539007547034',
  bic: null,
  batchBooking: true,
  remittance: 'text',
} as const;
const fons = { id: 'fons', roles: ['finance'] as const, of: null };

let cluster: TestCluster;
let source: DataSource;
let runtimeUrl: string;
let folder: string;
let killed = 0;
const random = seeded(seed);

beforeAll(async () => {
  cluster = await startTestCluster();
  const database = await cluster.clone();
  ({ runtimeUrl } = database);
  folder = mkdtempSync(join(tmpdir(), 'sluis-batch-chaos-'));
  source = await dataSource(runtimeUrl, { poolSize: 4 }).initialize();
  const commands = new RunCommands(source);
  const registers = new Registers(source);
  await fillRegisters(registers, commands, plan);
  await registers.register('bank', people.fien, 'set-bank-profile', bank, setBankProfile('fien', bank));
  await registers.register('fons', system, 'add-person', fons, addPerson(fons));
  for (const person of ['fien', 'fons']) {
    const hash = createHash('sha256').update(`chaos-${person}`).digest();
    await registers.register(`token-${person}`, system, 'add-token', { person }, addToken({ person, hash }));
  }
  await awardLot(commands, grants);
  for (const [name, actor] of [
    ['approve-tranche', people.bart],
    ['order-payout', system],
  ] as const)
    await commands.runBatch(
      grants.map((grant) => ({ id: `${name}-${grant}`, name, actor, grant, input: { tranche: 1 } })),
    );
}, 120_000);
afterAll(async () => {
  await source?.destroy();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * Gives one step as often as it takes: killed at moments drawn over the time a whole run needs, then left alone.
 * Every attempt is the same command, as whoever sits before the screen would give it again.
 */
async function through(
  person: 'fien' | 'fons',
  args: readonly string[],
  seen: () => Promise<void>,
): Promise<void> {
  const settings = { DATABASE_URL: runtimeUrl, SLUIS_TOKEN: `chaos-${person}` };
  const all = [...args, '--id', args.join('-').slice(-40)];
  for (let attempt = 0; attempt < Math.ceil(kills / 5); attempt += 1) {
    const run = new SluisProcess(all, settings, process.cwd());
    await Promise.race([run.ended, sleep(300 + random() * 1_500)]);
    if (!run.over) killed += 1;
    await run.kill();
    await seen();
  }
  const ended = await sluis(all, settings, process.cwd());
  if (ended.code !== 0) throw new Error(`${all.join(' ')} (seed ${seed}): ${ended.stderr}`);
  await seen();
}

async function count(sql: string): Promise<number> {
  const [row]: { count: number }[] = await source.query(`SELECT count(*)::int AS count FROM ${sql}`);
  return row?.count ?? 0;
}

it(`survives kills at every step (seed ${seed})`, async () => {
  const file = join(folder, 'batch.xml');
  await through('fien', ['batch', 'build'], async () => {
    // A batch is there with all of its lines, or not at all.
    const batches = await count('batches');
    expect(batches).toBeLessThanOrEqual(1);
    expect(await count('batch_lines')).toBe(batches * grants.length);
    expect(await count('batched_payouts')).toBe(batches * grants.length);
  });
  await through('fons', ['batch', 'release', '1'], async () => {
    expect(await count(`batches WHERE status NOT IN ('built','released')`)).toBe(0);
  });
  await through('fien', ['batch', 'export', '1', '--to', file, '--force'], async () => {
    // A file that lies where it was asked for is the one on record, never a part of it.
    if (!existsSync(file)) return;
    const [row]: { sha256: string }[] = await source.query(
      `SELECT encode(file_sha256, 'hex') AS sha256 FROM batches WHERE status = 'exported'`,
    );
    expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(row?.sha256);
  });
  await through('fien', ['batch', 'hand-over', '1'], async () => {
    // Not handed over at all; or handed over, and whatever a grant does not say yet is still written down.
    const gone = (await count(`batches WHERE status = 'handed-over'`)) === 1;
    const said = await count(`payouts WHERE status = 'handed-over'`);
    const left = await count('batched_payouts');
    expect(said + left).toBe(grants.length);
    if (!gone) expect(said).toBe(0);
  });
  expect(await count(`payouts WHERE status = 'handed-over'`)).toBe(grants.length);
  const statement = join(folder, 'statement.xml');
  const answers = grants.map((grant) => ({
    endToEndId: `${grant}-1-1`,
    amountCents: 100_000n,
    iban: 'BE68539007547034',
    name: 'Stad Antwerpen',
  }));
  writeFileSync(statement, camt053(answers, { account: bank.iban }));
  await through('fien', ['bank', 'import', statement], async () => {
    // Imported whole or not at all; what a grant does not say yet is still to be applied.
    const files = await count('bank_files');
    expect(files).toBeLessThanOrEqual(1);
    expect(await count('bank_entries')).toBe(files * grants.length);
    const settled = await count(`payouts WHERE status = 'settled'`);
    const applied = await count(`bank_entries WHERE status = 'applied'`);
    expect(applied).toBeLessThanOrEqual(settled);
    expect(await count(`bank_entries WHERE status IN ('matched','applied')`)).toBe(files * grants.length);
  });
  expect(await count(`payouts WHERE status = 'settled'`)).toBe(grants.length);
  const events = await count(`events WHERE type IN ('payout.handed-over','payout.settled')`);
  expect(events).toBe(2 * grants.length);
  const { violations } = await verifyRecord(source, reactionsTo, sepaPayments);
  // No worker runs here: what events lead to waits in the outbox, and that is all.
  expect(violations).toEqual([]);
  process.stderr.write(`batch chaos: seed ${seed}, ${killed} kills\n`);
}, 300_000);
