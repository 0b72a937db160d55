// Whom the service tells of what: contacts and deputies as they stand on the day, and work for whoever may do it.
import { endNamed, nameContact, nameDeputy } from '#lifecycle/contact-writes.js';
import { Registers, type RegisterOutcome, type RegisterWrite } from '#lifecycle/registers.js';
import { system } from '#domain/people.js';
import { type TestCluster, startTestCluster } from '#test/support/cluster.js';
import { Engine } from '#test/support/engine.js';

const scenario = `
sluis: 1
programme:
  code: TEST
  title: Under test
  tranches:
    - { no: 1, share: 50, due: { on: grant-start } }
    - { no: 2, remainder: true, requires: ['report:final', 'evaluation:final'] }
  reports:
    - { code: final, kind: both, due: { on: 2024-02-28 } }
  evaluations:
    - { code: final, report: final }
  approval: { secondApproverAbove: '100.00' }
people:
  - { id: an, roles: [administrator] }
  - { id: ada, roles: [administrator] }
  - { id: bart, roles: [approver] }
  - { id: carla, roles: [approver, evaluator] }
  - { id: els, roles: [evaluator] }
  - { id: fien, roles: [finance] }
  - { id: fons, roles: [finance] }
  - { id: mia, roles: [beneficiary], of: city }
  - { id: nele, roles: [beneficiary], of: city }
  - { id: oscar, roles: [beneficiary], of: city }
  - { id: other, roles: [beneficiary], of: town }
beneficiaries:
  - { id: city, name: City, kbo: '0207500123', iban: BE07990000000166, verified: true }
  - { id: town, name: Town, kbo: '0207451227' }
grants:
  - { code: G1, beneficiary: city, amount: '1000.00', start: 2023-01-01, end: 2024-12-31, handler: an }
  - { code: G2, beneficiary: city, amount: '1000.00', start: 2023-01-01, end: 2024-12-31 }
happenings: []
until: 2025-06-30
`;

let cluster: TestCluster;
let engine: Engine;
let registered = 0;
beforeAll(async () => {
  cluster = await startTestCluster();
}, 120_000);
afterAll(() => cluster?.stop());
afterEach(async () => {
  try {
    expect((await engine.verify()).violations).toEqual([]);
  } finally {
    await engine.close();
  }
});

const open = async (at: string): Promise<void> => {
  engine = await Engine.open(cluster, scenario, at);
};
const register = async <T>(write: RegisterWrite<T>): Promise<RegisterOutcome<T>> => {
  const id = `register-${(registered += 1)}`;
  return new Registers(engine.source).register(id, system, 'test', { id }, write);
};
const accepted = async <T>(write: RegisterWrite<T>): Promise<T> => {
  const outcome = await register(write);
  if (!outcome.accepted) throw new Error(JSON.stringify(outcome.refused));
  return outcome.result;
};
const contact = (
  person: string,
  of: 'reports' | 'payments',
  more: Partial<Parameters<typeof nameContact>[1]> = {},
) =>
  accepted(
    nameContact(system, { beneficiary: 'city', person, of, grant: null, from: null, until: null, ...more }),
  );
const deputy = (person: string, instead: string, from: string, until: string) =>
  accepted(nameDeputy(system, { person, deputy: instead, from, until }));
const sentTo = async (grant: string): Promise<string[]> =>
  (await engine.events('reminder.sent'))
    .filter(({ stream }) => stream === `grant:${grant}`)
    .map(({ data }) => `${String(data['offset'])} ${String(data['to'])}`);
/** Who was told of events of a kind, in their order. */
const told = async (kind: string, grant = 'G1'): Promise<string[]> => {
  const rows: { recipient: string }[] = await engine.source.query(
    `SELECT m.recipient FROM messages m JOIN events e ON e.id = m.event_id
      WHERE m.kind = $1 AND e.stream = 'grant:' || $2 ORDER BY m.event_id, m.recipient`,
    [kind, grant],
  );
  return rows.map(({ recipient }) => recipient);
};

describe('reminders', () => {
  it('go to the contacts of the day, by grant and beneficiary, and to a deputy in their stead', async () => {
    await open('2024-01-15T10:00');
    await contact('mia', 'reports', { until: '2024-02-20' });
    await contact('nele', 'reports', { from: '2024-02-21' });
    await contact('oscar', 'reports', { grant: 'G2', until: '2024-02-25' });
    await contact('oscar', 'payments');
    await deputy('nele', 'oscar', '2024-02-27', '2024-02-27');
    const worker = await engine.startWorker();
    for (const day of ['01-29', '02-14', '02-21', '02-27', '02-29']) {
      await engine.moveTo(`2024-${day}T09:00`);
      await engine.quiet();
    }
    expect(await sentTo('G1')).toEqual(['-P30D mia', '-P14D mia', '-P7D nele', '-P1D oscar', '+P1D nele']);
    expect(await sentTo('G2')).toEqual([
      '-P30D oscar',
      '-P14D oscar',
      '-P7D oscar',
      '-P1D oscar',
      '+P1D nele',
    ]);
    expect(await told('reminder.sent')).toEqual(['mia', 'mia', 'nele', 'oscar', 'nele']);
    await worker.stop();
  });

  it('go to everybody once the contacts have lapsed, and escalate to who stands in for the handler', async () => {
    await open('2024-02-20T10:00');
    const { id } = await contact('mia', 'reports');
    await accepted(endNamed('contacts', { of: 'city', id, until: null }));
    await deputy('an', 'ada', '2024-03-01', '2024-03-31');
    const worker = await engine.startWorker();
    await engine.moveTo('2024-02-21T09:00');
    await engine.quiet();
    expect(await sentTo('G1')).toEqual(['-P7D mia', '-P7D nele', '-P7D oscar']);
    await engine.moveTo('2024-03-13T09:00');
    await engine.quiet();
    expect(await told('report.escalated')).toEqual(['ada']);
    expect(await told('report.escalated', 'G2')).toEqual(['ada']);
    await worker.stop();
  });
});

describe('what is told at once', () => {
  it('reaches whoever may act and nobody who did it, each once', async () => {
    await open('2024-01-15T10:00');
    await contact('mia', 'reports');
    await contact('nele', 'payments');
    await engine.accepted('mia', 'submit-report', 'G1', { report: 'final', costs: '900.00' });
    await engine.accepted('an', 'return-report', 'G1', {
      report: 'final',
      resubmitBy: '2024-03-15',
      reason: 'short',
    });
    await engine.accepted('nele', 'submit-report', 'G1', { report: 'final', costs: '900.00' });
    await engine.accepted('ada', 'accept-report', 'G1', { report: 'final' });
    await engine.accepted('carla', 'recommend-evaluation', 'G1', {
      evaluation: 'final',
      outcome: 'favourable',
    });
    await engine.accepted('bart', 'decide-evaluation', 'G1', { evaluation: 'final', outcome: 'favourable' });
    await engine.accepted('bart', 'approve-tranche', 'G1', { tranche: 1 });
    await engine.accepted('carla', 'approve-tranche', 'G1', { tranche: 1 });
    await engine.accepted('nele', 'ask-extension', 'G2', {
      report: 'final',
      until: '2024-04-30',
      reason: 'flood',
    });
    const worker = await engine.startWorker();
    await engine.quiet();
    // The award was given by an; the reminders of the series before it lie in the past.
    expect(await told('grant.awarded')).toEqual(['mia', 'nele']);
    expect(await told('report.submitted')).toEqual(['an', 'an']);
    expect(await told('report.returned')).toEqual(['mia']);
    expect(await told('evaluation.opened')).toEqual(['carla', 'els']);
    expect(await told('evaluation.recommended')).toEqual(['bart']);
    expect(await told('evaluation.decided')).toEqual(['mia', 'nele']);
    // Tranche 1 to both; tranche 2 rests on an evaluation that carla recommended.
    expect(await told('tranche.payable')).toEqual(['bart', 'carla', 'bart']);
    expect(await told('tranche.first-approved')).toEqual(['carla']);
    // G2 has no handler.
    expect(await told('extension.asked', 'G2')).toEqual(['ada', 'an']);
    await engine.moveTo('2024-01-16T10:00');
    await engine.accepted('fien', 'confirm-payout', 'G1', { tranche: 1 });
    await engine.accepted('an', 'suspend', 'G1', { reason: 'audit' });
    await engine.quiet();
    expect(await told('payout.settled')).toEqual(['nele']);
    expect(await told('grant.suspended')).toEqual(['mia', 'nele']);
    await worker.stop();
  });

  it('a changed account: the others of the beneficiary, and those who may verify it', async () => {
    await open('2024-01-15T10:00');
    await engine.accepted('an', 'change-account', 'G1', { iban: 'BE71096123456769' });
    await engine.accepted('mia', 'change-account', 'G1', { iban: 'BE68539007547034' });
    const worker = await engine.startWorker();
    await engine.quiet();
    const rows: { recipients: string[] }[] = await engine.source.query(
      `SELECT array_agg(recipient ORDER BY recipient) AS recipients FROM messages
        WHERE kind = 'account.changed' GROUP BY event_id ORDER BY event_id`,
    );
    expect(rows.map(({ recipients }) => recipients.join(' ')).slice(-2)).toEqual([
      'ada fien fons mia nele oscar',
      'ada an fien fons nele oscar',
    ]);
    await worker.stop();
  });
});

describe('naming', () => {
  it('takes only persons and grants of the beneficiary, and days in their order', async () => {
    await open('2024-01-15T10:00');
    const about = { beneficiary: 'city', of: 'reports' as const, grant: null, from: null, until: null };
    const refusals: RegisterWrite<unknown>[] = [
      nameContact(system, { ...about, person: 'other' }),
      nameContact(system, { ...about, person: 'nobody' }),
      nameContact(system, { ...about, beneficiary: 'nowhere', person: 'mia' }),
      nameContact(system, { ...about, beneficiary: 'town', person: 'other', grant: 'G1' }),
      nameContact(system, { ...about, person: 'mia', until: '2024-01-14' }),
      nameDeputy(system, { person: 'mia', deputy: 'other', from: null, until: null }),
      nameDeputy(system, { person: 'bart', deputy: 'els', from: null, until: null }),
      nameDeputy(system, { person: 'bart', deputy: 'bart', from: null, until: null }),
      endNamed('contacts', { of: 'city', id: 99, until: null }),
    ];
    const codes: string[] = [];
    for (const write of refusals) {
      const outcome = await register(write);
      codes.push(
        outcome.accepted ? 'accepted' : `${outcome.refused.code} ${JSON.stringify(outcome.refused.facts)}`,
      );
    }
    expect(codes).toEqual([
      'not-found {"person":"other"}',
      'not-found {"person":"nobody"}',
      'not-found {"beneficiary":"nowhere"}',
      'not-found {"grant":"G1"}',
      expect.stringContaining('it ends before it begins; a last day is 2024-01-15 or later'),
      expect.stringContaining('does not answer for the same beneficiary'),
      expect.stringContaining('holds no role of bart (approver)'),
      expect.stringContaining('somebody else stands in'),
      'not-found {"contact":99}',
    ]);
  });

  it('gives nobody two deputies on one day, however many name one at once', async () => {
    await open('2024-01-15T10:00');
    const named = await Promise.all(
      Array.from({ length: 6 }, () =>
        register(
          nameDeputy(system, { person: 'bart', deputy: 'carla', from: '2024-02-01', until: '2024-02-10' }),
        ),
      ),
    );
    expect(named.filter((outcome) => outcome.accepted)).toHaveLength(1);
    expect(
      await register(
        nameDeputy(system, { person: 'bart', deputy: 'carla', from: '2024-02-10', until: null }),
      ),
    ).toMatchObject({
      refused: { code: 'conflict' },
    });
    await deputy('bart', 'carla', '2024-02-11', '2024-02-11');
  });
});
