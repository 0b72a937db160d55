/** A bank file as text: UTF-8 or nothing, in blocks of one size whatever the chunks it comes in. */
import { isUtf8 } from 'node:buffer';

import { BankFileFault } from '#domain/bank-file.js';
import { quoted } from '#domain/parsed.js';

const BLOCK_BYTES = 65_536;
const SHOWN_LENGTH = 12;
const RIGHT_ENCODING = 'bank files are UTF-8: ask the bank for one, or have it converted';

/**
 * The text of a file in blocks of 64 KiB, none of which ends within a character, without its byte order mark.
 * The blocks do not depend on the chunks of the source; not more than one is held.
 *
 * @throws BankFileFault for an empty file, one of more than `mostBytes` (nothing is read past them), one that does
 *   not begin like XML, and for any other encoding, by its first bytes, its declaration, or a wrong byte.
 */
export async function* utf8Blocks(
  source: AsyncIterable<Uint8Array>,
  mostBytes: number,
): AsyncGenerator<string, void, undefined> {
  let carried: Buffer = Buffer.alloc(0);
  let read = 0;
  for await (const block of blocks(source, mostBytes)) {
    const fresh = read === 0 ? xmlBytes(block) : block;
    const bytes = carried.length === 0 ? fresh : Buffer.concat([carried, fresh]);
    const whole = bytes.subarray(0, bytes.length - cutCharacter(bytes));
    read += block.length;
    if (!isUtf8(whole)) throw encodingFault(read - bytes.length + wrongByte(whole));
    carried = Buffer.from(bytes.subarray(whole.length));
    yield whole.toString('utf8');
  }
  if (read === 0) throw new BankFileFault('the file is empty: not a byte is in it');
  if (carried.length > 0) {
    throw new BankFileFault(`byte ${read}: the file stops in the middle of a character: it is not whole`);
  }
}

/** The bytes in one buffer that is filled again and again. */
async function* blocks(source: AsyncIterable<Uint8Array>, mostBytes: number): AsyncGenerator<Buffer> {
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  let filled = 0;
  let read = 0;
  for await (const chunk of source) {
    read += chunk.length;
    if (read > mostBytes) {
      throw new BankFileFault(
        `the file has more than ${mostBytes} bytes, the most that is read; ask the bank for smaller files`,
      );
    }
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + BLOCK_BYTES - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < BLOCK_BYTES) continue;
      yield block;
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

/** The first block from where XML begins, if it is that, and UTF-8 by what it says of itself. */
function xmlBytes(block: Buffer): Buffer {
  const [first, second, third] = block;
  const mark = `${first},${second}`;
  if (mark === '254,255' || mark === '255,254' || first === 0 || (first === 0x3c && second === 0)) {
    throw new BankFileFault(`byte 1: the file is UTF-16; ${RIGHT_ENCODING}`);
  }
  const bytes = mark === '239,187' && third === 191 ? block.subarray(3) : block;
  const opening = bytes.toString('latin1', 0, 1024).trimStart();
  if (opening === '') throw new BankFileFault('the file holds white space where XML would begin');
  if (!opening.startsWith('<')) {
    throw new BankFileFault(`this is no XML file: it begins with ${quoted(shown(bytes))}`);
  }
  const declared = /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([^"'>]*)["']/.exec(opening)?.[1];
  if (declared !== undefined && declared.toUpperCase() !== 'UTF-8') {
    throw new BankFileFault(`line 1: the file declares the encoding ${quoted(declared)}; ${RIGHT_ENCODING}`);
  }
  return bytes;
}

function shown(bytes: Buffer): string {
  return `${bytes.toString('latin1').trimStart().slice(0, SHOWN_LENGTH)}…`;
}

/** How many bytes at the end begin a character without ending it. */
function cutCharacter(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) !== 0x80) return lengthBy(byte) > back ? back : 0;
  }
  return 0;
}

/** Bytes of a character by its first one; 1 for what begins none. */
function lengthBy(byte: number): number {
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  return byte >= 0xc0 ? 2 : 1;
}

function wrongByte(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const length = lengthBy(bytes[at] ?? 0);
    if (!isUtf8(bytes.subarray(at, at + length))) break;
    at += length;
  }
  return at;
}

function encodingFault(offset: number): BankFileFault {
  return new BankFileFault(`byte ${offset + 1}: not UTF-8 (Latin-1 text looks like this); ${RIGHT_ENCODING}`);
}
