import { setImmediate as turn } from 'node:timers/promises';

/** The most transactions of one bulk that are under way together: the database computes while the next is decided. */
export const mostLanes = 2;

/** How long many things are done one after another before others have their turn, in ms. */
const TURN_MS = 10;

/**
 * Does each of many in order. Others, such as whoever asks the API something, have their turn in between: by time, since
 * the same work takes ten times as long in a process that has just begun.
 */
export async function inTurns<T>(items: readonly T[], work: (item: T) => void): Promise<void> {
  let began = performance.now();
  for (const item of items) {
    if (performance.now() - began >= TURN_MS) {
      await turn();
      began = performance.now();
    }
    work(item);
  }
}

/** A list cut into parts of at most `size`. */
export function slices<T>(items: readonly T[], size: number): (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += size) parts.push(items.slice(from, from + size));
  return parts;
}

/**
 * Does parts in order, some of them at once: a part waits for every earlier one that shares a key with it. The
 * key '' is shared with all. Answers what each came to, in order; throws the first failure once nothing runs.
 */
export async function inLanes<P, R>(
  parts: readonly P[],
  keysOf: (part: P) => readonly string[],
  work: (part: P) => Promise<R>,
): Promise<R[]> {
  const results: Promise<R>[] = [];
  const running = new Map<Promise<unknown>, ReadonlySet<string>>();
  for (const part of parts) {
    const keys = new Set(keysOf(part));
    const shared = (others: ReadonlySet<string>): boolean =>
      keys.has('') || others.has('') || [...keys].some((key) => others.has(key));
    for (;;) {
      const before = [...running].filter(([, others]) => shared(others)).map(([one]) => one);
      if (before.length > 0) await Promise.all(before);
      else if (running.size >= mostLanes) await Promise.race(running.keys());
      else break;
    }
    const result = work(part);
    results.push(result);
    // Its failure is thrown at the end; here it only means that the lane is free.
    const done: Promise<unknown> = result.then(
      () => running.delete(done),
      () => running.delete(done),
    );
    running.set(done, keys);
  }
  const settled = await Promise.allSettled(results);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
