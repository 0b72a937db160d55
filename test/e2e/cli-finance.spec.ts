// Money at the command line: a batch from ordered payouts to settled ones, bank files, and the tables of finance.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { system } from '#domain/people.js';
import { addToken } from '#lifecycle/register-writes.js';
import { camt053 } from '#test/support/bank-answers.js';
import { expectFaults, expectRefusal } from '#test/support/expect-faults.js';
import { type RecordUnderTest, awardLot, people, startRecord } from '#test/support/record.js';
import { type Ended, sluis } from '#test/support/sluis-process.js';

const oneTranche = {
  tranches: [{ no: 1, share: 100, due: { on: 'grant-start' } }],
  approval: { fourEyes: false },
};
const tokenOf = (person: string): string => `token-of-${person}`;
const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

let folder: string;
let record: RecordUnderTest;

beforeAll(async () => {
  folder = mkdtempSync('/tmp/sluis-cli-finance-');
  record = await startRecord(oneTranche);
  for (const person of Object.keys(people)) {
    const hash = createHash('sha256').update(tokenOf(person)).digest();
    await record.registers.register(
      `token-${person}`,
      system,
      'add-token',
      { person },
      addToken({ person, hash }),
    );
  }
  await order('A', 'B', 'C');
}, 60_000);
afterAll(async () => {
  await record?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function order(...codes: string[]): Promise<void> {
  await awardLot(record.commands, codes);
  for (const code of codes) {
    await record.give(people.bart, 'approve-tranche', code, { tranche: 1 });
    await record.give(system, 'order-payout', code, { tranche: 1 });
  }
}

/** One `sluis …` as this person, in the folder of the test; null: without a token. */
function run(by: string | null, args: readonly string[], input?: string): Promise<Ended> {
  const settings = {
    DATABASE_URL: record.urls.runtime,
    ...(by === null ? {} : { SLUIS_TOKEN: tokenOf(by) }),
  };
  return sluis(args, settings, folder, input);
}

/** What it printed, where it was done. */
async function said(by: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(by, args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

async function states(): Promise<Record<string, string>> {
  const rows: { id: string; status: string }[] = await record.source.query(
    'SELECT end_to_end_id AS id, status FROM payouts ORDER BY 1',
  );
  return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
}

function statement(...ids: string[]): string {
  return camt053(
    ids.map((endToEndId) => ({ endToEndId, amountCents: 100_000n, iban: 'BE68539007547034', name: 'Stad' })),
    { messageId: `STATEMENT-${ids.join('-')}` },
  );
}

describe('who acts', () => {
  it.each([
    ['without a token', null, /Who are you\? .*sluis token create/],
    ['with one that nobody has', 'nobody', /not known here/],
  ])('is asked for %s', async (_, by, words) => {
    expectFaults(await run(by, ['batch', 'list']), words);
  });

  it('is the person of --token, and may do what their roles say', async () => {
    expectRefusal(
      await run('fien', ['batch', 'list', '--token', tokenOf('stad')]),
      /stad may not read batches: none of their roles \(beneficiary\) does\./,
    );
    expectRefusal(
      await run('an', ['batch', 'build']),
      /cannot be built by an: none of their roles may give build-batch; it takes the role finance\./,
    );
    expectRefusal(await run('els', ['export', 'schedule']), /els may not read schedule/);
  });

  it('does not know a demo token outside a demo', async () => {
    const hash = createHash('sha256').update('demo-fien').digest();
    await record.registers.register('demo', system, 'add-token', {}, addToken({ person: 'fien', hash }));
    await record.standAt(null);
    expectFaults(await run(null, ['batch', 'list', '--token', 'demo-fien']), /not known here/);
    await record.standAt('2023-01-02T10:00:00Z');
    expect(await run(null, ['batch', 'list', '--token', 'demo-fien'])).toMatchObject({ code: 0 });
  });
});

describe('a batch', () => {
  it('goes from ordered payouts to settled ones', async () => {
    const profile = ['bank', 'profile', 'set', '--name', 'Agentschap', '--iban', 'BE68 5390 0754 7034'];
    expect(await said('fien', ...profile)).toBe('Bank profile main is set, version 1.\n');
    expect(await said('bart', 'bank', 'profile', 'list')).toContain('BE…7034');

    await record.give(people.an, 'suspend', 'C', { reason: 'audit' });
    expect(await said('fien', 'batch', 'build', '--id', 'monday')).toBe(
      'Batch 1 holds 2 payments of 2000.00 together. 1 could not go: sluis batch show says why.\n',
    );
    // A script that is not sure gives it again.
    expect(await said('fien', 'batch', 'build', '--id', 'monday')).toContain('Batch 1 holds');
    expect(await said('bart', 'batch', 'list')).toMatch(
      /^ +1 +built +2 payments +2000\.00 .* built by fien\n$/,
    );
    expect(await said('bart', 'batch', 'show', '1', '--lines')).toMatch(
      /Payments:\n +A-1-1 +A +tranche 1 +1000\.00 +BE\d{14} +\S.*\n +B-1-1 .*\nCould not go:/,
    );
    expect(await said('bart', 'batch', 'show', '1')).toMatch(/Could not go:\n +C-1-1 +grant-suspended\n$/);

    expectRefusal(
      await run('fien', ['batch', 'release', '1']),
      /^sluis: Batch 1 cannot be released by you: fien built the batch, and this takes someone else\.$/m,
    );
    expectRefusal(
      await run('fien', ['batch', 'export', '1', '--to', 'early.xml']),
      /Batch 1 cannot be exported: it is built/,
    );
    expect(readdirSync(folder)).toEqual([]);
    expect(await said('bart', 'batch', 'release', '1')).toBe('Batch 1 is released and sealed.\n');

    const exported = await said('fien', 'batch', 'export', '1', '--to', 'batch.xml');
    const file = readFileSync(join(folder, 'batch.xml'));
    expect(exported).toBe(
      `batch.xml: pain.001.001.09, 2 payments, ${file.length} bytes\nSHA-256 ${sha256(file)}\n`,
    );
    expect(statSync(join(folder, 'batch.xml')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['batch.xml']);

    const handed = await said('fien', 'batch', 'hand-over', '1', '--json');
    expect(JSON.parse(handed)).toMatchObject({ events: [{ stream: 'batch:1', type: 'batch.handed-over' }] });
    expect(await states()).toEqual({ 'A-1-1': 'handed-over', 'B-1-1': 'handed-over', 'C-1-1': 'ordered' });
    expectRefusal(await run('fien', ['batch', 'hand-over', '1']), /cannot be handed over: it is handed-over/);
    const shown = JSON.parse(await said('fien', 'batch', 'show', '1', '--json')) as Record<string, unknown>;
    expect(shown).toMatchObject({ batch: 1, unrecorded: 0, exclusions: [{ endToEndId: 'C-1-1' }] });

    const camt = statement('A-1-1', 'Z-1-1');
    writeFileSync(join(folder, 'statement.xml'), camt);
    expect(await said('fien', 'bank', 'import', 'statement.xml')).toBe(
      'Bank file 1 (camt.053.001.08) is imported: 2 entries, 1 applied, 1 waiting.\nWhat waits for a person: sluis bank waiting\n',
    );
    expect((await states())['A-1-1']).toBe('settled');
    const again = await run('fien', ['bank', 'import', '-'], camt);
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Bank file 1 (camt.053.001.08) was imported before'),
    });
    expect(await said('fien', 'bank', 'waiting')).toContain('sluis bank assign 1 2 --payout B-1-1');
    expect(await said('fien', 'bank', 'assign', '1', '2', '--payout', 'B-1-1')).toBe(
      'Entry 2 of bank file 1 is applied.\n',
    );
    expect((await states())['B-1-1']).toBe('settled');
    expect(await said('fien', 'bank', 'waiting')).toBe('Nothing waits.\n');
    expect(await run('fien', ['verify'])).toMatchObject({ code: 0 });
  }, 120_000);

  it('is written over nothing but itself, unless told to', async () => {
    const path = join(folder, 'batch.xml');
    const before = readFileSync(path);
    await said('fien', 'batch', 'export', '1', '--to', 'batch.xml');
    expect(readFileSync(path)).toEqual(before);
    writeFileSync(path, 'something else');
    expectFaults(
      await run('fien', ['batch', 'export', '1', '--to', 'batch.xml']),
      /batch\.xml: there is another file already; name another one, or give --force/,
    );
    expect(readFileSync(path, 'utf8')).toBe('something else');
    await said('fien', 'batch', 'export', '1', '--to', 'batch.xml', '--force', '--id', 'again');
    expect(readFileSync(path)).toEqual(before);
    // Given again under its id the command answers as it did; the file is there all the same.
    rmSync(path);
    await said('fien', 'batch', 'export', '1', '--to', 'batch.xml', '--id', 'again');
    expect(readFileSync(path)).toEqual(before);
    for (const to of ['no-folder/batch.xml', '.'])
      expectFaults(
        await run('fien', ['batch', 'export', '1', '--to', to]),
        /no such folder|this is a folder/,
      );
  }, 60_000);

  it('has its faults named before anything is opened', async () => {
    const nowhere = { DATABASE_URL: 'postgres://a:b@nowhere.invalid/sluis', SLUIS_TOKEN: 'x' };
    expectFaults(
      await sluis(['batch', 'build', '--at-least', '5', '--execute-on', '2024-02-30'], nowhere),
      /^--at-least: .*"5"/m,
      /^--execute-on: /m,
    );
    expectFaults(await sluis(['batch', 'show', 'x'], nowhere), /^batch: "x" is no number/);
    expectFaults(
      await sluis(['batch', 'list', '--state', 'late'], nowhere),
      /--state: "late" is none of built/,
    );
    expectFaults(await sluis(['bank', 'assign', '1', '2'], nowhere), /--payout ID, or --grant CODE/);
    expectFaults(await sluis(['bank', 'import', '/nowhere.xml'], nowhere), /no such file/);
    expectFaults(
      await sluis(['export', 'commitments', '--from', '2024-01-01'], nowhere),
      /--from: does not narrow/,
    );
    expectRefusal(await run('fien', ['batch', 'show', '9']), /There is no batch 9\./);
    expectRefusal(await run('fien', ['batch', 'discard', '1']), /cannot be discarded/);
    expectFaults(
      await run('fien', ['batch', 'build', '--execute-on', '2020-01-01']),
      /^--execute-on: 2020-01-01 is already past/,
    );
    expectRefusal(
      await run('fien', ['bank', 'dismiss', '1', '99', '--reason', 'x']),
      /no entry 99 in bank file 1\./,
    );
    expectRefusal(
      await run('fien', ['batch', 'build', '--id', 'monday', '--programme', 'X']),
      /This --id was given/,
    );
  }, 60_000);
});

describe('a bank file', () => {
  it.each([
    ['that is cut short', () => statement('C-1-1').slice(0, -60), /not whole/],
    [
      'of another account',
      () => statement('C-1-1').replaceAll('BE68539007547034', 'BE71096123456769'),
      /BE…6769/,
    ],
  ])('%s is refused', async (_, content, words) => {
    const ended = await run('fien', ['bank', 'import', '-'], content());
    expectFaults(ended, words, /^standard input: /);
  });

  it('has its strangers dismissed with a reason', async () => {
    await run('fien', ['bank', 'import', '-'], statement('Y-1-1'));
    expectRefusal(
      await run('fien', ['bank', 'dismiss', '2', '1']),
      /without a stated reason: give it with --reason\./,
    );
    expect(await said('fien', 'bank', 'dismiss', '2', '1', '--reason', 'of another service')).toBe(
      'Entry 1 of bank file 2 is dismissed.\n',
    );
  });
});

describe('an envelope', () => {
  const named = ['--programme', 'REN', '--year', '2023', '--article', 'QB0-1QCB2PA-PR'];
  const set = (amount: string): string[] => ['envelope', 'set', ...named, '--amount', amount];

  it('is set by an administrator, and listed with what is left of it', async () => {
    expect(await said('bart', 'envelope', 'list')).toBe('');
    const first = [...set('5000.00'), '--reason', 'the budget of 2023', '--id', 'budget'];
    const sentence = 'Envelope REN 2023 QB0-1QCB2PA-PR is 5000.00, version 1.\n';
    expect(await said('an', ...first)).toBe(sentence);
    expect(await said('an', ...first)).toBe(sentence);
    expect(JSON.parse(await said('an', ...set('6000.00'), '--json'))).toEqual({
      programme: 'REN',
      year: 2023,
      article: 'QB0-1QCB2PA-PR',
      amount: '6000.00',
      version: 2,
    });
    expect(await said('bart', 'envelope', 'list', '--programme', 'REN', '--year', '2023')).toBe(
      'REN  2023  QB0-1QCB2PA-PR  version 2  6000.00  0.00 committed  6000.00 left\n',
    );
    expect(JSON.parse(await said('els', 'envelope', 'list', '--json'))).toMatchObject({
      amount: '6000.00',
      setBy: 'an',
      reason: null,
    });
    expect(await said('bart', 'envelope', 'list', '--year', '2024')).toBe('');
    await awardLot(record.commands, ['E']);
    expect(await said('bart', 'envelope', 'list')).toContain('1000.00 committed  5000.00 left');
    expectFaults(await run('an', set('999.00')), /^--amount: 1000\.00 of the envelope is committed/m);
    expectRefusal(await run('an', [...set('1.00'), '--id', 'budget']), /--id was given before/);
  }, 60_000);

  it('is refused to others, and has its faults named before anything is opened', async () => {
    expectRefusal(await run('fien', set('1.00')), /fien may not do this: it takes the role administrator/);
    expectRefusal(await run('stad', ['envelope', 'list']), /stad may not read envelopes/);
    expectRefusal(
      await run('an', ['envelope', 'set', '--programme', 'NONE', ...set('1.00').slice(4)]),
      /There is no programme NONE\./,
    );
    const nowhere = { DATABASE_URL: 'postgres://a:b@nowhere.invalid/sluis', SLUIS_TOKEN: 'x' };
    const faulty = ['--programme', '-', '--year', 'soon', '--article', ' ', '--amount', '5', '--reason', ' '];
    expectFaults(
      await sluis(['envelope', 'set', ...faulty], nowhere),
      /^--programme: "-" is no code/m,
      /^--year: .*whole number from 1900/m,
      /^--article: " " is no budget article/m,
      /^--amount: "5"/m,
      /^--reason: /m,
    );
    expectFaults(await sluis(['envelope', 'set'], nowhere), /--programme <code>/);
    expectFaults(await sluis(['envelope', 'list', '--year', '1'], nowhere), /^--year: 1 is not/m);
  }, 60_000);
});

describe('a table', () => {
  it('is CSV on standard output, with a decimal comma or a point', async () => {
    await order('D');
    const comma = await said('fien', 'export', 'schedule');
    expect(comma.split('\r\n')[0]).toMatch(/^\ufeff"Month";"Expected on";/);
    expect(comma).toMatch(/"D";1;"ordered";1000,00;/);
    expect(await said('fien', 'export', 'commitments', '--decimal', 'point', '--programme', 'REN')).toMatch(
      /"D","active",1000\.00,/,
    );
    expect(await said('fien', 'export', 'commitments', '--programme', 'NONE')).toMatch(/^[^\r]+\r\n$/);
  });

  it('is a workbook in a file, written whole, or one JSON object a line', async () => {
    expect(await said('fien', 'export', 'forecast', '--format', 'xlsx', '--out', 'forecast.xlsx')).toBe('');
    expect(readFileSync(join(folder, 'forecast.xlsx')).subarray(0, 2).toString()).toBe('PK');
    const again = ['export', 'forecast', '--format', 'xlsx', '--out', 'forecast.xlsx'];
    expectFaults(await run('fien', again), /there is a file already/);
    await said('fien', ...again, '--force');
    const lines = (await said('fien', 'export', 'forecast', '--by', 'beneficiary', '--json'))
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ beneficiary: 'antwerpen' }]);
    expect(existsSync(join(folder, `.forecast.xlsx`))).toBe(false);
  });
});
