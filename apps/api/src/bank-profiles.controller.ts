import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { parseBankProfile } from '#domain/bank-profile-document.js';
import { onlyFor } from '#lifecycle/person-writes.js';
import { setBankProfile } from '#lifecycle/register-writes.js';
import { Registers } from '#lifecycle/registers.js';
import { BatchView } from '#persistence/views/batch.view.js';
import type { Signed } from '#persistence/views/person.view.js';

import { registered } from './answer.js';
import { CommandId } from './command-id.js';
import { v1 } from './command-paths.js';
import { PageQuery, pageAnswer, pageRequest } from './list-query.js';
import { bankProfileExamples } from './openapi-finance-examples.js';
import { DescribesList, DescribesPost } from './openapi-reads.js';
import { keeps } from './permissions.js';
import { invalid } from './problem.js';
import { By, Sees, type Sight } from './session.js';

/** The accounts that are paid from, and how their banks want their files. */
@ApiTags('bank profiles')
@Controller(`${v1}/bank-profiles`)
export class BankProfilesController {
  constructor(
    private readonly view: BatchView,
    private readonly registers: Registers,
  ) {}

  /** Another content than the one in force makes the profile's next version; batches keep theirs. */
  @Post()
  @HttpCode(201)
  @DescribesPost(
    'Sets an account that is paid from: holder, IBAN, BIC where the bank wants one, booking and remittance.',
    bankProfileExamples.setting,
    bankProfileExamples.set,
    ['code', 'bic', 'batchBooking', 'remittance'],
  )
  async set(
    @By() person: Signed,
    @CommandId() id: string,
    @Body() body: Record<string, unknown> | undefined,
    @Res({ passthrough: true }) response: Response,
  ) {
    const parsed = parseBankProfile(body ?? {});
    if ('faults' in parsed) throw invalid(parsed.faults);
    const { profile } = parsed;
    const write = onlyFor(person, keeps['bank-profiles'], setBankProfile(person.id, profile));
    return registered(
      await this.registers.register(id, person, 'set-bank-profile', profile, write),
      response,
    );
  }

  @Get()
  @DescribesList('The accounts that are paid from, in their latest version.', bankProfileExamples.listed)
  async list(
    @Sees('bank-profiles') _sight: Sight,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return pageAnswer(await this.view.profiles(pageRequest(query, ['text'])), request, response);
  }
}
