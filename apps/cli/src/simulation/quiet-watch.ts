import type { DataSource } from 'typeorm';

/** How often the record is asked whether it has come to rest, in ms. */
const ASK_EVERY_MS = 3;
/** Something that never comes to rest is a bug or a dead worker, in ms. */
const GIVE_UP_MS = 60_000;

interface Waiter {
  /** The stream waited for; null: everything. */
  readonly stream: string | null;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly since: number;
}

/**
 * Waits until nothing is left to do at the clock's instant: no grant is due, no event waits in the outbox,
 * no effect is undone. One question serves everybody who waits, for the whole record or for one stream.
 */
export class QuietWatch {
  private waiters: Waiter[] = [];
  private asking = false;

  constructor(private readonly database: DataSource) {}

  /** Resolves when the stream, or without one the whole record, has come to rest; throws after a minute. */
  quiet(stream: string | null = null): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiters.push({ stream, resolve, reject, since: Date.now() });
      if (!this.asking) void this.ask();
    });
  }

  private async ask(): Promise<void> {
    this.asking = true;
    try {
      while (this.waiters.length > 0) {
        // Who joins while the question is under way waits for the next one.
        const asked = this.waiters;
        const busy = await this.busyStreams();
        const settled = asked.filter(({ stream }) => (stream === null ? busy.size === 0 : !busy.has(stream)));
        this.waiters = this.waiters.filter((waiter) => !settled.includes(waiter));
        for (const waiter of settled) waiter.resolve();
        this.expire(busy);
        if (this.waiters.length > 0) await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      }
    } catch (error) {
      const gone = this.waiters;
      this.waiters = [];
      for (const waiter of gone) waiter.reject(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.asking = false;
    }
  }

  private expire(busy: ReadonlySet<string>): void {
    const expired = this.waiters.filter(({ since }) => Date.now() - since > GIVE_UP_MS);
    this.waiters = this.waiters.filter((waiter) => !expired.includes(waiter));
    for (const waiter of expired)
      waiter.reject(
        new Error(
          `the record does not come to rest; still busy: ${[...busy].slice(0, 5).join(', ')}. Is a worker running?`,
        ),
      );
  }

  private async busyStreams(): Promise<Set<string>> {
    const rows: { stream: string }[] = await this.database.query(
      `SELECT 'grant:' || code AS stream FROM grants WHERE next_due_at <= (SELECT sluis_now())
       UNION SELECT e.stream FROM outbox o JOIN events e ON e.id = o.event_id
       UNION SELECT e.stream FROM effects f JOIN events e ON e.id = f.event_id WHERE f.done_at IS NULL`,
    );
    return new Set(rows.map(({ stream }) => stream));
  }
}
