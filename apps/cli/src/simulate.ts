import { readFileSync } from 'node:fs';

import { environment } from '#config/environment.js';
import { formatLocal, parseCivilDate } from '#domain/civil-date.js';
import { isFault } from '#domain/parsed.js';
import { parseScenario, throughDate } from '#domain/scenario-document.js';
import type { Scenario } from '#domain/scenario-document.js';
import type { Fault } from '#domain/faults.js';

import type { SimulateOptions } from './program.js';
import { Progress } from './progress.js';
import { folderOf, readBankFiles, readScenarioText } from './scenario-file.js';
import { simulate } from './simulation/simulate.js';
import { summaryTable } from './simulation/summary.js';
import { readableLine } from './simulation/timeline.js';
import { UsageFault } from './usage-fault.js';

/** `sluis simulate`: the timeline on standard output; faults on standard error, one a line, nothing run. */
export async function simulateFile(file: string, options: SimulateOptions): Promise<void> {
  const scenario = shortened(readScenario(file), options.until);
  const progress = new Progress();
  const { timeZone } = scenario.programme.plan;
  const { timeline, summary } = await simulate(scenario, {
    redisUrl: environment().redisUrl,
    progress: (at) => progress.show(formatLocal(at, timeZone).slice(0, 10)),
  });
  progress.clear();
  const lines = timeline.map((line) => (options.json ? JSON.stringify(line) : readableLine(line)));
  if (options.summary)
    lines.push(
      ...(options.json
        ? summary.map((row) => JSON.stringify({ summary: row }))
        : ['', summaryTable(summary)]),
    );
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
}

function readScenario(file: string): Scenario {
  const read = readScenarioText(readText(file));
  if ('faults' in read) throw faulty(read.faults);
  const missing = readBankFiles(read.document, folderOf(file));
  if (missing.length > 0) throw faulty(missing);
  const parsed = parseScenario(read.document);
  if ('faults' in parsed) throw faulty(parsed.faults);
  return parsed.scenario;
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? process.stdin.fd : file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? String(error)})`;
    throw new UsageFault(`${file}: ${why}`);
  }
}

function faulty(faults: readonly Fault[]): UsageFault {
  return new UsageFault(faults.map(({ path, message }) => `${path}: ${message}`).join('\n'));
}

function shortened(scenario: Scenario, until: string | undefined): Scenario {
  if (until === undefined) return scenario;
  const date = parseCivilDate(until);
  if (isFault(date)) throw new UsageFault(`--until: ${date.fault}`);
  return throughDate(scenario, date.value);
}
