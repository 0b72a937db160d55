import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { type DeadlineCounts, DeadlineView } from '#persistence/views/deadline.view.js';
import { MessageView } from '#persistence/views/message.view.js';
import { PayoutView } from '#persistence/views/payout.view.js';
import type { Signed } from '#persistence/views/person.view.js';

import { v1 } from './command-paths.js';
import { DeadlineCountsQuery, DeadlinesQuery, MessagesQuery, PayoutsQuery } from './grants.request.js';
import { pageAnswer, pageRequest } from './list-query.js';
import { examples } from './openapi-examples.js';
import { DescribesList, DescribesOne } from './openapi-reads.js';
import { scopeOf } from './permissions.js';
import { By, Sees, type Sight } from './session.js';

/** What is due, what is paid and who was told, across grants. */
@ApiTags('across grants')
@Controller(v1)
export class AcrossGrantsController {
  constructor(
    private readonly deadlinesView: DeadlineView,
    private readonly payoutsView: PayoutView,
    private readonly messagesView: MessageView,
  ) {}

  @Get('deadlines')
  @DescribesList(
    'Deadlines of reports by date: what is due, for whom, in what state, and what waits on it.',
    examples.deadline,
    ['title', 'askedUntil', 'nextReminder'],
  )
  async deadlines(
    @Sees('deadlines') { of }: Sight,
    @Query() query: DeadlinesQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['date', 'text', 'text']);
    return pageAnswer(await this.deadlinesView.list({ ...query, of }, page), request, response);
  }

  @Get('deadlines/counts')
  @DescribesOne('How many deadlines are in each state.', examples.deadlineCounts)
  counts(@Sees('deadlines') { of }: Sight, @Query() query: DeadlineCountsQuery): Promise<DeadlineCounts> {
    return this.deadlinesView.counts({ ...query, of });
  }

  @Get('payouts')
  @DescribesList('Payouts by grant and tranche; held ones say why.', examples.payout)
  async payouts(
    @Sees('payouts') { of }: Sight,
    @Query() query: PayoutsQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['text', 'integer', 'integer']);
    return pageAnswer(await this.payoutsView.list({ ...query, of }, page), request, response);
  }

  @Get('messages')
  @DescribesList('Notifications as they were decided to be sent.', examples.message)
  async messages(
    @By() person: Signed,
    @Sees('messages') _sight: Sight,
    @Query() query: MessagesQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['bigint']);
    const { recipient, ...others } = query;
    // Everyone's own messages are those to them; another's are as if there were none.
    const own = scopeOf(person, 'messages') === 'own' ? person.id : null;
    if (own !== null && recipient !== undefined && recipient !== own) return { items: [], next: null };
    const found = await this.messagesView.list({ ...others, recipient: own ?? recipient ?? null }, page);
    return pageAnswer(found, request, response);
  }
}
