import type { GrantEvent } from './events.js';
import { optionalCents, optionalShare, replace, unknownEvent } from './event-values.js';
import type { Grant, Report, Since } from './grant.js';
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
    (report) => nextReport(report, event, since),
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

function nextReport(report: Report, event: GrantEvent, since: Since): Report {
  switch (event.type) {
    case 'deadline.set':
    case 'deadline.extended':
      return {
        ...report,
        rawDueOn: event.data.rawDueOn,
        dueOn: event.data.dueOn,
        deadlineSetAt: event.occurredAt,
        extended: event.type === 'deadline.extended',
        overdue: false,
        request: null,
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
export function onEvaluation(grant: Grant, event: GrantEvent, since: Since): Grant {
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
