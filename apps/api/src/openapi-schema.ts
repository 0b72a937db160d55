/** Pieces of the OpenAPI document. */

export const postHeaders = [
  {
    name: 'Idempotency-Key',
    required: true,
    description: 'Names this command among yours; sent again with the same content it gives the same answer.',
    schema: { type: 'string', minLength: 1, maxLength: 200, examples: ['approve-REN-ANT-2'] },
  },
];

/** Fields of answers that may be null, wherever they stand. */
const nullable = new Set(
  [
    'of ended revoked next handler nextDueOn decision envelope dueOn because firstApprovalBy approvalBy late',
    'reportedCosts acceptedCosts request recommended decided share held tranche openSince since event',
    'reason previousHash subject verifiedBy verifiedAt token stream lastError executed ground fixed',
    'address validFrom validUntil payeeCheck suggested override',
    'executeOn messageId file bic bankReference bookedOn reasonCode text decided',
  ].flatMap((names) => names.split(' ')),
);
/** Fields whose inside differs from one to the other. */
const varying = new Set(['data', 'plan', 'facts', 'input']);

/**
 * The JSON Schema of what looks like an example: types from its values; `optional` ones may be missing, those in
 * `alsoNull` may be null here, wherever in it they stand.
 */
export function schemaOf(
  example: unknown,
  optional: readonly string[] = [],
  alsoNull: readonly string[] = [],
): Record<string, unknown> {
  if (example === null) return {};
  if (Array.isArray(example))
    return { type: 'array', items: example.length > 0 ? schemaOf(example[0], [], alsoNull) : {} };
  if (typeof example === 'number') return { type: 'integer' };
  if (typeof example !== 'object') return { type: typeof example };
  const names = Object.keys(example);
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(example).map(([name, inside]) => [name, fieldSchema(name, inside, alsoNull)]),
    ),
    required: names.filter((name) => !optional.includes(name)),
  };
}

function fieldSchema(name: string, example: unknown, alsoNull: readonly string[]): Record<string, unknown> {
  if (varying.has(name)) return { type: 'object', additionalProperties: true };
  const schema = schemaOf(example, [], alsoNull);
  const { type } = schema;
  const mayBeNull = nullable.has(name) || alsoNull.includes(name);
  return mayBeNull && typeof type === 'string' ? { ...schema, type: [type, 'null'] } : schema;
}

/** A parameter or answer that may be cut into pages. */
export function pageOfExample(item: unknown): Record<string, unknown> {
  return { items: [item], next: null };
}
