import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const commandLine = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'cli', 'src', 'main.js');

/** What the environment of a process under test says, beside PATH and the like; nothing of it is inherited. */
export type Settings = Readonly<Record<string, string>>;

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One `sluis …` as a process of its own, from the build, as an operator runs it. */
export class SluisProcess {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;
  private isOver = false;

  /** `input`: what its standard input holds; without it there is none. */
  constructor(args: readonly string[], settings: Settings = {}, cwd = '/tmp', input?: string) {
    if (!existsSync(commandLine)) throw new Error('there is no build yet: npm run build');
    const { PATH = '/usr/bin:/bin', HOME = '/', TMPDIR = '/tmp' } = process.env;
    this.child = spawn(process.execPath, [commandLine, ...args], {
      cwd,
      env: { PATH, HOME, TMPDIR, NO_COLOR: '1', ...settings },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    this.child.stdin?.end(input);
    this.child.stdout?.on('data', (text: Buffer) => (this.stdout += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.stderr += text.toString()));
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code) => {
        this.isOver = true;
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** Null while it lives. */
  get over(): boolean {
    return this.isOver;
  }

  /** Waits until it prints this. Throws with all it said where it ended first or said nothing of it in time. */
  async says(text: string, withinMs = 60_000): Promise<void> {
    for (const end = Date.now() + withinMs; !this.stdout.includes(text); await sleep(25))
      if (this.isOver || Date.now() > end)
        throw new Error(`it did not say "${text}", but: ${this.stdout}${this.stderr}`);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** SIGTERM, and how it ended. */
  async stop(): Promise<Ended> {
    this.signal('SIGTERM');
    return this.ended;
  }

  /** For the end of a test, however far it came. */
  async kill(): Promise<void> {
    if (!this.isOver) this.signal('SIGKILL');
    await this.ended;
  }
}

/** Runs one command to its end. */
export function sluis(
  args: readonly string[],
  settings: Settings = {},
  cwd?: string,
  input?: string,
): Promise<Ended> {
  return new SluisProcess(args, settings, cwd, input).ended;
}
