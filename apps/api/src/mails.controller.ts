import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { retryMail } from '#lifecycle/mail-writes.js';
import { onlyFor } from '#lifecycle/person-writes.js';
import { Registers } from '#lifecycle/registers.js';
import { KeptTemplates } from '#notifications/kept-templates.js';
import { MailTemplateView } from '#persistence/views/mail-template.view.js';
import { MailView } from '#persistence/views/mail.view.js';
import type { Signed } from '#persistence/views/person.view.js';

import { registered } from './answer.js';
import { CommandId } from './command-id.js';
import { v1 } from './command-paths.js';
import { pageAnswer, pageRequest } from './list-query.js';
import { mailAnswer } from './mail-answer.js';
import { MailsQuery } from './mails.request.js';
import { mailExamples } from './openapi-mail-examples.js';
import { DescribesList, DescribesOne, DescribesPost } from './openapi-reads.js';
import { keeps, scopeOf } from './permissions.js';
import { notFound } from './problem.js';
import { By, Sees, type Sight } from './session.js';

/** Mails: what went to whom, what waits, what failed. Without a mail server this is the outbox itself. */
@ApiTags('mails')
@Controller(v1)
export class MailsController {
  private readonly templates: KeptTemplates;

  constructor(
    private readonly mails: MailView,
    private readonly registers: Registers,
    saved: MailTemplateView,
  ) {
    this.templates = new KeptTemplates(saved);
  }

  @Get('mails')
  @DescribesList('Mails and how far each got.', mailExamples.listed)
  async list(
    @By() person: Signed,
    @Sees('mails') _sight: Sight,
    @Query() query: MailsQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['bigint']);
    return pageAnswer(await this.mails.list({ ...query, own: ownOf(person) }, page), request, response);
  }

  @Get('mails/:mail')
  @DescribesOne('One mail as its reader sees it: subject, text and HTML.', mailExamples.read)
  async one(@By() person: Signed, @Sees('mails') _sight: Sight, @Param('mail') id: string) {
    const found = await this.mails.one(id, ownOf(person));
    if (found === null) throw notFound({ mail: id });
    return mailAnswer(found, await this.templates.current());
  }

  @Post('mails/:mail/retry')
  @HttpCode(200)
  @DescribesPost('Tries a mail again that failed or was given up on, under its Message-ID.', null, {
    id: '5',
    state: 'waiting',
  })
  async retry(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('mail') mail: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const write = onlyFor(person, keeps.mails, retryMail(mail));
    return registered(await this.registers.register(id, person, 'retry-mail', { mail }, write), response);
  }
}

/** Everyone's own mails are those to them. */
function ownOf(person: Signed): string | null {
  return scopeOf(person, 'mails') === 'own' ? person.id : null;
}
