const minute = 60;
const hour = 60 * minute;

/**
 * How long a delivery rests after each failed attempt, in seconds. The last attempt comes three days after the first
 * (what chance adds left out); one that fails then is parked.
 */
export const rests: readonly number[] = [
  5,
  30,
  2 * minute,
  10 * minute,
  30 * minute,
  1 * hour,
  2 * hour,
  4 * hour,
  8 * hour,
  8 * hour,
  12 * hour,
  12 * hour,
  12 * hour,
  12 * hour + 17 * minute + 25,
];

/** The most of a rest that chance adds, so that what failed together does not come back together. */
const spread = 0.1;

/** Seconds until the next attempt after `failed` of them, `chance` from 0 to 1 spreading it; null: no more. */
export function restAfter(failed: number, chance: number): number | null {
  const rest = rests[failed - 1];
  return rest === undefined ? null : rest * (1 + spread * chance);
}
