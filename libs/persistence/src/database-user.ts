import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartRefused } from './start-refused.js';

/** The system user PostgreSQL runs as. Both undefined: as ourselves, because we are not root. */
export interface DatabaseUser {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

const ourselves: DatabaseUser = { uid: undefined, gid: undefined };

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Looked up in /etc/passwd and not by `id`, which a small image may not have. */
function accountNamed(name: string): DatabaseUser | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid && uid !== '0' ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

function createAccount(name: string): DatabaseUser | undefined {
  const made = spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', name]);
  if (made.status !== 0) {
    // BusyBox has no useradd.
    spawnSync('adduser', ['-S', '-D', '-H', name]);
  }
  return accountNamed(name);
}

/**
 * Whom PostgreSQL runs as: PostgreSQL refuses root, so root hands over to `postgres`, else to `sluis` (made when
 * absent), else to `nobody`. A cluster that exists keeps its owner, whoever starts it.
 * Throws StartRefused when root finds none of them.
 */
export function databaseUser(clusterOwner?: { uid: number; gid: number }): DatabaseUser {
  if (!isRoot()) return ourselves;
  if (clusterOwner && clusterOwner.uid !== 0) return { uid: clusterOwner.uid, gid: clusterOwner.gid };
  const user =
    accountNamed('postgres') ?? accountNamed('sluis') ?? createAccount('sluis') ?? accountNamed('nobody');
  if (!user) {
    throw new StartRefused(
      'PostgreSQL does not run as root and no other user could be found or made, so start Sluis as an ordinary user or give it DATABASE_URL.',
    );
  }
  return user;
}

function asUser(user: DatabaseUser, script: string, path: string): boolean {
  const { uid, gid } = user;
  const options = uid === undefined || gid === undefined ? {} : { uid, gid };
  // cwd: the child would otherwise start in a folder that it may not be allowed to be in.
  return spawnSync('/bin/sh', ['-c', script, 'sh', path], { ...options, cwd: '/' }).status === 0;
}

/** Whether the user can enter this folder. Asked of the system itself: mode bits of all parents are not enough. */
export function canEnter(user: DatabaseUser, folder: string): boolean {
  return asUser(user, 'cd -- "$1"', folder);
}

export function canExecute(user: DatabaseUser, file: string): boolean {
  return asUser(user, 'test -x "$1" && test -r "$1"', file);
}

/**
 * A folder of ours that the database's user can enter, for what cannot lie in the clone. For root never below a
 * home directory: /root has mode 0700. Its owner is checked, because a name under /tmp may have been taken by
 * somebody else first. Throws StartRefused when there is none.
 */
export function enterableFolder(user: DatabaseUser): string {
  const inTmp = (root: string) => join(root, `sluis-${process.getuid?.() ?? 0}`);
  const candidates = isRoot()
    ? ['/var/lib/sluis', inTmp(tmpdir()), inTmp('/var/tmp')]
    : [join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluis'), inTmp(tmpdir())];
  for (const folder of candidates) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      const found = lstatSync(folder);
      if (!found.isDirectory() || found.uid !== process.getuid?.()) continue;
      chmodSync(folder, 0o755);
    } catch {
      continue;
    }
    if (canEnter(user, folder)) return folder;
  }
  throw new StartRefused(
    `None of ${candidates.join(', ')} can be used by the database's user, so start Sluis as an ordinary user or give it DATABASE_URL.`,
  );
}
