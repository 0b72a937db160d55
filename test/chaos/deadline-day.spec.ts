/**
 * The months before one 28 February, and the days after it, for 240 grants: on each morning of a reminder all of them
 * fall due at once, and `kill -9` hits the API and two workers meanwhile. A real SMTP server receives the mail.
 */
import PostalMime from 'postal-mime';
import type { DataSource } from 'typeorm';

import { dataSource } from '#config/data-source.js';
import { type ChaosReport, ChaosRun } from '#test/support/chaos-run.js';
import { type TestCluster, startTestCluster } from '#test/support/cluster.js';
import { type RedisUnderTest, startRedis } from '#test/support/redis.js';
import { describeWith } from '#test/support/requires.js';
import { scenarioOf } from '#test/support/scenario-files.js';
import { seeded } from '#test/support/seeded.js';
import { sluis } from '#test/support/sluis-process.js';
import { type SmtpSink, type TakenMail, startSmtpSink } from '#test/support/smtp-sink.js';
import { until } from '#test/support/until.js';

const SHORT = 10;
const kills = Number(process.env['SLUIS_CHAOS_KILLS'] ?? SHORT);
const seed = Number(process.env['SLUIS_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const CITIES = 40;
const GRANTS = 240;
const offsets = ['-P60D', '-P30D', '-P14D', '-P7D', '-P1D', '+P1D', '+P7D'];
const two = (n: number): string => String(n).padStart(3, '0');
const cities = Array.from({ length: CITIES }, (_, n) => `city-${two(n)}`);
const grants = Array.from({ length: GRANTS }, (_, n) => ({
  code: `G-${two(n)}`,
  beneficiary: cities[n % CITIES],
}));

const scenario = scenarioOf(`
sluis: 1
programme:
  code: DAY
  title: A deadline day
  tranches:
    - { no: 1, share: 100, requires: ['report:final'] }
  reports:
    - code: final
      kind: both
      due: { on: 2024-02-28 }
      reminders: { before: [P60D, P30D, P14D, P7D, P1D], after: [P1D, P7D] }
      escalate: none
people:
  - { id: an, roles: [administrator], mail: an@agency.example }
${cities.map((id) => `  - { id: ${id}, roles: [beneficiary], of: ${id}, mail: ${id}@city.example }`).join('\n')}
beneficiaries:
${cities.map((id) => `  - { id: ${id}, name: City ${id}, kbo: '0555000148', iban: BE71990000000469, verified: true }`).join('\n')}
grants:
${grants.map(({ code, beneficiary }) => `  - { code: ${code}, beneficiary: ${beneficiary}, amount: '1000.00', start: 2023-01-01, end: 2024-12-31 }`).join('\n')}
happenings:
  - { at: 2023-12-01T10:00, by: an, do: award, grant: '*' }
until: 2024-03-10
`);
/** The award, seven mornings, and the end of the deadline. */
const INSTANTS = 9;

function suite(redis: () => RedisUnderTest | null): void {
  let cluster: TestCluster;
  let record: DataSource;
  let runtimeUrl: string;
  let sink: SmtpSink;
  let report: ChaosReport;
  let mails: readonly TakenMail[];

  beforeAll(async () => {
    cluster = await startTestCluster();
    const database = await cluster.clone();
    ({ runtimeUrl } = database);
    record = await dataSource(runtimeUrl, { poolSize: 2 }).initialize();
    sink = await startSmtpSink();
    // Slow enough that kills find mail between the server's answer and the record of it.
    await sink.behave({ delayMs: 20 });
    report = await ChaosRun.play({
      scenario,
      database,
      redisUrl: redis()?.url ?? null,
      settings: { SMTP_URL: sink.url, SLUIS_MAIL_FROM: 'Sluis <sluis@agency.example>' },
      kills,
      instants: INSTANTS,
      random: seeded(seed),
      finished: async (source) =>
        until(
          'every mail is handed over',
          async () => {
            const [row]: { open: number }[] = await source.query(
              `SELECT count(*)::int AS open FROM mails WHERE state IN ('open', 'waiting', 'sending')`,
            );
            return row?.open === 0;
          },
          120_000,
        ),
    });
    mails = await sink.mails();
    process.stderr.write(
      `deadline day: seed ${seed}, ${JSON.stringify({ ...report, mails: await sink.counts() })}\n`,
    );
  }, 1_500_000);
  afterAll(async () => {
    await sink?.stop();
    await record?.destroy();
    await cluster?.stop();
  });

  const rows = <T>(sql: string): Promise<T[]> => record.query(sql);

  it(`was killed ${kills} times and never ended by itself (seed ${seed})`, () => {
    expect(Object.values(report.killed).reduce((sum, count) => sum + count, 0)).toBe(kills);
    expect(report.failures).toEqual([]);
    expect(report.deaf).toEqual([]);
  });

  it('decides every reminder once, and none is missing', async () => {
    expect(
      await rows(
        `SELECT data ->> 'offset' AS offset, count(*)::int AS all, count(DISTINCT stream)::int AS grants
           FROM events WHERE type = 'reminder.sent' GROUP BY 1 ORDER BY min(occurred_at)`,
      ),
    ).toEqual(offsets.map((offset) => ({ offset, all: GRANTS, grants: GRANTS })));
    expect(await rows(`SELECT id FROM events WHERE type = 'reminder.superseded'`)).toEqual([]);
  });

  it('tells of every reminder once, in one mail that was handed over', async () => {
    expect(
      await rows(
        `SELECT count(*)::int AS messages, count(DISTINCT event_id)::int AS events, bool_and(l.state = 'sent') AS sent
           FROM messages m LEFT JOIN mails l ON l.id = m.mail WHERE m.kind = 'reminder.sent'`,
      ),
    ).toEqual([{ messages: GRANTS * offsets.length, events: GRANTS * offsets.length, sent: true }]);
  });

  it('reaches each city on each morning with all of its grants', async () => {
    const received = new Map(mails.map((mail) => [mail.messageId, mail]));
    const sets: { id: string; city: string; grants: string[] }[] = await rows(
      `SELECT l.message_id AS id, l.recipient AS city, array_agg(DISTINCT m.facts ->> 'grant') AS grants
         FROM mails l JOIN messages m ON m.mail = l.id WHERE l.class = 'due' GROUP BY l.id ORDER BY l.id`,
    );
    for (const { id, city, grants: told } of sets) {
      const mail = received.get(id);
      expect(mail?.to).toEqual([`${city}@city.example`]);
      const { text = '' } = await PostalMime.parse(mail?.raw ?? '');
      for (const grant of told) expect(text).toContain(grant);
    }
  });

  it('sends again only under the same Message-ID, and the same mail', async () => {
    const ids = new Set(mails.map(({ messageId }) => messageId));
    const [row] = await rows<{ mails: number }>('SELECT count(*)::int AS mails FROM mails');
    expect(ids.size).toBe(row?.mails);
    for (const id of ids) {
      const copies = mails.filter(({ messageId }) => messageId === id);
      const texts = await Promise.all(copies.map(async ({ raw }) => (await PostalMime.parse(raw)).text));
      expect(new Set(texts).size).toBe(1);
    }
  });

  it('is found sound by sluis verify', async () => {
    const { code, stdout, stderr } = await sluis(['verify'], { DATABASE_URL: runtimeUrl });
    expect(stdout + stderr).toContain('nothing is violated');
    expect(code).toBe(0);
  });
}

const title = `a deadline day of ${GRANTS} grants while kill -9 hits the api and two workers`;
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
