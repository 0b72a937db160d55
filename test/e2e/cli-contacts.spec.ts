// Who is told, at the command line: contacts, deputies, and where the mail of people goes.
import { createHash } from 'node:crypto';

import { system } from '#domain/people.js';
import { recordBounce } from '#lifecycle/person-addresses.js';
import { addBeneficiary, addPerson, addToken } from '#lifecycle/register-writes.js';
import { expectFaults, expectRefusal } from '#test/support/expect-faults.js';
import { type RecordUnderTest, people, startRecord } from '#test/support/record.js';
import { type Ended, sluis } from '#test/support/sluis-process.js';

const gent = { id: 'gent', name: 'Stad Gent', kbo: '0207451227' };
const others = [
  { id: 'gentenaar', roles: ['beneficiary' as const], of: 'gent' },
  { id: 'dienst', roles: ['beneficiary' as const], of: 'antwerpen' },
];

let record: RecordUnderTest;
beforeAll(async () => {
  record = await startRecord();
  const { registers } = record;
  await registers.register('gent', system, 'add-beneficiary', gent, addBeneficiary(gent));
  for (const person of others)
    await registers.register(`person-${person.id}`, system, 'add-person', person, addPerson(person));
  for (const person of [...Object.keys(people), ...others.map(({ id }) => id)]) {
    const hash = createHash('sha256').update(`token-of-${person}`).digest();
    await registers.register(`token-${person}`, system, 'add-token', { person }, addToken({ person, hash }));
  }
  await record.award('REN-ANT');
}, 60_000);
afterAll(() => record?.stop());

function run(by: string, ...args: readonly string[]): Promise<Ended> {
  return sluis(args, { DATABASE_URL: record.urls.runtime, SLUIS_TOKEN: `token-of-${by}` });
}

async function said(by: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(by, ...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

describe('contacts', () => {
  it('are named, listed and ended', async () => {
    expect(await said('stad', 'contact', 'list', 'antwerpen')).toBe(
      'Nobody is named: every person of antwerpen is told.\n',
    );
    const named = ['contact', 'name', 'antwerpen', 'dienst', '--of', 'reports'];
    const days = ['--from', '2023-02-01', '--until', '2023-12-31'];
    const first = await said('an', ...named, '--grant', 'REN-ANT', ...days, '--id', 'first');
    expect(first).toBe(
      'dienst is told of reports of grant REN-ANT from 2023-02-01 until 2023-12-31: contact 1.\n',
    );
    // A script that is not sure gives it again.
    expect(await said('an', ...named, '--grant', 'REN-ANT', ...days, '--id', 'first')).toBe(first);
    expect(JSON.parse(await said('an', ...named, '--json'))).toEqual({
      id: 2,
      person: 'dienst',
      from: '2023-01-02',
      until: null,
    });
    expect(await said('stad', 'contact', 'list', 'antwerpen')).toBe(
      '   2  dienst  reports  every grant  from 2023-01-02 on  named by an\n' +
        '   1  dienst  reports  grant REN-ANT  from 2023-02-01 until 2023-12-31  named by an\n',
    );
    expect(await said('an', 'contact', 'end', 'antwerpen', '1', '--until', '2023-06-30')).toBe(
      'Contact 1 of antwerpen is over after 2023-06-30.\n',
    );
    expect(await said('an', 'contact', 'end', 'antwerpen', '2')).toContain('is over after 2023-01-01');
    expect(await said('els', 'contact', 'list', 'antwerpen', '--json')).toContain('"until":"2023-06-30"');
  }, 60_000);

  it('are of one beneficiary, and its own only to whoever answers for it', async () => {
    const naming = ['contact', 'name', 'antwerpen'];
    expectRefusal(
      await run('an', ...naming, 'nobody', '--of', 'reports'),
      /^sluis: There is no person nobody\.$/m,
    );
    expectRefusal(await run('an', ...naming, 'gentenaar', '--of', 'payments'), /no person gentenaar/);
    expectRefusal(
      await run('an', 'contact', 'name', 'nowhere', 'stad', '--of', 'reports'),
      /no beneficiary nowhere/,
    );
    expectRefusal(
      await run('an', ...naming, 'stad', '--of', 'reports', '--grant', 'REN-GNT'),
      /no grant REN-GNT/,
    );
    expectRefusal(
      await run('stad', ...naming, 'stad', '--of', 'reports'),
      /stad may not do this: it takes the role administrator\./,
    );
    expectRefusal(await run('an', 'contact', 'end', 'antwerpen', '99'), /There is no contact 99\./);
    expectRefusal(await run('an', 'contact', 'end', 'gent', '1'), /There is no contact 1\./);
    expectRefusal(await run('gentenaar', 'contact', 'list', 'antwerpen'), /no beneficiary antwerpen\./);
  }, 60_000);

  it('are named with every fault at once, each at its place', async () => {
    const days = ['--from', '2023-02-30', '--until', 'soon', '--grant', 'no code!'];
    expectFaults(
      await run('an', 'contact', 'name', '-', 'stad', '--of', 'money', ...days),
      /^<beneficiary>: /m,
      /^--of: "money" is none of the possible ones: reports, payments$/m,
      /^--from: .*2023-02-30/m,
      /^--until: .*soon/m,
      /^--grant: "no code!" is no grant code/m,
    );
    expectFaults(
      await run('an', 'contact', 'name', 'antwerpen', 'stad', '--of', 'reports', '--until', '2023-01-01'),
      /^--until: it ends before it begins; a last day is 2023-01-02 or later$/m,
    );
    expectFaults(await run('an', 'contact', 'end', 'antwerpen', 'first'), /contact: "first" is no number/);
  }, 30_000);
});

describe('deputies', () => {
  it('are named by the person or for them, one on any day, and ended', async () => {
    const days = ['--from', '2023-07-01', '--until', '2023-07-31'];
    expect(await said('bart', 'deputy', 'name', 'bart', 'bie', ...days)).toBe(
      'bie is told in the stead of bart from 2023-07-01 until 2023-07-31: deputy 1.\n',
    );
    expectRefusal(
      await run('an', 'deputy', 'name', 'bart', 'bie', '--from', '2023-07-31'),
      /bie stands in for bart on some of these days; end that first/,
    );
    expect(await said('els', 'deputy', 'list', 'bart')).toBe(
      '   1  bie  from 2023-07-01 until 2023-07-31  named by bart\n',
    );
    expect(await said('an', 'deputy', 'end', 'bart', '1', '--until', '2023-07-15')).toBe(
      'Deputy 1 of bart is over after 2023-07-15.\n',
    );
    expect(await said('els', 'deputy', 'list', 'els')).toBe('Nobody stands in for els.\n');
  }, 60_000);

  it('could do what the person is told of', async () => {
    expectFaults(
      await run('bart', 'deputy', 'name', 'bart', 'els'),
      /^<deputy>: els holds no role of bart \(approver\)/m,
    );
    expectFaults(await run('bart', 'deputy', 'name', 'bart', 'bart'), /^<deputy>: somebody else stands in/m);
    expectRefusal(await run('an', 'deputy', 'name', 'bart', 'nobody'), /There is no deputy nobody\./);
    expectRefusal(await run('an', 'deputy', 'list', 'nobody'), /There is no person nobody\./);
    expectRefusal(
      await run('bie', 'deputy', 'end', 'bart', '1'),
      /bie may not do this: it takes the role operator or administrator\./,
    );
    expectRefusal(await run('an', 'deputy', 'end', 'bart', '99'), /There is no deputy 99\./);
    expectRefusal(await run('gentenaar', 'deputy', 'list', 'stad'), /There is no person stad\./);
  }, 60_000);
});

describe('the mail address of a person', () => {
  it('is set, bounces, is tried again and cleared', async () => {
    expect(await said('stad', 'person', 'change-mail', 'stad', 'subsidies@antwerpen.be')).toBe(
      'The mail of stad goes to subsidies@antwerpen.be.\n',
    );
    const bounce = { person: 'stad', mail: 'subsidies@antwerpen.be', response: '550 5.1.1 no such user' };
    await recordBounce(record.registers, 'bounce-1', bounce);
    const shown = await said('an', 'person', 'show', 'stad');
    expect(shown).toMatch(/^stad: .*beneficiary of antwerpen$/m);
    expect(shown).toMatch(/^ {2}mail {7}subsidies@antwerpen\.be$/m);
    expect(shown).toMatch(/^ {2}bounced {4}2023-01-02T10:00:00.000Z: 550 5\.1\.1 no such user$/m);
    expect(await said('an', 'person', 'change-mail', 'stad', 'subsidies@antwerpen.be')).toContain('goes to');
    expect(await said('stad', 'person', 'show', 'stad')).not.toContain('bounced');
    expect(await said('an', 'person', 'clear-mail', 'stad')).toBe('stad has no mail address any more.\n');
    expect(JSON.parse(await said('stad', 'person', 'show', 'stad', '--json'))).toMatchObject({ mail: null });
  }, 60_000);

  it.each([
    ['a line break', 'an@stad.be\r\nBcc: all@stad.be', /holds a line break/],
    ['a list', 'an@stad.be,els@stad.be', /is a list; a person has one address/],
    ['a display name', 'An <an@stad.be>', /display name or angle brackets/],
    ['no domain', 'an@localhost', /no domain/],
  ])('is refused with %s', async (_, address, words) => {
    const ended = await run('an', 'person', 'change-mail', 'stad', address);
    expectFaults(ended, /^<address>: /m, words);
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('is of a person who is there, and not another’s to change', async () => {
    expectRefusal(await run('an', 'person', 'change-mail', 'nobody', 'an@stad.be'), /no person nobody\./);
    expectRefusal(await run('an', 'person', 'clear-mail', 'nobody'), /no person nobody\./);
    expectRefusal(await run('an', 'person', 'show', 'nobody'), /no person nobody\./);
    expectRefusal(
      await run('gentenaar', 'person', 'change-mail', 'stad', 'mine@gent.be'),
      /gentenaar may not do this: it takes the role operator or administrator\./,
    );
    expectRefusal(await run('gentenaar', 'person', 'show', 'stad'), /There is no person stad\./);
  }, 60_000);
});
