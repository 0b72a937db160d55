import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { FailureView } from '#persistence/views/failure.view.js';
import { GrantView } from '#persistence/views/grant.view.js';
import type { Signed } from '#persistence/views/person.view.js';
import { RefusalView } from '#persistence/views/refusal.view.js';

import { v1 } from './command-paths.js';
import { GrantRefusalsQuery, RefusalsQuery } from './failures.request.js';
import { PageQuery, pageAnswer, pageRequest } from './list-query.js';
import { examples } from './openapi-examples.js';
import { DescribesList } from './openapi-reads.js';
import { notFound } from './problem.js';
import { By, Sees, type Sight } from './session.js';

/** What was refused and what failed: kept, and shown to whoever can do something about it (product.md, trap 15). */
@ApiTags('failures')
@Controller(v1)
export class FailuresController {
  constructor(
    private readonly refusalsView: RefusalView,
    private readonly failuresView: FailureView,
    private readonly grants: GrantView,
  ) {}

  @Get('refusals')
  @DescribesList('Refused commands as they were recorded, without account numbers.', examples.refusal)
  async refusals(
    @By() person: Signed,
    @Sees('refusals') sight: Sight,
    @Query() query: RefusalsQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['bigint']);
    const found = await this.refusalsView.list({ ...query, own: ownOf(person, sight) }, page);
    return pageAnswer(found, request, response);
  }

  @Get('grants/:grant/refusals')
  @DescribesList('Refused commands on one grant, without account numbers.', examples.refusal)
  async ofGrant(
    @By() person: Signed,
    @Sees('refusals') sight: Sight,
    @Param('grant') grant: string,
    @Query() query: GrantRefusalsQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['bigint']);
    const beneficiary = await this.grants.beneficiaryOf(grant);
    if (beneficiary === null || (sight.of !== null && sight.of !== beneficiary)) throw notFound({ grant });
    const found = await this.refusalsView.list({ ...query, grant, own: ownOf(person, sight) }, page);
    return pageAnswer(found, request, response);
  }

  @Get('failures')
  @DescribesList(
    'What was to follow from an event, failed and is still undone; it is tried again until it is done.',
    examples.failure,
  )
  async failures(
    @Sees('failures') _sight: Sight,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['bigint', 'text', 'text']);
    return pageAnswer(await this.failuresView.list(page), request, response);
  }
}

function ownOf({ id: person }: Signed, { of }: Sight): { person: string; of: string } | null {
  return of === null ? null : { person, of };
}
