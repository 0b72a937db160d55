/** The values of bank files, read from their text exactly. */
import { type CivilDate, type Instant, parseCivilDate, parseMoment } from '#domain/civil-date.js';
import type { Cents } from '#domain/money.js';
import { type Parsed, fault, isFault, quoted, value } from '#domain/parsed.js';

/** As many as the record holds; ISO 20022 has at most 18 digits in all. */
const MOST_UNIT_DIGITS = 13;
const MOST_DECIMALS = 5;
const LONGEST_AMOUNT = 40;
const MOST_ID = 35;
const MOST_TEXT = 140;

/**
 * Cents from a decimal as XML Schema writes it: `12.30`, `12.3`, `12`, `012.300`. Refuses a sign, an exponent,
 * parts of a cent, and more than 13 digits before the point.
 */
export function parseBankAmount(text: string): Parsed<Cents> {
  // The bound comes first: zeros in front, tried one by one, would make a long text slow.
  const parts = text.length > LONGEST_AMOUNT ? null : /^\+?0*(\d*)(?:\.(\d*))?$/.exec(text);
  const [units, decimals] = [parts?.[1] ?? '', parts?.[2] ?? ''];
  if (parts === null || !/\d/.test(text)) {
    return fault(`${quoted(text)} is no amount; amounts look like "12.30", without sign or separators`);
  }
  if (units.length > MOST_UNIT_DIGITS || decimals.length > MOST_DECIMALS) {
    return fault(
      `${quoted(text)} has too many digits; at most ${MOST_UNIT_DIGITS} before the point and ${MOST_DECIMALS} after`,
    );
  }
  if (/[1-9]/.test(decimals.slice(2))) return fault(`${quoted(text)} has parts of a cent`);
  return value(BigInt(units + decimals.slice(0, 2).padEnd(2, '0')));
}

/** Three capital letters, ISO 4217. */
export function parseCurrency(text: string): Parsed<string> {
  return /^[A-Z]{3}$/.test(text) ? value(text) : fault(`${quoted(text)} is no currency; it looks like "EUR"`);
}

/** The civil date of an ISODate or ISODateTime, as written: an offset does not move it. */
export function parseBankDate(text: string): Parsed<CivilDate> {
  const shape = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d:\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?$/;
  return parseCivilDate(shape.exec(text)?.[1] ?? text);
}

/** The instant of an ISODateTime; null where it has no offset, since nobody says whose local time that is. */
export function parseBankInstant(text: string): Parsed<Instant | null> {
  const moment = parseMoment(text.replace(/(\.\d{3})\d+/, '$1'), 'UTC');
  return isFault(moment) || /(Z|[+-]\d\d:\d\d)$/.test(text) ? moment : value(null);
}

/** A number of payments, up to fifteen digits. */
export function parseCount(text: string): Parsed<number> {
  return /^\d{1,15}$/.test(text) ? value(Number(text)) : fault(`${quoted(text)} is no number of payments`);
}

/** An identification, at most 35 characters: a longer one is never cut, it would name something else. */
export function parseBankId(text: string): Parsed<string> {
  const id = oneLine(text);
  return id.length <= MOST_ID
    ? value(id)
    : fault(`${quoted(id)} has ${id.length} characters; an identification has at most ${MOST_ID}`);
}

/** Text for people: on one line, at most 140 characters; null where nothing is left. */
export function bankText(text: string | undefined, most = MOST_TEXT): string | null {
  const line = oneLine(text ?? '');
  // A cut between the halves of a character would leave text that no database takes.
  const cut = line.length <= most ? line : line.slice(0, most).replace(/[\ud800-\udbff]$/, '');
  return cut === '' ? null : cut;
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** What has the shape of an IBAN, in its electronic form; other account numbers give null. */
export function ibanOrNull(text: string | undefined): string | null {
  const iban = (text ?? '').replace(/\s/g, '').toUpperCase();
  return /^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$/.test(iban) ? iban : null;
}
