import { XmlDocument } from 'libxml2-wasm';

import { painSchemaFaults as faultsBy } from '#finance/pain-schema.js';

import { painSchemaPath } from './pain-schema-path.js';

/** What the schema has against a file. Suites that use it stand in `describeWith('pain-schema', …)`. */
export function painSchemaFaults(
  file: Uint8Array | string,
  schemaPath = painSchemaPath,
): Promise<readonly string[]> {
  return faultsBy(typeof file === 'string' ? Buffer.from(file) : file, schemaPath);
}

/** The texts of all elements of a name, in the file's order. */
export function painTexts(file: Uint8Array | string, element: string): readonly string[] {
  using document = XmlDocument.fromBuffer(typeof file === 'string' ? Buffer.from(file) : file);
  return document.find(`//p:${element}`, { p: painNamespace }).map((node) => node.content);
}

const painNamespace = 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.09';
