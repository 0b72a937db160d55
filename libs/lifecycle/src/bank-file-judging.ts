import type { KnownBatch, KnownPayout, Told, Verdict } from '#domain/bank-file-decisions.js';
import { type JudgedEntry, judge, judgeWhole } from '#domain/bank-file-decisions.js';
import { type ReadingFile, readKnownBatch, readKnownPayouts } from '#persistence/bank-answer-facts.js';
import type { Client } from '#persistence/client.js';

/** An entry in the order of its file. */
export interface ToJudge {
  readonly entry: JudgedEntry;
  /** An earlier file has the very same. */
  readonly seen: boolean;
}

/** What was found of an entry. */
export interface Found {
  readonly verdict: Verdict;
  /** What it names, where that is known. */
  readonly payout: KnownPayout | null;
  readonly batch: number | null;
}

/**
 * Says what entries of one file mean, in their order: the second entry on a payment is judged on what the first
 * makes of it. `lay` writes rows down, those before an entry about a whole payment file before that is judged: what
 * is on record of its payments counts. For one transaction that holds out other imports.
 */
export class BankFileJudging<T extends ToJudge> {
  /** By message id, as long as nothing new was believed of single payments. */
  readonly #batches = new Map<string, KnownBatch>();
  #rows: (T & Found)[] = [];

  constructor(
    readonly client: Client,
    readonly file: ReadingFile,
    readonly lay: (rows: readonly (T & Found)[]) => Promise<void>,
  ) {}

  async take(all: readonly T[]): Promise<void> {
    let payouts = await this.#payouts(all);
    for (const [index, one] of all.entries()) {
      const found = one.entry.wholeFile ? await this.#whole(one) : single(one, payouts);
      this.#rows.push({ ...one, ...found });
      if (found.verdict.status !== 'matched') continue;
      if (found.payout !== null) {
        payouts.set(found.payout.endToEndId, { ...found.payout, told: toldHere(one.entry) });
        this.#batches.clear();
      } else {
        // It speaks of every payment of the batch, of those that follow here as well.
        await this.#flush();
        payouts = await this.#payouts(all.slice(index + 1));
      }
    }
    await this.#flush();
  }

  #payouts(all: readonly T[]): Promise<Map<string, KnownPayout>> {
    const ids = all.flatMap(({ entry }) => entry.endToEndId ?? []);
    return readKnownPayouts(this.client, ids, this.file);
  }

  async #whole({ entry, seen }: T): Promise<Found> {
    const { messageId } = entry;
    const batch = messageId === null ? null : await this.#batch(messageId);
    const verdict = seen ? known : judgeWhole(entry, batch);
    if (batch !== null && messageId !== null && verdict.status === 'matched')
      this.#batches.set(messageId, { ...batch, told: toldHere(entry) });
    return { verdict, payout: null, batch: batch?.no ?? null };
  }

  async #batch(messageId: string): Promise<KnownBatch | null> {
    const held = this.#batches.get(messageId);
    if (held !== undefined) return held;
    await this.#flush();
    const batch = await readKnownBatch(this.client, messageId, this.file);
    if (batch !== null) this.#batches.set(messageId, batch);
    return batch;
  }

  async #flush(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    if (rows.length > 0) await this.lay(rows);
  }
}

const known: Verdict = { status: 'known', because: null };

function single({ entry, seen }: ToJudge, payouts: ReadonlyMap<string, KnownPayout>): Found {
  const payout = payouts.get(entry.endToEndId ?? '') ?? null;
  return { verdict: seen ? known : judge(entry, payout), payout, batch: null };
}

function toldHere({ answer, wholeFile, bankReference }: JudgedEntry): Told {
  return { answer, pending: true, here: true, wholeFile, sameKind: true, bankReference };
}
