import { shortIban } from '#domain/account-number.js';
import type { BankEntry, BankFileHead, BankFilePart } from '#domain/bank-file.js';
import type { Counted, Verdict } from '#domain/bank-file-decisions.js';
import { type Refused, refuseInvalid } from '#domain/refusal.js';
import { type JudgedRow, entryKeyOf, insertEntries, keysBefore } from '#persistence/bank-file-store.js';
import type { Client } from '#persistence/client.js';

import { BankFileJudging, type ToJudge } from './bank-file-judging.js';

interface Laid extends ToJudge {
  readonly entry: BankEntry;
  readonly key: string | null;
}

/** Lays the entries of one file down as they are read, each with what it means. Memory does not grow with the file. */
export class BankFileImport {
  readonly #counted = { entries: 0, matched: 0, waiting: 0, known: 0 };
  #judging: BankFileJudging<Laid> | null = null;
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
    const kind = this.head.kind;
    this.#judging ??= new BankFileJudging(this.client, { no: this.no, kind }, (rows) => this.#insert(rows));
    await this.#judging.take(
      entries.map((entry, index) => {
        const key = keys[index] ?? null;
        return { entry, key, seen: key !== null && before.has(key) };
      }),
    );
  }

  async #insert(rows: readonly JudgedRow[]): Promise<void> {
    for (const { verdict } of rows) this.#count(verdict);
    await insertEntries(this.client, this.no, rows);
  }

  #count({ status }: Verdict): void {
    this.#counted.entries += 1;
    if (status !== 'noted') this.#counted[status] += 1;
  }
}

function refuseAccount(account: string, place: string): Refused {
  return refuseInvalid(
    'content',
    `${place}: the file is of account ${shortIban(account)}, which no bank profile pays from; nothing of it was imported`,
  );
}
