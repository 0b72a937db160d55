import type { DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { type DataSourceSettings, dataSource } from './data-source.js';

/** The record for Nest: provides the `DataSource`, connected, and closes it when the application closes. */
export class PersistenceModule {
  /**
   * `url` is the runtime role's. Connecting is tried again every second, for as long as it takes: a process
   * that starts before its database waits for it.
   */
  static forRoot(url: string, settings: DataSourceSettings = {}): DynamicModule {
    return {
      module: PersistenceModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({
            type: 'postgres',
            retryAttempts: Number.MAX_SAFE_INTEGER,
            retryDelay: 1_000,
            toRetry: isUnreachable,
          }),
          dataSourceFactory: () => dataSource(url, settings).initialize(),
        }),
      ],
    };
  }
}

/** A refused sign-in or a missing database does not get better by waiting; an absent server does. */
function isUnreachable(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code ?? '');
  return !['28P01', '28000', '3D000', '42501'].includes(code);
}
