import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { parseAmount } from '#domain/money.js';
import { isFault } from '#domain/parsed.js';
import { setEnvelope } from '#lifecycle/envelope-writes.js';
import { onlyFor } from '#lifecycle/person-writes.js';
import { Registers } from '#lifecycle/registers.js';
import { EnvelopeView } from '#persistence/views/envelope.view.js';
import type { Signed } from '#persistence/views/person.view.js';

import { registered } from './answer.js';
import { CommandId } from './command-id.js';
import { v1 } from './command-paths.js';
import { EnvelopeRequest, EnvelopesQuery } from './envelopes.request.js';
import { pageAnswer, pageRequest } from './list-query.js';
import { examples } from './openapi-examples.js';
import { DescribesList, DescribesPost } from './openapi-reads.js';
import { keeps } from './permissions.js';
import { By, Sees, type Sight } from './session.js';

/** Budget envelopes of programmes: what may be committed, and what became of it. */
@ApiTags('envelopes')
@Controller(v1)
export class EnvelopesController {
  constructor(
    private readonly envelopes: EnvelopeView,
    private readonly registers: Registers,
  ) {}

  @Get('envelopes')
  @DescribesList('Budget envelopes with the sums of the grants they pay.', examples.envelope)
  async list(
    @Sees('envelopes') _sight: Sight,
    @Query() query: EnvelopesQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['text', 'integer', 'text']);
    return pageAnswer(await this.envelopes.list(query, page), request, response);
  }

  /** Another amount than the one in force makes the envelope's next version. */
  @Post('programmes/:programme/envelopes')
  @HttpCode(201)
  @DescribesPost(
    'Sets what a programme may commit in a year on a budget article; never below what is committed.',
    examples.envelopeSetting,
    examples.envelopeSet,
    ['reason'],
  )
  async set(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('programme') programme: string,
    @Body() { year, article, amount, reason: given }: EnvelopeRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const parsed = parseAmount(amount);
    if (isFault(parsed)) throw new Error('the request was checked before');
    const reason = given ?? null;
    const input = { programme, year, article, amount, reason };
    const setting = { programme, year, article, amountCents: parsed.value, reason };
    const write = onlyFor(person, keeps.envelopes, setEnvelope(person.id, setting));
    return registered(await this.registers.register(id, person, 'set-envelope', input, write), response);
  }
}
