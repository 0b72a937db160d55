import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseUser } from './database-user.js';
import { isAlive } from './directory-lock.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { errorCode, StartRefused } from './start-refused.js';

const host = '127.0.0.1';
const startTimeoutMs = 60_000;
const stopTimeoutMs = 20_000;
const maxLogBytes = 10_000_000;

/** The administrator of a cluster that is ours; nobody signs in as it but the bootstrap. */
export const administratorRole = 'sluis_administrator';

/** Nothing of the caller's environment: PGDATA, PGPORT or LD_PRELOAD of another PostgreSQL would lead astray. */
const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const identity = ({ uid, gid }: DatabaseUser) => (uid === undefined || gid === undefined ? {} : { uid, gid });

/**
 * `initdb` into an empty folder that the user owns: UTF-8, comparison by code point (the same on every machine),
 * sign-in by password only, and no other way in than TCP on 127.0.0.1. Throws StartRefused when it fails.
 */
export function initialiseCluster(
  binaries: PostgresBinaries,
  user: DatabaseUser,
  cluster: { dir: string; password: string; durable: boolean },
): void {
  const passwordFile = `${cluster.dir}.password`;
  writeFileSync(passwordFile, `${cluster.password}\n`, { mode: 0o600, flag: 'wx' });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(passwordFile, user.uid, user.gid);
  const flags = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  flags.push('--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-instructions');
  if (!cluster.durable) flags.push('--no-sync');
  const made = spawnSync(
    binaries.initdb,
    [`--pgdata=${cluster.dir}`, `--username=${administratorRole}`, ...flags],
    { ...identity(user), cwd: '/', env: environment, encoding: 'utf8' },
  );
  rmSync(passwordFile);
  if (made.status !== 0) {
    const reason = lastComplaint(made.stderr ?? '') ?? made.error?.message ?? `status ${made.status}`;
    throw new StartRefused(
      `The built-in PostgreSQL could not make its cluster in ${cluster.dir}: ${reason}.`,
    );
  }
}

function lastComplaint(output: string): string | undefined {
  const lines = output.split('\n').filter((line) => /\b(FATAL|PANIC|error|ERROR|could not)\b/.test(line));
  return lines
    .at(-1)
    ?.replace(/^.*?(FATAL|PANIC|ERROR|error):\s*/, '')
    .replace(/\.$/, '')
    .trim();
}

/** postmaster.pid as PostgreSQL writes it: pid, folder, start, port, …, status. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** The living server of this cluster, if there is one; a pid file left behind by a dead one counts for nothing. */
export function runningPostmaster(clusterDir: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid) || !serves(pid, clusterDir)) return undefined;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/** Keeps a recycled pid from being taken for our server, and another's server from being sent a signal. */
function serves(pid: number, clusterDir: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(clusterDir);
  } catch {
    // Without /proc (macOS) the command line comes from ps.
    if (process.platform === 'linux') return false;
    const { stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return stdout.includes(clusterDir);
  }
}

/** A port nobody listens on now, as the system gives it. */
export function freePort(): Promise<number> {
  return listenOnce(0).then((port) => port ?? Promise.reject(new Error('the system gave no port')));
}

/** Whether nobody listens on this port of 127.0.0.1. */
export async function portIsFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

function settings(port: number, durable: boolean): string[] {
  const values: Record<string, string> = {
    listen_addresses: host,
    port: String(port),
    unix_socket_directories: '',
    max_connections: '100',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    // Worker processes for reading pay on big tables only; these take memory from the start.
    io_method: 'sync',
    ...(durable
      ? {}
      : {
          fsync: 'off',
          synchronous_commit: 'off',
          full_page_writes: 'off',
          wal_level: 'minimal',
          max_wal_senders: '0',
        }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * Runs a throw-away server, and ends and removes it when the pipe to its starter breaks: a starter killed with -9
 * cannot stop anything, but the system closes its pipes. Ends at once when the server ends by itself.
 */
const untilStarterIsGone = `folder=$1; shift
exec 3<&0
"$@" & server=$!
{ read -r _ <&3; trap '' TERM; kill -QUIT $server
  while kill -0 $server 2>/dev/null; do sleep 0.05; done
  rm -rf -- "$folder"; } & keeper=$!
wait $server
kill $keeper 2>/dev/null`;

export interface StartedCluster {
  readonly pid: number;
  readonly child: ChildProcess;
}

/**
 * Starts the server and waits until it takes connections. It leads a process group of its own, so that Ctrl-C in a
 * terminal reaches Sluis and not the database under it. Throws StartRefused with PostgreSQL's own last complaint.
 */
export async function startCluster(
  binaries: PostgresBinaries,
  user: DatabaseUser,
  cluster: { dir: string; port: number; durable: boolean; logFile: string; removeWithStarter?: string },
): Promise<StartedCluster> {
  const command = [binaries.postgres, '-D', cluster.dir, ...settings(cluster.port, cluster.durable)];
  const [program, ...args] = cluster.removeWithStarter
    ? ['/bin/sh', '-c', untilStarterIsGone, 'sh', cluster.removeWithStarter, ...command]
    : command;
  const log = openLog(cluster.logFile);
  const logStart = statSync(cluster.logFile).size;
  const stdin = cluster.removeWithStarter ? 'pipe' : 'ignore';
  const child = spawn(program ?? '', args, {
    ...identity(user),
    cwd: '/',
    env: environment,
    detached: true,
    stdio: [stdin, log, log],
  });
  closeSync(log);
  let gone = false;
  child.once('exit', () => (gone = true));
  child.once('error', () => (gone = true));
  for (const end = Date.now() + startTimeoutMs; !gone && Date.now() < end; await sleep(10)) {
    const server = runningPostmaster(cluster.dir);
    if (server?.ready) {
      child.unref();
      if (child.stdin && 'unref' in child.stdin) (child.stdin as unknown as { unref(): void }).unref();
      return { pid: server.pid, child };
    }
  }
  child.stdin?.destroy();
  if (!gone) child.kill('SIGQUIT');
  const reason = lastComplaint(readFileSync(cluster.logFile, 'utf8').slice(logStart)) ?? 'it gave no reason';
  throw new StartRefused(`The built-in PostgreSQL did not start: ${reason} (its log is ${cluster.logFile}).`);
}

function openLog(path: string): number {
  const tooLong = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes;
  return openSync(path, tooLong ? 'w' : 'a', 0o600);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/**
 * PostgreSQL's fast shutdown (open transactions are rolled back, a checkpoint is written); after 20 s the immediate
 * one, which the next start recovers from. Resolves when the server is gone.
 */
export async function stopCluster(pid: number, mode: 'fast' | 'immediate'): Promise<void> {
  signal(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  for (let end = Date.now() + stopTimeoutMs; isAlive(pid); await sleep(10)) {
    if (Date.now() < end) continue;
    signal(pid, 'SIGQUIT');
    end = Number.POSITIVE_INFINITY;
  }
}
