import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import type { CommandName } from '#domain/commands.js';
import { type Refused, isRefused } from '#domain/refusal.js';
import { DeadlineMoves, type Sums, type TakePreview } from '#lifecycle/deadline-moves.js';
import type { CommandRequest } from '#lifecycle/outcome.js';
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
import type { About } from './refusal-sentence.js';
import { send } from './sending.js';
import { By, Sees, type Sight } from './session.js';

const moving = { command: 'move-deadlines', subject: 'The deadline move' } as const;

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
    const input = (request.body ?? {}) as Record<string, unknown>;
    const asked = askedBy(person, request, moving.command, input);
    await sendPreview(response, moving, (take) => this.moves.preview(asked, take));
  }

  /** What undo-move would put back, line by line as it is worked out; nothing is written. */
  @Post(':move/preview-undo')
  @HttpCode(200)
  @DescribesPost(
    'What undo-move would do: every date, window, reminder and expected payment that would move back, and what stands in the way.',
    null,
    deadlineMoveExamples.undoPreview,
  )
  async previewUndo(
    @By() person: Signed,
    @Param('move') move: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const undoing = { command: 'undo-move', subject: `Deadline move ${move}` } as const;
    const input = { move: /^\d{1,7}$/.test(move) ? Number(move) : move };
    const asked = askedBy(person, request, undoing.command, input);
    await sendPreview(response, undoing, (take) => this.moves.previewUndo(asked, take));
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

function askedBy(
  { id, roles, of }: Signed,
  request: Request,
  name: CommandName,
  input: CommandRequest['input'],
): CommandRequest {
  const key = String(request.headers['idempotency-key']).trim();
  return { id: commandIdOf(id, key), name, actor: { id, roles, of }, grant: null, input };
}

/** Each line as it is worked out, then the sums. */
async function sendPreview(
  response: Response,
  about: About,
  preview: (take: TakePreview) => Promise<Sums | Refused>,
): Promise<void> {
  const begin = (): void => {
    response.status(200).type('application/json');
  };
  await send(response, begin, async (sending) => {
    let lines = 0;
    const answered = await preview((line) => {
      lines += 1;
      return sending.write(`${lines === 1 ? '{"lines":[' : ','}${JSON.stringify(line)}`);
    });
    if (isRefused(answered)) throw refusedCommand(answered.refused, about);
    const sums = JSON.stringify(previewAnswer(answered, about)).slice(1);
    await sending.write(`${lines === 0 ? '{"lines":[' : ''}],${sums}`);
  });
}

/** The sums of a preview; where the command would be refused, with the sentence it would answer. */
export function previewAnswer<T extends Sums>({ refusal, ...sums }: T, about: About) {
  const refused = refusal === null ? null : refusedCommand(refusal, about).problem;
  const inTheWay = (refusal?.facts['inTheWay'] as number | undefined) ?? 0;
  return { ...sums, inTheWay, refused };
}
