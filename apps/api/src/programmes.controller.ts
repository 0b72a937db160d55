import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import type { Fault } from '#domain/faults.js';
import { parsePlan, parseProgramme } from '#domain/plan-document.js';
import { onlyFor } from '#lifecycle/person-writes.js';
import { addPlanVersion, addProgramme } from '#lifecycle/register-writes.js';
import { Registers } from '#lifecycle/registers.js';
import type { Signed } from '#persistence/views/person.view.js';
import { ProgrammeView } from '#persistence/views/programme.view.js';

import { registered } from './answer.js';
import { CommandId } from './command-id.js';
import { v1 } from './command-paths.js';
import { PageQuery, pageAnswer, pageRequest } from './list-query.js';
import { examples, planExample, planOptional } from './openapi-examples.js';
import { DescribesList, DescribesOne, DescribesPost } from './openapi-reads.js';
import { keeps } from './permissions.js';
import { invalid, notFound } from './problem.js';
import { By, Sees, type Sight } from './session.js';

type Document = Record<string, unknown>;

/** Programmes and the versions of their plans, written as the programme part of a scenario. */
@ApiTags('programmes')
@Controller(`${v1}/programmes`)
export class ProgrammesController {
  constructor(
    private readonly programmes: ProgrammeView,
    private readonly registers: Registers,
  ) {}

  @Post()
  @HttpCode(201)
  @DescribesPost(
    'A programme with the first version of its plan.',
    { code: 'REN', title: 'Roma Experten Netwerk', ...planExample },
    examples.registeredVersion,
    planOptional,
  )
  async add(
    @By() person: Signed,
    @CommandId() id: string,
    @Body() body: Document | undefined,
    @Res({ passthrough: true }) response: Response,
  ) {
    const parsed = parseProgramme(body ?? {}, '');
    if ('faults' in parsed) throw invalid(ofBody(parsed.faults));
    const { code, title, ...plan } = body ?? {};
    const programme = { code: String(code), title: String(title), plan };
    const write = onlyFor(person, keeps.programmes, addProgramme(person.id, programme));
    const added = await this.registers.register(id, person, 'add-programme', programme, write);
    response.location(`/${v1}/programmes/${programme.code}`);
    return registered(added, response);
  }

  /** Running grants keep the version they were drafted under. */
  @Post(':programme/versions')
  @HttpCode(201)
  @DescribesPost('The next version of a plan.', planExample, examples.registeredVersion, planOptional)
  async addVersion(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('programme') programme: string,
    @Body() body: Document | undefined,
    @Res({ passthrough: true }) response: Response,
  ) {
    const plan = body ?? {};
    const parsed = parsePlan(plan, '');
    if ('faults' in parsed) throw invalid(ofBody(parsed.faults));
    const input = { programme, plan };
    const write = onlyFor(person, keeps.programmes, addPlanVersion(person.id, input));
    const added = await this.registers.register(id, person, 'add-plan-version', input, write);
    return registered(added, response);
  }

  @Get()
  @DescribesList('Programmes by code.', examples.programme)
  async list(
    @Sees('programmes') { of }: Sight,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return pageAnswer(await this.programmes.list(of, pageRequest(query, ['text'])), request, response);
  }

  @Get(':programme')
  @DescribesOne('A programme with its latest plan and every version.', {
    ...examples.programme,
    versions: [{ version: 1, createdBy: 'an', createdAt: examples.programme.createdAt }],
    plan: planExample,
  })
  async one(@Sees('programmes') { of }: Sight, @Param('programme') code: string) {
    const found = await this.programmes.one(code, of);
    if (found === null) throw notFound({ programme: code });
    return found;
  }

  @Get(':programme/versions/:version')
  @DescribesOne('One version of a plan, as it was entered.', examples.version)
  async version(
    @Sees('programmes') { of }: Sight,
    @Param('programme') code: string,
    @Param('version') version: string,
  ) {
    const known = /^\d{1,6}$/.test(version);
    const found = known ? await this.programmes.version(code, Number(version), of) : null;
    if (found === null) throw notFound({ programme: code, version });
    return found;
  }
}

/** A reader calls the whole document "file"; here it is the body. */
function ofBody(faults: readonly Fault[]): Fault[] {
  return faults.map(({ path, message }) => ({ path: path === 'file' ? 'body' : path, message }));
}
