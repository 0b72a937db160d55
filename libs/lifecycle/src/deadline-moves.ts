import type { DataSource } from 'typeorm';

import { type Input, shapeOf } from '#domain/commands.js';
import type { DeadlineMove, Gathered } from '#domain/deadline-move.js';
import {
  decideMove,
  decideUndo,
  evolveDeadlineMove,
  mostDeadlines,
  mostObstaclesNamed,
  refuseMoveStranger,
  refusePastMove,
  refuseUndone,
} from '#domain/deadline-move.js';
import type { DeadlineMoveEvent } from '#domain/events.js';
import type { Decision, Facts } from '#domain/facts.js';
import type { Grant } from '#domain/grant.js';
import { type PreviewLine, previewLine } from '#domain/move-preview.js';
import type { MoveObstacle, MovedGrant, MovedOrNot } from '#domain/moved-grant.js';
import { moveDeadline, undoMove } from '#domain/moved-grant.js';
import { reportCodes } from '#domain/plan.js';
import { type Refused, isRefused, refuse, refuseInvalid } from '#domain/refusal.js';
import { type Client, inTransaction } from '#persistence/client.js';
import { instantOf } from '#persistence/database-values.js';
import {
  MoveLinesHash,
  type StoredMove,
  hasReport,
  insertMove,
  insertMoveLines,
  latestVersion,
  lockGrants,
  lockMove,
  nextMoveNo,
  readMoveLines,
  selectGrants,
  updateMove,
} from '#persistence/deadline-move-store.js';
import { StreamTail } from '#persistence/event-log.js';
import { GrantFiles } from '#persistence/grant-file.js';
import { Plans } from '#persistence/plans.js';

import { CommandBatch } from './command-batch.js';
import type { CommandRequest, Outcome } from './outcome.js';
import { prepare } from './prepared-command.js';
import { type StreamRefused, type StreamWork, runOnStream } from './stream-command.js';

/** What a preview says beside its lines. */
export interface Sums {
  readonly deadlines: number;
  readonly windows: number;
  /** What the command would be refused with; null where it would be applied. */
  readonly refusal: Refused['refused'] | null;
}

export interface Previewed extends Sums {
  /** What `move-deadlines` takes as `preview`: it is then refused where anything it would do has changed. */
  readonly preview: string;
}

/** Takes the lines of a preview in the order of their grants; what it answers is waited for. */
export type TakePreview = (line: PreviewLine) => Promise<void> | void;

/** Grants that are loaded, decided and written at a time, so that memory is bounded. */
const together = 250;

/**
 * Bulk moves of deadlines. Applying one, and undoing it, is one command in one transaction over all of its grants,
 * which are locked first; a preview asks the same of each grant and writes nothing. See docs/decisions/0009.
 */
export class DeadlineMoves {
  readonly #plans = new Plans();

  constructor(readonly source: DataSource) {}

  /** Runs `move-deadlines` or `undo-move`. */
  run(request: CommandRequest): Promise<Outcome> {
    if (shapeOf(request.name).on !== 'deadline-move')
      throw new Error(`${request.name} is no command on a bulk move`);
    return runOnStream(this.source, request, (client, _now, input) =>
      request.name === 'move-deadlines'
        ? this.#move(client, request, input as Input<'move-deadlines'>)
        : this.#undo(client, request, input as Input<'undo-move'>),
    );
  }

  /**
   * What `move-deadlines` would do with this input: each line to `take`, then the sums. Writes nothing; grants are
   * held only while a few hundred of them are looked at. Refused where the command would be before it looks at any.
   */
  async preview(request: CommandRequest, take: TakePreview): Promise<Previewed | Refused> {
    const prepared = prepare(request);
    if (isRefused(prepared.input)) return prepared.input;
    const input = prepared.input as Input<'move-deadlines'>;
    const selected = await inTransaction(this.source, (client) => this.#select(client, request, input));
    if (isRefused(selected)) return selected;
    const gathering = new Gathering();
    gathering.missing(input.grants, selected.codes);
    await this.#show(selected.codes, gathering, take, (grant, facts) =>
      moveDeadline(grant, request.actor, input, facts, 0),
    );
    const gathered = gathering.gathered();
    const refusal = refusalOf(decideMove(request.actor, input, gathered));
    const { deadlines, windows, linesHash } = gathered;
    return { deadlines, windows, preview: linesHash, refusal };
  }

  /** As `preview`, of `undo-move`: the lines are what would move back. */
  async previewUndo(request: CommandRequest, take: TakePreview): Promise<Sums | Refused> {
    const prepared = prepare(request);
    if (isRefused(prepared.input)) return prepared.input;
    const input = prepared.input as Input<'undo-move'>;
    const applied = await inTransaction(this.source, (client) => lockApplied(client, request, input));
    if (isRefused(applied)) return applied;
    const { move } = applied.stored;
    const gathering = new Gathering();
    await this.#show(applied.codes, gathering, take, (grant, facts) =>
      undoMove(grant, request.actor, null, move, facts),
    );
    const gathered = gathering.gathered();
    const refusal = refusalOf(decideUndo(move, request.actor, input, gathered));
    return { deadlines: gathered.deadlines, windows: gathered.windows, refusal };
  }

  /** What would become of each grant, some at a time: each line to `take`, and nothing written. */
  async #show(
    all: readonly string[],
    gathering: Gathering,
    take: TakePreview,
    decide: Writing['decide'],
  ): Promise<void> {
    for (const codes of slicesOf(all)) {
      const lines = await nothingWritten(this.source, async (client) => {
        const { seen } = await this.#lookAt(client, codes, decide);
        return seen.flatMap(({ found, facts }) => {
          gathering.add(found);
          return 'moved' in found ? [previewLine(found.moved, facts)] : [];
        });
      });
      for (const line of lines) await take(line);
    }
  }

  async #move(
    client: Client,
    request: CommandRequest,
    input: Input<'move-deadlines'>,
  ): Promise<StreamWork | StreamRefused> {
    const selected = await this.#select(client, request, input);
    if (isRefused(selected)) return selected;
    const no = await nextMoveNo(client);
    await lockGrants(client, selected.codes);
    const gathering = new Gathering();
    gathering.missing(input.grants, selected.codes);
    await this.#write(client, selected.codes, request, gathering, {
      decide: (grant, facts) => moveDeadline(grant, request.actor, input, facts, no),
      wrote: (moved) => insertMoveLines(client, no, moved.map(lineOf)),
    });
    const decision = decideMove(request.actor, input, gathering.gathered());
    if (isRefused(decision)) return decision;
    const tail = new StreamTail(`deadline-move:${no}`, 0, null, null);
    return {
      tail,
      events: decision.events,
      save: async ([applied]) => {
        const move = evolveDeadlineMove(null, applied as DeadlineMoveEvent);
        await insertMove(client, move, tail.hash ?? '');
      },
    };
  }

  async #undo(
    client: Client,
    request: CommandRequest,
    input: Input<'undo-move'>,
  ): Promise<StreamWork | StreamRefused> {
    const applied = await lockApplied(client, request, input);
    if (isRefused(applied)) return applied;
    const { stored, codes } = applied;
    const { move } = stored;
    const stream = `deadline-move:${move.no}`;
    await lockGrants(client, codes);
    const gathering = new Gathering();
    await this.#write(client, codes, request, gathering, {
      decide: (grant, facts) => undoMove(grant, request.actor, input.reason ?? null, move, facts),
      wrote: async () => undefined,
    });
    const decision = decideUndo(move, request.actor, input, gathering.gathered());
    if (isRefused(decision)) return { ...decision, stream };
    const tail = new StreamTail(stream, move.sequence, stored.hash, move.lastEventAt);
    return {
      tail,
      events: decision.events,
      save: async ([undone]) => {
        const after = evolveDeadlineMove(move, undone as DeadlineMoveEvent);
        await updateMove(client, after, tail.hash ?? '');
      },
    };
  }

  /** Who may, what exists, and which grants are looked at. */
  async #select(
    client: Client,
    request: CommandRequest,
    input: Input<'move-deadlines'>,
  ): Promise<{ readonly codes: readonly string[] } | Refused> {
    const stranger = refuseMoveStranger('move-deadlines', request.actor);
    if (stranger !== null) return stranger;
    const { programme, report, until } = input;
    const version = await latestVersion(client, programme);
    if (version === null) return refuse('not-found', { programme });
    await this.#plans.fetch(client, [{ programme, version }]);
    const plan = this.#plans.get(programme, version)?.plan;
    if (plan === undefined) throw new Error(`the plan ${programme}/${version} is gone`);
    const { rows } = await client.query({ text: 'SELECT sluis_now() AS now' });
    const past = refusePastMove(until, instantOf((rows[0] as { now: Date }).now), plan.timeZone);
    if (past !== null) return past;
    if (!reportCodes(plan).includes(report) && !(await hasReport(client, programme, report)))
      return refuse('not-found', { report });
    const codes = await selectGrants(client, input, mostDeadlines + 1);
    if (codes.length <= mostDeadlines) return { codes };
    return refuseInvalid(
      'grants',
      `the selection holds more than ${mostDeadlines} deadlines, and one decision moves no more; narrow it by dueOn, beneficiary or grants`,
    );
  }

  /**
   * Decides and writes some grants at a time. Once something stands in the way nothing more is written: the whole is
   * refused then, and what was written before goes.
   */
  async #write(
    client: Client,
    codes: readonly string[],
    request: CommandRequest,
    gathering: Gathering,
    { decide, wrote }: Writing,
  ): Promise<void> {
    for (const some of slicesOf(codes)) {
      const { seen, batch } = await this.#lookAt(client, some, decide);
      for (const { found } of seen) gathering.add(found);
      if (gathering.blocked) continue;
      const moved = seen.flatMap(({ found }) => ('moved' in found ? [found.moved] : []));
      for (const { grant, events } of moved) batch.append(grant, events, request.id);
      await batch.collect().write(client);
      await wrote(moved);
    }
  }

  /** Loads some grants, lays what fell due and asks what becomes of each: the one path of preview and application. */
  async #lookAt(
    client: Client,
    codes: readonly string[],
    decide: Writing['decide'],
  ): Promise<{ seen: { found: MovedOrNot; facts: Facts }[]; batch: CommandBatch }> {
    const loaded = await new GrantFiles().load(client, { codes });
    const plans = [...loaded.grants.values()].map(({ grant }) => ({
      programme: grant.programme,
      version: grant.planVersion,
    }));
    await this.#plans.fetch(client, plans);
    const batch = new CommandBatch(loaded, this.#plans);
    const seen = codes.flatMap((code) => {
      const looked = batch.look(code);
      return looked === null ? [] : [{ found: decide(looked.grant, looked.facts), facts: looked.facts }];
    });
    return { seen, batch };
  }
}

interface Writing {
  readonly decide: (grant: Grant, facts: Facts) => MovedOrNot;
  readonly wrote: (moved: readonly MovedGrant[]) => Promise<void>;
}

/** What was found so far, grant by grant. */
class Gathering {
  #deadlines = 0;
  #windows = 0;
  #inTheWay = 0;
  readonly #obstacles: MoveObstacle[] = [];
  readonly #hash = new MoveLinesHash();

  get blocked(): boolean {
    return this.#inTheWay > 0;
  }

  add(found: MovedOrNot): void {
    if ('obstacle' in found) this.#obstacle(found.obstacle);
    if (!('moved' in found)) return;
    this.#deadlines += 1;
    this.#windows += found.moved.windows.length;
    this.#hash.add(lineOf(found.moved));
  }

  /** Grants that were named and do not exist. */
  missing(named: readonly string[] | undefined, codes: readonly string[]): void {
    const known = new Set(codes);
    for (const grant of [...(named ?? [])].sort())
      if (!known.has(grant))
        this.#obstacle({ grant, code: 'not-found', path: 'grants', message: 'there is no such grant' });
  }

  #obstacle(obstacle: MoveObstacle): void {
    this.#inTheWay += 1;
    if (this.#obstacles.length < mostObstaclesNamed) this.#obstacles.push(obstacle);
  }

  gathered(): Gathered {
    return {
      deadlines: this.#deadlines,
      windows: this.#windows,
      linesHash: this.#hash.hex(),
      inTheWay: this.#inTheWay,
      obstacles: this.#obstacles,
    };
  }
}

function lineOf({ grant, report, previousDueOn, dueOn, windows }: MovedGrant) {
  return { grant, report, previousDueOn, dueOn, windows };
}

function* slicesOf(codes: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < codes.length; from += together) yield codes.slice(from, from + together);
}

/** The move that is to be undone, locked, with its grants; refused before any of them is looked at. */
async function lockApplied(
  client: Client,
  request: CommandRequest,
  { move: no }: Input<'undo-move'>,
): Promise<{ readonly stored: StoredMove; readonly codes: readonly string[] } | StreamRefused> {
  const stranger = refuseMoveStranger('undo-move', request.actor);
  if (stranger !== null) return stranger;
  const stored = await lockMove(client, no);
  if (stored === null) return refuse('not-found', { move: no ?? 'none was made yet' });
  const early = refuseUndone(stored.move);
  if (early !== null) return { ...early, stream: `deadline-move:${stored.move.no}` };
  return { stored, codes: await grantsOf(client, stored.move) };
}

/** A preview is looked at before a reason is written. */
function refusalOf(decision: Decision): Refused['refused'] | null {
  return isRefused(decision) && decision.refused.code !== 'reason-required' ? decision.refused : null;
}

async function grantsOf(client: Client, { no, deadlines }: DeadlineMove): Promise<string[]> {
  return (await readMoveLines(client, no, '', deadlines)).map(({ grant }) => grant);
}

/** A transaction that is always rolled back: it locks and looks, as the one that writes would. */
async function nothingWritten<T>(source: DataSource, work: (client: Client) => Promise<T>): Promise<T> {
  let answer: { value: T } | undefined;
  class Enough extends Error {}
  try {
    await inTransaction(source, async (client) => {
      answer = { value: await work(client) };
      throw new Enough();
    });
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  if (answer === undefined) throw new Error('a preview came to nothing');
  return answer.value;
}
