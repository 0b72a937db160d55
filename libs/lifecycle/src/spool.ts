import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BankFileFault, mostBankFileBytes } from '#domain/bank-file.js';

const BYTES_AT_ONCE = 65_536;

/** A stream that was laid down, to be read as often as it takes. */
export interface Spooled {
  /** Hex, of all of its bytes. */
  readonly sha256: string;
  readonly bytes: number;
  /** Its bytes again, from the first. */
  read(): AsyncIterable<Uint8Array>;
}

/**
 * Lays a stream down in a temporary file that only this process can read, and gives it to `work`. The file has no
 * name any more once it is open, so that nothing of it stays, whatever ends the process. Throws a BankFileFault
 * where there are more than `most` bytes (those of a bank file by default), and what the stream or `work` throws.
 */
export async function withSpooled<T>(
  source: AsyncIterable<Uint8Array>,
  work: (spooled: Spooled) => Promise<T>,
  most = mostBankFileBytes,
): Promise<T> {
  const path = join(tmpdir(), `sluis-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    return await work(await layDown(source, file, most));
  } finally {
    await file.close();
  }
}

async function layDown(source: AsyncIterable<Uint8Array>, file: FileHandle, most: number): Promise<Spooled> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source) {
    if (bytes + chunk.length > most)
      throw new BankFileFault(
        `the file has more than ${most} bytes, the most that is read: ask for smaller ones`,
      );
    hash.update(chunk);
    for (let from = 0; from < chunk.length;)
      from += (await file.write(chunk, from, chunk.length - from, bytes + from)).bytesWritten;
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes, read: () => readFrom(file, bytes) };
}

async function* readFrom(file: FileHandle, bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes;) {
    const piece = Buffer.allocUnsafe(Math.min(BYTES_AT_ONCE, bytes - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) throw new Error(`a spooled file ends after ${at} of ${bytes} bytes`);
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

/** The same, asked for one ahead: what comes next is made while the one before it is worked on. */
export async function* oneAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const from = source[Symbol.asyncIterator]();
  let coming = from.next();
  try {
    for (;;) {
      const next = await coming;
      if (next.done === true) return;
      coming = from.next();
      // It is thrown when its turn comes, above; here it only must not be taken for forgotten.
      coming.catch(() => undefined);
      yield next.value;
    }
  } finally {
    await coming.catch(() => undefined);
    await from.return?.();
  }
}
