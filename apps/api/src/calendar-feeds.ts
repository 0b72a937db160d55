import { createHash } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import { calendarFeed } from '#notifications/calendar-feed.js';
import { CalendarView } from '#persistence/views/calendar.view.js';
import type { Signed } from '#persistence/views/person.view.js';

/** A feed as it is sent, with its tag. */
export interface Feed {
  readonly version: string;
  readonly body: string;
  readonly tag: string;
}

/** Characters of feeds that a process keeps at most. */
const mostKept = 16 * 1024 * 1024;
/** How many are made at once: finance's reads every running grant. */
const atOnce = 2;

/**
 * Calendar feeds, made again only when what they rest on has changed: calendars ask each hour whether there is
 * something new, and mostly there is not. The tag is that of the bytes, so it is the same in every process.
 */
@Injectable()
export class CalendarFeeds {
  private readonly kept = new Map<string, Feed>();
  private characters = 0;
  private making = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly calendars: CalendarView) {}

  async of(person: Signed): Promise<Feed> {
    const version = await this.calendars.version(person);
    const known = this.kept.get(person.id);
    if (known?.version === version) return known;
    return this.oneOfFew(async () => {
      // Whoever waited may find it made.
      const made = this.kept.get(person.id);
      if (made?.version === version) return made;
      const body = calendarFeed(person, await this.calendars.of(person));
      const tag = `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`;
      const feed = { version, body, tag };
      this.keep(person.id, feed);
      return feed;
    });
  }

  private keep(id: string, feed: Feed): void {
    this.characters += feed.body.length - (this.kept.get(id)?.body.length ?? 0);
    this.kept.delete(id);
    this.kept.set(id, feed);
    // The first are those that were made the longest ago.
    for (const [oldest, { body }] of this.kept) {
      if (this.characters <= mostKept || oldest === id) break;
      this.kept.delete(oldest);
      this.characters -= body.length;
    }
  }

  private async oneOfFew<T>(work: () => Promise<T>): Promise<T> {
    if (this.making >= atOnce) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.making += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.making -= 1;
      else next();
    }
  }
}
