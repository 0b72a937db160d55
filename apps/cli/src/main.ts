#!/usr/bin/env node
import { CommanderError } from 'commander';

import { StartRefused } from '#persistence/start-refused.js';

import { program } from './program.js';
import { UsageFault } from './usage-fault.js';

/** Exit codes: 0 done, 1 it could not be done or violations were found, 2 the input or the call is wrong. */
async function main(): Promise<number> {
  try {
    await program().parseAsync(process.argv);
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UsageFault) {
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
    if (error instanceof StartRefused) {
      process.stderr.write(`sluis: ${error.message}\n`);
      return 1;
    }
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`sluis: ${process.env['SLUIS_DEBUG'] ? (stack ?? message) : message}\n`);
    return 1;
  }
}

// A reader that went away (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main();
