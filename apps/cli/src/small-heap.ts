import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Where the young generation of the service stops growing, in bytes: its two halves, as Node 20 has them anyway. */
const YOUNG_ENOUGH = 32 * 2 ** 20;
/** How often its size is looked at until then, in ms. */
const LOOK_EVERY_MS = 250;

/**
 * Keeps V8's heap at about the size it has, for commands through which a hundred thousand rows stream and leave nothing
 * behind. By itself V8 doubles the young generation again and again, to 32 MB on Node 20 and 128 MB on Node 24, and lets
 * the old one grow to several times what lives in it; a million rows gain no time by it.
 *
 * Called before the rows come: V8 looks at these two factors whenever it would grow, whereas the sizes themselves are
 * fixed once the process has begun.
 */
export function keepHeapSmall(): void {
  stopYoungGeneration();
  setFlagsFromString('--heap-growing-percent=20');
}

/**
 * The same for the service, whose work is many requests and batches at once: what is under way survives a young
 * generation of one megabyte, so that a third of a deadline day went into copying it. It may grow to where that ends.
 */
export function keepHeapModest(): void {
  setFlagsFromString('--heap-growing-percent=100');
  const looking = setInterval(() => {
    if (youngGeneration() < YOUNG_ENOUGH) return;
    stopYoungGeneration();
    clearInterval(looking);
  }, LOOK_EVERY_MS);
  looking.unref();
}

function stopYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

function youngGeneration(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
