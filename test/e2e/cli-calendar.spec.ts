// Calendar feeds and the table of deadlines at the command line.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';

import { deadlineStates } from '#domain/deadline.js';
import { system } from '#domain/people.js';
import { addToken } from '#lifecycle/register-writes.js';
import { expectFaults, expectRefusal } from '#test/support/expect-faults.js';
import { type RecordUnderTest, awardLot, startRecord } from '#test/support/record.js';
import { type Ended, sluis } from '#test/support/sluis-process.js';

let folder: string;
let record: RecordUnderTest;
beforeAll(async () => {
  folder = mkdtempSync('/tmp/sluis-cli-calendar-');
  record = await startRecord();
  for (const person of ['stad', 'an']) {
    const hash = createHash('sha256').update(`token-of-${person}`).digest();
    await record.registers.register(
      `token-${person}`,
      system,
      'add-token',
      { person },
      addToken({ person, hash }),
    );
  }
  await awardLot(record.commands, ['A', 'B']);
}, 60_000);
afterAll(async () => {
  await record?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function run(by: string, ...args: readonly string[]): Promise<Ended> {
  const settings = {
    DATABASE_URL: record.urls.runtime,
    SLUIS_TOKEN: `token-of-${by}`,
    SLUIS_PUBLIC_URL: 'https://sluis.example.be/',
  };
  return sluis(args, settings, folder);
}

it('makes a calendar feed, lists it without its address, and revokes it', async () => {
  const made = await run('stad', 'calendar', 'add', '--name', 'Outlook', '--id', 'mine');
  expect(made.stdout).toMatch(
    /^Address of the calendar feed [0-9a-f]{16}, shown this once:\nhttps:\/\/sluis\.example\.be\/calendars\/[\w-]{43}\.ics\n$/,
  );
  const again = await run('stad', 'calendar', 'add', '--name', 'Outlook', '--id', 'mine');
  expect(again.stdout).toMatch(/was made before; its address is not shown again\.\n$/);
  const [id = ''] = /[0-9a-f]{16}/.exec(made.stdout) ?? [];
  expect((await run('stad', 'calendar', 'list')).stdout).toMatch(
    new RegExp(`^${id} {2}Outlook {2}made .* never used\n$`),
  );
  expect((await run('an', 'calendar', 'list', '--json')).stdout).toBe('');
  expectRefusal(await run('an', 'calendar', 'revoke', id), /There is no calendar feed [0-9a-f]{16}/);
  expect((await run('stad', 'calendar', 'revoke', id)).stdout).toBe(`The calendar feed ${id} is revoked.\n`);
  expectFaults(await run('stad', 'calendar', 'add', '--name', ''), /--name/);
}, 120_000);

it('writes the table of deadlines, in every state there is', async () => {
  const { stdout } = await run('an', 'export', 'deadlines', '--state', 'open', '--decimal', 'point');
  expect(stdout.trimEnd().split('\r\n')).toHaveLength(3);
  expect(stdout).toContain('2024-02-28,"open","REN","antwerpen","Stad Antwerpen","A","final"');
  const { stderr } = await run('an', 'export', 'deadlines', '--state', 'late');
  for (const state of deadlineStates) expect(stderr).toContain(state);
}, 60_000);
