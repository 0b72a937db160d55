import { keeps } from '#api/permissions.js';
import { parseArticle, parseBudgetYear } from '#domain/envelope.js';
import { Reading, codeUpTo, textUpTo } from '#domain/faults.js';
import { parseAmount } from '#domain/money.js';
import { type EnvelopeSetting, setEnvelope } from '#lifecycle/envelope-writes.js';
import type { EnvelopeFilter } from '#persistence/views/envelope.view.js';

import { acting, everyRow, refuseFaults, registered } from './acting.js';
import type { EnvelopeListOptions, EnvelopeSetOptions } from './program-finance.js';

/** `sluis envelope set`: another amount than the one in force makes the envelope's next version. */
export async function setAmount(options: EnvelopeSetOptions): Promise<void> {
  const { amount } = options;
  const setting = settingOf(options);
  const { programme, year, article, reason } = setting;
  await acting(options, async (me) => {
    const input = { programme, year, article, amount, reason };
    const write = setEnvelope(me.person.id, setting);
    const { result } = await registered(me, 'set-envelope', keeps.envelopes, input, write);
    process.stdout.write(
      options.json
        ? `${JSON.stringify(result)}\n`
        : `Envelope ${programme} ${year} ${article} is ${result.amount}, version ${result.version}.\n`,
    );
  });
}

function settingOf({ programme, year, article, amount, reason }: EnvelopeSetOptions): EnvelopeSetting {
  const reading = new Reading();
  const read = {
    programme: reading.take('--programme', codeUpTo(64)(programme)),
    year: reading.take('--year', parseBudgetYear(Number(year))),
    article: reading.take('--article', parseArticle(article)),
    amountCents: reading.take('--amount', parseAmount(amount)),
    reason: reason === undefined ? null : reading.take('--reason', textUpTo(2000)(reason)),
  };
  refuseFaults(reading);
  // Nothing is undefined where there was no fault.
  return read as EnvelopeSetting;
}

/** `sluis envelope list` */
export async function listEnvelopes(options: EnvelopeListOptions): Promise<void> {
  const filter = filterOf(options);
  await acting(options, async (me) => {
    me.mayRead('envelopes');
    const view = me.views.envelopes;
    for await (const row of everyRow((page) => view.list(filter, page))) {
      const { programme, year, article, version, amount, committed, left } = row;
      const name = [programme, String(year), article, `version ${version}`];
      const words = [...name, amount, `${committed} committed`, `${left} left`];
      process.stdout.write(options.json ? `${JSON.stringify(row)}\n` : `${words.join('  ')}\n`);
    }
  });
}

function filterOf({ programme, year }: EnvelopeListOptions): EnvelopeFilter {
  const reading = new Reading();
  const filter: EnvelopeFilter = {
    programme: programme === undefined ? undefined : reading.take('--programme', codeUpTo(64)(programme)),
    year: year === undefined ? undefined : reading.take('--year', parseBudgetYear(Number(year))),
  };
  refuseFaults(reading);
  return filter;
}
