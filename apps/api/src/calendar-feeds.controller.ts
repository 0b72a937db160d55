import { createHash, randomBytes } from 'node:crypto';

import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { addCalendarFeed, revokeCalendarFeed } from '#lifecycle/calendar-feed-writes.js';
import { onlyFor } from '#lifecycle/person-writes.js';
import { Registers } from '#lifecycle/registers.js';
import { CalendarFeedView } from '#persistence/views/calendar-feed.view.js';
import { calendarRoles } from '#persistence/views/calendar.view.js';
import { PersonView, type Signed } from '#persistence/views/person.view.js';

import { registered } from './answer.js';
import { API_SETTINGS, type ApiSettings } from './api-settings.js';
import { CalendarFeedRequest } from './calendar-feeds.request.js';
import { CalendarFeeds } from './calendar-feeds.js';
import { CommandId } from './command-id.js';
import { v1 } from './command-paths.js';
import { tagged } from './entity-tag.js';
import { calendarExamples } from './openapi-calendar-examples.js';
import { DescribesFile, DescribesOne, DescribesPost } from './openapi-reads.js';
import { scopeOf } from './permissions.js';
import { notFound } from './problem.js';
import { By, Sees, type Sight } from './session.js';

/** 256 random bits: whoever knows the address reads the feed, so nobody guesses one. */
const secretBytes = 32;

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Calendars that people subscribe to: their addresses, and what is at them. */
@ApiTags('calendar feeds')
@Controller()
export class CalendarFeedsController {
  constructor(
    private readonly feeds: CalendarFeedView,
    private readonly people: PersonView,
    private readonly registers: Registers,
    private readonly made: CalendarFeeds,
    @Inject(API_SETTINGS) private readonly settings: ApiSettings,
  ) {}

  /** Whatever is wrong with an address gives the one same answer. */
  @Get('calendars/:file')
  @DescribesFile('A calendar feed, at its secret address; it takes no token.', {
    'text/calendar': calendarExamples.calendar,
  })
  async calendar(
    @Param('file') file: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const [, secret] = /^([A-Za-z0-9_-]{43})\.ics$/.exec(file) ?? [];
    const person = secret === undefined ? null : await this.feeds.use(hashOf(secret));
    if (person === null) throw notFound({ calendarFeed: 'at this address' });
    const { body, tag } = await this.made.of(person);
    // Nobody else's cache keeps it, and its owner's asks again (Cache-Control of the door: private, no-cache).
    if (tagged(request, response, tag)) return void response.end();
    response.setHeader('Content-Type', 'text/calendar; charset=utf-8');
    response.setHeader('Content-Disposition', 'inline; filename="sluis.ics"');
    response.end(body);
  }

  /** The address is made here and shown once: repeated, the answer is that it was made, without it. */
  @Post(`${v1}/me/calendar-feeds`)
  @HttpCode(201)
  @DescribesPost(
    'A calendar feed of your own; its address is shown this once.',
    { name: 'Outlook' },
    calendarExamples.newFeed,
    ['name'],
  )
  async add(
    @By() person: Signed,
    @CommandId() id: string,
    @Body() { name }: CalendarFeedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const secret = randomBytes(secretBytes).toString('base64url');
    const input = { person: person.id, name: name ?? null };
    const write = onlyFor(person, calendarRoles, addCalendarFeed({ ...input, hash: hashOf(secret) }));
    const outcome = await this.registers.register(id, person, 'add-calendar-feed', input, write);
    const made = registered(outcome, response);
    const address = outcome.replayed ? null : `${this.settings.publicUrl}/calendars/${secret}.ics`;
    return { ...made, address };
  }

  @Get(`${v1}/people/:person/calendar-feeds`)
  @DescribesOne(
    'The calendar feeds a person ever had, the newest first.',
    { items: [calendarExamples.feed] },
    ['name', 'lastUsed'],
  )
  async list(@By() person: Signed, @Sees('calendar-feeds') _sight: Sight, @Param('person') whose: string) {
    await this.known(person, whose);
    return { items: await this.feeds.list(whose) };
  }

  @Post(`${v1}/people/:person/calendar-feeds/:feed/revoke`)
  @HttpCode(200)
  @DescribesPost('Takes back the address of a calendar feed.', null, {
    id: calendarExamples.feed.id,
    revoked: '…',
  })
  async revoke(
    @By() person: Signed,
    @Sees('calendar-feeds') _sight: Sight,
    @CommandId() id: string,
    @Param('person') whose: string,
    @Param('feed') feed: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    await this.known(person, whose);
    const input = { person: whose, feed };
    const write = revokeCalendarFeed(input);
    return registered(
      await this.registers.register(id, person, 'revoke-calendar-feed', input, write),
      response,
    );
  }

  /** Their own, or whoever looks after people's; else it is as if there were no such person. */
  private async known(person: Signed, whose: string): Promise<void> {
    const all = scopeOf(person, 'calendar-feeds') === 'all';
    const found = all || whose === person.id ? await this.people.one(whose) : null;
    if (found === null) throw notFound({ person: whose });
  }
}
