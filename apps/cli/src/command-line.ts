import { fileURLToPath } from 'node:url';

/** The command that simulates a scenario from its standard input: this installation's own command line. */
export const simulateCommand: readonly [string, ...string[]] = [
  process.execPath,
  fileURLToPath(new URL('./main.js', import.meta.url)),
  'simulate',
  '-',
  '--json',
];
