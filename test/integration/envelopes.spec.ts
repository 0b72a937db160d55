import { type EnvelopeName, committedCents } from '#domain/envelope.js';
import { type Grant, sums } from '#domain/grant.js';
import { formatAmount } from '#domain/money.js';
import { type Actor, system } from '#domain/people.js';
import { type EnvelopeSet, setEnvelope } from '#lifecycle/envelope-writes.js';
import type { RegisterOutcome } from '#lifecycle/registers.js';
import { type CommandRequest, type Outcome, RunCommands } from '#lifecycle/run-commands.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { verifyRecord } from '#lifecycle/verify-record.js';
import { inTransaction } from '#persistence/client.js';
import { GrantFiles, type LoadedBatch } from '#persistence/grant-file.js';
import { readGrants } from '#persistence/read-grants.js';
import { type EnvelopeListed, EnvelopeView } from '#persistence/views/envelope.view.js';
import { reactionsTo } from '#worker/reactions.js';

import { type RecordUnderTest, people, startRecord } from '../support/record.js';
import { until } from '../support/until.js';

let record: RecordUnderTest;
beforeAll(async () => {
  record = await startRecord();
}, 60_000);
afterAll(() => record?.stop());

const year = 2023;
let given = 0;
const id = (): string => `envelope-${(given += 1)}`;

/** Sets the envelope of an article of 2023, in whole euro. */
function set(article: string, euro: number, programme = 'REN'): Promise<RegisterOutcome<EnvelopeSet>> {
  const setting = { programme, year, article, amountCents: BigInt(euro) * 100n, reason: null };
  const input = { ...setting, amountCents: euro };
  return record.registers.register(id(), people.an, 'set-envelope', input, setEnvelope('an', setting));
}

function draft(grant: string, amount = '1000.00'): CommandRequest {
  const term = { amount, start: '2023-01-01', end: '2024-12-31' };
  const input = { beneficiary: 'antwerpen', programme: 'REN', ...term };
  return { id: id(), name: 'draft-grant', actor: system, grant, input };
}

function award(grant: string, input: Partial<EnvelopeName>): CommandRequest {
  return { id: id(), name: 'award', actor: people.an, grant, input };
}

async function accepted(by: Actor, name: CommandRequest['name'], grant: string, input = {}): Promise<void> {
  expect(await record.give(by, name, grant, input)).toMatchObject({ accepted: true });
}

const codesOf = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index + 1).padStart(2, '0')}`);

/** What became of commands: how many were taken, and what the others were told. */
function split(outcomes: readonly Outcome[]): { taken: number; refused: unknown[] } {
  return {
    taken: outcomes.filter((outcome) => outcome.accepted).length,
    refused: outcomes.flatMap((outcome) => (outcome.accepted ? [] : [outcome.refused])),
  };
}

async function shown(article: string): Promise<EnvelopeListed> {
  const { items } = await new EnvelopeView(record.source).list({ year }, { after: null, limit: 200 });
  const found = items.find((item) => item.article === article);
  if (found === undefined) throw new Error(`there is no envelope ${article}`);
  return found;
}

async function read(...codes: readonly string[]): Promise<Grant[]> {
  const found = await inTransaction(record.source, (client) => readGrants(client, codes));
  return [...found.values()].map(({ grant }) => grant);
}

const verify = async () => (await verifyRecord(record.source, reactionsTo, sepaPayments)).violations;

it('a programme without envelopes keeps no budget', async () => {
  await record.award('FREE');
  expect(await read('FREE')).toMatchObject([{ status: 'active', envelope: null }]);
});

describe('an envelope', () => {
  it('has versions, of which the last is in force', async () => {
    expect(await set('V', 100)).toMatchObject({ result: { amount: '100.00', version: 1 } });
    expect(await set('V', 100)).toMatchObject({ result: { amount: '100.00', version: 1 } });
    expect(await set('V', 70)).toMatchObject({ result: { amount: '70.00', version: 2 } });
    expect(await shown('V')).toMatchObject({ amount: '70.00', version: 2, setBy: 'an', left: '70.00' });
    expect(await set('V', 1, 'NONE')).toMatchObject({
      refused: { code: 'not-found', facts: { programme: 'NONE' } },
    });
  });

  it('never changes and never goes', async () => {
    for (const sql of [
      `UPDATE envelope_versions SET amount_cents = 1`,
      `DELETE FROM envelope_versions`,
      `TRUNCATE envelope_versions`,
      `DELETE FROM envelopes`,
    ]) {
      await expect(record.source.query(sql)).rejects.toThrow('permission denied');
      await expect(record.owner.query(sql)).rejects.toThrow(/never change|foreign key/);
    }
    // The runtime may lock an envelope, and for that may update a column of it: the trigger refuses.
    await expect(record.source.query('UPDATE envelopes SET created_at = now()')).rejects.toThrow(
      'its rows never change',
    );
  });

  it('is not lowered below what is committed, which the refusal names', async () => {
    await set('LOW', 3000);
    await record.commands.runBatch([draft('LOW'), award('LOW', { year, article: 'LOW' })]);
    expect(await set('LOW', 999)).toMatchObject({
      refused: {
        code: 'invalid',
        facts: {
          path: 'amount',
          message: '1000.00 of the envelope is committed; it cannot be lowered to 999.00',
        },
      },
    });
    expect(await set('LOW', 1000)).toMatchObject({ accepted: true });
    expect(await shown('LOW')).toMatchObject({ version: 2, committed: '1000.00', left: '0.00' });
  });

  it('that was overdrawn by a restored tranche may be raised, though not enough yet', async () => {
    await set('RAISE', 1000);
    await record.commands.runBatch([draft('RAISE'), award('RAISE', { year, article: 'RAISE' })]);
    await accepted(people.an, 'receive-document', 'RAISE', { name: 'permit' });
    await accepted(people.stad, 'submit-report', 'RAISE', { report: 'final' });
    await accepted(people.an, 'accept-report', 'RAISE', { report: 'final' });
    const judgement = { evaluation: 'final', outcome: 'partly-favourable', share: 50, reason: 'as found' };
    await accepted(people.els, 'recommend-evaluation', 'RAISE', judgement);
    await accepted(people.bart, 'decide-evaluation', 'RAISE', judgement);
    expect(await shown('RAISE')).toMatchObject({ committed: '750.00', released: '250.00', left: '250.00' });
    await set('RAISE', 750);
    await accepted(people.bart, 'reopen-evaluation', 'RAISE', { evaluation: 'final', reason: 'figures' });
    expect(await shown('RAISE')).toMatchObject({ committed: '1000.00', released: '0.00', left: '-250.00' });
    expect(await set('RAISE', 900)).toMatchObject({ accepted: true });
    expect(await set('RAISE', 800)).toMatchObject({ refused: { code: 'invalid' } });
    await record.commands.runBatch([draft('RAISE-2', '0.01')]);
    const late = await record.commands.run(award('RAISE-2', { year, article: 'RAISE' }));
    expect(late).toMatchObject({ refused: { code: 'envelope-exceeded', facts: { left: '-100.00' } } });
  });
});

describe('no award overdraws', () => {
  it('when many processes race for the last euro', async () => {
    await set('RACE', 5999);
    const codes = codesOf('RACE', 16);
    await record.commands.runBatch(codes.map((code) => draft(code)));
    const runners = codes.map(() => new RunCommands(record.source));
    const outcomes = await Promise.all(
      runners.map((runner, index) => runner.run(award(codes[index] as string, { year, article: 'RACE' }))),
    );
    const { taken, refused } = split(outcomes);
    expect(taken).toBe(5);
    expect(refused).toHaveLength(11);
    for (const one of refused)
      expect(one).toMatchObject({
        code: 'envelope-exceeded',
        facts: { programme: 'REN', year, article: 'RACE', left: '999.00', amount: '1000.00' },
      });
    expect(await shown('RACE')).toMatchObject({ committed: '5000.00', left: '999.00' });
  });

  it('when the grants of a batch share a transaction, or are drafted in it', async () => {
    await set('BATCH', 2500);
    const codes = codesOf('BATCH', 4);
    const name = { year, article: 'BATCH' };
    const outcomes = await record.commands.runBatch([
      ...codes.flatMap((code) => [draft(code), award(code, name)]),
      {
        id: id(),
        name: 'cancel-tranche',
        actor: people.an,
        grant: 'BATCH-01',
        input: { tranche: 1, reason: 'no' },
      },
      award('BATCH-03', name),
      award('BATCH-04', name),
    ]);
    expect(split(outcomes.slice(0, 8)).refused).toMatchObject([
      { code: 'envelope-exceeded', facts: { left: '500.00' } },
      { code: 'envelope-exceeded', facts: { left: '500.00' } },
    ]);
    // What the first gave back is the third's at once; then nothing is left for the fourth.
    expect(outcomes.slice(8)).toMatchObject([
      { accepted: true },
      { accepted: true },
      { refused: { code: 'envelope-exceeded', facts: { left: '0.00' } } },
    ]);
    expect(await shown('BATCH')).toMatchObject({ committed: '2500.00', released: '500.00', left: '0.00' });
  });

  it('when the envelope is lowered meanwhile', async () => {
    for (let round = 1; round <= 6; round += 1) {
      const article = `DOWN-${round}`;
      await set(article, 4000);
      const codes = codesOf(article, 4);
      await record.commands.runBatch(codes.map((code) => draft(code)));
      await Promise.all([
        ...codes.map((code) => new RunCommands(record.source).run(award(code, { year, article }))),
        set(article, 2000),
      ]);
      const { committed, amount } = await shown(article);
      expect(Number(committed)).toBeLessThanOrEqual(Number(amount));
    }
  });

  it('and a repeated award answers as it did, without committing again', async () => {
    await set('AGAIN', 1000);
    await record.commands.runBatch([draft('AGAIN')]);
    const command = award('AGAIN', { year, article: 'AGAIN' });
    const [first, second] = [await record.commands.run(command), await record.commands.run(command)];
    expect(second).toEqual({ ...first, replayed: true });
    expect(await shown('AGAIN')).toMatchObject({ committed: '1000.00' });
  });
});

describe('what came to be while a load waited for its locks is not decided over', () => {
  /** Loads for awards while another transaction holds what `held` locks, and `meanwhile` happens. */
  async function loadedBeside(
    held: string,
    request: { codes: string[]; awards: string[] },
    meanwhile: () => Promise<unknown>,
  ) {
    const loading = { done: Promise.resolve() as Promise<unknown> };
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT load_grant_files%'`;
    await inTransaction(record.source, async (client) => {
      await client.query({ text: held });
      loading.done = inTransaction(record.source, (other) => new GrantFiles().load(other, request));
      await until('it waits', async () => (await record.source.query(waiting)).length > 0);
      await meanwhile();
    });
    return (await loading.done) as LoadedBatch;
  }

  it('neither a grant', async () => {
    await record.commands.runBatch([draft('EARLY')]);
    const loaded = await loadedBeside(
      `SELECT 1 FROM grants WHERE code = 'EARLY' FOR UPDATE`,
      { codes: ['EARLY', 'LATE'], awards: [] },
      () => record.commands.runBatch([draft('LATE')]),
    );
    expect([...loaded.grants.keys()]).toEqual(['EARLY']);
  });

  it('nor an envelope', async () => {
    await set('EARLY', 100);
    const loaded = await loadedBeside(
      `SELECT 1 FROM envelopes WHERE article = 'EARLY' FOR UPDATE`,
      { codes: ['EARLY'], awards: ['EARLY'] },
      () => set('LATE', 100),
    );
    const articles = (loaded.envelopes.get('REN') ?? []).map(({ article }) => article);
    expect(articles).toContain('EARLY');
    expect(articles).not.toContain('LATE');
  });
});

it('the overview adds up what its grants say', async () => {
  const article = 'SUMS';
  await set(article, 10_000);
  const codes = codesOf(article, 5);
  const [paid, ordered, cancelled, recovered, refused] = codes as [string, string, string, string, string];
  await record.commands.runBatch(codes.map((code) => draft(code)));
  await record.commands.runBatch(codes.map((code) => award(code, { year, article })));
  for (const code of [paid, ordered, recovered]) {
    await accepted(people.bart, 'approve-tranche', code, { tranche: 1 });
    await accepted(people.fien, 'order-payout', code, { tranche: 1 });
  }
  for (const code of [paid, recovered]) await accepted(people.fien, 'confirm-payout', code, { tranche: 1 });
  await accepted(people.an, 'cancel-tranche', cancelled, { tranche: 2, reason: 'less is needed' });
  await accepted(people.an, 'terminate', refused, { reason: 'given up' });
  for (const amount of ['30.00', '20.00'])
    await accepted(people.an, 'propose-recovery', recovered, { amount, reason: 'too much' });
  for (const recovery of [1, 2]) {
    await accepted(people.an, 'notify-recovery', recovered, { recovery });
    await accepted(people.fien, 'settle-recovery', recovered, { recovery });
  }

  const overview = await shown(article);
  expect(overview).toMatchObject({
    amount: '10000.00',
    committed: '3500.00',
    approved: '1500.00',
    ordered: '1500.00',
    paid: '1000.00',
    released: '1500.00',
    recovered: '50.00',
    left: '6500.00',
  });
  const grants = await read(...codes);
  const total = (pick: (grant: Grant) => bigint): string =>
    formatAmount(grants.reduce((sum, grant) => sum + pick(grant), 0n));
  expect(overview.committed).toBe(total(committedCents));
  for (const name of ['approved', 'ordered', 'paid', 'released', 'recovered'] as const)
    expect([name, overview[name]]).toEqual([name, total((grant) => sums(grant)[name])]);
});

it('envelopes are listed by programme, year and article, in pages', async () => {
  const view = new EnvelopeView(record.source);
  const all = await view.list({ programme: 'REN' }, { after: null, limit: 200 });
  const paged: EnvelopeListed[] = [];
  for (let after: readonly string[] | null = null; ;) {
    const page = await view.list({ programme: 'REN', year }, { after, limit: 4 });
    paged.push(...page.items);
    if (page.next === null) break;
    after = page.next;
  }
  expect(paged).toEqual(all.items);
  expect(all.items.map(({ article }) => article)).toEqual(all.items.map(({ article }) => article).sort());
  expect((await view.list({ year: 1999 }, { after: null, limit: 4 })).items).toEqual([]);
});

describe('I16: verify', () => {
  it('finds nothing in what commands made', async () => {
    expect(await verify()).toEqual([]);
  });

  /** Breaks the record as only its owner can, looks, and mends it again. */
  async function broken(breaks: readonly string[], mends: readonly string[]): Promise<unknown> {
    const run = async (statements: readonly string[]): Promise<void> => {
      for (const sql of statements) await record.owner.query(sql);
    };
    await run(breaks);
    try {
      return (await verify()).filter(({ invariant }) => invariant === 'I16');
    } finally {
      await run(mends);
    }
  }

  it('finds a grant whose award names another envelope', async () => {
    const move = (to: string) => [`UPDATE grants SET envelope_article = '${to}' WHERE code = 'AGAIN'`];
    expect(await broken(move('V'), move('AGAIN'))).toEqual([
      {
        invariant: 'I16',
        stream: 'grant:AGAIN',
        message: 'it commits envelope 2023 V, its award 2023 AGAIN',
      },
    ]);
  });

  it('finds a grant that left its envelope', async () => {
    const leave = `UPDATE grants SET envelope_year = NULL, envelope_article = NULL WHERE code = 'AGAIN'`;
    const back = `UPDATE grants SET envelope_year = 2023, envelope_article = 'AGAIN' WHERE code = 'AGAIN'`;
    expect(await broken([leave], [back])).toMatchObject([
      { message: 'it commits envelope none, its award 2023 AGAIN' },
    ]);
  });

  it('finds an envelope that lost its amounts, or one of them', async () => {
    const [off, on] = ['DISABLE', 'ENABLE ALWAYS'].map(
      (how) => `ALTER TABLE envelope_versions ${how} TRIGGER envelope_versions_never_change`,
    ) as [string, string];
    const rows = await record.owner.query(
      `SELECT * FROM envelope_versions WHERE article = 'V' ORDER BY version`,
    );
    const insert = (row: unknown): string =>
      `INSERT INTO envelope_versions SELECT * FROM jsonb_populate_record(NULL::envelope_versions, '${JSON.stringify(row)}')`;
    const first = `DELETE FROM envelope_versions WHERE article = 'V' AND version = 1`;
    expect(await broken([off, first, on], [insert(rows[0])])).toMatchObject([
      { message: 'envelope REN 2023 V has 1 amounts, the last one numbered 2' },
    ]);
    const both = `DELETE FROM envelope_versions WHERE article = 'V'`;
    expect(await broken([off, both, on], rows.map(insert))).toMatchObject([
      { message: 'envelope REN 2023 V never had an amount' },
    ]);
  });

  it('finds tranches that do not make what was awarded', async () => {
    // As a restored database that lost its checks may be.
    const drop = [
      'ALTER TABLE tranches DISABLE TRIGGER USER',
      'ALTER TABLE tranches DROP CONSTRAINT tranches_balance',
      `UPDATE tranches SET released_cents = released_cents + 1 WHERE grant_code = 'AGAIN' AND no = 2`,
    ];
    const mend = [
      `UPDATE tranches SET released_cents = released_cents - 1 WHERE grant_code = 'AGAIN' AND no = 2`,
      'ALTER TABLE tranches ENABLE TRIGGER USER',
      `ALTER TABLE tranches ADD CONSTRAINT tranches_balance CHECK (
        awarded_cents = CASE status WHEN 'cancelled' THEN 0 ELSE amount_cents END + released_cents)`,
    ];
    expect(await broken(drop, mend)).toMatchObject([
      { message: 'envelope REN 2023 AGAIN: 100000 cents awarded less 1 released make no 100000' },
    ]);
    expect(await verify()).toEqual([]);
  });
});
