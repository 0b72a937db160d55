// Payout batches on real PostgreSQL: built, released, exported, handed over or discarded; what races and what
// is held.
import type { MadeFile } from '#domain/batch.js';
import { system } from '#domain/people.js';
import type { Actor } from '#domain/people.js';
import { isRefused } from '#domain/refusal.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { Batches } from '#lifecycle/batches.js';
import type { Outcome } from '#lifecycle/run-commands.js';
import { setBankProfile } from '#lifecycle/register-writes.js';

import { type TestCluster, startTestCluster } from '../support/cluster.js';
import { type RecordUnderTest, awardLot, openRecord, people } from '../support/record.js';

const oneTranche = {
  tranches: [{ no: 1, share: 100, due: { on: 'grant-start' } }],
  approval: { fourEyes: false },
};
const fons: Actor = { id: 'fons', roles: ['finance'], of: null };
const bank = {
  code: 'main',
  name: 'Agentschap Binnenlands Bestuur',
  iban: 'BE68539007547034',
  bic: 'GKCCBEBB',
  batchBooking: true,
  remittance: 'text',
} as const;

let cluster: TestCluster;
let record: RecordUnderTest;
let batches: Batches;
let given = 0;

beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());
beforeEach(async () => {
  record = await openRecord(await cluster.clone(), async () => undefined, oneTranche);
  batches = new Batches(record.source, sepaPayments);
  await record.registers.register(
    'bank',
    people.fien,
    'set-bank-profile',
    bank,
    setBankProfile('fien', bank),
  );
});
afterEach(() => record.stop());

/** Grants with an ordered payout each. */
async function order(...codes: string[]): Promise<void> {
  await awardLot(record.commands, codes);
  for (const grant of codes) {
    accepted(await record.give(people.bart, 'approve-tranche', grant, { tranche: 1 }));
    accepted(await record.give(system, 'order-payout', grant, { tranche: 1 }));
  }
}

type BatchCommand = 'build-batch' | 'release-batch' | 'discard-batch' | 'export-batch' | 'hand-over-batch';

function batch(actor: Actor, name: BatchCommand, input: Record<string, unknown> = {}): Promise<Outcome> {
  return batches.run({ id: `batch-${(given += 1)}`, name, actor, grant: null, input });
}

function accepted(outcome: Outcome): Extract<Outcome, { accepted: true }> {
  if (!outcome.accepted) throw new Error(JSON.stringify(outcome.refused));
  return outcome;
}

function refused(outcome: Outcome) {
  if (outcome.accepted) throw new Error('it was accepted');
  return outcome.refused;
}

async function fileOf(no: number, sink: (piece: string) => void = () => undefined): Promise<MadeFile> {
  const made = await batches.file(no, sink);
  if (isRefused(made)) throw new Error(JSON.stringify(made.refused));
  return made;
}

async function statuses(): Promise<Record<string, string>> {
  const rows: { id: string; status: string }[] = await record.source.query(
    'SELECT end_to_end_id AS id, status FROM payouts ORDER BY 1',
  );
  return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
}

/** Up to and including a step of a batch's life. */
async function upTo(last: BatchCommand): Promise<void> {
  accepted(await batch(people.fien, 'build-batch'));
  for (const [name, actor] of [
    ['release-batch', fons],
    ['export-batch', people.fien],
    ['hand-over-batch', people.fien],
  ] as const) {
    if (last === 'build-batch') return;
    accepted(await batch(actor, name, { batch: 1 }));
    if (last === name) return;
  }
}

it('goes from ordered payouts to the bank whole, and each grant says so', async () => {
  await order('A', 'B', 'C');
  const built = accepted(await batch(people.fien, 'build-batch'));
  expect(built.events).toMatchObject([
    { stream: 'batch:1', type: 'batch.built', data: { lines: 3, amount: '3000.00', excluded: 0 } },
  ]);
  const released = accepted(await batch(fons, 'release-batch', { batch: 1 }));
  expect(released.events[0]?.data).toEqual({ executeOn: '2023-01-02', messageId: 'SLUIS-0000001' });
  let file = '';
  const exported = accepted(
    await batches.run(
      { id: 'export', name: 'export-batch', actor: people.fien, grant: null, input: { batch: 1 } },
      (piece) => void (file += piece),
    ),
  );
  expect(file).toContain('<EndToEndId>B-1-1</EndToEndId>');
  let again = '';
  const made = await fileOf(1, (piece) => void (again += piece));
  expect(again).toBe(file);
  expect(exported.events[0]?.data).toEqual(made);
  accepted(await batch(people.fien, 'hand-over-batch', { batch: 1 }));
  await record.commands.recordHandOver(1);
  expect(await statuses()).toEqual({
    'A-1-1': 'handed-over',
    'B-1-1': 'handed-over',
    'C-1-1': 'handed-over',
  });
  const [bound] = (await record.source.query('SELECT count(*)::int AS left FROM batched_payouts')) as [
    { left: number },
  ];
  expect(bound.left).toBe(0);
  const after = await fileOf(1);
  expect(after.sha256).toBe(made.sha256);
});

it('names every ordered payout that cannot go, and why', async () => {
  await order('A', 'B', 'C');
  accepted(await record.give(people.an, 'suspend', 'B', { reason: 'audit' }));
  accepted(await batch(people.fien, 'build-batch', { atMost: '1000.00' }));
  const rows: unknown = await record.source.query(
    'SELECT end_to_end_id, because FROM batch_exclusions ORDER BY 1',
  );
  expect(rows).toEqual([{ end_to_end_id: 'B-1-1', because: 'grant-suspended' }]);
  const nothing = refused(await batch(people.fien, 'build-batch'));
  expect(nothing).toMatchObject({
    code: 'wrong-state',
    facts: {
      excluded: [{ because: 'in batch 1' }, { because: 'grant-suspended' }, { because: 'in batch 1' }],
    },
  });
});

it('takes only what its filters ask for', async () => {
  await order('A', 'B');
  const nothing = { code: 'wrong-state', facts: { excluded: [] } };
  for (const filter of [
    { atMost: '999.99' },
    { atLeast: '1000.01' },
    { dueBy: '2023-01-01' },
    { programme: 'OTHER' },
  ])
    expect(refused(await batch(people.fien, 'build-batch', filter))).toMatchObject(nothing);
  const filters = { atLeast: '1000.00', atMost: '1000.00', dueBy: '2023-01-02', programme: 'REN' };
  const built = accepted(await batch(people.fien, 'build-batch', filters));
  expect(built.events[0]?.data).toMatchObject({ lines: 2, ...filters });
});

it('counts a latest payment date as the plan does', async () => {
  await record.stop();
  const gate = { no: 1, share: 100, due: { on: 'gate', plus: 'P1M' } };
  record = await openRecord(await cluster.clone(), async () => undefined, {
    ...oneTranche,
    tranches: [gate],
  });
  batches = new Batches(record.source, sepaPayments);
  await record.registers.register(
    'bank',
    people.fien,
    'set-bank-profile',
    bank,
    setBankProfile('fien', bank),
  );
  await record.standAt('2023-01-31T10:00:00Z');
  await order('A');
  expect(refused(await batch(people.fien, 'build-batch', { dueBy: '2023-02-27' })).code).toBe('wrong-state');
  accepted(await batch(people.fien, 'build-batch', { dueBy: '2023-02-28' }));
});

it('refuses a step that was meant for an earlier state of the batch, which may be given again', async () => {
  await order('A');
  await upTo('build-batch');
  const late = { id: 'late', name: 'release-batch', actor: fons, grant: null, input: { batch: 1 } } as const;
  expect(refused(await batches.run({ ...late, expectedSequence: 9 }))).toEqual({
    code: 'conflict',
    facts: { expected: 9, found: 1 },
  });
  accepted(await batches.run({ ...late, expectedSequence: 1 }));
});

it('is never exported again with other bytes', async () => {
  await order('A');
  await upTo('export-batch');
  const renamed = {
    ...sepaPayments,
    file: async function* () {
      yield 'another file';
    },
  };
  const other = new Batches(record.source, renamed);
  const again = {
    id: 'again',
    name: 'export-batch',
    actor: people.fien,
    grant: null,
    input: { batch: 1 },
  } as const;
  await expect(other.run(again)).rejects.toThrow('not what was exported');
  accepted(await batches.run(again));
});

it('gives no copy of a file that may not go out', async () => {
  await order('A', 'B');
  await upTo('export-batch');
  accepted(await record.give(people.an, 'suspend', 'B', { reason: 'audit' }));
  expect(await batches.file(1, () => undefined)).toMatchObject({ refused: { code: 'grant-suspended' } });
  accepted(await record.give(people.an, 'resume', 'B'));
  await fileOf(1);
  accepted(await batch(fons, 'discard-batch', { batch: 1, reason: 'wrong day' }));
  expect(await batches.file(1, () => undefined)).toMatchObject({
    refused: { code: 'wrong-state', facts: { state: 'discarded' } },
  });
});

it('pays no account that will not be valid on the day of payment', async () => {
  const account = { actor: system, grant: null, beneficiary: 'antwerpen' } as const;
  const until = { iban: 'BE71990000000469', validUntil: '2023-01-20' };
  accepted(await record.commands.run({ ...account, id: 'until', name: 'change-account', input: until }));
  accepted(
    await record.commands.run({
      ...account,
      id: 'ok',
      name: 'verify-account',
      actor: people.fien,
      input: {},
    }),
  );
  await order('A');
  expect(refused(await batch(people.fien, 'build-batch', { executeOn: '2023-01-21' }))).toMatchObject({
    facts: { excluded: [{ because: 'account-not-verified' }] },
  });
  accepted(await batch(people.fien, 'build-batch', { executeOn: '2023-01-20' }));
  accepted(await batch(fons, 'release-batch', { batch: 1 }));
});

it('is released by someone else, discarded with a reason, and then its payouts are free again', async () => {
  await order('A');
  await upTo('build-batch');
  expect(refused(await batch(people.fien, 'release-batch', { batch: 1 })).code).toBe('four-eyes');
  expect(refused(await batch(people.an, 'release-batch', { batch: 1 })).code).toBe('not-allowed');
  expect(refused(await batch(fons, 'export-batch', { batch: 1 })).code).toBe('wrong-state');
  expect(refused(await batch(fons, 'discard-batch', { batch: 1 })).code).toBe('reason-required');
  accepted(await batch(fons, 'discard-batch', { batch: 1, reason: 'wrong day' }));
  expect(await statuses()).toEqual({ 'A-1-1': 'ordered' });
  expect(accepted(await batch(people.fien, 'build-batch')).events[0]?.stream).toBe('batch:2');
});

it('binds its payouts: none moves but with it', async () => {
  await order('A');
  await upTo('export-batch');
  for (const name of ['confirm-payout', 'reject-payout', 'hand-over-payout'] as const)
    expect(refused(await record.give(people.fien, name, 'A', { tranche: 1 }))).toMatchObject({
      code: 'wrong-state',
      facts: { state: 'in batch 1, which is exported' },
    });
});

it.each(['release-batch', 'export-batch', 'hand-over-batch'] as const)(
  '%s is refused while a line is held, and names it',
  async (name) => {
    const before = {
      'release-batch': 'build-batch',
      'export-batch': 'release-batch',
      'hand-over-batch': 'export-batch',
    };
    await order('A', 'B');
    await upTo(before[name] as BatchCommand);
    accepted(await record.give(people.an, 'suspend', 'B', { reason: 'audit' }));
    expect(refused(await batch(fons, name, { batch: 1 }))).toMatchObject({
      code: 'grant-suspended',
      facts: { batch: 1, payout: 'B-1-1' },
    });
    accepted(await record.give(people.an, 'resume', 'B'));
    accepted(await batch(fons, name, { batch: 1 }));
  },
);

it('records that the money left before anything else that happens to the grant', async () => {
  await order('A');
  await upTo('hand-over-batch');
  accepted(await record.give(people.an, 'suspend', 'A', { reason: 'audit' }));
  const events: { type: string }[] = await record.source.query(
    `SELECT type FROM events WHERE stream = 'grant:A' ORDER BY sequence DESC LIMIT 2`,
  );
  expect(events.map(({ type }) => type)).toEqual(['grant.suspended', 'payout.handed-over']);
});

it('is not forgotten by a grant that only answers again, or answers that it moved on', async () => {
  await order('A');
  await upTo('hand-over-batch');
  // The command that approved the tranche once more, and one that was meant for an earlier state.
  const again = {
    id: 'given-1',
    name: 'approve-tranche',
    actor: people.bart,
    grant: 'A',
    input: { tranche: 1 },
  } as const;
  expect(accepted(await record.commands.run(again)).replayed).toBe(true);
  const stale = {
    id: 'stale',
    name: 'suspend',
    actor: people.an,
    grant: 'A',
    input: { reason: 'x' },
  } as const;
  expect(refused(await record.commands.run({ ...stale, expectedSequence: 1 })).code).toBe('conflict');
  expect(refused(await batch(people.fien, 'build-batch'))).toMatchObject({
    facts: { excluded: [{ because: 'in batch 1' }] },
  });
  await record.commands.recordHandOver(1);
  expect(await statuses()).toEqual({ 'A-1-1': 'handed-over' });
});

it('answers a repeated command as it did, and refuses its id with other content', async () => {
  await order('A');
  const request = { id: 'same', name: 'build-batch', actor: people.fien, grant: null, input: {} } as const;
  const first = accepted(await batches.run(request));
  const second = accepted(await batches.run(request));
  expect(second).toEqual({ ...first, replayed: true });
  const other = await batches.run({ ...request, input: { atMost: '1.00' } });
  expect(refused(other).code).toBe('command-reused');
});
