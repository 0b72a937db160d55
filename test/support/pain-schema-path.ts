import { resolve } from 'node:path';

/** Where the schema of pain.001.001.09 lies: SLUIS_PAIN_XSD, else beside the checkout. It is not ours to ship. */
export const painSchemaPath =
  process.env['SLUIS_PAIN_XSD'] ?? resolve(import.meta.dirname, '../../../shared/xsd/pain.001.001.09.xsd');
