import { readFileSync } from 'node:fs';

import type { DataSource } from 'typeorm';

import { dataSource } from '#config/data-source.js';
import type { Scenario } from '#domain/scenario-document.js';
import { type ChaosReport, ChaosRun } from '#test/support/chaos-run.js';
import { readTimeline } from '#cli/simulation/timeline.js';
import type { TimelineLine } from '#cli/simulation/timeline.js';
import { type TestCluster, type TestDatabase, startTestCluster } from '#test/support/cluster.js';
import { type RedisUnderTest, startRedis } from '#test/support/redis.js';
import { describeWith } from '#test/support/requires.js';
import { readScenario, scenarioFiles } from '#test/support/scenario-files.js';
import { seeded } from '#test/support/seeded.js';
import { sluis } from '#test/support/sluis-process.js';

const SHORT = 10;
const kills = Number(process.env['SLUIS_CHAOS_KILLS'] ?? SHORT);
/** Repeats a run's kills, as far as the machine allows: their moments are drawn, not what they hit. */
const seed = Number(process.env['SLUIS_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const GRANTS = 200;

const f1 = scenarioFiles().find(({ name }) => name.startsWith('roma-experten'));
if (f1 === undefined) throw new Error('the scenario of F1 is missing');
const original = readScenario(f1.path);
const expected = readFileSync(f1.expectedPath, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as TimelineLine);

/** F1 with 50 grants for each of its four: REN-ANT-001 … REN-ANT-050 live as REN-ANT does. */
const many: Scenario = {
  ...original,
  grants: original.grants.flatMap((grant) =>
    Array.from({ length: GRANTS / original.grants.length }, (_, index) => ({
      ...grant,
      code: `${grant.code}-${String(index + 1).padStart(3, '0')}`,
    })),
  ),
};

function suite(redis: () => RedisUnderTest | null): void {
  let cluster: TestCluster;
  let database: TestDatabase;
  let record: DataSource;
  let report: ChaosReport;

  beforeAll(async () => {
    cluster = await startTestCluster();
    database = await cluster.clone();
    record = await dataSource(database.runtimeUrl, { poolSize: 2 }).initialize();
    report = await ChaosRun.play({
      scenario: many,
      database,
      redisUrl: redis()?.url ?? null,
      kills,
      instants: new Set(expected.map(({ at }) => at)).size,
      random: seeded(seed),
    });
    process.stderr.write(`chaos: seed ${seed}, ${JSON.stringify(report)}\n`);
  }, 1_500_000);
  afterAll(async () => {
    await record?.destroy();
    await cluster?.stop();
  });

  const rows = <T>(sql: string): Promise<T[]> => record.query(sql);

  it(`was killed ${kills} times, never ended by itself and always by SIGTERM (seed ${seed})`, () => {
    expect(Object.values(report.killed).reduce((sum, count) => sum + count, 0)).toBe(kills);
    expect(report.failures).toEqual([]);
    expect(report.deaf).toEqual([]);
  });

  it('answers each command once: what F1 refuses is refused, all else accepted', () => {
    const tooEarly = GRANTS / original.grants.length;
    expect(report.answers['409 gate-closed']).toBe(tooEarly);
    const commands = Object.values(report.answers).reduce((sum, count) => sum + count, 0);
    expect(Object.keys(report.answers).sort()).toEqual(['200', '409 gate-closed']);
    expect(report.answers['200']).toBe(commands - tooEarly);
  });

  it('leaves nothing to do: every grant is closed, no event waits, no effect is undone', async () => {
    expect(await rows('SELECT status, count(*)::int FROM grants GROUP BY status')).toEqual([
      { status: 'closed', count: GRANTS },
    ]);
    expect(await rows('SELECT event_id FROM outbox')).toEqual([]);
    expect(await rows('SELECT event_id FROM effects WHERE done_at IS NULL')).toEqual([]);
  });

  it('pays each of three tranches of every grant once', async () => {
    expect(await rows('SELECT status, attempt, count(*)::int FROM payouts GROUP BY status, attempt')).toEqual(
      [{ status: 'settled', attempt: 1, count: 3 * GRANTS }],
    );
    for (const type of ['tranche.approved', 'payout.ordered', 'payout.settled'])
      expect(
        await rows(
          `SELECT count(*)::int AS all, count(DISTINCT (stream, data ->> 'tranche'))::int AS once
             FROM events WHERE type = '${type}'`,
        ),
      ).toEqual([{ all: 3 * GRANTS, once: 3 * GRANTS }]);
    const award = 14_160_000 * (GRANTS / original.grants.length);
    expect(await rows('SELECT sum(amount_cents)::float8 AS paid FROM payouts')).toEqual([{ paid: award }]);
  });

  it('reminds nobody twice, and tells of every reminder', async () => {
    const [sent] = await rows<{ all: number; once: number }>(
      `SELECT count(*)::int AS all, count(DISTINCT (stream, data))::int AS once
         FROM events WHERE type = 'reminder.sent'`,
    );
    const perCity = expected.filter(({ event }) => event === 'reminder.sent').length;
    const all = (perCity * GRANTS) / original.grants.length;
    expect(sent).toEqual({ all, once: all });
    expect(await rows(`SELECT count(*)::int AS told FROM messages WHERE kind = 'reminder.sent'`)).toEqual([
      { told: all },
    ]);
    expect(await rows(`SELECT id FROM events WHERE type = 'reminder.superseded'`)).toEqual([]);
  });

  it('gives every grant the timeline of its original, line by line', async () => {
    const timeline = await readTimeline(record, original.programme.plan.timeZone);
    const ofGrant = new Map<unknown, TimelineLine[]>();
    for (const line of timeline) {
      const lines = ofGrant.get(line['grant']);
      if (lines === undefined) ofGrant.set(line['grant'], [line]);
      else lines.push(line);
    }
    for (const { code } of many.grants) {
      const model = code.slice(0, 'REN-ANT'.length);
      const lines = expected
        .filter(({ grant }) => grant === model)
        .map((line) => JSON.stringify(line).replaceAll(new RegExp(`"${model}(?=["-])`, 'g'), `"${code}`));
      expect((ofGrant.get(code) ?? []).map((line) => JSON.stringify(line))).toEqual(lines);
    }
  });

  it('is found sound by sluis verify', async () => {
    const { code, stdout, stderr } = await sluis(['verify'], { DATABASE_URL: database.runtimeUrl });
    expect(stdout + stderr).toContain('nothing is violated');
    expect(code).toBe(0);
  });
}

const title = `${GRANTS} grants while kill -9 hits the api and two workers`;
describe(`${title}, on PostgreSQL`, () => {
  suite(() => null);
});

// The short run of `npm test` takes one backend; `npm run chaos` both.
if (kills > SHORT)
  describeWith('redis', `${title}, on Redis`, () => {
    let redis: RedisUnderTest;
    beforeAll(async () => {
      redis = await startRedis();
    });
    afterAll(() => redis.stop());
    suite(() => redis);
  });
