import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { painSchemaPath } from './pain-schema-path.js';

/** What some tests need beside Node and npm packages. */
export type Service = 'redis' | 'pain-schema';

interface Requirement {
  /** Whether it is there, looked up once. */
  readonly present: boolean;
  /** What brings it. */
  readonly command: string;
  /** True for what no package brings: its absence is never a failure, SLUIS_REQUIRE_ALL or not. */
  readonly optional?: true;
}

const requirements: Readonly<Record<Service, Requirement>> = {
  redis: { present: isOnPath('redis-server'), command: 'apt-get install -y redis-server' },
  'pain-schema': {
    // A path that was set and leads nowhere is a mistake, and found out by reading it.
    present: process.env['SLUIS_PAIN_XSD'] !== undefined || existsSync(painSchemaPath),
    command: 'put ../shared/xsd/pain.001.001.09.xsd beside the checkout, or set SLUIS_PAIN_XSD',
    optional: true,
  },
};

/** Whether a program is installed, looked for where the shell does. */
function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether this machine has it; for a suite that runs on more where there is more. */
export function has(service: Service): boolean {
  return requirements[service].present;
}

/**
 * A suite that needs a service. Where the service is absent the suite is reported as skipped, by name and with
 * the command that installs it; with SLUIS_REQUIRE_ALL=1 that is a failure instead, unless it is optional.
 */
export function describeWith(service: Service, name: string, suite: () => void): void {
  const { present, command, optional } = requirements[service];
  if (present) return void describe(name, suite);
  const missing = `needs ${service}: ${command}`;
  if (process.env['SLUIS_REQUIRE_ALL'] === '1' && optional !== true)
    describe(name, () => {
      it(missing, () => {
        throw new Error(`${name} ${missing}`);
      });
    });
  else {
    // Jest names skipped suites only where a file runs alone or verbosely.
    process.stderr.write(`skipped: ${name} (${missing})\n`);
    describe.skip(`${name} (${missing})`, suite);
  }
}
