import { shortIban } from '#domain/account-number.js';
import type { BankEntry, BankFileHead, BankFilePart } from '#domain/bank-file.js';
import type { Counted, KnownBatch, KnownPayout, Verdict } from '#domain/bank-file-decisions.js';
import { judge, judgeWhole } from '#domain/bank-file-decisions.js';
import { type Refused, refuseInvalid } from '#domain/refusal.js';
import { readKnownBatch, readKnownPayouts } from '#persistence/bank-answer-facts.js';
import { type JudgedRow, entryKeyOf, insertEntries, keysBefore } from '#persistence/bank-file-store.js';
import type { Client } from '#persistence/client.js';

/**
 * Lays the entries of one file down as they are read, each with what it means: in the order of the file, so that
 * the second entry on a payment is judged on what the first makes of it. Memory does not grow with the file.
 */
export class BankFileImport {
  readonly #counted = { entries: 0, matched: 0, waiting: 0, known: 0 };
  readonly #batches = new Map<string, KnownBatch>();
  #head: BankFileHead | null = null;

  constructor(
    readonly client: Client,
    readonly no: number,
    /** IBANs that a bank may tell of. */
    readonly accounts: ReadonlySet<string>,
  ) {}

  get counted(): Counted {
    return this.#counted;
  }

  get head(): BankFileHead {
    if (this.#head === null) throw new Error(`bank file ${this.no} was read without its head`);
    return this.#head;
  }

  /** Refuses the whole file where it is of an account that nothing is paid from. */
  async take(part: BankFilePart): Promise<Refused | null> {
    if ('head' in part) {
      this.#head = part.head;
      return null;
    }
    for (const { account, place } of part.entries)
      if (account !== null && !this.accounts.has(account)) return refuseAccount(account, place);
    await this.#lay(part.entries);
    return null;
  }

  async #lay(entries: readonly BankEntry[]): Promise<void> {
    const keys = entries.map(entryKeyOf);
    const before = await keysBefore(this.client, keys, this.no);
    let payouts = await this.#payouts(entries);
    let rows: JudgedRow[] = [];
    for (const [index, entry] of entries.entries()) {
      const key = keys[index] ?? null;
      const row = await this.#judged(entry, key, key !== null && before.has(key), payouts);
      rows.push(row);
      this.#count(row.verdict);
      if (row.verdict.status !== 'matched') continue;
      if (row.batch === null) believe(payouts, entry);
      else {
        // It speaks of every payment of the batch, of those in this chunk as well.
        await insertEntries(this.client, this.no, rows);
        rows = [];
        payouts = await this.#payouts(entries.slice(index + 1));
      }
    }
    if (rows.length > 0) await insertEntries(this.client, this.no, rows);
  }

  #payouts(entries: readonly BankEntry[]): Promise<Map<string, KnownPayout>> {
    const ids = entries.flatMap(({ endToEndId }) => endToEndId ?? []);
    return readKnownPayouts(this.client, ids, { no: this.no, kind: this.head.kind });
  }

  async #judged(
    entry: BankEntry,
    key: string | null,
    seen: boolean,
    payouts: ReadonlyMap<string, KnownPayout>,
  ): Promise<JudgedRow> {
    if (entry.wholeFile) {
      const batch = await this.#batch(entry);
      const verdict = seen ? known : judgeWhole(entry, batch);
      if (batch !== null && verdict.status === 'matched')
        this.#batches.set(entry.messageId ?? '', { ...batch, told: toldHere(entry) });
      return { entry, key, verdict, payout: null, batch: batch?.no ?? null };
    }
    const payout = payouts.get(entry.endToEndId ?? '') ?? null;
    return { entry, key, verdict: seen ? known : judge(entry, payout), payout, batch: null };
  }

  async #batch({ messageId }: BankEntry): Promise<KnownBatch | null> {
    if (messageId === null) return null;
    const held = this.#batches.get(messageId);
    if (held !== undefined) return held;
    const batch = await readKnownBatch(this.client, messageId, { no: this.no, kind: this.head.kind });
    if (batch !== null) this.#batches.set(messageId, batch);
    return batch;
  }

  #count({ status }: Verdict): void {
    this.#counted.entries += 1;
    if (status !== 'noted') this.#counted[status] += 1;
  }
}

const known: Verdict = { status: 'known', because: null };

/** What was believed of a payout counts for the next entry on it. */
function believe(payouts: Map<string, KnownPayout>, entry: BankEntry): void {
  const payout = payouts.get(entry.endToEndId ?? '');
  if (payout !== undefined) payouts.set(payout.endToEndId, { ...payout, told: toldHere(entry) });
}

function toldHere({ answer, wholeFile, bankReference }: BankEntry): KnownPayout['told'] {
  return { answer, pending: true, here: true, wholeFile, sameKind: true, bankReference };
}

function refuseAccount(account: string, place: string): Refused {
  return refuseInvalid(
    'content',
    `${place}: the file is of account ${shortIban(account)}, which no bank profile pays from; nothing of it was imported`,
  );
}
