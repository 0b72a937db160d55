import { readFile } from 'node:fs/promises';

import type { XsdValidator } from 'libxml2-wasm';

/** One validator a schema file: compiling it takes longer than checking a small file. */
const validators = new Map<string, Promise<XsdValidator>>();

/**
 * What an XSD schema has against a payment file, a sentence each; empty for a valid one. What is no XML at all
 * is a fault as well. The second net behind our own checks, and a step of its own: it holds the whole file in
 * memory (100,000 payments take some 300 MB). Throws where the schema itself cannot be read.
 */
export async function painSchemaFaults(file: Uint8Array, schemaPath: string): Promise<readonly string[]> {
  // Loaded only where a schema is configured: it is a compiled parser of megabytes.
  const { XmlDocument, XmlLibError } = await import('libxml2-wasm');
  const validator = await validatorOf(schemaPath);
  try {
    using document = XmlDocument.fromBuffer(file);
    validator.validate(document);
    return [];
  } catch (error) {
    if (!(error instanceof XmlLibError)) throw error;
    return error.details.map(({ line, message }) => `line ${line}: ${message.trim()}`);
  }
}

function validatorOf(schemaPath: string): Promise<XsdValidator> {
  let known = validators.get(schemaPath);
  if (known === undefined) {
    known = compiled(schemaPath);
    validators.set(schemaPath, known);
    // A schema that was missing may be put there.
    known.catch(() => validators.delete(schemaPath));
  }
  return known;
}

async function compiled(schemaPath: string): Promise<XsdValidator> {
  const { XmlDocument, XsdValidator } = await import('libxml2-wasm');
  using schema = XmlDocument.fromBuffer(await readFile(schemaPath));
  return XsdValidator.fromDoc(schema);
}
