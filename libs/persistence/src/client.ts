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

/**
 * The rows of a query in chunks of at most `size`, through a cursor of the transaction at hand: a million
 * rows take no more memory than a chunk. Other queries may run on the connection between two chunks.
 */
export async function* readInChunks(
  client: Client,
  query: { readonly text: string; readonly values: readonly unknown[] },
  size: number,
): AsyncGenerator<unknown[]> {
  const cursor = `chunks_${(cursors += 1)}`;
  await client.query({
    text: `DECLARE ${cursor} NO SCROLL CURSOR FOR ${query.text}`,
    values: [...query.values],
  });
  for (;;) {
    const { rows } = await client.query({ text: `FETCH ${size} FROM ${cursor}` });
    if (rows.length > 0) yield rows;
    if (rows.length < size) break;
  }
  await client.query({ text: `CLOSE ${cursor}` });
}

/** Cursors of one transaction need names of their own. */
let cursors = 0;

/**
 * The same chunks, each asked for while the one before is worked through: database and reader work at the same
 * time. Nothing else may run on the connection meanwhile.
 */
export async function* readAhead<T>(chunks: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    for (let next = chunks.next(); ;) {
      const { done, value } = await next;
      if (done === true) return;
      next = chunks.next();
      // Thrown when its turn comes; whoever stops before that is told by what stopped them.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    // Waits for the chunk under way, so that the connection is free again.
    await chunks.return(undefined);
  }
}

/**
 * What a reader makes of the record as it was at one moment, however long that takes: one read-only transaction,
 * ended when the last was read or nobody reads on. For large answers: more memory to sort and join in, and plans
 * made for all rows rather than the first.
 */
export async function* readAtOneMoment<T>(
  source: DataSource,
  read: (client: Client) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const runner = source.createQueryRunner();
  try {
    const client = (await runner.connect()) as Client;
    await client.query({
      text: `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
        SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL cursor_tuple_fraction = 1`,
    });
    try {
      yield* read(client);
    } finally {
      await client.query({ text: 'ROLLBACK' }).catch(() => undefined);
    }
  } finally {
    await runner.release();
  }
}
