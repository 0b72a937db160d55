/** Reads the budget envelopes of a scenario. */
import { type EnvelopeName, parseArticle, parseBudgetYear } from './envelope.js';
import { type Given, type Reading, fieldPath } from './faults.js';
import { type Cents, parseAmount } from './money.js';

/** What the programme of a scenario may commit in a year on a budget article. */
export interface ScenarioEnvelope extends EnvelopeName {
  readonly amountCents: Cents;
}

/** The envelopes of a file, with every fault of each; a year and an article are given once. */
export function readEnvelopes(reading: Reading, given: Given): ScenarioEnvelope[] {
  const seen = new Map<string, string>();
  return reading.list('', given, 'envelopes', 'envelopes {year, article, amount}').flatMap((item) => {
    const { path } = item;
    const fields = reading.object(path, item.input, {
      what: 'an envelope',
      required: ['year', 'article', 'amount'],
      optional: [],
    });
    if (fields === undefined) return [];
    const year = reading.field(path, fields, 'year', parseBudgetYear);
    const article = reading.field(path, fields, 'article', parseArticle);
    const amountCents = reading.field(path, fields, 'amount', parseAmount);
    if (year === undefined || article === undefined) return [];
    reading.once(seen, fieldPath(path, 'article'), 'the envelope', `${year} ${article}`);
    return amountCents === undefined ? [] : { year, article, amountCents };
  });
}
