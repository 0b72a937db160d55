import { setTimeout as wait } from 'node:timers/promises';

/** Asks until it is so; throws with what was waited for after `withinMs`. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  for (const end = Date.now() + withinMs; !(await isSo()); await wait(20))
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
}
