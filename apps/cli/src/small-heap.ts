import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's heap at about the size it has, for the service and for commands through which a hundred thousand rows
 * stream and leave nothing behind. By itself V8 doubles the young generation again and again, to 32 MB on Node 20 and
 * 128 MB on Node 24, and lets the old one grow to several times what lives in it; a million rows gain no time by it.
 *
 * Called before the rows come: V8 looks at these two factors whenever it would grow, whereas the sizes themselves are
 * fixed once the process has begun.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
}
