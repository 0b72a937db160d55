import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { parseScenario } from '#domain/scenario-document.js';
import type { Scenario } from '#domain/scenario-document.js';

import { readScenarioText } from '../../apps/cli/src/scenario-file.js';

export interface ScenarioFile {
  /** File name without its ending. */
  readonly name: string;
  readonly path: string;
  /** Where its expected timeline lies: test/scenarios, also for those of config. */
  readonly expectedPath: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const scenarios = join(root, 'test/scenarios');

/** Every scenario file of the repository, by name. */
export function scenarioFiles(): ScenarioFile[] {
  return [scenarios, join(root, 'config/programmes')].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.yaml'))
      .sort()
      .map((file) => {
        const name = basename(file, '.yaml');
        return { name, path: join(folder, file), expectedPath: join(scenarios, `${name}.expected.ndjson`) };
      }),
  );
}

/** Reads a scenario that must be without fault. */
export function readScenario(path: string): Scenario {
  const read = readScenarioText(readFileSync(path, 'utf8'));
  if ('faults' in read) throw new Error(`${path}: ${JSON.stringify(read.faults)}`);
  const parsed = parseScenario(read.document);
  if ('faults' in parsed) throw new Error(`${path}: ${JSON.stringify(parsed.faults)}`);
  return parsed.scenario;
}
