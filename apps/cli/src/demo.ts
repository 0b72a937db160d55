import { readFileSync } from 'node:fs';

import { createHash } from 'node:crypto';

import pg from 'pg';
import type { DataSource } from 'typeorm';

import { demoTokenPrefix } from '#api/identity.js';
import { formatLocal, parseMoment } from '#domain/civil-date.js';
import type { Instant } from '#domain/civil-date.js';
import { isFault } from '#domain/parsed.js';
import { system } from '#domain/people.js';
import { parseScenario } from '#domain/scenario-document.js';
import type { Scenario } from '#domain/scenario-document.js';

import { addToken } from '#lifecycle/register-writes.js';
import type { Registers } from '#lifecycle/registers.js';
import type { RunCommands } from '#lifecycle/run-commands.js';
import { StartRefused } from '#persistence/start-refused.js';

import { readScenarioText } from './scenario-file.js';
import { loadScenario } from './simulation/load-scenario.js';
import { Replay } from './simulation/replay.js';
import type { MovableClock } from './simulation/replay.js';

/** Where the demo's clock first stands, local time of the programme. */
export const demoStartsAt = '2024-02-21T10:00';

/** The fixed token of each person of the demo; refused outside a demo database. */
export function demoToken(person: string): string {
  return `${demoTokenPrefix}${person}`;
}

/** The scenario behind the demo: the Roma Experten Netwerk 2023-2024 (case F1). */
export function demoScenario(): Scenario {
  const file = new URL('../../../config/programmes/roma-experten-netwerk-2023-2024.yaml', import.meta.url);
  const read = readScenarioText(readFileSync(file, 'utf8'));
  if ('faults' in read) throw new Error(`the demo's scenario is broken: ${read.faults[0]?.message}`);
  const parsed = parseScenario(read.document);
  if ('faults' in parsed) throw new Error(`the demo's scenario is broken: ${parsed.faults[0]?.message}`);
  return parsed.scenario;
}

/** The clock of a record that stands still. `ownerUrl` signs in as its owner: nobody else may move it. */
export class RecordClock implements MovableClock {
  private constructor(private readonly client: pg.Client) {}

  static async open(ownerUrl: string): Promise<RecordClock> {
    const client = new pg.Client({ connectionString: ownerUrl });
    client.on('error', () => undefined);
    await client.connect();
    return new RecordClock(client);
  }

  async moveTo(instant: Instant): Promise<void> {
    await this.client.query('UPDATE clock SET stands_at = $1 WHERE stands_at IS DISTINCT FROM $1', [instant]);
  }

  async standsAt(): Promise<Instant | null> {
    const { rows } = await this.client.query<{ at: Date | null }>('SELECT stands_at AS at FROM clock');
    return rows[0]?.at?.toISOString() ?? null;
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

/** Whether the record's clock stands: then it is a demo or a simulation, never a real one. */
export async function isDemoRecord(database: DataSource): Promise<boolean> {
  const [row] = (await database.query('SELECT stands_at IS NOT NULL AS stands FROM clock')) as {
    stands: boolean;
  }[];
  return row?.stands === true;
}

/**
 * Loads the demo into an empty record and plays it until its clock stands at `demoStartsAt`; goes on where a
 * crash stopped it, and does nothing where it stands there or later. Refuses a record that is a real one.
 */
export async function loadDemo(
  database: DataSource,
  commands: RunCommands,
  registers: Registers,
  ownerUrl: string | null,
): Promise<void> {
  if (ownerUrl === null) throw new StartRefused('--demo needs the embedded database; unset DATABASE_URL.');
  const scenario = demoScenario();
  const [first] = scenario.happenings;
  const last = parseMoment(demoStartsAt, scenario.programme.plan.timeZone);
  if (first === undefined || isFault(last)) throw new Error('the demo has no beginning');
  const clock = await RecordClock.open(ownerUrl);
  try {
    const standsAt = await clock.standsAt();
    if (standsAt === null) {
      if (await isInUse(database))
        throw new StartRefused('This database holds real grants; give the demo another SLUIS_DATA.');
      await clock.moveTo(first.at);
    }
    await loadScenario(scenario, commands, registers);
    await addDemoTokens(registers, scenario);
    if (standsAt !== null && standsAt >= last.value) return;
    const replay = new Replay(database, commands, clock, scenario);
    await replay.playInstant((await clock.standsAt()) ?? first.at);
    await replay.playUntil(last.value);
  } finally {
    await clock.close();
  }
}

async function isInUse(database: DataSource): Promise<boolean> {
  const [row] = (await database.query('SELECT EXISTS (SELECT FROM commands) AS used')) as { used: boolean }[];
  return row?.used === true;
}

async function addDemoTokens(registers: Registers, scenario: Scenario): Promise<void> {
  for (const { id } of scenario.people) {
    const hash = createHash('sha256').update(demoToken(id)).digest();
    const token = { person: id, hash };
    await registers.register(`load:token:${id}`, system, 'add-token', { person: id }, addToken(token));
  }
}

/** What a visitor of the demo needs: where its clock stands, who is who, and how it moves. */
export async function demoGreeting(database: DataSource, url: string): Promise<string[]> {
  const scenario = demoScenario();
  const [row] = (await database.query('SELECT sluis_now() AS now')) as { now: Date }[];
  const now = formatLocal((row?.now ?? new Date()).toISOString(), scenario.programme.plan.timeZone);
  const width = Math.max(...scenario.people.map(({ id }) => id.length));
  return [
    `Demo: ${scenario.programme.title}. Its clock stands at ${now} and moves only by`,
    '  npx sluis demo next      to the next moment at which something falls due or happens',
    '  npx sluis demo until DATE',
    'Its people and their tokens:',
    ...scenario.people.map(({ id, roles, of }) => {
      const does = of === null ? roles.join(', ') : `${roles.join(', ')} of ${of}`;
      return `  ${id.padEnd(width)}  ${demoToken(id).padEnd(width + 5)}  ${does}`;
    }),
    `Try: curl -H "Authorization: Bearer ${demoToken('an')}" ${url}/api/v1/grants/REN-ANT/tranches/2/gate`,
  ];
}
