/**
 * 200,000 payouts as a spreadsheet, from the database to disk, by `sluis export payouts` as finance runs it. Claim
 * (README, "How fast"): XLSX within 10 s and 250 MB. The peer is the same table as CSV, which is neither zipped nor
 * marked up.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { dataSource } from '#config/data-source.js';
import { system } from '#domain/people.js';
import { addPerson, addToken } from '#lifecycle/register-writes.js';
import { Registers } from '#lifecycle/registers.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#persistence/embedded-postgres.js';
import { migrate } from '#persistence/migrate.js';

import { fillOrderedPayouts, settleAll } from '../support/many-payouts.js';
import { measuredRun } from '../support/measured-run.js';

const rows = 200_000;
const boundMs = 10_000;
const boundMb = 250;

let folder: string;
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-spreadsheet-'));
  postgres = await startEmbeddedPostgres({ durable: false });
  await migrate(postgres.ownerUrl);
  const owner = await dataSource(postgres.ownerUrl).initialize();
  await fillOrderedPayouts(owner, rows);
  await settleAll(owner);
  await owner.destroy();
  const source = await dataSource(postgres.runtimeUrl).initialize();
  const registers = new Registers(source);
  const fien = { id: 'fien', roles: ['finance'] as const, of: null };
  await registers.register('fien', system, 'add-person', fien, addPerson(fien));
  const hash = createHash('sha256').update('bench-fien').digest();
  await registers.register('token', system, 'add-token', {}, addToken({ person: 'fien', hash }));
  await source.destroy();
}, 300_000);

afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it(`writes ${rows} rows`, async () => {
  const csv = await exported('csv');
  const xlsx = await exported('xlsx');
  process.stdout.write(
    `xlsx of ${rows} rows: ${(xlsx.ms / 1000).toFixed(2)} s = ${(xlsx.ms / csv.ms).toFixed(1)} × the CSV ` +
      `(${(csv.ms / 1000).toFixed(2)} s), the start of the program included; peak ${xlsx.peakMb.toFixed(0)} MB, ` +
      `CSV ${csv.peakMb.toFixed(0)} MB; ${(xlsx.bytes / 1e6).toFixed(0)} MB of file\n`,
  );
  expect(xlsx.ms).toBeLessThanOrEqual(boundMs);
  expect(xlsx.peakMb).toBeLessThanOrEqual(boundMb);
}, 120_000);

async function exported(format: 'csv' | 'xlsx'): Promise<{ ms: number; peakMb: number; bytes: number }> {
  const out = join(folder, `payouts.${format}`);
  const { ms, peakMb } = await measuredRun(['export', 'payouts', '--format', format, '--out', out], {
    DATABASE_URL: postgres.runtimeUrl,
    SLUIS_TOKEN: 'bench-fien',
  });
  return { ms, peakMb, bytes: statSync(out).size };
}
