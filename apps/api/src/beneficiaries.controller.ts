import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { onlyFor } from '#lifecycle/person-writes.js';
import { addBeneficiary } from '#lifecycle/register-writes.js';
import { Registers } from '#lifecycle/registers.js';
import { BeneficiaryView } from '#persistence/views/beneficiary.view.js';
import { EventView } from '#persistence/views/event.view.js';
import type { Signed } from '#persistence/views/person.view.js';

import { registered } from './answer.js';
import { BeneficiaryRequest } from './beneficiaries.request.js';
import { CommandId } from './command-id.js';
import { v1 } from './command-paths.js';
import { tagOfBody, tagged } from './entity-tag.js';
import { PageQuery, pageAnswer, pageRequest } from './list-query.js';
import { examples } from './openapi-examples.js';
import { DescribesList, DescribesOne, DescribesPost } from './openapi-reads.js';
import { keeps } from './permissions.js';
import { notFound } from './problem.js';
import { By, Sees, type Sight } from './session.js';

/** Beneficiaries with their bank accounts. */
@ApiTags('beneficiaries')
@Controller(`${v1}/beneficiaries`)
export class BeneficiariesController {
  constructor(
    private readonly beneficiaries: BeneficiaryView,
    private readonly events: EventView,
    private readonly registers: Registers,
  ) {}

  @Post()
  @HttpCode(201)
  @DescribesPost(
    'A beneficiary; change-account and verify-account give it a bank account.',
    { id: 'antwerpen', name: 'Stad Antwerpen', kbo: '0207500123' },
    examples.registered,
  )
  async add(
    @By() person: Signed,
    @CommandId() id: string,
    @Body() { id: beneficiary, name, kbo }: BeneficiaryRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const input = { id: beneficiary, name, kbo: kbo.replaceAll('.', '') };
    const write = onlyFor(person, keeps.beneficiaries, addBeneficiary(input));
    const added = await this.registers.register(id, person, 'add-beneficiary', input, write);
    response.location(`/${v1}/beneficiaries/${beneficiary}`);
    return registered(added, response);
  }

  @Get()
  @DescribesList('Beneficiaries by id, without their accounts.', examples.beneficiary)
  async list(
    @Sees('beneficiaries') { of }: Sight,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return pageAnswer(await this.beneficiaries.list(of, pageRequest(query, ['text'])), request, response);
  }

  @Get(':beneficiary')
  @DescribesOne('A beneficiary with every account it had; the last one is in force.', {
    ...examples.beneficiary,
    accounts: [examples.account],
  })
  async one(
    @Sees('beneficiaries') { of }: Sight,
    @Param('beneficiary') id: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const found = await this.beneficiaries.one(id, of);
    if (found === null) throw notFound({ beneficiary: id });
    return tagged(request, response, tagOfBody(found.sequence, found)) ? undefined : found;
  }

  @Get(':beneficiary/events')
  @DescribesList('The log of its accounts in order, with its chain of hashes.', {
    ...examples.event,
    stream: 'beneficiary:antwerpen',
    type: 'account.verified',
    data: { iban: examples.account.iban, version: 1 },
  })
  async log(
    @Sees('events') { of }: Sight,
    @Param('beneficiary') id: string,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['integer']);
    if ((await this.beneficiaries.one(id, of)) === null) throw notFound({ beneficiary: id });
    return pageAnswer(await this.events.list(`beneficiary:${id}`, page), request, response);
  }
}
