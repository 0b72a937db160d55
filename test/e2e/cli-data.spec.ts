// The folder with the embedded database, and the people whom the command line adds to it.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import { runningPostmaster } from '#persistence/cluster-process.js';
import { startEmbeddedPostgres } from '#persistence/embedded-postgres.js';
import { expectFaults, expectRefusal } from '#test/support/expect-faults.js';
import { sluis, SluisProcess } from '#test/support/sluis-process.js';

/** Each step starts processes and databases; on a busy machine that adds up. */
const limitMs = 120_000;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync('/tmp/sluis-data-');
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a data directory', () => {
  it(
    'serves one Sluis at a time; what a killed one left is taken over; commands work beside it',
    async () => {
      const SLUIS_DATA = join(folder, 'data');
      const settings = { PORT: '0', SLUIS_DATA };
      const first = new SluisProcess(['start'], settings);
      await first.says('Sluis is ready');
      expectRefusal(await sluis(['start'], settings), /in use by another Sluis \(process \d+\)/);
      first.signal('SIGKILL');
      await first.ended;

      const { clusterDir } = JSON.parse(readFileSync(join(SLUIS_DATA, 'cluster.json'), 'utf8')) as {
        clusterDir: string;
      };
      expect(runningPostmaster(clusterDir)).toMatchObject({ ready: true });
      const second = new SluisProcess(['start'], settings);
      await second.says('taken over as it ran');
      await second.says('Sluis is ready');
      expect(await sluis(['person', 'add', '--id', 'olga', '--role', 'operator'], settings)).toMatchObject({
        code: 0,
      });
      expect(await sluis(['verify', '--json'], settings)).toMatchObject({ code: 0, stdout: '' });
      expect(await second.stop()).toMatchObject({ code: 0, stderr: '' });
      expect(runningPostmaster(clusterDir)).toBeUndefined();

      // With nothing running, a command starts the database for itself.
      expect(await sluis(['token', 'create', '--person', 'olga'], settings)).toMatchObject({ code: 0 });
      expect(runningPostmaster(clusterDir)).toBeUndefined();
    },
    limitMs,
  );

  it(
    'is left without a PostgreSQL when a start is broken off',
    async () => {
      const SLUIS_DATA = join(folder, 'broken-off');
      const start = new SluisProcess(['start', '--demo'], { PORT: '0', SLUIS_DATA });
      // Made before the database is.
      while (!existsSync(join(SLUIS_DATA, 'sluis.lock'))) await sleep(10);
      const { code } = await start.stop();
      expect(code).toBe(0);
      // The process told it to stop as it went; it may still be about it.
      const isGone = () => runningPostmaster(join(SLUIS_DATA, 'postgres')) === undefined;
      for (const end = Date.now() + 10_000; !isGone() && Date.now() < end; await sleep(50));
      expect(isGone()).toBe(true);
    },
    limitMs,
  );

  it(
    'gives sluis verify what is wrong with it: exit code 1 and a line for each',
    async () => {
      const settings = { PORT: '0', SLUIS_DATA: join(folder, 'demo') };
      const demo = new SluisProcess(['start', '--demo'], settings);
      await demo.says('Sluis is ready');
      await demo.stop();
      expect(await sluis(['verify'], settings)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^Verified 4 grants and \d+ events: nothing is violated\.\n$/),
      });
      expectRefusal(await sluis(['demo', 'next'], settings), /No demo runs/);
      const nowhere = join(folder, 'nowhere');
      expectRefusal(await sluis(['verify'], { SLUIS_DATA: nowhere }), /no database in .*nowhere/);
      expect(existsSync(nowhere)).toBe(false);

      const left = await startEmbeddedPostgres({
        durable: true,
        dataDir: settings.SLUIS_DATA,
        explicit: true,
      });
      const owner = new pg.Client({ connectionString: left.ownerUrl });
      await owner.connect();
      await owner.query(`UPDATE reports SET status = 'waived' WHERE grant_code = 'REN-ANT'`);
      await owner.end();
      await left.stop();
      const { code, stdout } = await sluis(['verify', '--json'], settings);
      expect(code).toBe(1);
      const violations = stdout.trimEnd().split('\n');
      expect(violations.map((line) => (JSON.parse(line) as { stream: string }).stream)).toContain(
        'grant:REN-ANT',
      );
    },
    limitMs,
  );
});

describe('people from the command line', () => {
  it(
    'an operator with another role, a person twice, a token for nobody',
    async () => {
      const settings = { SLUIS_DATA: join(folder, 'people') };
      expectFaults(
        await sluis(['person', 'add', '--id', 'olga', '--role', 'operator', 'approver'], settings),
        /an operator holds no other role/,
      );
      expect((await sluis(['person', 'add', '--id', 'olga', '--role', 'operator'], settings)).code).toBe(0);
      expectFaults(await sluis(['person', 'add', '--id', 'olga', '--role', 'operator'], settings), /already/);
      expectFaults(await sluis(['token', 'create', '--person', 'nobody'], settings), /nobody/);
    },
    limitMs,
  );
});
