import type { CommandRequest, Outcome } from './outcome.js';

interface Waiting {
  readonly request: CommandRequest;
  readonly key: string;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** What the commands of a batch came to, in their order. */
type Settle = (requests: readonly CommandRequest[]) => Promise<PromiseSettledResult<Outcome>[]>;

/**
 * Gathers the commands that arrive while others are being committed, so that many share one transaction.
 * A lone command starts at once: nothing ever waits for company.
 *
 * Commands on one stream keep their order of arrival: while one is under way the next ones wait here and
 * not on its lock, where they would hold up the rest of their batch.
 */
export class CommandQueue {
  #waiting: Waiting[] = [];
  readonly #underWay = new Set<string>();
  #batches = 0;
  #starting = false;

  constructor(
    readonly settle: Settle,
    readonly limits: { readonly batchSize: number; readonly concurrentBatches: number },
  ) {}

  add(request: CommandRequest): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const key = request.beneficiary ?? request.grant ?? '';
      this.#waiting.push({ request, key, resolve, reject });
      if (this.#starting) return;
      this.#starting = true;
      // After this tick, so that commands that arrive together go together.
      queueMicrotask(() => this.#start());
    });
  }

  #start(): void {
    this.#starting = false;
    while (this.#batches < this.limits.concurrentBatches) {
      const batch = this.#take();
      if (batch.length === 0) return;
      this.#batches += 1;
      void this.#run(batch);
    }
  }

  #take(): Waiting[] {
    const taken: Waiting[] = [];
    const left: Waiting[] = [];
    for (const waiting of this.#waiting) {
      const free = taken.length < this.limits.batchSize && !this.#underWay.has(waiting.key);
      (free ? taken : left).push(waiting);
    }
    this.#waiting = left;
    for (const { key } of taken) this.#underWay.add(key);
    return taken;
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    const results = await this.settle(batch.map(({ request }) => request));
    for (const { key } of batch) this.#underWay.delete(key);
    this.#batches -= 1;
    batch.forEach(({ resolve, reject }, index) => {
      const result = results[index];
      if (result?.status === 'fulfilled') resolve(result.value);
      else reject(result?.reason);
    });
    this.#start();
  }
}
