import pg from 'pg';

import type { GrantEvent } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import type { Grant } from '#domain/grant.js';
import { system } from '#domain/people.js';
import { parsePlan } from '#domain/plan-document.js';
import { addBeneficiary } from '#lifecycle/register-writes.js';
import { type CommandRequest, RunCommands } from '#lifecycle/run-commands.js';
import { type Client, inTransaction } from '#persistence/client.js';
import { readStream, verifyChain } from '#persistence/event-log.js';
import { GrantFiles } from '#persistence/grant-file.js';

import { type RecordUnderTest, people, startRecord, twoTranchePlan } from '../support/record.js';

let record: RecordUnderTest;
beforeAll(async () => {
  record = await startRecord();
}, 60_000);
afterAll(() => record?.stop());
beforeEach(() => record.standAt('2023-01-02T10:00:00Z'));

const inRecord = <T>(work: (client: Client) => Promise<T>): Promise<T> => inTransaction(record.source, work);
const eventsOf = (code: string) => inRecord((client) => readStream(client, `grant:${code}`));
const typesOf = async (code: string) => (await eventsOf(code)).map(({ type }) => type);
const approval = (code: string, id: string): CommandRequest => ({
  id,
  name: 'approve-tranche',
  actor: people.bart,
  grant: code,
  input: { tranche: 1 },
});

describe('I4: a command id takes effect once', () => {
  it('however many processes are given it at the same moment', async () => {
    await record.award('ONCE');
    const runners = Array.from({ length: 8 }, () => new RunCommands(record.source));
    const outcomes = await Promise.all(runners.map((runner) => runner.run(approval('ONCE', 'once'))));
    expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(8);
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect((await typesOf('ONCE')).filter((type) => type === 'tranche.approved')).toHaveLength(1);
    const [first] = outcomes;
    for (const outcome of outcomes)
      expect({ ...outcome, replayed: false }).toEqual({ ...first, replayed: false });
  });

  it('and twice in one batch too', async () => {
    await record.award('TWICE');
    const outcomes = await record.commands.runBatch([approval('TWICE', 'twice'), approval('TWICE', 'twice')]);
    expect(outcomes.map(({ accepted, replayed }) => [accepted, replayed])).toEqual([
      [true, false],
      [true, true],
    ]);
  });

  it('with other content it is refused, and the first answer stays', async () => {
    await record.award('REUSED');
    await record.commands.run(approval('REUSED', 'reused'));
    const other = { ...approval('REUSED', 'reused'), input: { tranche: 2 } };
    for (let time = 1; time <= 2; time += 1)
      expect(await record.commands.run(other)).toMatchObject({ refused: { code: 'command-reused' } });
    expect(await record.commands.run(approval('REUSED', 'reused'))).toMatchObject({
      accepted: true,
      replayed: true,
    });
    const refusals = await record.source.query(`SELECT code FROM refusals WHERE command_id = 'reused'`);
    expect(refusals).toEqual([{ code: 'command-reused' }]);
  });

  it('a draft of one code by two at once makes one grant', async () => {
    const input = {
      beneficiary: 'antwerpen',
      programme: 'REN',
      amount: '1000.00',
      start: '2023-01-01',
      end: '2024-12-31',
    };
    const outcomes = await Promise.all(
      ['x', 'y'].map((id) =>
        new RunCommands(record.source).run({
          id: `race-${id}`,
          name: 'draft-grant',
          actor: people.an,
          grant: 'RACE',
          input,
        }),
      ),
    );
    expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1);
    expect(outcomes.find(({ accepted }) => !accepted)).toMatchObject({ refused: { code: 'wrong-state' } });
  });

  it('registers alike', async () => {
    const gent = { id: 'gent', name: 'Stad Gent', kbo: '0207451227' };
    const add = (name: string) =>
      record.registers.register(
        'gent',
        people.an,
        'add-beneficiary',
        { ...gent, name },
        addBeneficiary({ ...gent, name }),
      );
    const outcomes = await Promise.all([add('Stad Gent'), add('Stad Gent')]);
    expect(outcomes.map(({ accepted, replayed }) => [accepted, replayed]).sort()).toEqual([
      [true, false],
      [true, true],
    ]);
    expect(await add('Gent')).toMatchObject({ accepted: false, refused: { code: 'command-reused' } });
    const again = await record.registers.register(
      'gent-2',
      people.an,
      'add-beneficiary',
      gent,
      addBeneficiary(gent),
    );
    expect(again).toMatchObject({ accepted: false, refused: { code: 'conflict' } });
  });
});

describe('a command', () => {
  it('races another and one of them is refused', async () => {
    await record.award('RACED');
    const outcomes = await Promise.all(
      ['left', 'right'].map((id) => new RunCommands(record.source).run(approval('RACED', id))),
    );
    expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1);
    expect(outcomes.find(({ accepted }) => !accepted)).toMatchObject({ refused: { code: 'wrong-state' } });
  });

  it('that is refused is recorded, changes nothing and is refused alike again', async () => {
    await record.award('NO');
    const before = await typesOf('NO');
    const refused = { ...approval('NO', 'no'), input: { tranche: 2 } };
    const first = await record.commands.run(refused);
    expect(first).toMatchObject({ accepted: false, refused: { code: 'gate-closed' }, replayed: false });
    expect(await record.commands.run(refused)).toEqual({ ...first, replayed: true });
    expect(await typesOf('NO')).toEqual(before);
    const [row] = await record.source.query(`SELECT * FROM refusals WHERE command_id = 'no'`);
    expect(row).toMatchObject({
      code: 'gate-closed',
      command: 'approve-tranche',
      stream: 'grant:NO',
      actor: 'bart',
      input: { tranche: 2 },
    });
  });

  it.each([
    ['invalid', { ...approval('NO', 'bad-input'), input: { tranche: 'one' } }],
    ['not-found', approval('NOWHERE', 'nowhere')],
    ['not-allowed', { ...approval('NO', 'by-els'), actor: people.els }],
  ])('is recorded when it is %s', async (code, request) => {
    expect(await record.commands.run(request as CommandRequest)).toMatchObject({ refused: { code } });
    expect(
      await record.source.query('SELECT code FROM refusals WHERE command_id = $1', [request.id]),
    ).toEqual([{ code }]);
  });

  it('never leaves an account number among the refusals', async () => {
    const input = { iban: 'BE00000000000000' };
    await record.commands.run({
      id: 'iban',
      name: 'change-account',
      actor: people.an,
      grant: null,
      beneficiary: 'antwerpen',
      input,
    });
    const [row] = await record.source.query(`SELECT input, facts FROM refusals WHERE command_id = 'iban'`);
    expect(JSON.stringify(row)).not.toContain('BE00');
  });

  it('holding what the database cannot keep is refused and harms nobody', async () => {
    const outcome = await record.commands.run({
      ...approval('NO', 'nul'),
      input: { tranche: 1, reason: 'a\u0000b' },
    });
    expect(outcome).toMatchObject({ accepted: false, refused: { code: 'invalid' } });
  });

  it('given over a stale sequence is a conflict, and may be sent again under its id', async () => {
    await record.award('ETAG');
    const stale = await record.commands.run({ ...approval('ETAG', 'etag'), expectedSequence: 2 });
    expect(stale).toMatchObject({ refused: { code: 'conflict', facts: { expected: 2, found: 5 } } });
    const fresh = await record.commands.run({ ...approval('ETAG', 'etag'), expectedSequence: 5 });
    expect(fresh).toMatchObject({ accepted: true, sequence: 6, replayed: false });
    // The answer of a known id stands, whatever sequence its repetition expects.
    expect(await record.commands.run({ ...approval('ETAG', 'etag'), expectedSequence: 2 })).toMatchObject({
      accepted: true,
      replayed: true,
    });
  });

  it('comes after what fell due, which stands even when it is refused', async () => {
    await record.award('LATE');
    await record.standAt('2024-02-29T10:00:00Z');
    expect(await record.give(people.bart, 'approve-tranche', 'LATE', { tranche: 2 })).toMatchObject({
      accepted: false,
    });
    const overdue = (await eventsOf('LATE')).find(({ type }) => type === 'report.overdue');
    expect(overdue).toMatchObject({
      actor: 'system',
      commandId: 'due:LATE:6',
      occurredAt: '2024-02-29T10:00:00.000Z',
    });
  });

  it('that cannot be run leaves the others of its batch alone', async () => {
    await record.award('FINE');
    await record.owner.query(`INSERT INTO programmes VALUES ('BROKEN', 'Broken', now())`);
    await record.owner.query(`INSERT INTO plan_versions VALUES ('BROKEN', 1, '{}', 'an', now())`);
    const input = {
      beneficiary: 'antwerpen',
      programme: 'BROKEN',
      amount: '1.00',
      start: '2023-01-01',
      end: '2024-12-31',
    };
    const broken: CommandRequest = {
      id: 'broken',
      name: 'draft-grant',
      actor: people.an,
      grant: 'BROKEN',
      input,
    };
    await expect(record.commands.runBatch([broken, approval('FINE', 'fine')])).rejects.toThrow(
      'cannot be read',
    );
    expect(await typesOf('FINE')).toContain('tranche.approved');
  });

  it('goes through after every connection of the pool was cut', async () => {
    await record.award('CUT');
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()`;
    await Promise.allSettled([record.source.query(cut), record.commands.run(approval('CUT', 'cut'))]);
    expect(await record.commands.run(approval('CUT', 'cut'))).toMatchObject({ accepted: true });
    expect((await typesOf('CUT')).filter((type) => type === 'tranche.approved')).toHaveLength(1);
  });
});

describe('what falls due', () => {
  it('is swept once by two sweeps at the same time', async () => {
    await record.award('SWEPT');
    await record.standAt('2024-02-21T10:00:00Z');
    const sweeps = [new RunCommands(record.source), new RunCommands(record.source)];
    await Promise.all(sweeps.map((runner) => runner.sweepDue(100)));
    expect(await record.commands.sweepDue(100)).toEqual({ grants: 0, failures: [] });
    const types = await typesOf('SWEPT');
    expect(types.filter((type) => type === 'reminder.sent')).toHaveLength(1);
    expect(types.filter((type) => type === 'reminder.superseded')).toHaveLength(3);
    expect(
      await record.source.query(
        `SELECT outcome FROM reminders WHERE grant_code = 'SWEPT' AND due_offset = '-P7D'`,
      ),
    ).toEqual([{ outcome: 'sent' }]);
  });

  it('a changed account voids an approval once its grants are looked at again', async () => {
    await record.award('IBAN');
    await record.commands.run(approval('IBAN', 'iban-approved'));
    await record.give(people.an, 'change-account', 'IBAN', { iban: 'BE43068999999501' });
    for (let time = 1; time <= 2; time += 1)
      await record.commands.reassessGrantsOf('antwerpen', 'reassess-1');
    expect((await eventsOf('IBAN')).slice(6)).toMatchObject([
      { type: 'tranche.planned', commandId: 'reassess-1', actor: 'system' },
    ]);
    const verified = {
      id: 'v2',
      name: 'verify-account',
      actor: people.fien,
      grant: 'IBAN',
      input: {},
    } as const;
    expect(await record.commands.run(verified)).toMatchObject({ accepted: true, sequence: 4 });
  });
});

describe('I6: the rows equal the fold of the events', () => {
  it('for every grant of this suite, by a process that knows none of them', async () => {
    const parsed = parsePlan(twoTranchePlan);
    if (!('plan' in parsed)) throw new Error('the plan has faults');
    const rows: { code: string }[] = await record.source.query('SELECT code FROM grants ORDER BY code');
    const codes = rows.map(({ code }) => code);
    const loaded = await inRecord((client) => new GrantFiles().load(client, { codes }));
    for (const code of codes) {
      const events = await eventsOf(code);
      const folded = events.reduce<Grant | null>(
        (grant, event) => evolve(grant, event as GrantEvent, parsed.plan),
        null,
      );
      expect(loaded.grants.get(code)?.grant).toEqual(folded);
      const { sequence, hash } = {
        sequence: folded?.sequence ?? 0,
        hash: loaded.grants.get(code)?.hash ?? null,
      };
      expect(verifyChain(events, { stream: `grant:${code}`, sequence, hash })).toEqual([]);
    }
    expect(codes.length).toBeGreaterThan(8);
  });
});

it('rings when the outbox fills and when the clock is moved', async () => {
  const listener = new pg.Client({ connectionString: record.urls.runtime });
  await listener.connect();
  const heard: string[] = [];
  listener.on('notification', ({ channel }) => heard.push(channel));
  await listener.query('LISTEN sluis_outbox; LISTEN sluis_clock');
  await record.commands.run({
    id: 'ring',
    name: 'draft-grant',
    actor: system,
    grant: 'RING',
    input: {
      beneficiary: 'antwerpen',
      programme: 'REN',
      planVersion: 1,
      amount: '1.00',
      start: '2023-01-01',
      end: '2024-12-31',
    },
  });
  await record.standAt(null);
  await listener.query('SELECT 1');
  await listener.end();
  expect(heard.sort()).toEqual(['sluis_clock', 'sluis_outbox']);
});
