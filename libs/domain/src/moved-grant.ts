/** What a bulk move, or its undoing, does to one grant. Preview and application both ask here. */
import { addPeriod, civilDateOf, daysBetween } from './civil-date.js';
import type { CivilDate } from './civil-date.js';
import type { Input } from './commands.js';
import { lay, withConsequences } from './consequences.js';
import { dueEvents } from './due.js';
import { evaluationWindow } from './evaluation-window.js';
import type { EvaluationWindow } from './evaluation-window.js';
import type { NewEvent } from './events.js';
import { faultOfUntil } from './extension.js';
import type { Facts } from './facts.js';
import { by } from './facts.js';
import type { Grant, Report } from './grant.js';
import { findReport } from './grant.js';
import type { Actor } from './people.js';
import { reportCodes } from './plan.js';
import type { Plan } from './plan.js';
import { isRefused } from './refusal.js';
import { owedReport } from './report.js';

/** Why one grant stands in the way of a whole move, in words, and as which refusal it answers. */
export interface MoveObstacle {
  readonly grant: string;
  readonly code: 'invalid' | 'not-found' | 'wrong-state';
  readonly path: 'until' | 'grants' | 'report';
  readonly message: string;
}

/** A window that moves along with a deadline. */
export interface MovedWindow {
  readonly evaluation: string;
  readonly before: EvaluationWindow;
  readonly after: EvaluationWindow;
}

/** One deadline that moves, with the events by which it does. */
export interface MovedGrant {
  readonly grant: string;
  readonly report: string;
  readonly previousDueOn: CivilDate;
  readonly dueOn: CivilDate;
  readonly windows: readonly MovedWindow[];
  readonly events: readonly NewEvent[];
  readonly before: Grant;
  readonly after: Grant;
}

export type MovedOrNot =
  { readonly moved: MovedGrant } | { readonly obstacle: MoveObstacle } | { readonly passedOver: true };

/**
 * Moves the deadline of one grant that a move looks at. A grant that nobody named is passed over where its report is
 * not owed, or not due on the day that was asked for; one that was named stands in the way then. In the way stands
 * always: a deadline that the new date does not move on, one the programme allows no further, and one that would lie
 * after the window of the evaluation that judges it, unless the windows move along by as many days.
 */
export function moveDeadline(
  grant: Grant,
  actor: Actor,
  input: Input<'move-deadlines'>,
  facts: Facts,
  no: number,
): MovedOrNot {
  const named = input.grants?.includes(grant.code) === true;
  const unfit = unfitFor(grant, input, facts);
  if (unfit !== null) return named ? { obstacle: unfit } : { passedOver: true };
  const report = findReport(grant, input.report) as Report;
  const { until, reason = null } = input;
  const invalid = (message: string): MovedOrNot => ({
    obstacle: { grant: grant.code, code: 'invalid', path: 'until', message },
  });
  const fault = faultOfUntil(report, until, facts);
  if (fault !== null) return invalid(fault);
  const days = daysBetween(report.dueOn, until);
  const windows = input.moveWindows === true ? windowsOf(grant, report.code, facts.plan, days) : [];
  const late = windowPassed(grant, report.code, until, windows, facts.plan);
  if (late !== null) return invalid(late);
  const { code, dueOn: previousDueOn } = report;
  const extended = by(
    actor,
    'deadline.extended',
    { report: code, dueOn: until, rawDueOn: until, previousDueOn, move: no },
    reason,
  );
  const events = [extended, ...windowEvents(windows, actor, no, reason)];
  return { moved: { ...laid(grant, events, facts), report: code, previousDueOn, dueOn: until, windows } };
}

/** Why a grant is not of the selection; null where it is. */
function unfitFor(grant: Grant, input: Input<'move-deadlines'>, facts: Facts): MoveObstacle | null {
  const { programme, report: code, dueOn, beneficiary } = input;
  const obstacle = (
    refusal: MoveObstacle['code'],
    path: MoveObstacle['path'],
    message: string,
  ): MoveObstacle => ({ grant: grant.code, code: refusal, path, message });
  if (grant.programme !== programme)
    return obstacle('invalid', 'grants', `is of programme ${grant.programme}, not of ${programme}`);
  if (beneficiary !== undefined && grant.beneficiary !== beneficiary)
    return obstacle('invalid', 'grants', `is of beneficiary ${grant.beneficiary}, not of ${beneficiary}`);
  const report = owedReport(grant, code, facts);
  if (isRefused(report)) {
    const declared = reportCodes(facts.plan).includes(code);
    if (report.refused.code === 'not-found')
      return obstacle('invalid', 'grants', declared ? `owes no report ${code}` : `has no report ${code}`);
    const state = findReport(grant, code)?.status;
    const running = 'grantStatus' in report.refused.facts;
    return obstacle(
      'wrong-state',
      'grants',
      running ? `is ${grant.status}` : `its report ${code} is ${state}, so its deadline moves no more`,
    );
  }
  if (dueOn !== undefined && report.dueOn !== dueOn)
    return obstacle('invalid', 'grants', `its report ${code} is due on ${report.dueOn}, not on ${dueOn}`);
  return null;
}

/** The windows of the evaluations that judge a report, as many days later. */
function windowsOf(grant: Grant, report: string, plan: Plan, days: number): MovedWindow[] {
  return plan.evaluations
    .filter((evaluation) => evaluation.report === report)
    .flatMap(({ code }) => {
      const before = evaluationWindow(grant, plan, code);
      return before === null ? [] : [{ evaluation: code, before, after: shifted(before, days) }];
    });
}

function shifted({ from, to }: EvaluationWindow, days: number): EvaluationWindow {
  const sign = days < 0 ? -1 : 1;
  const period = `P${Math.abs(days)}D`;
  return { from: addPeriod(from, period, sign), to: addPeriod(to, period, sign) };
}

function windowPassed(
  grant: Grant,
  report: string,
  until: CivilDate,
  moved: readonly MovedWindow[],
  plan: Plan,
): string | null {
  for (const { code } of plan.evaluations.filter((evaluation) => evaluation.report === report)) {
    const along = moved.find(({ evaluation }) => evaluation === code)?.after;
    const window = along ?? evaluationWindow(grant, plan, code);
    if (window !== null && window.to < until)
      return along === undefined
        ? `${until} lies after the window of evaluation ${code}, which ends on ${window.to}; let the window move along (moveWindows), or name a day up to then`
        : `${until} lies after the window of evaluation ${code}, which would end on ${window.to}; name a day up to then`;
  }
  return null;
}

function windowEvents(
  windows: readonly MovedWindow[],
  actor: Actor,
  move: number,
  reason: string | null,
): NewEvent[] {
  return windows.map(({ evaluation, before, after }) =>
    by(
      actor,
      'evaluation.window-moved',
      { evaluation, ...after, previousFrom: before.from, previousTo: before.to, move },
      reason,
    ),
  );
}

/**
 * Puts back the deadline of one grant of a move. In the way stands whatever happened to its report since, a reminder
 * included, and that the old deadline passed meanwhile: it was kept by the new one.
 */
export function undoMove(
  grant: Grant,
  actor: Actor,
  reason: string | null,
  { no, report: code }: { readonly no: number; readonly report: string },
  facts: Facts,
): MovedOrNot {
  const report = findReport(grant, code);
  if (report === undefined) throw new Error(`grant ${grant.code} lost report ${code}`);
  const { moved } = report;
  const wrong = (message: string): MovedOrNot => ({
    obstacle: { grant: grant.code, code: 'wrong-state', path: 'report', message },
  });
  if (moved?.move !== no) return wrong(`the deadline of report ${code} was moved again since`);
  if (moved.actedBy !== null)
    return wrong(`${moved.actedBy} of report ${code} came after the move, so it is no longer undone`);
  const { before } = moved;
  const today = civilDateOf(facts.now, facts.plan.timeZone);
  if (before.dueOn < today && !before.overdue)
    return wrong(`report ${code} was due on ${before.dueOn}, which has passed meanwhile`);
  const back = -daysBetween(before.dueOn, report.dueOn);
  const windows = grant.evaluations.flatMap(({ code: evaluation, window }): MovedWindow[] =>
    window?.move === no
      ? [{ evaluation, before: { from: window.from, to: window.to }, after: shifted(window, back) }]
      : [],
  );
  const { dueOn, rawDueOn } = before;
  const restored = by(
    actor,
    'deadline.restored',
    { report: code, dueOn, rawDueOn, previousDueOn: report.dueOn, move: no },
    reason,
  );
  const events = [restored, ...windowEvents(windows, actor, no, reason)];
  return {
    moved: { ...laid(grant, events, facts), report: code, previousDueOn: report.dueOn, dueOn, windows },
  };
}

/** What follows from it, and what is past at once: a deadline that was overdue before is so again. */
function laid(
  grant: Grant,
  events: readonly NewEvent[],
  facts: Facts,
): Pick<MovedGrant, 'grant' | 'events' | 'before' | 'after'> {
  const settled = withConsequences(lay({ grant, events: [] }, events, facts), facts);
  const overdue = dueEvents(settled.grant, facts);
  const after = overdue.length === 0 ? settled : lay(settled, overdue, facts);
  return { grant: grant.code, events: after.events, before: grant, after: after.grant };
}
