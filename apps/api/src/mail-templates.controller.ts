import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { onlyFor } from '#lifecycle/person-writes.js';
import { Registers } from '#lifecycle/registers.js';
import { KeptTemplates } from '#notifications/kept-templates.js';
import { MailTemplateView } from '#persistence/views/mail-template.view.js';
import type { Signed } from '#persistence/views/person.view.js';

import { registered } from './answer.js';
import { CommandId } from './command-id.js';
import { v1 } from './command-paths.js';
import { pageAnswer } from './list-query.js';
import {
  type TemplateName,
  checkedTemplate,
  faultsOfSource,
  listTemplates,
  previewMail,
  showTemplate,
  templateNameOf,
  usableFacts,
} from './mail-template-answer.js';
import { MailTemplatePreviewRequest, MailTemplateRequest } from './mail-templates.request.js';
import { mailTemplateExamples } from './openapi-mail-template-examples.js';
import { DescribesList, DescribesOne, DescribesPost } from './openapi-reads.js';
import { keeps } from './permissions.js';
import { invalid, notFound } from './problem.js';
import { By, Sees, type Sight } from './session.js';

/** What mails say: the texts that come with the service, and those an agency puts in their place. */
@ApiTags('mail templates')
@Controller(`${v1}/mail-templates`)
export class MailTemplatesController {
  private readonly kept: KeptTemplates;

  constructor(
    private readonly view: MailTemplateView,
    private readonly registers: Registers,
  ) {
    this.kept = new KeptTemplates(view);
  }

  @Get()
  @DescribesList(
    'Every text of a mail by kind and language, whether the agency put its own in its place, and whether that failed.',
    mailTemplateExamples.listed,
    ['setBy', 'setAt', 'failed'],
  )
  async list(
    @Sees('mail-templates') _sight: Sight,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return pageAnswer({ items: listTemplates(await this.view.saved()), next: null }, request, response);
  }

  @Get(':kind/:language')
  @DescribesOne(
    'A text of a mail, the one it stands for, and the fields it may name.',
    mailTemplateExamples.shown,
    ['setBy', 'setAt', 'failed'],
  )
  async one(
    @Sees('mail-templates') _sight: Sight,
    @Param('kind') kind: string,
    @Param('language') language: string,
  ) {
    return showTemplate(nameOf(kind, language), await this.view.saved());
  }

  /** Refused with line and field where it does not compile or names what its kind of message does not have. */
  @Post(':kind/:language')
  @HttpCode(201)
  @DescribesPost(
    'Puts a text in the place of the one in force. Refused, and the old one stays, where it does not compile or names an unknown field.',
    mailTemplateExamples.setting,
    mailTemplateExamples.set,
  )
  async set(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('kind') kind: string,
    @Param('language') language: string,
    @Body() { source }: MailTemplateRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.save(person, id, nameOf(kind, language), source, response);
  }

  @Post(':kind/:language/reset')
  @HttpCode(201)
  @DescribesPost(
    'Returns to the text that comes with the service; what was saved stays in the record.',
    null,
    mailTemplateExamples.set,
  )
  async reset(
    @By() person: Signed,
    @CommandId() id: string,
    @Param('kind') kind: string,
    @Param('language') language: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.save(person, id, nameOf(kind, language), null, response);
  }

  /** Changes nothing, and is not recorded: sent again it is done again. */
  @Post(':kind/:language/preview')
  @HttpCode(201)
  @DescribesPost(
    'Writes a mail by this text, or the one in force, with example facts or those of a message.',
    mailTemplateExamples.previewing,
    mailTemplateExamples.preview,
    ['source', 'message'],
  )
  async preview(
    @Sees('mail-templates') _sight: Sight,
    @Param('kind') kind: string,
    @Param('language') language: string,
    @Body() { source, message }: MailTemplatePreviewRequest,
  ) {
    const name = nameOf(kind, language);
    const faults = source === undefined ? [] : faultsOfSource(name, source);
    if (faults.length > 0) throw invalid(faults);
    const facts = message === undefined ? undefined : await this.factsOf(message, name);
    const { subject, text, html } = previewMail(name, await this.kept.current(), { source, facts });
    return { subject, text, html };
  }

  private async factsOf(message: string, { kind }: TemplateName) {
    const facts = /^\d{1,18}$/.test(message) ? usableFacts(await this.view.factsOf(message)) : null;
    if (facts === null) throw notFound({ message });
    if (kind !== 'layout' && facts.kind !== kind)
      throw invalid([{ path: 'message', message: `message ${message} is a ${facts.kind}, not a ${kind}` }]);
    return facts;
  }

  private async save(
    person: Signed,
    id: string,
    name: TemplateName,
    source: string | null,
    response: Response,
  ) {
    const write = onlyFor(person, keeps['mail-templates'], checkedTemplate(person.id, name, source));
    const input = { ...name, source };
    return registered(await this.registers.register(id, person, 'set-mail-template', input, write), response);
  }
}

function nameOf(kind: string, language: string): TemplateName {
  const name = templateNameOf(kind, language);
  if (name === null) throw notFound({ template: `${kind} ${language}` });
  return name;
}
