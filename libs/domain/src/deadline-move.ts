import { civilDateOf } from './civil-date.js';
import type { CivilDate, Instant } from './civil-date.js';
import type { Input } from './commands.js';
import { shapeOf } from './commands.js';
import { reasonRequired } from './decision.js';
import type { DeadlineMoveEvent, DecisionReference } from './events.js';
import { by } from './facts.js';
import type { Decision } from './facts.js';
import type { Machine } from './machine.js';
import { move as moveTo } from './machine.js';
import type { MoveObstacle } from './moved-grant.js';
import { holds } from './people.js';
import type { Actor } from './people.js';
import type { Refused } from './refusal.js';
import { refuse, refuseInvalid } from './refusal.js';

/**
 * Life of a bulk move: one decision that moves a report's deadline in many grants, and perhaps one that puts all
 * of them back. It is a stream of its own; what it does to a grant stands in that grant's stream as well.
 */
export const deadlineMoveMachine = {
  applied: { 'deadline-move.undone': 'undone' },
  undone: {},
} as const satisfies Machine<'applied' | 'undone'>;
export type DeadlineMoveStatus = keyof typeof deadlineMoveMachine;

export interface DeadlineMove {
  readonly no: number;
  readonly status: DeadlineMoveStatus;
  readonly programme: string;
  readonly report: string;
  readonly until: CivilDate;
  /** How many deadlines moved, and how many evaluation windows along with them. */
  readonly deadlines: number;
  readonly windows: number;
  /** Hex SHA-256 over its lines: which deadline moved from when to when, and which windows. */
  readonly linesHash: string;
  /** The selection as it was asked; null where it left nothing out. */
  readonly dueOn: CivilDate | null;
  readonly beneficiary: string | null;
  readonly grants: readonly string[] | null;
  readonly decision: DecisionReference | null;
  readonly reason: string;
  readonly movedBy: string;
  readonly movedAt: Instant;
  readonly undoneBy: string | null;
  readonly undoneAt: Instant | null;
  readonly undoneReason: string | null;
  readonly sequence: number;
  readonly lastEventAt: Instant | null;
}

/** The most deadlines that one decision moves: they are moved in one transaction, which holds all their grants. */
export const mostDeadlines = 20_000;

/** The most things in the way that a refusal names. */
export const mostObstaclesNamed = 20;

/** What became of every grant that was looked at: what moved, and what stands in the way. */
export interface Gathered {
  readonly deadlines: number;
  readonly windows: number;
  readonly linesHash: string;
  /** How many things stand in the way; the first of them. */
  readonly inTheWay: number;
  readonly obstacles: readonly MoveObstacle[];
}

export function refuseMoveStranger(name: 'move-deadlines' | 'undo-move', actor: Actor): Refused | null {
  const allowed = shapeOf(name).roles.some((role) => holds(actor, role));
  return allowed ? null : refuse('not-allowed', { command: name, by: actor.id });
}

/** A move to a day that is past in the programme's own time zone is refused before its grants are looked at. */
export function refusePastMove(until: CivilDate, now: Instant, timeZone: string): Refused | null {
  const today = civilDateOf(now, timeZone);
  return until < today
    ? refuseInvalid('until', `${until} is already past; name today (${today}) or a later day`)
    : null;
}

/**
 * The whole move: all of its deadlines or none. Refused where anything stands in the way, each named; where nothing
 * is selected; without a reason; and where a preview is named that showed something else (`conflict`).
 */
export function decideMove(actor: Actor, input: Input<'move-deadlines'>, gathered: Gathered): Decision {
  const { deadlines, windows, linesHash } = gathered;
  const { programme, report, until, preview, dueOn, beneficiary, grants, decision } = input;
  const refused = refuseObstacles(gathered, { programme, report });
  if (refused !== null) return refused;
  if (deadlines === 0)
    return refuse('wrong-state', {
      programme,
      report,
      message: 'no report of this selection is owed, so no deadline would move; widen the selection',
    });
  const missing = reasonRequired(input.reason);
  if (missing !== null) return missing;
  if (preview !== undefined && preview !== linesHash)
    return refuse('conflict', {
      programme,
      report,
      message: 'what would move is no longer what the preview showed; look at it again and decide then',
    });
  const asked = {
    ...(dueOn === undefined ? {} : { dueOn }),
    ...(beneficiary === undefined ? {} : { beneficiary }),
    ...(grants === undefined ? {} : { grants }),
    ...(decision === undefined ? {} : { decision }),
  };
  const data = { programme, report, until, deadlines, windows, linesHash, ...asked };
  return { events: [by(actor, 'deadline-move.applied', data, input.reason)] };
}

/** Undoing puts back every deadline of a move or none. */
export function decideUndo(
  move: DeadlineMove,
  actor: Actor,
  input: Input<'undo-move'>,
  gathered: Pick<Gathered, 'obstacles' | 'inTheWay' | 'deadlines' | 'windows'>,
): Decision {
  const { deadlines, windows } = gathered;
  const early = refuseUndone(move);
  if (early !== null) return early;
  const refused = refuseObstacles(gathered, { move: move.no }) ?? reasonRequired(input.reason);
  return refused ?? { events: [by(actor, 'deadline-move.undone', { deadlines, windows }, input.reason)] };
}

/** A move that is undone already; refused before its grants are looked at. */
export function refuseUndone({ no, status }: DeadlineMove): Refused | null {
  return status === 'applied'
    ? null
    : refuse('wrong-state', { move: no, state: status, needed: ['applied'] });
}

/** What is wrong with a value comes before what does not exist, and that before what is in another state. */
const answersFirst = ['invalid', 'not-found', 'wrong-state'] as const;

function refuseObstacles(
  { obstacles, inTheWay }: Pick<Gathered, 'obstacles' | 'inTheWay'>,
  about: Readonly<Record<string, unknown>>,
): Refused | null {
  const first = answersFirst
    .map((code) => obstacles.find((obstacle) => obstacle.code === code))
    .find((found) => found !== undefined);
  if (first === undefined) return null;
  const others = inTheWay === 1 ? '' : `, and ${inTheWay - 1} more in the way`;
  const message = `${first.grant}: ${first.message}${others}`;
  const named = obstacles.map(({ grant, message: why }) => ({ grant, message: why }));
  const facts = { inTheWay, obstacles: named };
  if (first.code === 'invalid') return refuse('invalid', { path: first.path, message, ...about, ...facts });
  if (first.code === 'not-found') return refuse('not-found', { grant: first.grant, ...facts });
  return refuse('wrong-state', { ...about, message, ...facts });
}

/** The move after an event of its stream (I6). */
export function evolveDeadlineMove(before: DeadlineMove | null, event: DeadlineMoveEvent): DeadlineMove {
  const stamp = { sequence: event.sequence, lastEventAt: event.occurredAt };
  if (event.type === 'deadline-move.applied') return { ...applied(event), ...stamp };
  if (before === null) throw new Error(`${event.stream} begins with ${event.type}`);
  const status = moveTo<DeadlineMoveStatus>(deadlineMoveMachine, before.status, event.type);
  const { actor: undoneBy, occurredAt: undoneAt, reason: undoneReason } = event;
  return { ...before, ...stamp, status, undoneBy, undoneAt, undoneReason };
}

function applied(event: Extract<DeadlineMoveEvent, { type: 'deadline-move.applied' }>): DeadlineMove {
  const { data, stream, actor, reason, occurredAt } = event;
  const { programme, report, until, deadlines, windows, linesHash } = data;
  return {
    no: Number(stream.slice('deadline-move:'.length)),
    status: 'applied',
    programme,
    report,
    until,
    deadlines,
    windows,
    linesHash,
    dueOn: data.dueOn ?? null,
    beneficiary: data.beneficiary ?? null,
    grants: data.grants ?? null,
    decision: data.decision ?? null,
    reason: reason ?? '',
    movedBy: actor,
    movedAt: occurredAt,
    undoneBy: null,
    undoneAt: null,
    undoneReason: null,
    sequence: 0,
    lastEventAt: null,
  };
}
