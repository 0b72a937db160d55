import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { DeadlineMoves } from './deadline-moves.js';
import { Registers } from './registers.js';
import { RunCommands } from './run-commands.js';

/** Whatever changes the record. Needs PersistenceModule beside it, for the `DataSource`. */
@Module({
  providers: [
    {
      provide: RunCommands,
      inject: [DataSource],
      useFactory: (source: DataSource) => new RunCommands(source),
    },
    { provide: Registers, inject: [DataSource], useFactory: (source: DataSource) => new Registers(source) },
    {
      provide: DeadlineMoves,
      inject: [DataSource],
      useFactory: (source: DataSource) => new DeadlineMoves(source),
    },
  ],
  exports: [RunCommands, Registers, DeadlineMoves],
})
export class LifecycleModule {}
