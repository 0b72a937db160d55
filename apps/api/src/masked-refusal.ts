import { parseInput } from '#domain/commands.js';
import type { Refusal } from '#domain/refusal.js';
import type { CommandRequest } from '#lifecycle/outcome.js';
import type { GrantView } from '#persistence/views/grant.view.js';
import type { Signed } from '#persistence/views/person.view.js';

import { refusedCommand } from './answer.js';
import { type ProblemAnswer, notFound } from './problem.js';

/**
 * Another's grant or account answers whoever answers for a beneficiary exactly as one that does not exist (I10);
 * what the record keeps of it is `not-allowed`. Faults of the input itself are the same for both. Null: the refusal
 * may be told as it is.
 */
export async function maskedRefusal(
  grants: GrantView,
  person: Signed,
  command: CommandRequest,
  refused: Refusal,
): Promise<ProblemAnswer | null> {
  if (!person.roles.includes('beneficiary')) return null;
  if (refused.code === 'command-reused' || 'faults' in parseInput(command.name, command.input)) return null;
  if (command.name === 'draft-grant') {
    const facts = { command: command.name, by: person.id };
    return refusedCommand({ code: 'not-allowed', facts }, { command: command.name, subject: 'The grant' });
  }
  const { grant, beneficiary } = command;
  // Batches and bank files are nobody's own: the refusal says no more than that.
  if (grant === null && beneficiary === undefined) return null;
  const whose = beneficiary ?? (await grants.beneficiaryOf(grant ?? ''));
  if (whose === person.of) return null;
  return notFound(beneficiary === undefined ? { grant } : { beneficiary });
}
