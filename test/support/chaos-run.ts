import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import type { DataSource } from 'typeorm';

import { dataSource } from '#config/data-source.js';
import type { Instant } from '#domain/civil-date.js';
import type { Command } from '#domain/commands.js';
import { system } from '#domain/people.js';
import type { Happening, Scenario } from '#domain/scenario-document.js';
import { addToken } from '#lifecycle/register-writes.js';
import { Registers } from '#lifecycle/registers.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import { freePort } from '#persistence/cluster-process.js';

import { QuietWatch } from '#cli/simulation/quiet-watch.js';
import { RecordClock } from '#cli/demo.js';
import { endOfDay } from '#cli/simulation/replay.js';
import { loadScenario } from '#cli/simulation/load-scenario.js';
import type { TestDatabase } from './cluster.js';
import { HttpDriver } from './http-driver.js';
import type { Settings } from './sluis-process.js';
import { Supervisor } from './supervisor.js';

/** Requests under way together. */
const LANES = 12;
/** A kill comes at most this long after the moment it was drawn for, in ms: while the work is in hand. */
const KILL_WITHIN_MS = 600;

export interface ChaosOptions {
  /** What happens; a happening for a grant of `like` happens to every grant whose code begins with it. */
  readonly scenario: Scenario;
  readonly database: TestDatabase;
  readonly redisUrl: string | null;
  /** What else the environment of the processes says. */
  readonly settings?: Settings;
  readonly kills: number;
  /** Of all instants of the run, among which the kills are spread. */
  readonly instants: number;
  readonly random: () => number;
  /** Waited for once everything was played, with the processes still running. */
  readonly finished?: (source: DataSource) => Promise<void>;
}

export interface ChaosReport {
  readonly killed: Readonly<Record<string, number>>;
  readonly restarts: number;
  readonly retries: number;
  /** Commands by what they were answered: `201`, `409 gate-closed`. */
  readonly answers: Readonly<Record<string, number>>;
  /** What ended without being killed. */
  readonly failures: readonly Error[];
  /** What did not end by SIGTERM. */
  readonly deaf: readonly string[];
}

/**
 * Plays a scenario against a service of real processes, one API and two workers, over HTTP, while `kill -9`
 * hits them at random moments. The clock stands in the database and only its owner, this run, moves it.
 */
export class ChaosRun {
  private readonly answers: Record<string, number> = {};
  private readonly killed: Record<string, number> = {};
  private readonly pending: Promise<void>[] = [];

  private constructor(
    private readonly options: ChaosOptions,
    private readonly source: DataSource,
    private readonly clock: RecordClock,
    private readonly supervisor: Supervisor,
    private readonly driver: HttpDriver,
  ) {}

  static async play(options: ChaosOptions): Promise<ChaosReport> {
    const { database, scenario, redisUrl } = options;
    const source = await dataSource(database.runtimeUrl, { poolSize: 4 }).initialize();
    const clock = await RecordClock.open(database.ownerUrl);
    const [first] = scenario.happenings;
    await clock.moveTo(first?.at ?? '');
    await load(scenario, source);
    const port = await freePort();
    const settings = {
      DATABASE_URL: database.runtimeUrl,
      PORT: String(port),
      SLUIS_POOL: '5',
      ...options.settings,
    };
    const supervisor = new Supervisor(redisUrl === null ? settings : { ...settings, REDIS_URL: redisUrl }, 2);
    const driver = new HttpDriver(`http://127.0.0.1:${port}`, tokenOf);
    const run = new ChaosRun(options, source, clock, supervisor, driver);
    try {
      await supervisor.up();
      await run.playAll();
      await options.finished?.(source);
      const { answers, killed } = run;
      const { restarts, failures } = supervisor;
      const deaf = await supervisor.stop();
      return { answers, killed, restarts, failures, deaf, retries: driver.retries };
    } finally {
      await Promise.allSettled(run.pending);
      await supervisor.stop();
      await clock.close();
      await source.destroy();
    }
  }

  private async playAll(): Promise<void> {
    const { scenario, kills, instants, random } = this.options;
    const drawn = Array.from({ length: kills }, () => Math.floor(random() * instants)).sort((a, b) => a - b);
    const last = endOfDay(scenario.until, scenario.programme.plan.timeZone);
    for (let place = 0, at = scenario.happenings[0]?.at ?? null; at !== null && at <= last; place += 1) {
      while ((drawn[0] ?? instants) <= place) {
        drawn.shift();
        this.arm();
      }
      await this.playInstant(at);
      at = await this.nextAfter(at);
    }
    await this.clock.moveTo(last);
    await Promise.all(this.pending);
    await this.quiet();
  }

  /** Due things first, then what happens; a command waits for what the ones before it led to. */
  private async playInstant(at: Instant): Promise<void> {
    await this.clock.moveTo(at);
    await this.quiet();
    for (const happening of this.options.scenario.happenings.filter((one) => one.at === at)) {
      const commands = this.commandsOf(happening);
      await Promise.all(
        Array.from({ length: LANES }, async () => {
          for (let next = commands.pop(); next !== undefined; next = commands.pop()) await this.give(next);
        }),
      );
      await this.quiet();
    }
  }

  private async give(command: Command): Promise<void> {
    const { status, code } = await this.driver.give(command);
    const answer = code === null ? String(status) : `${status} ${code}`;
    this.answers[answer] = (this.answers[answer] ?? 0) + 1;
  }

  private commandsOf({ index, by, do: name, grant, input }: Happening): Command[] {
    const { grants, people } = this.options.scenario;
    const person = people.find(({ id }) => id === by);
    if (person === undefined) throw new Error(`nobody is called ${by}`);
    return grants
      .filter(({ code }) => grant === '*' || code.startsWith(`${grant}-`))
      .map(({ code }) => ({ id: `${index}-${code}`, name, actor: person, grant: code, input }));
  }

  private async nextAfter(at: Instant): Promise<Instant | null> {
    const happening = this.options.scenario.happenings.find((one) => one.at > at);
    const [row] = await this.source.query<{ at: Date | null }[]>('SELECT min(next_due_at) AS at FROM grants');
    const moments = [happening?.at, row?.at?.toISOString()].filter((one): one is string => one !== undefined);
    return moments.sort()[0] ?? null;
  }

  /** Kills one of the processes soon, while the run goes on. */
  private arm(): void {
    const { random } = this.options;
    const delay = random() * KILL_WITHIN_MS;
    const which = random();
    this.pending.push(
      wait(delay).then(() => {
        const name = this.supervisor.kill(which);
        this.killed[name] = (this.killed[name] ?? 0) + 1;
      }),
    );
  }

  private quiet(): Promise<void> {
    return new QuietWatch(this.source).quiet();
  }
}

function tokenOf(person: string): string {
  return `chaos-token-of-${person}`;
}

async function load(scenario: Scenario, source: DataSource): Promise<void> {
  const registers = new Registers(source);
  await loadScenario(scenario, new RunCommands(source), registers);
  for (const { id } of scenario.people) {
    const hash = createHash('sha256').update(tokenOf(id)).digest();
    await registers.register(
      `load:token:${id}`,
      system,
      'add-token',
      { person: id },
      addToken({ person: id, hash }),
    );
  }
}
