import { type BankEntry, BankFileFault, type BankFileHead } from '#domain/bank-file.js';
import { type BankFileLimits, readBankFile } from '#finance/bank-file-reader.js';
import { bytesOf } from './bank-answers.js';

export interface ReadBankFile {
  readonly head: BankFileHead;
  readonly entries: readonly BankEntry[];
  /** Length of each chunk. */
  readonly chunks: readonly number[];
}

/** A whole file, from its text in chunks of `size` bytes. */
export async function readAll(
  text: string | Uint8Array,
  size?: number,
  limits?: BankFileLimits,
): Promise<ReadBankFile> {
  const heads: BankFileHead[] = [];
  const chunks: number[] = [];
  const entries: BankEntry[] = [];
  for await (const part of readBankFile(bytesOf(text, size), limits)) {
    if ('head' in part) {
      if (entries.length > 0) throw new Error('the head comes after entries');
      heads.push(part.head);
    } else {
      chunks.push(part.entries.length);
      entries.push(...part.entries);
    }
  }
  const [head, second] = heads;
  if (head === undefined || second !== undefined) throw new Error(`${heads.length} heads`);
  return { head, entries, chunks };
}

/** The sentence of the fault that reading ends with; any other end fails. */
export async function faultOf(text: string | Uint8Array, limits?: BankFileLimits): Promise<string> {
  try {
    await readAll(text, undefined, limits);
  } catch (error) {
    if (error instanceof BankFileFault) return error.message;
    throw error;
  }
  throw new Error('the file was read without a fault');
}
