/** SQLSTATE of a failed query, or the system's code of a failed connection; '' for anything else. */
function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** The database could not be reached, or went away while it worked. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  if (code.startsWith('08') || ['57P01', '57P02', '57P03', '53300'].includes(code)) return true;
  if (['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code)) return true;
  // The socket of a server that is away; a file that is missing is another matter, and does not come back.
  if (code === 'ENOENT') return (error as { syscall?: unknown }).syscall === 'connect';
  const message = error instanceof Error ? error.message : '';
  return /Connection terminated|connection timeout|not queryable|timeout exceeded when trying/i.test(message);
}

/**
 * Another transaction got in between: a deadlock, a lost race for an id or a sequence. Decided again, it
 * either goes through or is answered from what the other one wrote.
 */
export function isLostRace(error: unknown): boolean {
  return ['40001', '40P01', '55P03', '23505'].includes(codeOf(error));
}

/** The unique constraint that a row violated; null where that is not what happened. */
export function violatedKey(error: unknown): string | null {
  if (codeOf(error) !== '23505') return null;
  return (error as { constraint?: string }).constraint ?? '';
}
