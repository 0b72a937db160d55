import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { isRefused } from '#domain/refusal.js';
import { DeadlineMoves, type Previewed } from '#lifecycle/deadline-moves.js';
import type { DeadlineMove } from '#domain/deadline-move.js';
import { DeadlineMoveView } from '#persistence/views/deadline-move.view.js';
import { EventView } from '#persistence/views/event.view.js';
import type { Signed } from '#persistence/views/person.view.js';

import { refusedCommand } from './answer.js';
import { v1 } from './command-paths.js';
import { DeadlineMovesQuery } from './deadline-moves.request.js';
import { tagOfBody, tagged } from './entity-tag.js';
import { commandIdOf } from './identity.js';
import { PageQuery, pageAnswer, pageRequest } from './list-query.js';
import { batchExamples } from './openapi-finance-examples.js';
import { deadlineMoveExamples } from './openapi-deadline-examples.js';
import { DescribesList, DescribesOne, DescribesPost } from './openapi-reads.js';
import { notFound } from './problem.js';
import { send } from './sending.js';
import { By, Sees, type Sight } from './session.js';

const command = 'move-deadlines';
const subject = 'The deadline move';

/** Deadlines moved for a whole programme, or a selection of its grants: previewed, applied, undone. */
@ApiTags('deadlines')
@Controller(`${v1}/deadline-moves`)
export class DeadlineMovesController {
  constructor(
    private readonly moves: DeadlineMoves,
    private readonly view: DeadlineMoveView,
    private readonly events: EventView,
  ) {}

  /** What move-deadlines would do with this body, line by line as it is worked out; nothing is written. */
  @Post('preview')
  @HttpCode(200)
  @DescribesPost(
    'What move-deadlines would do with this body: every date, window, reminder and expected payment that would move, and what stands in the way.',
    deadlineMoveExamples.asked,
    deadlineMoveExamples.preview,
    ['dueOn', 'moveWindows', 'grants', 'beneficiary'],
  )
  async preview(@By() person: Signed, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { id, roles, of } = person;
    const asked = {
      id: commandIdOf(id, String(request.headers['idempotency-key']).trim()),
      name: command,
      actor: { id, roles, of },
      grant: null,
      input: (request.body ?? {}) as Record<string, unknown>,
    } as const;
    const begin = (): void => {
      response.status(200).type('application/json');
    };
    await send(response, begin, async (sending) => {
      let lines = 0;
      const answered = await this.moves.preview(asked, (line) => {
        lines += 1;
        return sending.write(`${lines === 1 ? '{"lines":[' : ','}${JSON.stringify(line)}`);
      });
      if (isRefused(answered)) throw refusedCommand(answered.refused, { command, subject });
      await sending.write(
        `${lines === 0 ? '{"lines":[' : ''}],${JSON.stringify(previewAnswer(answered)).slice(1)}`,
      );
    });
  }

  @Get()
  @DescribesList('Bulk moves of deadlines, the latest first.', deadlineMoveExamples.listed)
  async list(
    @Sees('deadline-moves') _sight: Sight,
    @Query() query: DeadlineMovesQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = await this.view.list(query.programme, pageRequest(query, ['integer']));
    return pageAnswer(page, request, response);
  }

  @Get(':move')
  @DescribesOne(
    'A bulk move: who moved what until when, why, and whether it was undone.',
    deadlineMoveExamples.one,
  )
  async one(
    @Sees('deadline-moves') _sight: Sight,
    @Param('move') no: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const found = await this.found(no);
    return tagged(request, response, tagOfBody(found.sequence, found)) ? undefined : found;
  }

  @Get(':move/lines')
  @DescribesList('The deadlines it moved, by grant.', deadlineMoveExamples.line)
  async lines(
    @Sees('deadline-moves') _sight: Sight,
    @Param('move') no: string,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['text']);
    const { no: move } = await this.found(no);
    return pageAnswer(await this.view.lines(move, page), request, response);
  }

  @Get(':move/events')
  @DescribesList('Its log in order, with its chain of hashes.', {
    ...batchExamples.event,
    ...deadlineMoveExamples.event,
  })
  async log(
    @Sees('deadline-moves') _sight: Sight,
    @Param('move') no: string,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const page = pageRequest(query, ['integer']);
    const { no: move } = await this.found(no);
    return pageAnswer(await this.events.list(`deadline-move:${move}`, page), request, response);
  }

  private async found(no: string): Promise<DeadlineMove> {
    const found = /^\d{1,7}$/.test(no) ? await this.view.one(Number(no)) : null;
    if (found === null) throw notFound({ move: no });
    return found;
  }
}

/** The sums of a preview; where the command would be refused, with the sentence it would answer. */
export function previewAnswer({ refusal, ...sums }: Previewed) {
  const refused = refusal === null ? null : refusedCommand(refusal, { command, subject }).problem;
  const inTheWay = (refusal?.facts['inTheWay'] as number | undefined) ?? 0;
  return { ...sums, inTheWay, refused };
}
