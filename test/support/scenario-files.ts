import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { parseScenario } from '#domain/scenario-document.js';
import type { Scenario } from '#domain/scenario-document.js';

import { folderOf, readBankFiles, readScenarioText } from '#cli/scenario-file.js';

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

/** Reads a scenario file that must be without fault. */
export function readScenario(path: string): Scenario {
  return scenarioOf(readFileSync(path, 'utf8'), folderOf(path));
}

/** A scenario from its YAML, which must be without fault; `folder` is where the bank files it names lie. */
export function scenarioOf(yaml: string, folder: string | null = null): Scenario {
  const read = readScenarioText(yaml);
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  const missing = readBankFiles(read.document, folder);
  if (missing.length > 0) throw new Error(JSON.stringify(missing));
  const parsed = parseScenario(read.document);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.scenario;
}
