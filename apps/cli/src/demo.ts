import { readFileSync } from 'node:fs';

import pg from 'pg';
import type { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import { parseScenario } from '#domain/scenario-document.js';
import type { Scenario } from '#domain/scenario-document.js';

import { readScenarioText } from './scenario-file.js';
import type { MovableClock } from './simulation/replay.js';

/** Where the demo's clock first stands, local time of the programme. */
export const demoStartsAt = '2024-02-21T10:00';

/** The fixed token of each person of the demo; refused outside a demo database. */
export function demoToken(person: string): string {
  return `demo-${person}`;
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
