import type { DataSource } from 'typeorm';

import type { StoredEntry } from '#domain/bank-file-decisions.js';
import {
  type JudgedAgain,
  filesOfHandOver,
  lockKind,
  readAwaiting,
  updateJudged,
} from '#persistence/bank-hand-over-store.js';
import { lockImports } from '#persistence/bank-file-store.js';
import { inTransaction } from '#persistence/client.js';

import { BankFileJudging, type ToJudge } from './bank-file-judging.js';

/** Entries that are judged in one transaction. */
const TOGETHER = 500;

/**
 * Judges again, by the rules of an import, what waited for the hand-over of a batch: file by file and in their
 * order. Each transaction holds out imports, so that none that read the batch as open lays entries down unseen.
 */
export async function judgeWaitingFor(source: DataSource, batch: number): Promise<void> {
  const files = await inTransaction(source, async (client) => {
    await lockImports(client);
    return filesOfHandOver(client, batch, ['waiting']);
  });
  for (const file of files)
    for (let after: number | null = 0; after !== null;)
      after = await judgeSome(source, { file, batch, after });
}

/** The last entry that was judged; null where none is left. */
function judgeSome(
  source: DataSource,
  place: { readonly file: number; readonly batch: number; readonly after: number },
): Promise<number | null> {
  const { file: no } = place;
  return inTransaction(source, async (client) => {
    await lockImports(client);
    const kind = await lockKind(client, no);
    const entries = await readAwaiting(client, place, TOGETHER);
    const lay = (rows: readonly JudgedAgain[]) => updateJudged(client, no, rows);
    const judging = new BankFileJudging<ToJudge & { entry: StoredEntry }>(client, { no, kind }, lay);
    await judging.take(entries.map((entry) => ({ entry, seen: false })));
    return entries.at(-1)?.no ?? null;
  });
}
