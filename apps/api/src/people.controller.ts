import { createHash, randomBytes } from 'node:crypto';

import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { changeRoles, endPerson, onlyFor, revokeToken } from '#lifecycle/person-writes.js';
import { addPerson, addToken } from '#lifecycle/register-writes.js';
import { type RegisterWrite, Registers } from '#lifecycle/registers.js';
import { type PersonListed, PersonView, type Signed } from '#persistence/views/person.view.js';

import { registered } from './answer.js';
import { CommandId } from './command-id.js';
import { v1 } from './command-paths.js';
import { pageAnswer, pageRequest } from './list-query.js';
import { examples } from './openapi-examples.js';
import { DescribesList, DescribesOne, DescribesPost } from './openapi-reads.js';
import { PeopleQuery, PersonRequest, RolesRequest } from './people.request.js';
import { keeps, scopeOf } from './permissions.js';
import { notFound } from './problem.js';
import { By, Sees, type Sight } from './session.js';

const tokenBytes = 32;
/** Hex digits of a token's hash that name it in lists. */
const tokenIdDigits = 16;

/** People, their roles and their tokens: the operator's. */
@ApiTags('people')
@Controller(v1)
export class PeopleController {
  constructor(
    private readonly people: PersonView,
    private readonly registers: Registers,
  ) {}

  @Get('me')
  @DescribesOne('Whose token this is.', examples.me)
  me(@By() { id, name, language, roles, of }: Signed) {
    return { id, name, language, roles, of };
  }

  @Get('people')
  @DescribesList('People by id.', examples.person)
  async list(
    @Sees('people') { of }: Sight,
    @Query() { role, ...query }: PeopleQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const filter = role === undefined ? { of } : { role, of };
    return pageAnswer(await this.people.list(filter, pageRequest(query, ['text'])), request, response);
  }

  @Get('people/:person')
  @DescribesOne('One person.', examples.person)
  async one(@Sees('people') { of }: Sight, @Param('person') id: string): Promise<PersonListed> {
    const found = await this.people.one(id);
    if (found === null || (of !== null && found.of !== of)) throw notFound({ person: id });
    return found;
  }

  @Post('people')
  @HttpCode(201)
  @DescribesPost(
    'A person with their roles.',
    {
      id: 'stad',
      name: 'Stad Antwerpen',
      roles: ['beneficiary'],
      of: 'antwerpen',
      language: 'nl',
      mail: 'subsidies@antwerpen.be',
    },
    { id: 'stad' },
    ['name', 'of', 'language', 'mail'],
  )
  async add(
    @By() person: Signed,
    @CommandId() id: string,
    @Body() { of, ...others }: PersonRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const input = { ...others, of: of ?? null };
    return this.register(person, id, 'add-person', input, addPerson(input), response);
  }

  @Post('people/:person/change-roles')
  @HttpCode(200)
  @DescribesPost('Other roles for a person.', { roles: ['approver'] }, { id: 'bart', roles: ['approver'] })
  async changeRoles(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('person') whose: string,
    @Body() { roles }: RolesRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const input = { person: whose, roles };
    return this.register(person, id, 'change-roles', input, changeRoles(input), response);
  }

  @Post('people/:person/end')
  @HttpCode(200)
  @DescribesPost('A person leaves; their tokens count no more.', null, { id: 'bart', ended: '…' })
  async end(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('person') whose: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.register(person, id, 'end-person', { person: whose }, endPerson(whose), response);
  }

  @Get('people/:person/tokens')
  @DescribesOne('The tokens a person ever had, the newest first.', { items: [examples.token] })
  async tokens(@By() person: Signed, @Sees('tokens') _sight: Sight, @Param('person') whose: string) {
    const all = scopeOf(person, 'tokens') === 'all';
    const known = all || whose === person.id ? await this.people.one(whose) : null;
    if (known === null) throw notFound({ person: whose });
    return { items: await this.people.tokens(whose) };
  }

  /** The token is made here and shown once: repeated, the answer is that it was made, without it. */
  @Post('people/:person/tokens')
  @HttpCode(201)
  @DescribesPost('A new token for a person, shown this once.', null, examples.newToken)
  async addToken(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('person') whose: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const token = randomBytes(tokenBytes).toString('base64url');
    const hash = createHash('sha256').update(token).digest();
    const write = named(addToken({ person: whose, hash }), hash.toString('hex').slice(0, tokenIdDigits));
    const made = await this.register(person, id, 'add-token', { person: whose }, write, response);
    const shown = response.getHeader('Idempotency-Replayed') === undefined ? token : null;
    return { ...made, token: shown };
  }

  @Post('people/:person/tokens/:token/revoke')
  @HttpCode(200)
  @DescribesPost('Takes back a token.', null, { id: examples.token.id, revoked: '…' })
  async revoke(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('person') whose: string,
    @Param('token') token: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const input = { person: whose, token };
    return this.register(person, id, 'revoke-token', input, revokeToken(input), response);
  }

  private async register<T>(
    person: Signed,
    id: string,
    name: string,
    input: unknown,
    write: RegisterWrite<T>,
    response: Response,
  ): Promise<T> {
    const allowed = onlyFor(person, keeps.people, write);
    return registered(await this.registers.register(id, person, name, input, allowed), response);
  }
}

/** The answer of `write` with the id under which the token is listed. */
function named(
  write: RegisterWrite<{ person: string }>,
  id: string,
): RegisterWrite<{ person: string; id: string }> {
  return async (client, now) => {
    const written = await write(client, now);
    return 'refused' in written ? written : { result: { ...written.result, id } };
  };
}
