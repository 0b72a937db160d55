import { Type } from 'class-transformer';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';
import type { Request, Response } from 'express';

import { isFault } from '#domain/parsed.js';
import { parseCivilDate } from '#domain/civil-date.js';
import type { Page, PageRequest } from '#persistence/views/page.js';

import { invalid } from './problem.js';
import { Asks } from './validation.js';

const defaultLimit = 50;
const mostRows = 200;

/** Every list is read in pages: `next` of one is the address of the next. */
export class PageQuery {
  @Asks({ type: String, description: 'where the page begins; taken from "next" of the page before' })
  @IsString({ message: 'is given once, as "next" of the page before has it' })
  @Length(1, 500, { message: 'is taken from "next" of the page before' })
  after?: string;

  @Asks({ type: 'integer', minimum: 1, maximum: mostRows, default: defaultLimit })
  @Type(() => Number)
  @IsInt({ message: `is a whole number from 1 to ${mostRows}` })
  @Min(1, { message: `is a whole number from 1 to ${mostRows}` })
  @Max(mostRows, { message: `is a whole number from 1 to ${mostRows}` })
  limit: number = defaultLimit;
}

/** What a part of a cursor is, so that nothing else reaches the database. */
const parts = {
  text: (text: string) => text.length <= 200 && !text.includes('\0'),
  date: (text: string) => !isFault(parseCivilDate(text)),
  integer: (text: string) => /^\d{1,9}$/.test(text),
  bigint: (text: string) => /^\d{1,18}$/.test(text),
};
export type CursorPart = keyof typeof parts;

/** Reads where a page begins. Throws the 422 problem for a cursor that no page gave. */
export function pageRequest({ after, limit }: PageQuery, key: readonly CursorPart[]): PageRequest {
  if (after === undefined) return { after: null, limit };
  const read = key.length === 1 ? [after] : decoded(after);
  const right =
    read.length === key.length &&
    key.every((part, index) => typeof read[index] === 'string' && parts[part](read[index]));
  if (!right) throw invalid([{ path: 'after', message: 'is taken from "next" of the page before' }]);
  return { after: read as string[], limit };
}

function decoded(cursor: string): unknown[] {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(read) ? read : [];
  } catch {
    return [];
  }
}

/** A page as it is answered: its rows, and the address of the next page or null (in the header Link as well). */
export interface PageAnswer<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export function pageAnswer<T>(page: Page<T>, request: Request, response: Response): PageAnswer<T> {
  if (page.next === null) return { items: page.items, next: null };
  const [only] = page.next;
  const after =
    page.next.length === 1 && only !== undefined
      ? only
      : Buffer.from(JSON.stringify(page.next)).toString('base64url');
  const url = new URL(request.originalUrl, 'http://sluis');
  url.searchParams.set('after', after);
  const next = `${url.pathname}${url.search}`;
  response.setHeader('Link', `<${next}>; rel="next"`);
  return { items: page.items, next };
}
