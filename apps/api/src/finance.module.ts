import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { readBankFile } from '#finance/bank-file-reader.js';
import { sepaPaymentsBy } from '#finance/sepa-payments.js';
import { BankFiles } from '#lifecycle/bank-files.js';
import { Batches } from '#lifecycle/batches.js';
import { LifecycleModule } from '#lifecycle/lifecycle.module.js';
import { RunCommands } from '#lifecycle/run-commands.js';

/** Batches and bank files by the rules of SEPA: libs/lifecycle knows of payment files only that there are some. */
@Module({})
export class FinanceModule {
  /** `painSchema` is the path of the schema that each payment file passes as well; null: own checks alone. */
  static forRoot(painSchema: string | null): DynamicModule {
    return {
      module: FinanceModule,
      imports: [LifecycleModule],
      providers: [
        {
          provide: Batches,
          inject: [DataSource],
          useFactory: (source: DataSource) => new Batches(source, sepaPaymentsBy(painSchema)),
        },
        {
          provide: BankFiles,
          inject: [DataSource, RunCommands],
          useFactory: (source: DataSource, commands: RunCommands) =>
            new BankFiles(source, commands, readBankFile),
        },
      ],
      exports: [Batches, BankFiles],
    };
  }
}
