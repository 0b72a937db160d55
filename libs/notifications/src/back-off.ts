const minute = 60_000;
const hour = 60 * minute;

/** Rests between attempts, in ms: two days in all, since a server that is away over a weekend's night comes back. */
const rests: readonly number[] = [
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  20 * minute,
  hour,
  2 * hour,
  4 * hour,
  ...Array.from({ length: 6 }, () => 8 * hour),
];

/** How long to rest after so many attempts that failed; null: nobody tries any more, a person must look. */
export function restAfter(attempts: number): number | null {
  return rests[attempts - 1] ?? null;
}
