import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { AgeingView } from '#persistence/views/ageing.view.js';
import { CommitmentView } from '#persistence/views/commitment.view.js';
import { PayoutsDoneView } from '#persistence/views/payouts-done.view.js';
import { ScheduleView } from '#persistence/views/schedule.view.js';

import { v1 } from './command-paths.js';
import {
  AgeingQuery,
  CommitmentsQuery,
  ForecastQuery,
  PayoutsDoneQuery,
  ScheduleQuery,
} from './finance.request.js';
import { pageAnswer, pageRequest } from './list-query.js';
import { financeExamples, financeNulls, forecastNulls } from './openapi-finance-examples.js';
import { DescribesList } from './openapi-reads.js';
import { Sees, type Sight } from './session.js';

/** What is expected when, what was paid, what is still owed, and what the bank has not answered. */
@ApiTags('finance')
@Controller(`${v1}/finance`)
export class FinanceController {
  constructor(
    private readonly scheduleView: ScheduleView,
    private readonly payoutsDoneView: PayoutsDoneView,
    private readonly commitmentView: CommitmentView,
    private readonly ageingView: AgeingView,
  ) {}

  @Get('schedule')
  @DescribesList(
    'Payments still to come by expected day, the undated last; certain ones wait for nothing but time, an approval or the bank.',
    financeExamples.scheduled,
    financeNulls,
  )
  async schedule(
    @Sees('schedule') { of }: Sight,
    @Query() query: ScheduleQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['date', 'text', 'integer']);
    return pageAnswer(await this.scheduleView.list({ ...query, of }, page), request, response);
  }

  @Get('forecast')
  @DescribesList(
    'What is expected a month, certain and uncertain apart, the undated last; by programme or beneficiary where asked.',
    financeExamples.forecast,
    forecastNulls,
  )
  async forecast(
    @Sees('forecast') { of }: Sight,
    @Query() { by, ...query }: ForecastQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, by === 'month' ? ['text'] : ['text', 'text']);
    return pageAnswer(await this.scheduleView.forecast({ ...query, of }, by, page), request, response);
  }

  @Get('payouts-done')
  @DescribesList(
    'Payouts that settled, by day; those that came back say when.',
    financeExamples.payoutDone,
    financeNulls,
  )
  async payoutsDone(
    @Sees('payouts-done') { of }: Sight,
    @Query() query: PayoutsDoneQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['date', 'text', 'integer', 'integer']);
    return pageAnswer(await this.payoutsDoneView.list({ ...query, of }, page), request, response);
  }

  @Get('commitments')
  @DescribesList(
    'Grants of which something is still to be paid: open is committed less paid.',
    financeExamples.commitment,
  )
  async commitments(
    @Sees('commitments') { of }: Sight,
    @Query() query: CommitmentsQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['text']);
    return pageAnswer(await this.commitmentView.list({ ...query, of }, page), request, response);
  }

  @Get('ageing')
  @DescribesList(
    'Payouts that were handed over and have no answer, the oldest first.',
    financeExamples.ageing,
  )
  async ageing(
    @Sees('ageing') { of }: Sight,
    @Query() query: AgeingQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['date', 'text', 'integer']);
    return pageAnswer(await this.ageingView.list({ ...query, of }, page), request, response);
  }
}
