/** The columns of a table, each with its value in every row; each null where there is none. */
export type Columns<R extends readonly unknown[]> = { [K in keyof R]: R[K][] | null };

/** The rows that columns are of; none where the table was not asked for. */
export function rowsOf<R extends readonly unknown[]>(columns: Columns<R> | null): R[] {
  const given = columns as unknown as readonly (readonly unknown[] | null)[] | null;
  const first = given?.[0];
  if (given == null || first == null) return [];
  return first.map((_, row) => given.map((column) => column?.[row])) as unknown as R[];
}
