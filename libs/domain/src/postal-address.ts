import { type Parsed, fault, quoted, value } from './parsed.js';
import type { PostalAddress } from './payment.js';

/** The parts of an address in the order in which it is written, with their longest (ISO 20022, PostalAddress24). */
const parts = { street: 70, number: 16, postCode: 16, town: 35 } as const;
const required: readonly string[] = ['town', 'country'];
const RIGHT =
  'an address is {street, number, postCode, town, country}, of which town and country (two letters, "BE") are needed';

/** JSON Schema of an address as it is written in files and requests. */
export const addressSchema = {
  type: 'object',
  properties: {
    ...Object.fromEntries(
      Object.entries(parts).map(([name, maxLength]) => [name, { type: 'string', minLength: 1, maxLength }]),
    ),
    country: { type: 'string', pattern: '^[A-Z]{2}$' },
  },
  required,
  additionalProperties: false,
  examples: [{ street: 'Grote Markt', number: '1', postCode: '2000', town: 'Antwerpen', country: 'BE' }],
};

/**
 * Reads a structured postal address; banks refuse the other kind since 15 November 2026. Refuses unknown
 * parts, empty ones, and what is longer than a payment file takes.
 */
export function parseAddress(input: unknown): Parsed<PostalAddress> {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return fault(`${quoted(input)} is no address; ${RIGHT}`);
  const given = input as Readonly<Record<string, unknown>>;
  const read: Record<string, string> = {};
  for (const [name, longest] of Object.entries(parts)) {
    const part = given[name];
    if (part === undefined) continue;
    if (typeof part !== 'string' || part.trim() === '' || part.length > longest)
      return fault(`${name} of an address is a text of 1 to ${longest} characters`);
    read[name] = part;
  }
  const { country } = given;
  if (typeof country !== 'string' || !/^[A-Z]{2}$/.test(country))
    return fault('country of an address is two capital letters, for example "BE"');
  const unknown = Object.keys(given).find((name) => name !== 'country' && !Object.hasOwn(parts, name));
  if (unknown !== undefined) return fault(`an address has no part ${quoted(unknown)}; ${RIGHT}`);
  const { town, ...others } = read;
  return town === undefined
    ? fault(`town of an address is missing; ${RIGHT}`)
    : value({ ...others, town, country });
}
