import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { UsageFault } from './usage-fault.js';

const isFolder = 'this is a folder; name a file in it';
const partName = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.part$/;

/**
 * A file that is there whole or not at all: written beside its place as `.NAME.UUID.part`, readable by its owner
 * alone, and moved there once it is whole and on disk.
 *
 * A run that is killed leaves its part behind; the next one to the same place removes every part there before it
 * begins its own. Whether the other is still being written cannot be told for sure (an id of a process means
 * nothing in another container), so of two runs to one place at once the later one wins: the part of the earlier
 * one is gone, and it fails when it is to move it. What is moved is only ever a run's own part, since no two have
 * one name, and so nothing is ever mixed.
 */
export class WrittenFile {
  readonly #hash = createHash('sha256');
  bytes = 0;

  private constructor(
    readonly path: string,
    private readonly beside: string,
    private readonly handle: FileHandle,
  ) {}

  /** Throws UsageFault where nothing can be written there. */
  static async begin(path: string): Promise<WrittenFile> {
    const beside = `${besideOf(path)}${randomUUID()}.part`;
    try {
      if ((await stat(path).catch(() => null))?.isDirectory() === true)
        throw new UsageFault(`${path}: ${isFolder}`);
      await removeParts(path);
      return new WrittenFile(path, beside, await open(beside, 'wx', 0o600));
    } catch (error) {
      if (error instanceof UsageFault) throw error;
      const { code } = error as NodeJS.ErrnoException;
      const why =
        code === 'ENOENT' ? 'there is no such folder' : `it cannot be written (${code ?? String(error)})`;
      throw new UsageFault(`${path}: ${why}`);
    }
  }

  async write(piece: string | Uint8Array): Promise<void> {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    this.#hash.update(bytes);
    this.bytes += bytes.length;
    await this.handle.appendFile(bytes);
  }

  /** The hex SHA-256 of what was written; nothing is written after it. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  /** Puts the file in its place, over whatever is there. Throws UsageFault where a later run took over. */
  async keep(): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
    try {
      await rename(this.beside, this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new UsageFault(`${this.path}: another run began to write this file; what it writes stands`);
    }
    const folder = await open(dirname(this.path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** Leaves nothing of it. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.beside, { force: true });
  }
}

function besideOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.`);
}

/** Removes what earlier runs to this place left behind; what belongs to somebody else is theirs to remove. */
async function removeParts(path: string): Promise<void> {
  const beside = basename(besideOf(path));
  for (const name of await readdir(dirname(path)))
    if (name.startsWith(beside) && partName.test(name.slice(beside.length)))
      await rm(join(dirname(path), name), { force: true }).catch(() => undefined);
}

/** Runs `work` on a file that is kept where it returns true; else, or where it throws, nothing of it is left. */
export async function writeWhole(path: string, work: (file: WrittenFile) => Promise<boolean>): Promise<void> {
  const file = await WrittenFile.begin(path);
  let kept = false;
  try {
    if (await work(file)) {
      await file.keep();
      kept = true;
    }
  } finally {
    if (!kept) await file.discard();
  }
}

/** The hex SHA-256 of a file; null where there is none. Throws UsageFault for what is there and is no file. */
export async function sha256Of(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new UsageFault(
      `${path}: ${code === 'EISDIR' ? isFolder : `it cannot be read (${code ?? String(error)})`}`,
    );
  }
}
