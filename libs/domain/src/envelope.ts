/**
 * Budget envelopes: what a programme may commit in a year on a budget article. An award commits its amount;
 * cancelling, reducing and settling release money, which goes back to the envelope (domain.md, "Money").
 */
import { type Instant, civilDateOf } from './civil-date.js';
import { wholeWithin } from './faults.js';
import type { Grant } from './grant.js';
import { type Cents, formatAmount } from './money.js';
import { type Parsed, fault, quoted, value } from './parsed.js';
import type { Plan } from './plan.js';
import { type Refused, isRefused, refuse, refuseInvalid } from './refusal.js';

/** Which envelope of a programme: a civil year and the article of the budget that pays. */
export interface EnvelopeName {
  readonly year: number;
  readonly article: string;
}

/** An envelope of the grant's programme, as it stands under lock. */
export interface Envelope extends EnvelopeName {
  /** The amount in force. */
  readonly amountCents: Cents;
  /** What its grants commit by now (`committedCents`). */
  readonly committedCents: Cents;
}

export const firstBudgetYear = 1900;
export const lastBudgetYear = 2999;
export const longestArticle = 64;
export const parseBudgetYear = wholeWithin(firstBudgetYear, lastBudgetYear);

/** Blank characters at an end could not be seen, and would make another envelope. */
export const articlePattern = '^[^\\s\\p{C}](?:[^\\p{C}]{0,62}[^\\s\\p{C}])?$';
const articleShape = new RegExp(articlePattern, 'u');

/** Reads a budget article: 1 to 64 printable characters, none blank at either end. */
export function parseArticle(input: unknown): Parsed<string> {
  if (typeof input === 'string' && articleShape.test(input)) return value(input);
  return fault(
    `${quoted(input)} is no budget article; write a text of 1 to ${longestArticle} characters without blanks at its ends, for example "QB0-1QCB2PA-PR"`,
  );
}

/** What a grant commits: what was awarded and not released. It is 0 before the award. */
export function committedCents(grant: Grant): Cents {
  return grant.tranches.reduce(
    (sum, { awardedCents, releasedCents }) => sum + awardedCents - releasedCents,
    0n,
  );
}

/** What may still be committed. Below zero where a restored tranche took back what had been given away since. */
export function leftCents({ amountCents, committedCents: committed }: Envelope): Cents {
  return amountCents - committed;
}

/** All that the choice of an envelope looks at. */
interface Budget {
  readonly plan: Plan;
  readonly now: Instant;
  /** Every envelope of the grant's programme. */
  readonly envelopes?: readonly Envelope[];
}

/**
 * The envelope that the award of a grant commits; null where its programme has none at all and so no budget
 * to keep. The year defaults to the civil year of the award in the programme's time zone, the article to the
 * year's only one. Refused as `invalid` where the article must be named, or none of this name exists in that
 * year; as `envelope-exceeded`, with what is left, where the award is more than that or the year has no
 * envelope. An award of exactly what is left is taken.
 */
export function envelopeToCommit(
  grant: Grant,
  asked: Partial<EnvelopeName>,
  budget: Budget,
): EnvelopeName | null | Refused {
  const chosen = chosenEnvelope(grant.programme, asked, budget);
  if (chosen === null || isRefused(chosen)) return chosen;
  const { year, article } = chosen;
  const left = 'amountCents' in chosen ? leftCents(chosen) : 0n;
  if ('amountCents' in chosen && grant.amountCents <= left) return { year, article: chosen.article };
  return refuse('envelope-exceeded', {
    programme: grant.programme,
    year,
    ...(article === undefined ? {} : { article }),
    left: formatAmount(left),
    amount: formatAmount(grant.amountCents),
  });
}

/** A year without an envelope, and perhaps the article that was asked for in it. */
type NoEnvelope = { readonly year: number; readonly article?: string };

function chosenEnvelope(
  programme: string,
  asked: Partial<EnvelopeName>,
  { plan, now, envelopes = [] }: Budget,
): Envelope | NoEnvelope | null | Refused {
  if (envelopes.length === 0) {
    const path = asked.article === undefined ? 'year' : 'article';
    return asked[path] === undefined
      ? null
      : refuseInvalid(path, `programme ${programme} has no envelopes; leave year and article out`);
  }
  const year = asked.year ?? Number(civilDateOf(now, plan.timeZone).slice(0, 4));
  const ofYear = envelopes.filter((envelope) => envelope.year === year);
  const [only] = ofYear;
  if (only === undefined) return { ...asked, year };
  const articles = ofYear.map(({ article }) => quoted(article)).sort();
  const of = `programme ${programme} for ${year}`;
  if (asked.article === undefined)
    return ofYear.length === 1
      ? only
      : refuseInvalid('article', `${of} has several envelopes; name one: ${articles.join(', ')}`);
  const named = ofYear.find(({ article }) => article === asked.article);
  return (
    named ??
    refuseInvalid('article', `${of} has no envelope ${quoted(asked.article)}; it has ${articles.join(', ')}`)
  );
}
