import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { type ExplainedDeadline } from '#domain/deadline-explained.js';
import { GrantView } from '#persistence/views/grant.view.js';

import { v1 } from './command-paths.js';
import { explainedExample } from './openapi-deadline-examples.js';
import { DescribesOne } from './openapi-reads.js';
import { notFound } from './problem.js';
import { Sees, type Sight } from './session.js';

/** Deadlines that explain themselves. */
@ApiTags('deadlines')
@Controller(`${v1}/grants`)
export class DeadlineExplainedController {
  constructor(private readonly grants: GrantView) {}

  @Get(':grant/deadlines/:report')
  @DescribesOne(
    'Why a deadline is what it is: rule, raw date, shift, result, every later move with its reason and decider, and its reminders.',
    explainedExample,
    [
      'title',
      'request',
      'escalation',
      'times',
      'longest',
      'latest',
      'lastDay',
      'askBefore',
      'askedBy',
      'from',
      'dueOn',
      'move',
      'reason',
    ],
  )
  async explained(
    @Sees('deadlines') { of }: Sight,
    @Param('grant') grant: string,
    @Param('report') report: string,
  ): Promise<ExplainedDeadline> {
    const found = await this.grants.deadline(grant, report, of);
    if (found === null) throw notFound({ grant });
    if (found === 'no such report') throw notFound({ report });
    return found;
  }
}
