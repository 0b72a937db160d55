import 'reflect-metadata';

import { type DynamicModule, type INestApplicationContext, type Type, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { DataSource } from 'typeorm';

import { dataSource } from '#config/data-source.js';
import { parseMoment } from '#domain/civil-date.js';
import type { Command, CommandName } from '#domain/commands.js';
import type { NewEvent } from '#domain/events.js';
import { type Actor, system } from '#domain/people.js';
import type { Scenario } from '#domain/scenario-document.js';
import { Registers } from '#lifecycle/registers.js';
import { type Outcome, RunCommands } from '#lifecycle/run-commands.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { type Verified, verifyRecord } from '#lifecycle/verify-record.js';
import { inTransaction } from '#persistence/client.js';
import { PersistenceModule } from '#persistence/persistence.module.js';
import { Enqueue } from '#queue/enqueue.js';
import type { EffectKey } from '#queue/jobs.js';
import { queueConnection, waitForBackend } from '#queue/queue-backend.js';
import { QueueModule } from '#queue/queue.module.js';
import { localTelling } from '#worker/mail-settings.js';
import { reactionsTo } from '#worker/reactions.js';
import type { WebhookSettings } from '#worker/webhook-deliveries.js';
import { WorkerModule } from '#worker/worker.module.js';

import { QuietWatch } from '#cli/simulation/quiet-watch.js';
import { RecordClock } from '#cli/demo.js';
import { loadScenario } from '#cli/simulation/load-scenario.js';
import type { TestCluster, TestDatabase } from './cluster.js';
import { scenarioOf } from './scenario-files.js';

export interface WorkerUnderTest {
  readonly app: INestApplicationContext;
  readonly enqueue: Enqueue;
  stop(): Promise<void>;
}

export interface StoredEvent {
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly actor: string;
  readonly reason: string | null;
}

export interface StoredEffect {
  readonly eventId: string;
  /** Of the event that it follows from. */
  readonly type: string;
  readonly reaction: string;
  readonly target: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly done: boolean;
}

/** A record of its own, loaded from a scenario, its clock standing where the test says; no worker runs yet. */
export class Engine {
  /** Done between the moment a worker has seen its backend and its boot. */
  beforeBoot: () => Promise<void> = async () => undefined;
  /** Where workers listen for what happens, if not at the database's own address. */
  listenUrl: string | undefined;
  /** How workers started from now on tell people. */
  telling = localTelling;
  /** What deliveries to webhooks are told. */
  webhooks: WebhookSettings = { publicUrl: 'https://sluis.example', allowed: ['127.0.0.1'] };
  private readonly workers = new Set<WorkerUnderTest>();
  private given = 0;

  private constructor(
    readonly database: TestDatabase,
    /** The runtime role's pool, as the service has it. */
    readonly source: DataSource,
    /** The owner's: what no process of the service ever has. */
    readonly owner: DataSource,
    readonly commands: RunCommands,
    private clock: RecordClock,
    private readonly scenario: Scenario,
    private readonly redisUrl: string | null,
  ) {}

  /** `yaml` is a scenario without happenings: what it declares is entered at `at`, its grants awarded by `an`. */
  static async open(
    cluster: TestCluster,
    yaml: string,
    at: string,
    redisUrl: string | null = null,
  ): Promise<Engine> {
    const scenario = scenarioOf(yaml);
    const database = await cluster.clone();
    const source = await dataSource(database.runtimeUrl, { poolSize: 8 }).initialize();
    const owner = await dataSource(database.ownerUrl, { poolSize: 1 }).initialize();
    const clock = await RecordClock.open(database.ownerUrl);
    const commands = new RunCommands(source);
    const engine = new Engine(database, source, owner, commands, clock, scenario, redisUrl);
    await engine.moveTo(at);
    await loadScenario(scenario, commands, new Registers(source));
    for (const { code } of scenario.grants) await engine.accepted('an', 'award', code);
    return engine;
  }

  /** Moves the clock to a local moment of the programme. */
  async moveTo(local: string): Promise<void> {
    const moment = parseMoment(local, this.scenario.programme.plan.timeZone);
    if ('fault' in moment) throw new Error(moment.fault);
    await this.clock.moveTo(moment.value);
  }

  /** After the server went away: the clock is moved over one connection that does not come back by itself. */
  async reconnectOwner(): Promise<void> {
    await this.clock.close().catch(() => undefined);
    this.clock = await RecordClock.open(this.database.ownerUrl);
  }

  actor(id: string): Actor {
    if (id === system.id) return system;
    const person = this.scenario.people.find((one) => one.id === id);
    if (person === undefined) throw new Error(`nobody is called ${id}`);
    return { id, roles: person.roles, of: person.of };
  }

  /** A command under an id of its own. */
  command(by: string, name: CommandName, grant: string, input: Command['input'] = {}): Command {
    return { id: `given-${(this.given += 1)}`, name, actor: this.actor(by), grant, input };
  }

  give(by: string, name: CommandName, grant: string, input: Command['input'] = {}): Promise<Outcome> {
    return this.commands.run(this.command(by, name, grant, input));
  }

  async accepted(by: string, name: CommandName, grant: string, input: Command['input'] = {}): Promise<void> {
    const outcome = await this.give(by, name, grant, input);
    if (!outcome.accepted) throw new Error(`${name} of ${grant}: ${JSON.stringify(outcome.refused)}`);
  }

  /** A worker as `sluis start --worker-only` has it, in this process; `beside` are further modules. */
  async startWorker(...beside: (Type | DynamicModule)[]): Promise<WorkerUnderTest> {
    const { runtimeUrl, name } = this.database;
    const backend = queueConnection({ redisUrl: this.redisUrl, databaseUrl: runtimeUrl }, () => undefined);
    await waitForBackend(backend);
    await this.beforeBoot();
    @Module({
      imports: [
        PersistenceModule.forRoot(runtimeUrl, { poolSize: 6 }),
        QueueModule.forRoot(backend, name),
        WorkerModule.forRoot(this.listenUrl ?? runtimeUrl, this.telling, this.webhooks),
        ...beside,
      ],
    })
    class Worker {}
    try {
      const app = await NestFactory.createApplicationContext(Worker, { logger: false, abortOnError: false });
      const worker: WorkerUnderTest = {
        app,
        enqueue: app.get(Enqueue, { strict: false }),
        stop: async () => {
          if (!this.workers.delete(worker)) return;
          await app.close();
          await backend.close();
        },
      };
      this.workers.add(worker);
      return worker;
    } catch (error) {
      await backend.close();
      throw error;
    }
  }

  /**
   * What a relay leaves that dies between its commit and its ring: claimed events, their effects undone, no
   * job. Answers those effects.
   */
  async dispatchWithoutRing(): Promise<EffectKey[]> {
    return inTransaction(this.source, async (client) => {
      const { rows } = await client.query({
        text: `WITH claimed AS (DELETE FROM outbox RETURNING event_id)
               SELECT e.id::text AS id, e.type, e.data, e.actor, e.reason
                 FROM events e JOIN claimed c ON c.event_id = e.id ORDER BY e.id`,
      });
      const effects = (rows as (NewEvent & { id: string })[]).flatMap((event) =>
        reactionsTo(event).map((reaction) => ({ eventId: event.id, ...reaction })),
      );
      for (const { eventId, reaction, target } of effects)
        await client.query({
          text: 'INSERT INTO effects (event_id, reaction, target, rung_at) VALUES ($1, $2, $3, clock_timestamp())',
          values: [eventId, reaction, target],
        });
      return effects;
    });
  }

  /** Resolves when nothing is due, waits in the outbox or is undone. */
  async quiet(): Promise<void> {
    await new QuietWatch(this.source).quiet();
  }

  events(type: string): Promise<StoredEvent[]> {
    return this.source.query(
      'SELECT id::text, stream, type, data, actor, reason FROM events e WHERE type = $1 ORDER BY e.id',
      [type],
    );
  }

  effects(reaction: string): Promise<StoredEffect[]> {
    return this.source.query(
      `SELECT e.id::text AS "eventId", e.type, f.reaction, f.target, f.attempts, f.last_error AS "lastError",
              f.done_at IS NOT NULL AS done
         FROM effects f JOIN events e ON e.id = f.event_id WHERE f.reaction = $1 ORDER BY e.id, f.target`,
      [reaction],
    );
  }

  /** Makes undone effects look as if they had been rung long ago, so that the next sweep rings them. */
  async ageUndone(): Promise<void> {
    await this.owner.query(
      `UPDATE effects SET rung_at = clock_timestamp() - interval '1 hour' WHERE done_at IS NULL`,
    );
  }

  verify(): Promise<Verified> {
    return verifyRecord(this.source, reactionsTo, sepaPayments);
  }

  async close(): Promise<void> {
    await Promise.all([...this.workers].map((worker) => worker.stop()));
    await this.source.destroy();
    await this.owner.destroy();
    await this.clock.close();
  }
}
