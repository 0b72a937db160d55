/** Pieces of the OpenAPI document. */

export const postHeaders = [
  {
    name: 'Idempotency-Key',
    required: true,
    description: 'Names this command among yours; sent again with the same content it gives the same answer.',
    schema: { type: 'string', minLength: 1, maxLength: 200, examples: ['approve-REN-ANT-2'] },
  },
];

/** The JSON Schema of answers that look like an example: types from its values, all of its fields. */
export function schemaOf(example: unknown): Record<string, unknown> {
  if (example === null) return {};
  if (Array.isArray(example)) return { type: 'array', items: example.length > 0 ? schemaOf(example[0]) : {} };
  if (typeof example === 'object')
    return {
      type: 'object',
      properties: Object.fromEntries(
        Object.entries(example as object).map(([name, inside]) => [name, schemaOf(inside)]),
      ),
    };
  if (typeof example === 'number') return { type: 'integer' };
  return { type: typeof example };
}

/** A parameter or answer that may be cut into pages. */
export function pageOfExample(item: unknown): Record<string, unknown> {
  return { items: [item], next: null };
}
