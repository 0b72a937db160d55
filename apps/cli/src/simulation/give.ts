import { Readable } from 'node:stream';

import type { DataSource } from 'typeorm';

import type { Command } from '#domain/commands.js';
import { shapeOf } from '#domain/commands.js';
import { readBankFile } from '#finance/bank-file-reader.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { BankFiles } from '#lifecycle/bank-files.js';
import { Batches } from '#lifecycle/batches.js';
import { DeadlineMoves } from '#lifecycle/deadline-moves.js';
import type { Outcome, RunCommands } from '#lifecycle/run-commands.js';

/** Gives any command of a scenario to whoever runs it. */
export type Give = (command: Command) => Promise<Outcome>;

export function giveTo(database: DataSource, commands: RunCommands): Give {
  const batches = new Batches(database, sepaPayments);
  const deadlineMoves = new DeadlineMoves(database);
  const bankFiles = new BankFiles(database, commands, readBankFile);
  return (command) => {
    switch (shapeOf(command.name).on) {
      case 'batch':
        return batches.run(command);
      case 'deadline-move':
        return deadlineMoves.run(command);
      case 'bank-file': {
        const { content, file } = command.input as { readonly content?: string; readonly file?: string };
        const source = Readable.from([Buffer.from(content ?? '')]);
        return bankFiles.import(
          { ...command, input: {} },
          { source, ...(file === undefined ? {} : { name: file }) },
        );
      }
      case 'bank-entry':
        return bankFiles.run(command);
      default:
        return commands.run(command);
    }
  };
}
