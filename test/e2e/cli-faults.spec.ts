// What goes wrong at the command line: one sentence on standard error, an exit code, never a stack.
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { expectFaults, expectRefusal } from '#test/support/expect-faults.js';
import { outsidePostgres, type OutsidePostgres } from '#test/support/outside-servers.js';
import { type Settings, sluis } from '#test/support/sluis-process.js';

const f1 = join(import.meta.dirname, '../../config/programmes/roma-experten-netwerk-2023-2024.yaml');
const isRoot = process.getuid?.() === 0;

let folder: string;
let postgres: OutsidePostgres;

beforeAll(async () => {
  folder = mkdtempSync('/tmp/sluis-faults-');
  chmodSync(folder, 0o755);
  postgres = await outsidePostgres();
  await postgres.administer(
    `CREATE ROLE sluis_owner LOGIN PASSWORD 'owner'`,
    `CREATE ROLE sluis_runtime LOGIN PASSWORD 'runtime'`,
    'CREATE DATABASE sluis OWNER sluis_owner',
  );
});
afterAll(async () => {
  await postgres.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe('sluis start refuses in one sentence', () => {
  const inServer = (role: string, password: string, database: string) => () => ({
    DATABASE_URL: postgres.url(role, password, database),
  });
  const wrong: readonly [string, () => Settings, RegExp][] = [
    ['a malformed DATABASE_URL', () => ({ DATABASE_URL: 'localhost:5432' }), /DATABASE_URL .*postgresql:/],
    ['a malformed REDIS_URL', () => ({ REDIS_URL: 'http://localhost' }), /REDIS_URL .*rediss:/],
    ['a wrong password', inServer('sluis_runtime', 'wrong', 'sluis'), /DATABASE_URL .*password/],
    ['no such role', inServer('nobody', 'runtime', 'sluis'), /DATABASE_URL .*password/],
    [
      'no such database',
      inServer('sluis_runtime', 'runtime', 'none'),
      /DATABASE_URL .*"none" does not exist/,
    ],
    ['a database not migrated', inServer('sluis_runtime', 'runtime', 'sluis'), /not migrated.*sluis migrate/],
    [
      'a host that does not exist',
      () => ({ DATABASE_URL: 'postgres://a:b@nowhere.invalid/sluis' }),
      /DATABASE_URL .*nowhere\.invalid/,
    ],
    ['a PORT that is no number', () => ({ PORT: 'http' }), /PORT is "http"; .* 0 to 65535/],
    ['a PORT beyond the last', () => ({ PORT: '65536' }), /PORT is "65536"/],
    ['a SLUIS_POOL of nothing', () => ({ SLUIS_POOL: '0' }), /SLUIS_POOL is "0"/],
    [
      'an SMTP_URL of another kind',
      () => ({ SMTP_URL: 'http://mail.example' }),
      /SMTP_URL .*smtps:\/\/user:password@host/,
    ],
    [
      'an SMTP_URL with what it does not know',
      () => ({ SMTP_URL: 'smtp://mail.example?tsl=none' }),
      /SMTP_URL knows no "tsl"/,
    ],
    [
      'mail without a sender',
      () => ({ SMTP_URL: 'smtp://localhost' }),
      /SLUIS_MAIL_FROM is not; say who the sender/,
    ],
    [
      'a sender of two lines',
      () => ({ SLUIS_MAIL_FROM: 'Sluis <sluis@agency.example>\r\nBcc: all@agency.example' }),
      /SLUIS_MAIL_FROM is .*write one address/s,
    ],
    ['a HOST that is not here', () => ({ HOST: '192.0.2.1' }), /192\.0\.2\.1/],
  ];
  it.each(wrong)('%s', async (_, settings, words) => {
    expectRefusal(await sluis(['start'], { PORT: '0', SLUIS_DATA: `${folder}/wrong`, ...settings() }), words);
  });

  it('never repeats a password', async () => {
    const { stderr } = await sluis(['start'], { DATABASE_URL: 'mysql://user:secret@localhost/sluis' });
    expect(stderr).not.toContain('secret');
  });

  it('a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    expectRefusal(
      await sluis(['start'], { PORT: String(port), SLUIS_DATA: `${folder}/taken` }),
      new RegExp(`Port ${port} is taken`),
    );
    taken.close();
  });

  it('a data directory that cannot be written', async () => {
    // A folder below a file: that stops root too.
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const ended = await sluis(['start'], { PORT: '0', SLUIS_DATA: join(file, 'data') });
    expectRefusal(ended, /data directory .*file\/data cannot be written/);
  });

  (isRoot ? it : it.skip)('a chosen data directory out of reach of the user PostgreSQL runs as', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const ended = await sluis(['start'], { PORT: '0', SLUIS_DATA: join(closed, 'data') });
    expectRefusal(ended, /cannot be entered by the database's user/);
  });

  it('parts that contradict each other', async () => {
    expectRefusal(await sluis(['start', '--api-only', '--worker-only']), /nothing to start/);
    expectRefusal(
      await sluis(['start', '--demo'], { DATABASE_URL: 'postgres://a:b@127.0.0.1/c' }),
      /--demo .*unset DATABASE_URL/,
    );
  });
});

describe('sluis migrate refuses in one sentence', () => {
  const owner = () => ({ DATABASE_OWNER_URL: postgres.url('sluis_owner', 'owner', 'sluis') });

  it('an owner it is not told', async () => {
    const ended = await sluis(['migrate'], {
      DATABASE_URL: postgres.url('sluis_runtime', 'runtime', 'sluis'),
    });
    expectRefusal(ended, /DATABASE_OWNER_URL is not set/);
  });

  it('one role for both', async () => {
    const url = owner().DATABASE_OWNER_URL;
    expectRefusal(await sluis(['migrate'], { ...owner(), DATABASE_URL: url }), /both sign in as sluis_owner/);
  });

  it('a serving role that is absent and that the owner may not make', async () => {
    const absent = postgres.url('sluis_absent', 'x', 'sluis');
    const ended = await sluis(['migrate'], { ...owner(), DATABASE_URL: absent });
    expectRefusal(ended, /CREATE ROLE "sluis_absent" LOGIN/);
  });

  it('a wrong password and a server that is away', async () => {
    const wrong = postgres.url('sluis_owner', 'wrong', 'sluis');
    expectRefusal(await sluis(['migrate'], { DATABASE_OWNER_URL: wrong }), /password authentication failed/);
    const away = 'postgres://a:b@127.0.0.1:1/sluis';
    expectRefusal(await sluis(['migrate'], { DATABASE_OWNER_URL: away }), /ECONNREFUSED/);
  });
});

describe('a call that is wrong ends with 2', () => {
  const calls: readonly [string, readonly string[], RegExp][] = [
    ['an unknown command', ['pay'], /unknown command 'pay'/],
    ['an unknown option', ['start', '--fast'], /unknown option '--fast'/],
    ['an argument too many', ['migrate', 'now'], /too many arguments/],
    ['an argument too few', ['simulate'], /missing required argument 'file'/],
    ['an option left out', ['person', 'add', '--id', 'an'], /--role/],
    ['a role there is none of', ['person', 'add', '--id', 'an', '--role', 'king'], /"king" is none of/],
    ['a date that does not exist', ['demo', 'until', '2023-02-29'], /2023-02-29/],
    ['a file that is not there', ['simulate', '/nowhere.yaml'], /\/nowhere\.yaml/],
    ['a day that does not exist', ['simulate', f1, '--until', '2023-13-01'], /2023-13-01/],
  ];
  it.each(calls)('%s', async (_, args, words) => {
    const ended = await sluis(args, { SLUIS_DATA: join(folder, 'wrong') });
    expectFaults(ended, words);
    expect(ended.stdout).toBe('');
  });

  it('a scenario with faults: a line for each, with its path', async () => {
    const file = join(folder, 'broken.yaml');
    writeFileSync(
      file,
      `sluis: 1
programme:
  code: X
  title: X
  tranches:
    - { no: 1, share: 70, due: { on: grant-start } }
    - { no: 2, share: 40, due: { on: 2023-02-29 } }
  reports: []
people: []
beneficiaries: []
grants: []
happenings: []
`,
    );
    const ended = await sluis(['simulate', file]);
    expectFaults(ended, /2023-02-29/, /tranches/);
    expect(ended.stderr.trimEnd().split('\n').length).toBeGreaterThan(1);
    expect(ended.stdout).toBe('');
  });
});

describe('help', () => {
  const commands = [
    [],
    ['start'],
    ['migrate'],
    ['verify'],
    ['health'],
    ['simulate'],
    ['person'],
    ['person', 'add'],
    ['person', 'show'],
    ['person', 'change-mail'],
    ['contact'],
    ['contact', 'name'],
    ['deputy'],
    ['deputy', 'end'],
    ['extension'],
    ['extension', 'grant'],
    ['token'],
    ['token', 'create'],
    ['demo'],
    ['demo', 'next'],
    ['demo', 'until'],
  ];
  it.each(commands.map((command) => [command.join(' ') || '(none)', command] as const))(
    'of %s ends with 0',
    async (_, command) => {
      const { code, stdout, stderr } = await sluis([...command, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: sluis/);
    },
  );

  it('comes of itself where no command is given, and the version on request', async () => {
    expectFaults(await sluis([]), /Usage: sluis/);
    expect(await sluis(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' });
  });
});
