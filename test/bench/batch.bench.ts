/**
 * A payment file of 100,000 payouts, from the database to disk, by `sluis batch export` as finance runs it: own
 * checks of every line included, the pass over the schema apart. Claims (README, "How fast"): within 3 s and
 * 150 MB, linear from 10,000 to 1,000,000. The peer is a bare loop that writes the same elements from memory.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';

import type { DataSource } from 'typeorm';

import { dataSource } from '#config/data-source.js';
import type { Actor } from '#domain/people.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { Batches } from '#lifecycle/batches.js';
import { addPerson, addToken } from '#lifecycle/register-writes.js';
import { Registers } from '#lifecycle/registers.js';
import { system } from '#domain/people.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#persistence/embedded-postgres.js';
import { migrate } from '#persistence/migrate.js';

import { fillOrderedPayouts } from '../support/many-payouts.js';
import { measuredRun } from '../support/measured-run.js';

const sizes = [10_000, 100_000, 1_000_000];
const boundMs = 3_000;
const boundMb = 150;
const fien: Actor = { id: 'fien', roles: ['finance'], of: null };
const fons: Actor = { id: 'fons', roles: ['finance'], of: null };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-batch-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const perLine = new Map<number, number>();

it.each(sizes)(
  'exports %i payouts',
  async (payouts) => {
    const postgres = await startEmbeddedPostgres({ durable: false });
    try {
      const source = await prepared(postgres, payouts);
      await source.destroy();
      const to = join(folder, `${payouts}.xml`);
      const bare = await bareWriter(payouts);
      const { ms, peakMb } = await measuredRun(['batch', 'export', '1', '--to', to], {
        DATABASE_URL: postgres.runtimeUrl,
        SLUIS_TOKEN: 'bench-fien',
      });
      const help = await measuredRun(['batch', '--help'], {});
      const own = ms - help.ms;
      perLine.set(payouts, own / payouts);
      process.stdout.write(
        `pain.001 of ${payouts}: ${(ms / 1000).toFixed(2)} s, ${(own / 1000).toFixed(2)} s beyond the start of the program, ` +
          `${(own / bare).toFixed(1)} × a bare writer (${(bare / 1000).toFixed(2)} s); peak ${peakMb.toFixed(0)} MB; ` +
          `${(statSync(to).size / 1e6).toFixed(0)} MB of file\n`,
      );
      const [row] = await sha(postgres);
      expect(createHash('sha256').update(readFileSync(to)).digest('hex')).toBe(row?.sha256);
      if (payouts === 100_000) expect(ms).toBeLessThanOrEqual(boundMs);
      expect(peakMb).toBeLessThanOrEqual(boundMb);
    } finally {
      await postgres.stop();
    }
  },
  600_000,
);

it('takes as long per payment, however many they are', () => {
  const few = perLine.get(100_000) ?? 0;
  const many = perLine.get(1_000_000) ?? 0;
  process.stdout.write(`per payment: 1,000,000 take ${(many / few).toFixed(2)} × what 100,000 take\n`);
  expect(many / few).toBeLessThan(2);
});

async function sha(postgres: EmbeddedPostgres): Promise<{ sha256: string }[]> {
  const source = await dataSource(postgres.runtimeUrl).initialize();
  const rows: { sha256: string }[] = await source.query(
    `SELECT encode(file_sha256, 'hex') AS sha256 FROM batches WHERE no = 1`,
  );
  await source.destroy();
  return rows;
}

/** A record with a released batch of so many payouts, and finance's token. */
async function prepared(postgres: EmbeddedPostgres, payouts: number): Promise<DataSource> {
  await migrate(postgres.ownerUrl);
  const owner = await dataSource(postgres.ownerUrl).initialize();
  await fillOrderedPayouts(owner, payouts);
  await owner.destroy();
  const source = await dataSource(postgres.runtimeUrl).initialize();
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
  ] as const) {
    const started = performance.now();
    const outcome = await batches.run({ id: name, name, actor, grant: null, input: {} });
    if (!outcome.accepted) throw new Error(JSON.stringify(outcome.refused));
    process.stdout.write(`${name} of ${payouts}: ${((performance.now() - started) / 1000).toFixed(2)} s\n`);
  }
  return source;
}

/** Milliseconds to write the elements of so many payments from memory, unchecked: what no exporter goes under. */
async function bareWriter(payouts: number): Promise<number> {
  const started = performance.now();
  const file = createWriteStream(join(folder, 'bare.xml'));
  let piece = '';
  for (let n = 1; n <= payouts; n += 1) {
    piece += `<CdtTrfTxInf><PmtId><EndToEndId>BIG-${n}-1-1</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">${((100 + n) / 100).toFixed(2)}</InstdAmt></Amt><Cdtr><Nm>Gemeente ${n % 1000} in Vlaanderen</Nm></Cdtr><CdtrAcct><Id><IBAN>BE68539007547034</IBAN></Id></CdtrAcct><RmtInf><Ustrd>BIG-${n} tranche 1 A big programme</Ustrd></RmtInf></CdtTrfTxInf>`;
    if (piece.length < 65_536) continue;
    if (!file.write(piece)) await once(file, 'drain');
    piece = '';
  }
  file.end(piece);
  await finished(file);
  return performance.now() - started;
}
