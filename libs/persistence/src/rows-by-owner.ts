/** Rows that came for many owners at once, by the owner that is their first field; each list in the order it was read in. */
export function byOwner<R extends readonly [owner: string, ...unknown[]], T>(
  rows: readonly R[] | null,
  of: (row: R) => T,
): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const row of rows ?? []) {
    const others = found.get(row[0]);
    if (others === undefined) found.set(row[0], [of(row)]);
    else others.push(of(row));
  }
  return found;
}
