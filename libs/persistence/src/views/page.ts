/** A stretch of a list in key order; `next` is the key after which the next one begins, null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: readonly string[] | null;
}

/** Keyset pagination: rows after a key, so that a row that comes or goes never shifts the others. */
export interface PageRequest {
  readonly after: readonly string[] | null;
  readonly limit: number;
}

/** Collects the conditions of a WHERE with their values; what was not asked adds nothing. */
export class Conditions {
  readonly values: unknown[];
  readonly #texts: string[] = [];

  /** `before`: values of parameters that the statement has already. */
  constructor(before: readonly unknown[] = []) {
    this.values = [...before];
  }

  /** Adds `text` with its parameter where `value` was given. */
  where(text: (parameter: string) => string, value: unknown): this {
    if (value === undefined || value === null) return this;
    this.values.push(value);
    this.#texts.push(text(`$${this.values.length}`));
    return this;
  }

  /** Adds a condition without a parameter. */
  and(text: string): this {
    this.#texts.push(text);
    return this;
  }

  /** Rows whose key (`columns`, in the order of the list) comes after the page's. */
  after(columns: readonly string[], types: readonly string[], { after }: PageRequest): this {
    if (after === null) return this;
    const parameters = columns.map((_, index) => {
      this.values.push(after[index]);
      return `$${this.values.length}::${types[index]}`;
    });
    this.#texts.push(`(${columns.join(', ')}) > (${parameters.join(', ')})`);
    return this;
  }

  toString(): string {
    return this.#texts.length === 0 ? '' : `WHERE ${this.#texts.join(' AND ')}`;
  }
}

/** Cuts what was read with `limit + 1` rows into a page. */
export function pageOf<T>(rows: readonly T[], limit: number, keyOf: (row: T) => readonly string[]): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? keyOf(last) : null };
}

/** What a reader gives first; empty where it gives nothing. Nobody reads on after that. */
export async function firstOf<T>(reader: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  for await (const rows of reader) return rows;
  return [];
}
