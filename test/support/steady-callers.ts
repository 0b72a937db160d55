import { setTimeout as sleep } from 'node:timers/promises';

/** One request of a steady stream: what it is called, and how it is made. */
export interface Asked {
  readonly kind: string;
  readonly send: () => Promise<void>;
}

/** How long requests took, in ms, by kind. */
export type Latencies = ReadonlyMap<string, number[]>;

export interface SteadyCallers {
  /** Ends the stream once what is under way is answered. */
  stop(): Promise<Latencies>;
}

/**
 * Asks at a fixed rate whatever becomes of the answers. Each request counts from the moment it was to be made, so
 * that a service that stands still for a second shows in every request of that second.
 */
export function callSteadily(perSecond: number, next: (index: number) => Asked): SteadyCallers {
  const latencies = new Map<string, number[]>();
  const underWay = new Set<Promise<void>>();
  let stopped = false;
  let failure: unknown;
  const calling = (async () => {
    const started = performance.now();
    for (let index = 0; !stopped; index += 1) {
      const due = started + (index * 1000) / perSecond;
      await sleep(Math.max(0, due - performance.now()));
      const { kind, send } = next(index);
      const one = send()
        .then(() => {
          latencies.set(kind, [...(latencies.get(kind) ?? []), performance.now() - due]);
        })
        .catch((error: unknown) => (failure ??= error))
        .finally(() => underWay.delete(one)) as Promise<void>;
      underWay.add(one);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await calling;
      await Promise.all(underWay);
      if (failure !== undefined) throw failure;
      return latencies;
    },
  };
}

/** The time that a share of the times lies below: 0.99 for p99. 0 where there are none. */
export function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
