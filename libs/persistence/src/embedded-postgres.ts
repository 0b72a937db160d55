import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  freePort,
  initialiseCluster,
  portIsFree,
  runningPostmaster,
  startCluster,
  stopCluster,
  type Postmaster,
} from './cluster-process.js';
import {
  answers,
  bootstrap,
  newPasswords,
  readRecord,
  recordName,
  running,
  writeRecord,
  type ClusterRecord,
  type RunningCluster,
} from './cluster-record.js';
import { canEnter, databaseUser, enterableFolder, isRoot, type DatabaseUser } from './database-user.js';
import { isAlive, liveHolder, lockDirectory, type DirectoryLock } from './directory-lock.js';
import { postgresBinaries } from './postgres-binaries.js';
import { errorCode, StartRefused } from './start-refused.js';

export type { RunningCluster } from './cluster-record.js';

export interface EmbeddedPostgres extends RunningCluster {
  /** A server that a killed Sluis left behind, taken over as it ran. */
  readonly adopted: boolean;
  /** Stops the server (a throw-away one is removed) and gives the data directory free. Repeatable. */
  stop(): Promise<void>;
}

export interface DurableOptions {
  readonly durable: true;
  /** Sluis's own folder, made when absent. */
  readonly dataDir: string;
  /** The user chose this folder (SLUIS_DATA): refuse rather than put the cluster elsewhere. */
  readonly explicit: boolean;
  /** On 127.0.0.1; a free one when not given, the last one again when it is still free. */
  readonly port?: number;
}

export interface ThrowAwayOptions {
  readonly durable: false;
  readonly port?: number;
}

const bootWaitMs = 15_000;
const throwAwayPrefix = 'sluis-throw-away-';

/**
 * Starts the built-in PostgreSQL 18: `durable: true` keeps a cluster for the data directory, made at the first start;
 * `durable: false` makes one that is gone when stopped or when this process ends, however it ends, and trades all
 * safety for speed (simulation, tests).
 *
 * Throws StartRefused (one sentence) when the data directory is in use by a living Sluis, cannot be written, was
 * chosen explicitly but cannot be reached by the database's user, holds a cluster of another PostgreSQL version,
 * or the given port is taken.
 */
export async function startEmbeddedPostgres(
  options: DurableOptions | ThrowAwayOptions,
): Promise<EmbeddedPostgres> {
  if (options.port !== undefined && !options.durable) await refuseTakenPort(options.port);
  return options.durable ? startDurable(options) : startThrowAway(options);
}

async function refuseTakenPort(port: number): Promise<void> {
  if (!(await portIsFree(port))) throw new StartRefused(`Port ${port} for the built-in PostgreSQL is taken.`);
}

async function startDurable(options: DurableOptions): Promise<EmbeddedPostgres> {
  const { dataDir, lock } = takeDataDir(options);
  try {
    const { record, postmaster } = await prepareCluster(dataDir, options);
    const adopted = postmaster !== undefined;
    const started = postmaster ? record : await startRecorded(dataDir, record, options.port, lock);
    const pid = postmaster?.pid ?? runningPostmaster(started.clusterDir)?.pid;
    if (pid === undefined)
      throw new StartRefused('The built-in PostgreSQL stopped as soon as it had started.');
    if (!started.bootstrapped) await bootstrap(started);
    writeRecord(dataDir, { ...started, bootstrapped: true });
    return { ...running(started), adopted, stop: stopper(pid, 'fast', () => lock.release()) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function takeDataDir(options: DurableOptions): { dataDir: string; lock: DirectoryLock } {
  const asked = resolve(options.dataDir);
  try {
    const isNew = !existsSync(asked);
    makeFolders(asked);
    // The database's user passes through; the files that hold secrets have modes of their own.
    if (isNew && isRoot()) chmodSync(asked, 0o711);
    const dataDir = realpathSync(asked);
    return { dataDir, lock: lockDirectory(dataDir) };
  } catch (error) {
    if (error instanceof StartRefused) throw error;
    throw new StartRefused(
      `The data directory ${asked} cannot be written (${errorCode(error) || String(error)}).`,
    );
  }
}

/** Finds the cluster of a data directory, stops or keeps what a killed Sluis left running, or makes a new one. */
async function prepareCluster(
  dataDir: string,
  options: DurableOptions,
): Promise<{ record: ClusterRecord; postmaster?: Postmaster }> {
  const record = readRecord(dataDir);
  if (!record || !existsSync(join(record.clusterDir, 'PG_VERSION'))) {
    return { record: createCluster(dataDir, options) };
  }
  const left = runningPostmaster(record.clusterDir);
  if (!left) return { record };
  const found = { ...record, port: left.port };
  const fits =
    left.ready && record.bootstrapped && (options.port === undefined || options.port === left.port);
  if (fits && (await answers(found))) return { record: found, postmaster: left };
  await stopCluster(left.pid, 'fast');
  return { record };
}

/**
 * Makes a folder and those above it. Not mkdir's own `recursive`: where a file system takes no folders (/proc) Node
 * tries for ever.
 */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder));
  mkdirSync(folder);
}

function createCluster(dataDir: string, options: DurableOptions): ClusterRecord {
  const user = databaseUser();
  const parent = clusterParent(dataDir, user, options.explicit);
  const clusterDir = join(parent, 'postgres');
  // Made beside its place and moved there when whole: a start killed half-way leaves nothing that looks finished.
  const unfinished = `${clusterDir}.new`;
  try {
    if (existsSync(clusterDir)) {
      throw new StartRefused(
        `The folder ${clusterDir} holds a cluster but ${join(dataDir, recordName)} with its passwords is missing, so restore that file or move the folder away.`,
      );
    }
    rmSync(unfinished, { recursive: true, force: true });
    rmSync(`${unfinished}.password`, { force: true });
    makeOwned(unfinished, user);
    const passwords = newPasswords();
    const cluster = { dir: unfinished, password: passwords.administrator, durable: true };
    initialiseCluster(postgresBinaries(user), user, cluster);
    const record: ClusterRecord = { clusterDir, port: 0, passwords, bootstrapped: false };
    writeRecord(dataDir, record);
    renameSync(unfinished, clusterDir);
    return record;
  } catch (error) {
    rmSync(parent === dataDir ? unfinished : parent, { recursive: true, force: true });
    throw error;
  }
}

function makeOwned(folder: string, user: DatabaseUser): void {
  mkdirSync(folder, { mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
}

/** The data directory itself, or for root a folder outside any home when the database's user cannot get there. */
function clusterParent(dataDir: string, user: DatabaseUser, explicit: boolean): string {
  if (canEnter(user, dataDir)) return dataDir;
  if (explicit) {
    throw new StartRefused(
      `The data directory ${dataDir} cannot be entered by the database's user (uid ${user.uid}; PostgreSQL does not run as root), so choose a SLUIS_DATA outside closed folders such as /root.`,
    );
  }
  const place = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  // A name of its own each time: whoever removed the data directory wants to begin anew.
  const parent = mkdtempSync(join(enterableFolder(user), `${place}-`));
  chmodSync(parent, 0o711);
  return parent;
}

async function startRecorded(
  dataDir: string,
  record: ClusterRecord,
  askedPort: number | undefined,
  lock: DirectoryLock,
): Promise<ClusterRecord> {
  const { clusterDir } = record;
  const user = databaseUser(statSync(clusterDir));
  const binaries = postgresBinaries(user);
  const major = readFileSync(join(clusterDir, 'PG_VERSION'), 'utf8').trim();
  if (major !== binaries.major) {
    throw new StartRefused(
      `The cluster in ${clusterDir} was made by PostgreSQL ${major}, but this Sluis brings ${binaries.major}: see "Upgrade" in docs/operations.md.`,
    );
  }
  if (askedPort !== undefined) await refuseTakenPort(askedPort);
  const lastStillFree = record.port > 0 && (await portIsFree(record.port));
  const port = askedPort ?? (lastStillFree ? record.port : await freePort());
  if (!lock.isHeld())
    throw new StartRefused(`The data directory ${dataDir} was taken by another Sluis just now.`);
  const started = { ...record, port };
  // Before the start: whoever looks for a running cluster reads the port here.
  writeRecord(dataDir, started);
  await startCluster(binaries, user, {
    dir: clusterDir,
    port,
    durable: true,
    logFile: join(dataDir, 'postgres.log'),
  });
  return started;
}

/** Also stops the server when the process ends without stop(), as `process.exit` does. */
function stopper(pid: number, mode: 'fast' | 'immediate', afterwards: () => void): () => Promise<void> {
  const atExit = () => {
    try {
      process.kill(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    } catch {
      // It is gone already.
    }
  };
  process.once('exit', atExit);
  let stopping: Promise<void> | undefined;
  return () =>
    (stopping ??= stopCluster(pid, mode).then(() => {
      process.removeListener('exit', atExit);
      afterwards();
    }));
}

async function startThrowAway(options: ThrowAwayOptions): Promise<EmbeddedPostgres> {
  const user = databaseUser();
  const binaries = postgresBinaries(user);
  const folder = throwAwayFolder(user);
  const clusterDir = join(folder, 'postgres');
  const passwords = newPasswords();
  try {
    makeOwned(clusterDir, user);
    initialiseCluster(binaries, user, { dir: clusterDir, password: passwords.administrator, durable: false });
    const port = options.port ?? (await freePort());
    const logFile = join(folder, 'postgres.log');
    const { pid, child } = await startCluster(binaries, user, {
      dir: clusterDir,
      port,
      durable: false,
      logFile,
      removeWithStarter: folder,
    });
    const record: ClusterRecord = { clusterDir, port, passwords, bootstrapped: false };
    await bootstrap(record);
    const stop = stopper(pid, 'immediate', () => {
      child.stdin?.destroy();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    });
    return { ...running(record), adopted: false, stop };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** TMPDIR may lie in root's home, where the database's user cannot go. */
function throwAwayFolder(user: DatabaseUser): string {
  const parent = canEnter(user, tmpdir()) ? tmpdir() : enterableFolder(user);
  removeUnfinished(parent);
  const folder = mkdtempSync(join(parent, `${throwAwayPrefix}${process.pid}-`));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  return folder;
}

/**
 * A throw-away server goes with its starter; what a starter killed during initdb left has no server yet, and goes
 * here. One with a postmaster.pid is never touched: its starter may live in another container that shares the folder.
 */
function removeUnfinished(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(throwAwayPrefix)) continue;
    const pid = Number.parseInt(name.slice(throwAwayPrefix.length), 10);
    const folder = join(parent, name);
    if (isAlive(pid) || existsSync(join(folder, 'postgres', 'postmaster.pid'))) continue;
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another user's: theirs to remove.
    }
  }
}

/** Whether a Sluis ever started on this data directory, or is about to. Throws StartRefused as `findRunningCluster` does. */
export function holdsCluster(dataDir: string): boolean {
  const folder = resolve(dataDir);
  return readRecord(folder) !== undefined || liveHolder(folder) !== undefined;
}

/**
 * The cluster of this data directory if it runs now, for commands that work beside a running `sluis start`. Waits up
 * to 15 s for one that is just starting. Undefined: nothing runs, start it yourself. Throws StartRefused when the
 * record cannot be read.
 */
export async function findRunningCluster(dataDir: string): Promise<RunningCluster | undefined> {
  for (const end = Date.now() + bootWaitMs; ; await sleep(50)) {
    const record = readRecord(resolve(dataDir));
    const postmaster = record && runningPostmaster(record.clusterDir);
    if (record?.bootstrapped && postmaster?.ready) {
      const found = { ...record, port: postmaster.port };
      if (await answers(found)) return running(found);
    }
    if (Date.now() > end || liveHolder(resolve(dataDir)) === undefined) return undefined;
  }
}
