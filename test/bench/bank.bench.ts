/**
 * The bank's answer to a batch of 100,000: a camt.053 of as many entries, imported and applied by `sluis bank import`
 * as finance runs it. Claims (README, "How fast"): read and matched within 30 s and 250 MB, applied at 1,500 a
 * second or more; that the batch was handed over is recorded at the same rate.
 */
import { createHash } from 'node:crypto';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';

import type { DataSource } from 'typeorm';

import { dataSource } from '#config/data-source.js';
import { type Actor, system } from '#domain/people.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { Batches } from '#lifecycle/batches.js';
import { addPerson, addToken } from '#lifecycle/register-writes.js';
import { Registers } from '#lifecycle/registers.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#persistence/embedded-postgres.js';
import { migrate } from '#persistence/migrate.js';

import { camt053Pieces, manyPayments } from '../support/bank-answers.js';
import { fillOrderedPayouts } from '../support/many-payouts.js';
import { measuredRun } from '../support/measured-run.js';

const payouts = 100_000;
const leastPerSecond = 1_500;
const boundMs = 30_000;
const boundMb = 250;
const fien: Actor = { id: 'fien', roles: ['finance'], of: null };
const fons: Actor = { id: 'fons', roles: ['finance'], of: null };

let folder: string;
let postgres: EmbeddedPostgres;
let source: DataSource;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-bank-'));
  postgres = await startEmbeddedPostgres({ durable: false });
  await migrate(postgres.ownerUrl);
  const owner = await dataSource(postgres.ownerUrl).initialize();
  await fillOrderedPayouts(owner, payouts);
  await owner.destroy();
  source = await dataSource(postgres.runtimeUrl).initialize();
  await handOver();
  await pipeline(Readable.from(camt053Pieces(manyPayments(payouts))), createWriteStream(statement()));
}, 600_000);

afterAll(async () => {
  await source?.destroy();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('records that a batch was handed over', async () => {
  const started = performance.now();
  await new RunCommands(source).recordHandOver(1);
  expect(rate('handed over', performance.now() - started)).toBeGreaterThanOrEqual(leastPerSecond);
}, 600_000);

it('reads, matches and applies what the bank answers', async () => {
  const started = performance.now();
  let matchedMs = NaN;
  const matched = imported().then(
    () => (matchedMs = performance.now() - started),
    // Where the run fails, it says so itself.
    () => undefined,
  );
  const signed = { DATABASE_URL: postgres.runtimeUrl, SLUIS_TOKEN: 'bench-fien' };
  const run = await measuredRun(['bank', 'import', statement()], signed, matched);
  const { ms, peakMb, peakBeforeMb, output } = run;
  process.stdout.write(
    `read and matched: ${(matchedMs / 1000).toFixed(2)} s with the start of the program; peak ${peakBeforeMb.toFixed(0)} MB, with the applying ${peakMb.toFixed(0)} MB\n`,
  );
  expect(output).toContain(`${payouts} applied`);
  expect(matchedMs).toBeLessThanOrEqual(boundMs);
  expect(peakBeforeMb).toBeLessThanOrEqual(boundMb);
  expect(rate('applied', ms - matchedMs)).toBeGreaterThanOrEqual(leastPerSecond);
}, 600_000);

function statement(): string {
  return join(folder, 'statement.xml');
}

/** What `ms` make of all payouts, per second. */
function rate(what: string, ms: number): number {
  const perSecond = (payouts / ms) * 1000;
  process.stdout.write(`${what}: ${(ms / 1000).toFixed(2)} s = ${perSecond.toFixed(0)}/s\n`);
  return perSecond;
}

/** Once the import is committed. */
async function imported(): Promise<void> {
  for (;;) {
    const rows: unknown[] = await source.query('SELECT no FROM bank_files');
    if (rows.length > 0) return;
    await wait(50);
  }
}

/** A batch of them all, handed over; finance's people, and the token of one. */
async function handOver(): Promise<void> {
  const registers = new Registers(source);
  for (const { id } of [fien, fons]) {
    const person = { id, roles: ['finance'] as const, of: null };
    await registers.register(`person-${id}`, system, 'add-person', person, addPerson(person));
  }
  const hash = createHash('sha256').update('bench-fien').digest();
  await registers.register('token', system, 'add-token', {}, addToken({ person: 'fien', hash }));
  const batches = new Batches(source, sepaPayments);
  for (const [name, actor] of [
    ['build-batch', fien],
    ['release-batch', fons],
    ['export-batch', fien],
    ['hand-over-batch', fien],
  ] as const) {
    const outcome = await batches.run({ id: name, name, actor, grant: null, input: {} });
    if (!outcome.accepted) throw new Error(JSON.stringify(outcome.refused));
  }
}
