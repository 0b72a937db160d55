import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { isRefused } from '#domain/refusal.js';
import { Batches } from '#lifecycle/batches.js';
import { type BatchRead, BatchView } from '#persistence/views/batch.view.js';
import { EventView } from '#persistence/views/event.view.js';
import type { Signed } from '#persistence/views/person.view.js';

import { refusedCommand } from './answer.js';
import { BatchesQuery } from './batches.request.js';
import { v1 } from './command-paths.js';
import { tagOfBody, tagged } from './entity-tag.js';
import { PageQuery, pageAnswer, pageRequest } from './list-query.js';
import { batchExamples } from './openapi-finance-examples.js';
import { DescribesFile, DescribesList, DescribesOne } from './openapi-reads.js';
import { scopeOf } from './permissions.js';
import { ProblemAnswer, notFound } from './problem.js';
import { send } from './sending.js';
import { By, Sees, type Sight } from './session.js';

/** Payout batches: what goes to the bank together, and the files they become. */
@ApiTags('batches')
@Controller(`${v1}/batches`)
export class BatchesController {
  constructor(
    private readonly view: BatchView,
    private readonly events: EventView,
    private readonly batches: Batches,
  ) {}

  @Get()
  @DescribesList('Batches, the latest first.', batchExamples.listed)
  async list(
    @Sees('batches') _sight: Sight,
    @Query() query: BatchesQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return pageAnswer(await this.view.list(query.state, pageRequest(query, ['integer'])), request, response);
  }

  @Get(':batch')
  @DescribesOne(
    'A batch: its totals, who did what when, its file and the account it is paid from.',
    batchExamples.one,
  )
  async one(
    @Sees('batches') _sight: Sight,
    @Param('batch') no: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const found = await this.found(no);
    return tagged(request, response, tagOfBody(found.sequence, found)) ? undefined : found;
  }

  @Get(':batch/lines')
  @DescribesList(
    'Its payments in the order of the file. Account numbers are whole for finance, approvers and auditors.',
    batchExamples.line,
  )
  async lines(
    @By() person: Signed,
    @Sees('batches') _sight: Sight,
    @Param('batch') no: string,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['integer']);
    const { batch } = await this.found(no);
    const whole = scopeOf(person, 'payment-accounts') !== null;
    return pageAnswer(await this.view.lines(batch, whole, page), request, response);
  }

  @Get(':batch/exclusions')
  @DescribesList(
    'Ordered payouts that matched its filters and could not go, and why.',
    batchExamples.exclusion,
  )
  async exclusions(
    @Sees('batches') _sight: Sight,
    @Param('batch') no: string,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['text']);
    const { batch } = await this.found(no);
    return pageAnswer(await this.view.exclusions(batch, page), request, response);
  }

  @Get(':batch/events')
  @DescribesList('Its log in order, with its chain of hashes.', batchExamples.event)
  async log(
    @Sees('batches') _sight: Sight,
    @Param('batch') no: string,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['integer']);
    const { batch } = await this.found(no);
    return pageAnswer(await this.events.list(`batch:${batch}`, page), request, response);
  }

  @Get(':batch/file')
  @DescribesFile(
    'The file of an exported batch, byte by byte what it was; ETag and Repr-Digest are its SHA-256.',
    {
      'application/xml': batchExamples.file,
    },
  )
  async file(
    @Sees('payment-files') _sight: Sight,
    @Param('batch') no: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { batch, status, file, messageId } = await this.found(no);
    if (file === null || status === 'discarded')
      throw new ProblemAnswer('wrong-state', {
        detail: `Batch ${batch} has no file to take: it is ${status}. export-batch makes it, once the batch is released.`,
        facts: { batch, state: status, needed: ['exported', 'handed-over'] },
      });
    if (tagged(request, response, `"${file.sha256}"`)) return void response.end();
    const begin = (): void => {
      response.type('application/xml');
      response.set({
        'Content-Length': String(file.bytes),
        'Content-Disposition': `attachment; filename="${messageId}.xml"`,
        'Repr-Digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
      });
    };
    await send(response, begin, async (sending) => {
      const made = await this.batches.file(batch, (piece) => sending.write(piece));
      if (isRefused(made))
        throw refusedCommand(made.refused, { command: 'export-batch', subject: `Batch ${batch}` });
    });
  }

  private async found(no: string): Promise<BatchRead> {
    const found = /^\d{1,7}$/.test(no) ? await this.view.one(Number(no)) : null;
    if (found === null) throw notFound({ batch: no });
    return found;
  }
}
