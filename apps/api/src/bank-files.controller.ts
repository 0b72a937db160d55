import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { shapeOf } from '#domain/commands.js';
import { holds } from '#domain/people.js';
import { BankFiles } from '#lifecycle/bank-files.js';
import type { CommandRequest, Outcome } from '#lifecycle/run-commands.js';
import { type BankFileRead, BankFileView } from '#persistence/views/bank-file.view.js';
import { EventView } from '#persistence/views/event.view.js';
import type { Signed } from '#persistence/views/person.view.js';

import { acceptedCommand, refusedCommand } from './answer.js';
import { BankEntriesQuery, BankFileName } from './bank-files.request.js';
import { CommandId } from './command-id.js';
import { v1 } from './command-paths.js';
import { tagOfBody, tagged } from './entity-tag.js';
import { PageQuery, pageAnswer, pageRequest } from './list-query.js';
import { bankFileExamples, entryNulls, fileNulls } from './openapi-finance-examples.js';
import { DescribesList, DescribesOne, DescribesUpload } from './openapi-reads.js';
import { ProblemAnswer, notFound } from './problem.js';
import { By, Sees, type Sight } from './session.js';
import { SenderGone, isUpload, uploadOf, uploadTypes } from './upload.js';

/** What banks answered: files as they were imported, and what became of each of their entries. */
@ApiTags('bank files')
@Controller(v1)
export class BankFilesController {
  constructor(
    private readonly view: BankFileView,
    private readonly events: EventView,
    private readonly bankFiles: BankFiles,
  ) {}

  /** Read as it comes and never held whole. The same file under another key is answered as it was at first. */
  @Post('bank-files')
  @HttpCode(201)
  @DescribesUpload('import-bank-file', uploadTypes, bankFileExamples.content, bankFileExamples.imported)
  async import(
    @By() person: Signed,
    @CommandId() id: string,
    @Query() { name }: BankFileName,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    if (!isUpload(request)) throw new ProblemAnswer('unsupported-media-type');
    const actor = { id: person.id, roles: person.roles, of: person.of };
    const command: CommandRequest = { id, name: 'import-bank-file', actor, grant: null, input: {} };
    const outcome = await this.imported(command, name, request);
    if (outcome === null) return undefined;
    if (!outcome.accepted)
      throw refusedCommand(outcome.refused, { command: command.name, subject: 'The bank file' });
    return acceptedCommand(outcome, response);
  }

  @Get('bank-files')
  @DescribesList('Bank files, the latest first.', bankFileExamples.listed, fileNulls)
  async list(
    @Sees('bank-files') _sight: Sight,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return pageAnswer(await this.view.list(pageRequest(query, ['integer'])), request, response);
  }

  @Get('bank-files/:bankFile')
  @DescribesOne('A bank file, with how many of its entries came to what.', bankFileExamples.one, fileNulls)
  async one(
    @Sees('bank-files') _sight: Sight,
    @Param('bankFile') no: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const found = await this.found(no);
    return tagged(request, response, tagOfBody(found.sequence, found)) ? undefined : found;
  }

  @Get('bank-files/:bankFile/entries')
  @DescribesList(
    'Its entries in the order of the file; waiting ones with what they may be.',
    bankFileExamples.entry,
    entryNulls,
  )
  async entries(
    @Sees('bank-files') _sight: Sight,
    @Param('bankFile') no: string,
    @Query() query: BankEntriesQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['integer', 'integer']);
    const { bankFile } = await this.found(no);
    return pageAnswer(await this.view.entries({ ...query, bankFile }, page), request, response);
  }

  @Get('bank-files/:bankFile/events')
  @DescribesList('Its log in order, with its chain of hashes.', bankFileExamples.event)
  async log(
    @Sees('bank-files') _sight: Sight,
    @Param('bankFile') no: string,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['integer']);
    const { bankFile } = await this.found(no);
    return pageAnswer(await this.events.list(`bank-file:${bankFile}`, page), request, response);
  }

  @Get('bank-entries')
  @DescribesList(
    'Entries of all bank files; with status=waiting those that a person must assign or dismiss.',
    bankFileExamples.entry,
    entryNulls,
  )
  async across(
    @Sees('bank-files') _sight: Sight,
    @Query() query: BankEntriesQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['integer', 'integer']);
    return pageAnswer(await this.view.entries({ status: query.status }, page), request, response);
  }

  /** null where the sender went away: nothing was imported, and there is nobody to tell. */
  private async imported(
    command: CommandRequest,
    name: string | undefined,
    request: Request,
  ): Promise<Outcome | null> {
    // Who may not give the command is refused, on record, before anything of the file is read.
    const may = shapeOf(command.name).roles.some((role) => holds(command.actor, role));
    const source = may ? uploadOf(request) : nothing();
    try {
      return await this.bankFiles.import(command, { source, ...(name === undefined ? {} : { name }) });
    } catch (error) {
      if (error instanceof SenderGone) return null;
      throw error;
    }
  }

  private async found(no: string): Promise<BankFileRead> {
    const found = /^\d{1,7}$/.test(no) ? await this.view.one(Number(no)) : null;
    if (found === null) throw notFound({ 'bank file': no });
    return found;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
