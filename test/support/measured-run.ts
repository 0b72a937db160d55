import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** How often the memory of a run is looked at, in ms; its peak is the kernel's own, so that a late look misses little. */
const lookEveryMs = 20;

export interface MeasuredRun {
  readonly ms: number;
  /** Peak resident memory in MB. */
  readonly peakMb: number;
  /** The same until `before` came true; all of it where nothing was waited for. */
  readonly peakBeforeMb: number;
  readonly output: string;
}

/** Runs the built `sluis` with these arguments. Throws with what it said where it did not end well. */
export async function measuredRun(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  before?: Promise<unknown>,
): Promise<MeasuredRun> {
  const started = performance.now();
  const child = spawn(process.execPath, ['dist/apps/cli/src/main.js', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaint = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
  let peakMb = 0;
  let peakBeforeMb: number | undefined;
  void before?.then(() => (peakBeforeMb = peakMb));
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has ended between two looks.
    }
  }, lookEveryMs);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(look);
  if (code !== 0) throw new Error(`sluis ${args.join(' ')} ended with ${code}: ${complaint}`);
  return { ms: performance.now() - started, peakMb, peakBeforeMb: peakBeforeMb ?? peakMb, output };
}
