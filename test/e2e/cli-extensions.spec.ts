// More time for a report, at the command line: asked, granted, refused, given unasked, within what the programme allows.
import { createHash } from 'node:crypto';

import { system } from '#domain/people.js';
import { addBeneficiary, addPerson, addToken } from '#lifecycle/register-writes.js';
import { expectFaults, expectRefusal } from '#test/support/expect-faults.js';
import { type RecordUnderTest, people, startRecord, twoTranchePlan } from '#test/support/record.js';
import { type Ended, sluis } from '#test/support/sluis-process.js';

const [final] = twoTranchePlan.reports;
const plan = { ...twoTranchePlan, reports: [{ ...final, extensions: { times: 1, latest: '2024-06-30' } }] };
const gent = { id: 'gent', name: 'Stad Gent', kbo: '0207451227' };
const gentenaar = { id: 'gentenaar', roles: ['beneficiary' as const], of: 'gent' };
const reason = 'Our accountant is ill.';

let record: RecordUnderTest;
beforeAll(async () => {
  record = await startRecord(plan);
  const { registers } = record;
  await registers.register('gent', system, 'add-beneficiary', gent, addBeneficiary(gent));
  await registers.register('person-gentenaar', system, 'add-person', gentenaar, addPerson(gentenaar));
  for (const person of [...Object.keys(people), 'gentenaar']) {
    const hash = createHash('sha256').update(`token-of-${person}`).digest();
    await registers.register(`token-${person}`, system, 'add-token', { person }, addToken({ person, hash }));
  }
  await record.award('A');
  await record.award('B');
}, 60_000);
afterAll(() => record?.stop());

function run(by: string, ...args: readonly string[]): Promise<Ended> {
  const settings = { DATABASE_URL: record.urls.runtime, SLUIS_TOKEN: `token-of-${by}` };
  return sluis(['extension', ...args], settings);
}

async function said(by: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(by, ...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

async function dueOn(grant: string): Promise<string> {
  const [row]: { due: string }[] = await record.source.query(
    'SELECT due_on::text AS due FROM reports WHERE grant_code = $1',
    [grant],
  );
  return row?.due ?? '';
}

it('more time is asked, refused, asked again and granted', async () => {
  const ask = ['ask', 'A', 'final', '2024-03-31', '--reason', reason];
  const asked = 'More time for report final of A is asked for, until 2024-03-31.\n';
  expect(await said('stad', ...ask, '--id', 'once')).toBe(asked);
  expect(await said('stad', ...ask, '--id', 'once')).toBe(asked);
  expect(await said('an', 'refuse', 'A', 'final', '--reason', 'There is time enough.')).toBe(
    'More time for report final of A is refused; its deadline stays.\n',
  );
  expect(await dueOn('A')).toBe('2024-02-28');
  expectRefusal(await run('an', 'refuse', 'A', 'final', '--reason', 'x'), /no open request for more time/);
  expectRefusal(
    await run('an', 'grant', 'A', 'final', '2024-03-31'),
    /Nobody asked for more time for report final of A.*sluis extension give takes a reason/,
  );
  expect(await said('stad', ...ask)).toBe(asked);
  const granted = await said('an', 'grant', 'A', 'final', '2024-03-20', '--json');
  expect(JSON.parse(granted)).toMatchObject({
    events: [{ type: 'deadline.extended', data: { dueOn: '2024-03-20' }, actor: 'an', reason: null }],
  });
  expect(await dueOn('A')).toBe('2024-03-20');
  expectRefusal(
    await run('stad', 'ask', 'A', 'final', '2024-04-15', '--reason', reason),
    /more time was granted once already, and the programme allows no more/,
  );
}, 60_000);

it('more time is given unasked, with a reason', async () => {
  expectRefusal(
    await run('an', 'give', 'B', 'final', '2024-03-15'),
    /without a stated reason: give it with --reason/,
  );
  expect(await said('an', 'give', 'B', 'final', '2024-03-15', '--reason', 'The floods.')).toBe(
    'Report final of B is due on 2024-03-15 now.\n',
  );
  expect(await dueOn('B')).toBe('2024-03-15');
}, 30_000);

it('what the day cannot be is said with the day that would be right', async () => {
  const give = (until: string) => run('an', 'give', 'B', 'final', until, '--reason', reason);
  expectFaults(await give('2022-12-31'), /^<until>: 2022-12-31 is already past; name today \(2023-01-02\)/m);
  expectFaults(await give('2024-03-01'), /^<until>: .* name a day after the deadline of 2024-03-15$/m);
  expectFaults(
    await give('2024-07-01'),
    /^<until>: 2024-07-01 is later than the programme allows .* name a day up to 2024-06-30$/m,
  );
  expectFaults(await give('2024-02-30'), /^<until>: .*2024-02-30/m);
  expect(await dueOn('B')).toBe('2024-03-15');
}, 30_000);

it('who may, and on what', async () => {
  const more = ['final', '2024-04-15', '--reason', reason];
  expectRefusal(await run('an', 'give', 'Z', ...more), /^sluis: There is no grant Z\.$/m);
  expectRefusal(await run('an', 'give', 'B', 'none', '2024-04-15', '--reason', reason), /no report none/);
  expectRefusal(await run('stad', 'give', 'B', ...more), /cannot be given another deadline by stad/);
  expectRefusal(await run('an', 'ask', 'B', ...more), /it takes the role beneficiary/);
  // Another's grant is answered as one that does not exist.
  expectRefusal(await run('gentenaar', 'ask', 'B', ...more), /^sluis: There is no grant B\.$/m);
  expectRefusal(await run('gentenaar', 'ask', 'Z', ...more), /^sluis: There is no grant Z\.$/m);
}, 60_000);

it('once the last day has passed nothing is given any more', async () => {
  await record.standAt('2024-07-01T10:00:00Z');
  expectFaults(
    await run('an', 'give', 'B', 'final', '2024-07-15', '--reason', reason),
    /^<until>: the programme allows no more time for report final: the last day that could be given was 2024-06-30, and it has passed$/m,
  );
}, 30_000);
