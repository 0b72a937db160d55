import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks a second in /proc: 100 wherever Linux runs on common machines. */
const ticksASecond = 100;

interface Stat {
  readonly parent: number;
  /** User and system time of the process itself, in ms. */
  readonly ownMs: number;
  /** The same of children that ended and were waited for. */
  readonly endedMs: number;
}

function statOf(pid: number | string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces and brackets; what counts stands behind it.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
    const ms = (ticks: number): number => (ticks * 1000) / ticksASecond;
    return { parent: fields[1] ?? 0, ownMs: ms(utime + stime), endedMs: ms(cutime + cstime) };
  } catch {
    return undefined;
  }
}

/** Processor time that a process and all it started took so far, in ms. Linux only. */
export function treeTimeMs(root: number): number {
  const children = new Map<number, number[]>();
  for (const pid of pids()) {
    const parent = statOf(pid)?.parent ?? 0;
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const timeOf = (pid: number): number => {
    const stat = statOf(pid);
    if (stat === undefined) return 0;
    return (children.get(pid) ?? []).reduce((sum, child) => sum + timeOf(child), stat.ownMs + stat.endedMs);
  };
  return timeOf(root);
}

function pids(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** Peak resident memory of a process so far, in MB: the kernel's own count, so that a late look misses nothing. */
export function peakMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** The part of the machine's time since boot that others took or the hypervisor stole, in ms: [busy, stolen]. */
export function machineTimesMs(): { readonly busy: number; readonly stolen: number } {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, soft = 0, steal = 0] = (
    readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
  )
    .split(/\s+/)
    .map(Number);
  const ms = (ticks: number): number => (ticks * 1000) / ticksASecond;
  return { busy: ms(user + nice + system + irq + soft), stolen: ms(steal) };
}
