/**
 * Sluis cannot start, and the person who started it can do something about it: a folder in use, a port taken,
 * a wrong address. The message is one whole sentence for that person; the front doors print it without a stack
 * and exit with 1. Anything else that is thrown is a fault of ours.
 */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/**
 * The code of a Node or PostgreSQL error ('EACCES', '42501'), or '' where there is none. By its shape and not by
 * `instanceof Error`: in a test's own realm the errors of the file system are those of another.
 */
export function errorCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
