/**
 * JSON with one spelling: keys in code unit order, no spaces, absent values left out. Two values that
 * PostgreSQL's jsonb holds as equal give the same text, so that hashes survive its storage.
 *
 * @throws TypeError for what JSON cannot hold: bigint, functions, numbers that are not finite.
 */
export function canonicalJson(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no place in JSON`);
      return JSON.stringify(value);
    case 'object':
      return Array.isArray(value) ? listJson(value) : objectJson(value as Record<string, unknown>);
    default:
      throw new TypeError(`a ${typeof value} has no place in JSON`);
  }
}

function listJson(items: readonly unknown[]): string {
  return `[${items.map((item) => canonicalJson(item ?? null)).join(',')}]`;
}

function objectJson(object: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const key of Object.keys(object).sort()) {
    const value = object[key];
    if (value !== undefined)
      text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(value)}`;
  }
  return `{${text}}`;
}

/**
 * Whether PostgreSQL can keep a value's text: it refuses the character NUL and half of a surrogate
 * pair, which JSON spells as escapes.
 */
export function isStorable(json: string): boolean {
  return !/(?<!\\)(?:\\\\)*\\u(?:0000|d[89ab][0-9a-f]{2}|d[c-f][0-9a-f]{2})/.test(json);
}
