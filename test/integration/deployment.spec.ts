// Sluis as docs/operations.md has it run: a PostgreSQL and a Redis of the operator's own, roles made by hand,
// `sluis migrate`, one process for the API and two for the work, from the build.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort } from '#persistence/cluster-process.js';
import {
  outsidePostgres,
  outsideRedis,
  type OutsidePostgres,
  type OutsideServer,
} from '#test/support/outside-servers.js';
import { describeWith } from '#test/support/requires.js';
import { type Settings, sluis, SluisProcess } from '#test/support/sluis-process.js';

/** Each step starts processes; on a busy machine that adds up. */
const limitMs = 120_000;
/** What the service promises for its own end; docker-compose.yml waits longer before it kills. */
const stopsWithinMs = 20_000;

const plan = {
  tranches: [
    { no: 1, share: 50, due: { on: 'grant-start' } },
    { no: 2, remainder: true, requires: ['report:final'] },
  ],
  reports: [{ code: 'final', kind: 'both', due: { on: 'grant-end', plus: 'P2M' } }],
};

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A deployment of one API and two workers, and the people who use it. */
class Deployment {
  readonly processes: SluisProcess[] = [];
  private readonly tokens = new Map<string, string>();
  private port = 0;
  private settings: Settings = {};
  private ownerUrl = '';

  constructor(
    readonly postgres: OutsidePostgres,
    readonly redis: (OutsideServer & { readonly url: string }) | null,
  ) {}

  async prepare(): Promise<void> {
    await this.postgres.administer(
      `CREATE ROLE sluis_owner LOGIN PASSWORD 'owner'`,
      `CREATE ROLE sluis_runtime LOGIN PASSWORD 'runtime'`,
      'CREATE DATABASE sluis OWNER sluis_owner',
    );
    this.port = await freePort();
    this.ownerUrl = this.postgres.url('sluis_owner', 'owner', 'sluis');
    this.settings = {
      DATABASE_URL: this.postgres.url('sluis_runtime', 'runtime', 'sluis'),
      PORT: String(this.port),
      ...(this.redis === null ? {} : { REDIS_URL: this.redis.url }),
    };
  }

  migrate() {
    return sluis(['migrate'], { ...this.settings, DATABASE_OWNER_URL: this.ownerUrl });
  }

  run(...args: string[]) {
    return sluis(args, this.settings);
  }

  start(part: '--api-only' | '--worker-only'): SluisProcess {
    const process = new SluisProcess(['start', part], this.settings);
    this.processes.push(process);
    return process;
  }

  async stopServers(): Promise<void> {
    await this.postgres.stop();
    await this.redis?.stop();
  }

  async ask(by: string | null, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
        ...(by === null ? {} : { authorization: `Bearer ${this.tokens.get(by)}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  /** A POST that must succeed. */
  async does(by: string, path: string, body: unknown = {}): Promise<Answer['body']> {
    const { status, body: answer } = await this.ask(by, `/api/v1/${path}`, body);
    if (status >= 300) throw new Error(`${by} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  keepToken(person: string, token: unknown): void {
    this.tokens.set(person, String(token));
  }

  async isReady(): Promise<boolean> {
    return this.ask(null, '/health/ready').then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  /** The payouts of a grant as `tranche status`. */
  async payouts(): Promise<string[]> {
    const { body } = await this.ask('fien', '/api/v1/payouts');
    const items = body['items'] as { grant: string; tranche: number; status: string }[];
    return items.map(({ grant, tranche, status }) => `${grant}/${tranche} ${status}`);
  }

  /** From draft to the approval of the first tranche, whose payout a worker then orders. */
  async grantUpToApproval(code: string): Promise<void> {
    const term = { amount: '1000.00', start: '2024-01-01', end: '2031-12-31' };
    await this.does('an', 'grants', { code, beneficiary: 'antwerpen', programme: 'REN', ...term });
    await this.does('an', `grants/${code}/award`);
    await this.does('bart', `grants/${code}/tranches/1/approve-tranche`);
  }

  async remove(): Promise<void> {
    for (const process of this.processes) await process.kill();
    await this.redis?.remove();
    await this.postgres.remove();
  }
}

/** Asks until it is so. */
async function becomes(is: () => Promise<boolean>, withinMs: number, what: string): Promise<void> {
  for (const end = Date.now() + withinMs; !(await is()); await sleep(100))
    if (Date.now() > end) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
}

async function addPeople(deployment: Deployment): Promise<void> {
  const roles = { an: 'administrator', bart: 'approver', fien: 'finance' };
  for (const [id, role] of Object.entries(roles)) {
    await deployment.does('olga', 'people', { id, roles: [role] });
    deployment.keepToken(id, (await deployment.does('olga', `people/${id}/tokens`))['token']);
  }
}

async function addRegisters(deployment: Deployment): Promise<void> {
  await deployment.does('an', 'programmes', { code: 'REN', title: 'Roma Experten Netwerk', ...plan });
  await deployment.does('an', 'beneficiaries', {
    id: 'antwerpen',
    name: 'Stad Antwerpen',
    kbo: '0207500123',
  });
  await deployment.does('an', 'beneficiaries/antwerpen/change-account', { iban: 'BE68539007547034' });
  await deployment.does('fien', 'beneficiaries/antwerpen/verify-account');
}

/** One deployment's life; each step goes on where the one before it ended. */
function deploys(withRedis: boolean): void {
  let deployment: Deployment;
  let workers: SluisProcess[];

  beforeAll(async () => {
    deployment = new Deployment(await outsidePostgres(), withRedis ? await outsideRedis() : null);
    await deployment.prepare();
  }, limitMs);
  afterAll(() => deployment.remove(), limitMs);

  it(
    'is migrated by the owner, once, and gets its first operator from the command line',
    async () => {
      expect(await deployment.run('start', '--worker-only')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^sluis: .*not migrated.*\n$/),
      });
      expect(await deployment.migrate()).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^Applied: /),
        stderr: '',
      });
      expect(await deployment.migrate()).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^Nothing/),
      });
      expect(await deployment.run('person', 'add', '--id', 'olga', '--role', 'operator')).toMatchObject({
        code: 0,
        stdout: 'olga is now operator.\n',
      });
      const { code, stdout } = await deployment.run('token', 'create', '--person', 'olga', '--json');
      expect(code).toBe(0);
      deployment.keepToken('olga', (JSON.parse(stdout) as { token: string }).token);
    },
    limitMs,
  );

  it(
    'waits for servers that are down, and works once they are there',
    async () => {
      await deployment.stopServers();
      const api = deployment.start('--api-only');
      workers = [deployment.start('--worker-only'), deployment.start('--worker-only')];
      await sleep(2_500);
      expect([api, ...workers].map(({ over }) => over)).toEqual([false, false, false]);
      await deployment.postgres.start();
      if (deployment.redis !== null) {
        await sleep(1_000);
        expect(await deployment.isReady()).toBe(false);
        await deployment.redis.start();
      }
      await becomes(() => deployment.isReady(), 30_000, 'ready');
      expect(await deployment.run('health')).toMatchObject({ code: 0, stdout: 'Ready.\n' });
      expect(await deployment.run('health', '--worker')).toMatchObject({ code: 0, stdout: 'Listening.\n' });
    },
    limitMs,
  );

  it(
    'brings a grant from its award to its payout through HTTP and the workers',
    async () => {
      await addPeople(deployment);
      await addRegisters(deployment);
      await deployment.grantUpToApproval('ONE');
      await becomes(async () => (await deployment.payouts()).includes('ONE/1 ordered'), 10_000, 'ordered');
      await deployment.does('fien', 'grants/ONE/tranches/1/confirm-payout');
      expect(await deployment.payouts()).toEqual(['ONE/1 settled']);
    },
    limitMs,
  );

  it(
    'resumes by itself after losing its servers',
    async () => {
      await deployment.stopServers();
      await becomes(async () => !(await deployment.isReady()), 10_000, 'not ready');
      const { status } = await deployment.ask('an', '/api/v1/grants/ONE');
      expect(status).toBeGreaterThanOrEqual(500);
      await sleep(2_000);
      await deployment.postgres.start();
      await deployment.redis?.start();
      await becomes(() => deployment.isReady(), 40_000, 'ready again');
      await deployment.grantUpToApproval('TWO');
      await becomes(async () => (await deployment.payouts()).includes('TWO/1 ordered'), 20_000, 'ordered');
      expect(deployment.processes.map(({ over }) => over)).toEqual([false, false, false]);
    },
    limitMs,
  );

  it(
    'goes on with one worker when the other is stopped, which ends with code 0 in time',
    async () => {
      const before = Date.now();
      expect(await workers[0]?.stop()).toMatchObject({ code: 0 });
      expect(Date.now() - before).toBeLessThan(stopsWithinMs);
      await deployment.grantUpToApproval('THREE');
      await becomes(async () => (await deployment.payouts()).includes('THREE/1 ordered'), 15_000, 'ordered');
    },
    limitMs,
  );

  it(
    'ends on SIGTERM with code 0 in time, and its record holds no fault',
    async () => {
      const before = Date.now();
      const ended = await Promise.all(deployment.processes.map((process) => process.stop()));
      expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
      expect(Date.now() - before).toBeLessThan(stopsWithinMs);
      expect(await deployment.run('health')).toMatchObject({ code: 1 });
      expect(await deployment.run('health', '--worker')).toMatchObject({ code: 1 });
      expect(await deployment.run('verify')).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^Verified 3 grants and \d+ events: nothing is violated\.\n$/),
      });
    },
    limitMs,
  );
}

describe('a deployment on PostgreSQL alone', () => {
  deploys(false);
});
describeWith('redis', 'a deployment on PostgreSQL and Redis', () => deploys(true));
