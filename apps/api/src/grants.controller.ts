import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { explainGate } from '#domain/gate.js';
import { findTranche } from '#domain/grant.js';
import { explainSettlement } from '#domain/settlement-explained.js';
import { EventView } from '#persistence/views/event.view.js';
import { type GrantFile, GrantView } from '#persistence/views/grant.view.js';

import { v1 } from './command-paths.js';
import { tagOfBody, tagged } from './entity-tag.js';
import { grantAnswer } from './grant-answer.js';
import { GrantsQuery } from './grants.request.js';
import { PageQuery, pageAnswer, pageRequest } from './list-query.js';
import { examples } from './openapi-examples.js';
import { DescribesList, DescribesOne } from './openapi-reads.js';
import { ProblemAnswer, notFound } from './problem.js';
import { Sees, type Sight } from './session.js';
import { settlementAnswer } from './settlement-answer.js';

/** Grants, the gates of their tranches and their logs. */
@ApiTags('grants')
@Controller(`${v1}/grants`)
export class GrantsController {
  constructor(
    private readonly grants: GrantView,
    private readonly events: EventView,
  ) {}

  @Get()
  @DescribesList('Grants by code.', examples.grantListed)
  async list(
    @Sees('grants') { of }: Sight,
    @Query() query: GrantsQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = await this.grants.list({ ...query, of }, pageRequest(query, ['text']));
    return pageAnswer(page, request, response);
  }

  /** Its ETag is what If-Match of a command names; If-None-Match answers 304. */
  @Get(':grant')
  @DescribesOne('A grant with its tranches, reports, evaluations, payouts and recoveries.', examples.grant)
  async one(
    @Sees('grants') sight: Sight,
    @Param('grant') code: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const file = await this.fileOf(code, sight);
    const answer = grantAnswer(file);
    const known = tagged(request, response, tagOfBody(file.grant.sequence, answer));
    return known ? undefined : answer;
  }

  /** Why not yet: every condition of the gate, met or missing, since when and by which event. */
  @Get(':grant/tranches/:tranche/gate')
  @DescribesOne('The gate of a tranche, condition by condition.', examples.gate)
  async gate(@Sees('grants') sight: Sight, @Param('grant') code: string, @Param('tranche') no: string) {
    const { grant, facts } = await this.fileOf(code, sight);
    const tranche = findTranche(grant, Number(no));
    if (tranche === undefined) throw notFound({ tranche: no });
    const { conditions, ...gate } = explainGate(grant, tranche, facts);
    const sequences = conditions.flatMap(({ since }) => since?.sequence ?? []);
    const named = await this.events.named(`grant:${code}`, sequences);
    return {
      grant: code,
      ...gate,
      conditions: conditions.map(({ since, ...condition }) => ({
        ...condition,
        since: since?.at ?? null,
        event: (since && named.get(since.sequence)) ?? null,
      })),
    };
  }

  /** Why the last tranche is what it is, or what it would come to now: each term and where it came from. */
  @Get(':grant/settlement')
  @DescribesOne(
    'The settlement of a grant, term by term; a preview until its gate opens.',
    examples.settlement,
  )
  async settlement(@Sees('grants') sight: Sight, @Param('grant') code: string) {
    const { facts } = await this.fileOf(code, sight);
    const explained = explainSettlement(await this.events.ofGrant(code), facts.plan);
    if (explained !== null) return settlementAnswer(code, explained);
    throw new ProblemAnswer('not-found', {
      detail: `There is no settlement of ${code}: its plan has no tranche that settles, or it is not awarded yet.`,
      facts: { settlement: code },
    });
  }

  @Get(':grant/events')
  @DescribesList('The log of a grant in order, with its chain of hashes.', examples.event)
  async log(
    @Sees('events') sight: Sight,
    @Param('grant') code: string,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['integer']);
    const beneficiary = await this.grants.beneficiaryOf(code);
    if (beneficiary === null || (sight.of !== null && sight.of !== beneficiary))
      throw notFound({ grant: code });
    return pageAnswer(await this.events.list(`grant:${code}`, page), request, response);
  }

  private async fileOf(code: string, { of }: Sight): Promise<GrantFile> {
    const file = await this.grants.file(code, of);
    if (file === null) throw notFound({ grant: code });
    return file;
  }
}
