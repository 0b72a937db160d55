import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { UsageFault } from './usage-fault.js';

const isFolder = 'this is a folder; name a file in it';

/**
 * A file that is there whole or not at all: written beside its place, readable by its owner alone, and moved there
 * once it is whole and on disk.
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
    const beside = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
    try {
      if ((await stat(path).catch(() => null))?.isDirectory() === true)
        throw new UsageFault(`${path}: ${isFolder}`);
      return new WrittenFile(path, beside, await open(beside, 'w', 0o600));
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

  /** Puts the file in its place, over whatever is there. */
  async keep(): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
    await rename(this.beside, this.path);
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
