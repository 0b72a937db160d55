import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, StartRefused } from './start-refused.js';

interface Holder {
  readonly pid: number;
  /** When that process started, as the system tells it; a recycled pid has another. */
  readonly started: string;
  /** Tells two locks of one process apart. */
  readonly nonce: string;
}

export interface DirectoryLock {
  /** False once somebody else took it, which only a race of three starters over a dead one's lock can do. */
  isHeld(): boolean;
  release(): void;
}

/** Whether a process of this id lives, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** A process that ended but that nobody has waited for yet (an orphan in a container without an init). */
function isZombie(pid: number): boolean {
  return statFields(pid)?.[0] === 'Z';
}

/** /proc/PID/stat after the name in brackets, which may itself hold spaces and brackets: state first. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Boot and clock tick of a process's start on Linux, the start time by `ps` elsewhere; '' when it is gone. */
function startOf(pid: number): string {
  const ticks = statFields(pid)?.[19];
  if (ticks) return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`;
  try {
    const options = { encoding: 'utf8' as const, env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' } };
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim();
  } catch {
    return '';
  }
}

const fileName = 'sluis.lock';

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    // Never half written (it is linked into place whole), so unreadable means spoilt by a full or broken disk.
    if (error instanceof SyntaxError) return { pid: 0, started: '', nonce: '' };
    throw error;
  }
}

function lives(holder: Holder): boolean {
  return holder.pid > 0 && isAlive(holder.pid) && startOf(holder.pid) === holder.started;
}

/** The process that holds this data directory, if it lives. */
export function liveHolder(dataDir: string): number | undefined {
  const holder = readHolder(join(dataDir, fileName));
  return holder && lives(holder) ? holder.pid : undefined;
}

/** Moves a dead holder's lock away, and puts it back when in between a living one had taken its place. */
function clearDead(path: string, dead: Holder): void {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
    if (readHolder(aside)?.nonce !== dead.nonce) linkSync(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(errorCode(error))) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Takes the data directory for this process. Throws StartRefused when a living process holds it; a lock whose
 * process is gone, or whose pid now belongs to a process that started at another time, is taken over.
 */
export function lockDirectory(dataDir: string): DirectoryLock {
  const path = join(dataDir, fileName);
  const mine: Holder = {
    pid: process.pid,
    started: startOf(process.pid),
    nonce: randomBytes(6).toString('hex'),
  };
  const draft = `${path}.${mine.nonce}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o644 });
  try {
    for (;;) {
      try {
        linkSync(draft, path);
        break;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
      const holder = readHolder(path);
      if (holder && lives(holder)) {
        throw new StartRefused(
          `The data directory ${dataDir} is in use by another Sluis (process ${holder.pid}), so stop that one first or set SLUIS_DATA to another folder.`,
        );
      }
      if (holder) clearDead(path, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  const isHeld = () => readHolder(path)?.nonce === mine.nonce;
  return {
    isHeld,
    release: () => {
      if (isHeld()) rmSync(path, { force: true });
    },
  };
}
