import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What some tests need beside Node and npm packages. */
export type Service = 'redis';

interface Requirement {
  /** Whether it is there, looked up once. */
  readonly present: boolean;
  /** What brings it. */
  readonly command: string;
}

const requirements: Readonly<Record<Service, Requirement>> = {
  redis: { present: isOnPath('redis-server'), command: 'apt-get install -y redis-server' },
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
 * the command that installs it; with SLUIS_REQUIRE_ALL=1 that is a failure instead.
 */
export function describeWith(service: Service, name: string, suite: () => void): void {
  const { present, command } = requirements[service];
  if (present) return void describe(name, suite);
  const missing = `needs ${service}: ${command}`;
  if (process.env['SLUIS_REQUIRE_ALL'] === '1')
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
