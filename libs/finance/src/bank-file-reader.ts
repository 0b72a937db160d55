import { type BankFileKind, type BankFilePart, bankFileKinds, mostBankFileBytes } from '#domain/bank-file.js';
import { quoted } from '#domain/parsed.js';

import { BankFileParts } from './bank-file-parts.js';
import { camtMessages, camtScope } from './camt.js';
import { pain002Scope } from './pain002.js';
import { utf8Blocks } from './utf8-blocks.js';
import { type Scope, XmlFields } from './xml-fields.js';

const ISO_NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:';
const READ = `read are ${bankFileKinds.slice(0, -1).join(', ')} and ${bankFileKinds.at(-1)}`;

/** What other ISO 20022 messages are, so that a person sees which file was taken for another. */
const messageWords: ReadonlyMap<string, string> = new Map([
  ['camt.052', 'a report of the day so far'],
  ['camt.053', 'an account statement, of another version'],
  ['camt.054', 'a debit and credit notification, of another version'],
  ['pain.001', 'a payment order, not the answer to one'],
  ['pain.002', 'a payment status report, of another version'],
  ['pain.008', 'a collection order'],
]);

export interface BankFileLimits {
  /** The most that is read of a file; `mostBankFileBytes` unless given. */
  readonly bytes?: number;
}

/**
 * Reads a bank's answer (pain.002.001.10, camt.053.001.08, camt.054.001.08) as it streams by: its head, then its
 * entries in the order of the file, 500 a chunk, the last one fewer. The same bytes give the same parts however
 * the source cuts them; memory does not grow with the file. The rules of each kind stand in `pain002.ts` and
 * `camt.ts`.
 *
 * @throws BankFileFault with one sentence that says what is wrong and where: no or other XML, cut short, a DOCTYPE,
 *   an encoding other than UTF-8, another message or version, too large, a value missing or wrong. Parts may have
 *   come before: nothing of the file counts until the last part has come and the generator has ended.
 */
export async function* readBankFile(
  source: AsyncIterable<Uint8Array>,
  limits: BankFileLimits = {},
): AsyncGenerator<BankFilePart, void, undefined> {
  const read: { parts?: BankFileParts } = {};
  const xml: XmlFields = new XmlFields((name, uri) => {
    const kind = kindOf(name, uri, xml);
    read.parts = new BankFileParts(kind, (sentence) => xml.fault(sentence));
    return documentScope(kind, read.parts, xml);
  });
  for await (const text of utf8Blocks(source, limits.bytes ?? mostBankFileBytes)) {
    xml.write(text);
    yield* read.parts?.finished() ?? [];
  }
  xml.end();
  read.parts?.flush();
  yield* read.parts?.finished() ?? [];
}

function kindOf(name: string, uri: string, xml: XmlFields): BankFileKind {
  if (name !== 'Document') {
    throw xml.fault(`the file begins with the element ${quoted(name)}, where a bank file has <Document>`);
  }
  const message = uri.startsWith(ISO_NAMESPACE) ? uri.slice(ISO_NAMESPACE.length) : null;
  const kind = bankFileKinds.find((known) => known === message);
  if (kind !== undefined) return kind;
  if (message === null) {
    const named = uri === '' ? 'names no message' : `is of ${quoted(uri)}`;
    throw xml.fault(`<Document> ${named}, where a bank file names one of ISO 20022; ${READ}`);
  }
  const words = messageWords.get(message.slice(0, 8));
  throw xml.fault(
    `this is ${quoted(message)}${words === undefined ? '' : `, ${words}`}; ${READ}: ask the bank for one of them`,
  );
}

function documentScope(kind: BankFileKind, parts: BankFileParts, xml: XmlFields): Scope {
  const name = kind === 'pain.002.001.10' ? 'CstmrPmtStsRpt' : camtMessages[kind].message;
  const message = kind === 'pain.002.001.10' ? pain002Scope(parts) : camtScope(kind, parts);
  let messages = 0;
  const open = (): void => {
    messages += 1;
    if (messages > 1) throw xml.fault(`<${name}> stands twice; a bank file holds one message`);
  };
  const close = (): void => {
    if (messages === 0) throw xml.fault(`<Document> is one of ${kind} and holds no <${name}>`);
  };
  return { scopes: { [name]: { ...message, open } }, close };
}
