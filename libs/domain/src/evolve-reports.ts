import type { GrantEvent } from './events.js';
import { optionalCents, optionalShare, replace, unknownEvent } from './event-values.js';
import type { Evaluation, Grant, Report, Since } from './grant.js';
import { evaluationMachine, reportMachine } from './grant.js';
import { allows, move } from './machine.js';
import type { Machine } from './machine.js';
import type { Plan } from './plan.js';
import { codesOfReport } from './plan.js';

/** Deadlines, reminders and the life of a report; reopening one sends its evaluation back to wait. */
export function onReport(grant: Grant, event: GrantEvent, since: Since, plan: Plan): Grant {
  if (!('report' in event.data)) throw unknownEvent(event);
  const code = event.data.report;
  if (event.type === 'deadline.set' && !grant.reports.some((report) => report.code === code)) {
    const reports = [...grant.reports, expected(event, since)];
    const order = plan.reports.flatMap(codesOfReport);
    reports.sort((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
    return { ...grant, reports };
  }
  const reports = replace(
    grant.reports,
    (r) => r.code === code,
    (report) => nextReport(actedOn(report, event), event, since),
  );
  if (event.type !== 'report.reopened') return { ...grant, reports };
  const judging = plan.evaluations.filter((evaluation) => evaluation.report === code).map(({ code: c }) => c);
  const evaluations = grant.evaluations.map((evaluation) =>
    judging.includes(evaluation.code) &&
    allows(evaluationMachine as Machine<string>, evaluation.status, event.type)
      ? { ...evaluation, status: 'awaiting-report' as const, recommended: null, decided: null, since }
      : evaluation,
  );
  return { ...grant, reports, evaluations };
}

function expected(event: Extract<GrantEvent, { type: 'deadline.set' }>, since: Since): Report {
  return {
    code: event.data.report,
    status: 'expected',
    rawDueOn: event.data.rawDueOn,
    dueOn: event.data.dueOn,
    deadlineSetAt: event.occurredAt,
    setDueOn: event.data.dueOn,
    granted: 0,
    moved: null,
    extended: false,
    overdue: false,
    late: null,
    reportedCostsCents: null,
    acceptedCostsCents: null,
    request: null,
    reminders: [],
    escalations: [],
    since,
  };
}

/** Whatever happens to a report after a bulk move acts on it: the move can be undone no more. */
function actedOn(report: Report, { type }: GrantEvent): Report {
  const { moved } = report;
  return moved === null || moved.actedBy !== null
    ? report
    : { ...report, moved: { ...moved, actedBy: type } };
}

function nextReport(report: Report, event: GrantEvent, since: Since): Report {
  switch (event.type) {
    case 'deadline.set':
      return {
        ...newDeadline(report, event),
        setDueOn: event.data.dueOn,
        granted: 0,
        moved: null,
        extended: false,
        request: null,
      };
    case 'deadline.extended':
      return extended(report, event);
    case 'deadline.restored':
      return {
        ...newDeadline(report, event),
        moved: null,
        extended: report.moved?.before.extended ?? false,
        request: report.moved?.before.request ?? report.request,
      };
    case 'extension.asked':
      return { ...report, request: { until: event.data.until, by: event.actor, at: event.occurredAt } };
    case 'extension.refused':
      return { ...report, request: null };
    case 'reminder.sent':
    case 'reminder.superseded': {
      const { dueOn, offset, to } = event.data;
      const outcome = event.type === 'reminder.sent' ? 'sent' : 'superseded';
      return { ...report, reminders: [...report.reminders, { dueOn, offset, to, outcome }] };
    }
    case 'report.escalated':
      return {
        ...report,
        escalations: [...report.escalations, { dueOn: event.data.dueOn, to: event.data.to }],
      };
    case 'report.overdue':
      return { ...report, overdue: true };
    default:
      return movedReport(report, event, since);
  }
}

type NewDeadline = Extract<GrantEvent, { type: 'deadline.set' | 'deadline.extended' | 'deadline.restored' }>;

function newDeadline(report: Report, { data, occurredAt }: NewDeadline): Report {
  return {
    ...report,
    rawDueOn: data.rawDueOn,
    dueOn: data.dueOn,
    deadlineSetAt: occurredAt,
    overdue: false,
  };
}

/** One that a person gave answers an open request; a bulk move does where it gives all that was asked. */
function extended(report: Report, event: Extract<GrantEvent, { type: 'deadline.extended' }>): Report {
  const { move, dueOn } = event.data;
  const { request } = report;
  const after = { ...newDeadline(report, event), extended: true };
  if (move === undefined)
    return { ...after, granted: report.granted + (request === null ? 0 : 1), request: null };
  const { dueOn: dueBefore, rawDueOn, extended: extendedBefore, overdue } = report;
  return {
    ...after,
    request: request !== null && request.until <= dueOn ? null : request,
    moved: {
      move,
      before: { dueOn: dueBefore, rawDueOn, extended: extendedBefore, overdue, request },
      actedBy: null,
    },
  };
}

function movedReport(report: Report, event: GrantEvent, since: Since): Report {
  const moved = { ...report, status: move(reportMachine, report.status, event.type), since };
  switch (event.type) {
    case 'report.submitted':
      return {
        ...moved,
        late: event.data.late,
        request: null,
        reportedCostsCents: optionalCents(event.data.costs),
      };
    case 'report.accepted':
      return { ...moved, acceptedCostsCents: optionalCents(event.data.costs) };
    case 'report.waived':
      return { ...moved, request: null };
    default:
      return moved;
  }
}

/** The life of an evaluation. */
export function onEvaluation(grant: Grant, event: GrantEvent, since: Since, plan: Plan): Grant {
  if (event.type === 'evaluation.window-moved') return onWindow(grant, event, plan);
  if (!('evaluation' in event.data)) throw unknownEvent(event);
  const { evaluation: code } = event.data;
  const judgement =
    'outcome' in event.data
      ? { outcome: event.data.outcome, share: optionalShare(event.data.share), by: event.actor }
      : null;
  return {
    ...grant,
    evaluations: replace(
      grant.evaluations,
      (e) => e.code === code,
      (evaluation) => {
        const moved = {
          ...evaluation,
          status: move(evaluationMachine, evaluation.status, event.type),
          since,
        };
        if (event.type === 'evaluation.recommended') return { ...moved, recommended: judgement };
        if (event.type === 'evaluation.decided') return { ...moved, decided: judgement };
        return { ...moved, recommended: null, decided: null };
      },
    ),
  };
}

/** A window that is back where its plan has it is the plan's again. */
function onWindow(
  grant: Grant,
  { data }: Extract<GrantEvent, { type: 'evaluation.window-moved' }>,
  plan: Plan,
): Grant {
  const { evaluation: code, from, to, move: no } = data;
  const planned = plan.evaluations.find((evaluation) => evaluation.code === code)?.window;
  const asPlanned = planned?.from === from && planned.to === to;
  const moved = (evaluation: Evaluation): Evaluation => {
    const undone = evaluation.window?.move === no;
    return { ...evaluation, window: asPlanned ? null : { from, to, move: undone ? null : no } };
  };
  return { ...grant, evaluations: replace(grant.evaluations, (one) => one.code === code, moved) };
}
