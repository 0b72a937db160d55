import type { DataSource } from 'typeorm';

/** A connection of the `pg` driver as TypeORM's pool lends it: queries, named ones prepared once. */
export interface Client {
  query(query: { name?: string; text: string; values?: unknown[] }): Promise<{ rows: unknown[] }>;
}

/**
 * Runs `work` in one READ COMMITTED transaction on a connection of the pool. Commits when it
 * returns, rolls back and rethrows when it throws; a connection that fails at that is thrown away.
 */
export async function inTransaction<T>(source: DataSource, work: (client: Client) => Promise<T>): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    const client = (await runner.connect()) as Client;
    await client.query({ text: 'BEGIN ISOLATION LEVEL READ COMMITTED' });
    try {
      const result = await work(client);
      await client.query({ text: 'COMMIT' });
      return result;
    } catch (error) {
      await client.query({ text: 'ROLLBACK' }).catch(() => undefined);
      throw error;
    }
  } finally {
    await runner.release();
  }
}
