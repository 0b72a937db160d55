import { setTimeout as wait } from 'node:timers/promises';

import { type Settings, SluisProcess } from './sluis-process.js';

/** A process of the service that is started again whenever it ends, as a service manager does. */
class Kept {
  current: SluisProcess;
  private readonly starts: number[] = [];

  constructor(
    readonly name: string,
    private readonly args: readonly string[],
    private readonly settings: Settings,
    private readonly isOver: () => boolean,
    private readonly failed: (error: Error) => void,
  ) {
    this.current = this.start();
  }

  private start(): SluisProcess {
    this.starts.push(Date.now());
    const process = new SluisProcess(this.args, this.settings);
    void process.ended.then(({ code, stderr }) => {
      if (this.isOver()) return;
      // Ended by a signal: ours. By itself: that is what the service must not do.
      if (code !== null) this.failed(new Error(`${this.name} ended by itself with code ${code}: ${stderr}`));
      else this.current = this.start();
    });
    return process;
  }

  get restarts(): number {
    return this.starts.length - 1;
  }
}

/** Keeps an API and workers alive, each a process of its own, and kills them on demand. */
export class Supervisor {
  private readonly kept: Kept[];
  private over = false;
  /** What went wrong that no kill explains. */
  readonly failures: Error[] = [];

  constructor(settings: Settings & { readonly PORT: string }, workers: number) {
    const keep = (name: string, part: string): Kept =>
      new Kept(
        name,
        ['start', part],
        settings,
        () => this.over,
        (error) => this.failures.push(error),
      );
    this.kept = [
      keep('api', '--api-only'),
      ...Array.from({ length: workers }, (_, index) => keep(`worker ${index + 1}`, '--worker-only')),
    ];
  }

  /** Resolves when every process has said that it runs. */
  async up(): Promise<void> {
    await Promise.all(
      this.kept.map(({ current, name }) => current.says(name === 'api' ? 'ready at' : 'works on')),
    );
  }

  /** `kill -9` of one of them, by a number in [0, 1). Answers which. */
  kill(which: number): string {
    const kept = this.kept[Math.floor(which * this.kept.length)] as Kept;
    kept.current.signal('SIGKILL');
    return kept.name;
  }

  get restarts(): number {
    return this.kept.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  /** SIGTERM to all. Answers those that did not end by it within 30 s, with what they said; they are killed. */
  async stop(): Promise<string[]> {
    this.over = true;
    const deaf: string[] = [];
    await Promise.all(
      this.kept.map(async ({ current, name }) => {
        const ended = await Promise.race([current.stop(), wait(30_000, null, { ref: false })]);
        if (ended === null) deaf.push(`${name}: ${current.stdout}${current.stderr}`);
        await current.kill();
      }),
    );
    return deaf;
  }
}
