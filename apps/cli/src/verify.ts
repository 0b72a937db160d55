import { sepaPayments } from '#finance/sepa-payments.js';
import { verifyRecord } from '#lifecycle/verify-record.js';
import { reactionsTo } from '#worker/reactions.js';

import type { JsonOption } from './program.js';
import { Progress } from './progress.js';
import { withDatabase, withRecord } from './record.js';

/** `sluis verify`: lists every violation; exit code 1 where there is any. */
export async function verify(options: JsonOption): Promise<void> {
  const progress = new Progress();
  const { violations, grants, events } = await withRecord(
    ({ runtimeUrl }) =>
      withDatabase(runtimeUrl, (database) =>
        verifyRecord(database, reactionsTo, sepaPayments, (streams) => progress.show(`${streams} streams`)),
      ),
    { existing: true },
  );
  progress.clear();
  for (const violation of violations) {
    const { invariant, stream, message } = violation;
    process.stdout.write(
      options.json ? `${JSON.stringify(violation)}\n` : `${invariant}  ${stream}: ${message}\n`,
    );
  }
  if (!options.json)
    process.stdout.write(
      violations.length === 0
        ? `Verified ${grants} grants and ${events} events: nothing is violated.\n`
        : `${violations.length} violations in ${grants} grants and ${events} events.\n`,
    );
  if (violations.length > 0) process.exitCode = 1;
}
