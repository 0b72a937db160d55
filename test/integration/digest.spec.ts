// The digest of each working morning: what waits on whom, once per person and day, whatever crashes.
import { type TestCluster, startTestCluster } from '#test/support/cluster.js';
import { Engine, type WorkerUnderTest } from '#test/support/engine.js';
import { until } from '#test/support/until.js';
import { faultOfFacts } from '#notifications/message-facts.js';
import { Digests } from '#worker/digests.js';
import { Messages } from '#worker/messages.js';

const scenario = `
sluis: 1
programme:
  code: TEST
  title: Under test
  tranches:
    - { no: 1, share: 50, due: { on: grant-start } }
    - { no: 2, remainder: true, requires: ['report:final', 'evaluation:final'] }
  reports:
    - { code: final, kind: both, due: { on: 2024-05-31 } }
  evaluations:
    - { code: final, report: final }
people:
  - { id: an, roles: [administrator] }
  - { id: ada, roles: [administrator] }
  - { id: bart, roles: [approver] }
  - { id: carla, roles: [approver, evaluator] }
  - { id: fien, roles: [finance] }
  - { id: quiet, roles: [evaluator] }
  - { id: aude, roles: [auditor] }
  - { id: mia, roles: [beneficiary], of: city }
beneficiaries:
  - { id: city, name: City, kbo: '0207500123', iban: BE07990000000166, verified: true }
grants:
  - { code: G1, beneficiary: city, amount: '1000.00', start: 2023-01-01, end: 2024-12-31, handler: an }
  - { code: G2, beneficiary: city, amount: '1000.00', start: 2023-01-01, end: 2024-12-31 }
  - { code: G3, beneficiary: city, amount: '1000.00', start: 2023-01-01, end: 2024-12-31, handler: an }
happenings: []
until: 2025-06-30
`;

let cluster: TestCluster;
let engine: Engine;
let worker: WorkerUnderTest;
beforeAll(async () => {
  cluster = await startTestCluster();
}, 120_000);
afterAll(() => cluster?.stop());

/** On Tuesday 27 February: two reports to review, an extension to answer, an evaluation to decide, three tranches. */
beforeEach(async () => {
  engine = await Engine.open(cluster, scenario, '2024-02-27T10:00');
  for (const grant of ['G1', 'G2', 'G3'])
    await engine.accepted('mia', 'submit-report', grant, { report: 'final', costs: '900.00' });
  await engine.accepted('an', 'accept-report', 'G3', { report: 'final' });
  await engine.accepted('carla', 'recommend-evaluation', 'G3', {
    evaluation: 'final',
    outcome: 'favourable',
  });
  worker = await engine.startWorker();
  await engine.quiet();
}, 60_000);
afterEach(() => engine?.close());

interface Digest {
  readonly recipient: string;
  readonly facts: {
    readonly kind: string;
    readonly on: string;
    readonly total: number;
    readonly groups: readonly {
      task: string;
      count: number;
      items: readonly { about: string; what?: string }[];
    }[];
  };
}
const digests = (): Promise<Digest[]> =>
  engine.source.query(`SELECT recipient, facts FROM messages WHERE kind = 'digest' ORDER BY id, recipient`);
/** `an 2024-02-28: review-report 1 (G1 final)` */
const told = async (): Promise<string[]> =>
  (await digests())
    .map(({ recipient, facts }) => {
      const groups = facts.groups.map(
        ({ task, count, items }) =>
          `${task} ${count} (${items.map(({ about, what = '' }) => `${about} ${what}`.trim()).join(', ')})`,
      );
      return `${recipient} ${facts.on}: ${groups.join('; ')}`;
    })
    .sort();
const run = (of: WorkerUnderTest = worker): Promise<number> => of.app.get(Digests, { strict: false }).run();

it('lists for each what they may do, at 08:00 and not before, and once', async () => {
  await engine.owner.query(`UPDATE people SET digest = false WHERE id = 'ada'`);
  await engine.moveTo('2024-02-28T07:59');
  expect(await run()).toBe(0);
  await engine.moveTo('2024-02-28T08:00');
  // The sweep does it by itself.
  await until('a digest', async () => (await digests()).length > 0);
  await run();
  expect(await told()).toEqual([
    'an 2024-02-28: review-report 2 (G1 final, G2 final)',
    'bart 2024-02-28: decide-evaluation 1 (G3 final); approve-tranche 3 (G1 1, G2 1, G3 1)',
    'carla 2024-02-28: approve-tranche 3 (G1 1, G2 1, G3 1)',
  ]);
  for (const { facts } of await digests()) expect(faultOfFacts(facts)).toBeNull();
  await engine.moveTo('2024-02-28T17:00');
  await run();
  expect(await digests()).toHaveLength(3);
  const nothing = await engine.source.query<{ person: string }[]>(
    'SELECT person FROM digests WHERE facts IS NULL ORDER BY person',
  );
  expect(nothing.map(({ person }) => person)).toEqual(['aude', 'fien', 'quiet']);
});

it('is once per person and day over crashes and over several workers', async () => {
  const second = await engine.startWorker();
  await engine.owner.query(`
    CREATE FUNCTION jam() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'killed here'; END $$;
    CREATE TRIGGER jam BEFORE INSERT ON digests FOR EACH ROW EXECUTE FUNCTION jam()`);
  await engine.moveTo('2024-02-28T08:00');
  // Told, and killed before the day was decided.
  await expect(run()).rejects.toThrow('killed here');
  await expect(run(second)).rejects.toThrow('killed here');
  expect((await digests()).length).toBeGreaterThan(0);
  await engine.owner.query('DROP TRIGGER jam ON digests');
  await Promise.all([run(), run(second), run(), run(second)]);
  expect((await digests()).map(({ recipient }) => recipient).sort()).toEqual(['ada', 'an', 'bart', 'carla']);
});

it('is once however many workers record it at the same instant', async () => {
  const messages = worker.app.get(Messages, { strict: false });
  const facts = {
    kind: 'digest',
    recipient: 'Ada',
    audience: 'agency',
    link: 'https://sluis.test/',
    on: '2026-01-01',
    total: 0,
    groups: [],
  } as const;
  for (let day = 0; day < 60; day += 1) {
    const morning = new Date(Date.UTC(2026, 0, 1 + day, 7)).toISOString();
    const digest = { recipient: 'ada', morning, facts };
    await Promise.all(Array.from({ length: 8 }, () => messages.recordDigests([digest])));
  }
  expect(await digests()).toHaveLength(60);
});

it('passes over weekends, holidays and what an outage missed', async () => {
  await worker.stop();
  // From Tuesday to Thursday of the next week nothing ran.
  await engine.moveTo('2024-03-07T11:00');
  worker = await engine.startWorker();
  await run();
  expect([...new Set((await digests()).map(({ facts }) => facts.on))]).toEqual(['2024-03-07']);
  for (const free of ['2024-03-09', '2024-03-10', '2024-04-01', '2024-05-01']) {
    await engine.moveTo(`${free}T12:00`);
    expect(await run()).toBe(0);
  }
  await engine.moveTo('2024-05-02T08:00');
  await run();
  expect([...new Set((await digests()).map(({ facts }) => facts.on))]).toEqual(['2024-03-07', '2024-05-02']);
});

it('of whoever is away is their deputy’s', async () => {
  await engine.owner.query(
    `INSERT INTO deputies (person, deputy, valid_from, valid_until, named_by, named_at)
     VALUES ('an', 'ada', '2024-02-28', '2024-02-28', 'an', now()), ('bart', 'carla', '2024-02-28', '2024-02-28', 'bart', now())`,
  );
  await engine.moveTo('2024-02-28T08:00');
  await run();
  await until('a digest', async () => (await digests()).length > 0);
  expect(await told()).toEqual([
    'ada 2024-02-28: review-report 2 (G1 final, G2 final)',
    // Carla recommended it: she may not decide it, in whoever's stead.
    'bart 2024-02-28: decide-evaluation 1 (G3 final)',
    'carla 2024-02-28: approve-tranche 3 (G1 1, G2 1, G3 1)',
  ]);
});
