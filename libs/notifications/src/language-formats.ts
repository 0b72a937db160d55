import { parseCivilDate } from '#domain/civil-date.js';
import { parseAmount, parseShare } from '#domain/money.js';
import { isFault } from '#domain/parsed.js';

import type { MailLanguage } from './message-facts.js';

/** How a language writes what the facts hold. Each throws a sentence for a value of another type. */
export interface LanguageFormats {
  /** "woensdag 28 februari 2024": what a deadline is written as. */
  readonly date: (value: unknown) => string;
  /** "28 februari 2024" */
  readonly plainDate: (value: unknown) => string;
  /** "€ 22.400,00", exact for any amount: it is formatted from its text. */
  readonly amount: (value: unknown) => string;
  /** "33,3333 %" */
  readonly share: (value: unknown) => string;
  /** Whether a count takes the first or the second word of a pair: French counts 0 as one. */
  readonly isOne: (count: unknown) => boolean;
}

/** Belgian formatting; English is written the Irish way, whose dates and euro it shares. */
const locales: { readonly [L in MailLanguage]: string } = { nl: 'nl-BE', fr: 'fr-BE', en: 'en-IE' };

export function formatsOf(language: MailLanguage): LanguageFormats {
  const locale = locales[language];
  const day = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
  const long = new Intl.DateTimeFormat(locale, { weekday: 'long', ...day });
  const short = new Intl.DateTimeFormat(locale, day);
  const euro = new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 4 });
  const plural = new Intl.PluralRules(locale);
  // French has an ordinal for the first day of a month and for no other; Intl writes "1 janvier".
  const first = (text: string): string => (language === 'fr' ? text.replace(/\b1 (?=\p{L})/u, '1er ') : text);
  const written = (text: string): string => text.replaceAll('\u202f', '\u00a0');
  return {
    date: remembered((value) => first(long.format(midnightOf(value)))),
    plainDate: remembered((value) => first(short.format(midnightOf(value)))),
    amount: remembered((value) => written(euro.format(amountOf(value)))),
    share: (value) => written(percent.format(shareOf(value) / 1_000_000)),
    isOne: (count) => plural.select(countOf(count)) === 'one',
  };
}

const MOST_REMEMBERED = 5_000;

/** On a deadline day all mails name the same date, and many the same amount. */
function remembered(format: (value: unknown) => string): (value: unknown) => string {
  const known = new Map<unknown, string>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const formatted = format(value);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(value, formatted);
    return formatted;
  };
}

function midnightOf(value: unknown): Date {
  const date = parseCivilDate(value);
  if (isFault(date)) throw new Error(`${date.fault} (the filter is for dates)`);
  return new Date(`${date.value}T00:00:00Z`);
}

function amountOf(value: unknown): `${number}` {
  const amount = parseAmount(value);
  if (isFault(amount)) throw new Error(`${amount.fault} (the filter is for amounts)`);
  return value as `${number}`;
}

function shareOf(value: unknown): number {
  const share = parseShare(value);
  if (isFault(share)) throw new Error(`${share.fault} (the filter is for percentages)`);
  return share.value;
}

function countOf(value: unknown): number {
  if (typeof value !== 'number') throw new Error('the filter is for counts');
  return value;
}
