/** Why a deadline is what it is: the rule, the shift, every later move with its reason and decider, the reminders. */
import type { CivilDate, Instant, TimeZone } from './civil-date.js';
import { civilDateOf } from './civil-date.js';
import { deadlineOf } from './deadline.js';
import type { DeadlineState } from './deadline.js';
import { escalationMoment, pendingMoments, reminderMoments } from './due.js';
import { evaluationWindow } from './evaluation-window.js';
import { lastDayAllowed, lastDayToAsk } from './extension.js';
import type { GrantEvent, GrantEventType } from './events.js';
import type { Facts } from './facts.js';
import type { ExtensionRequest, Grant, ReminderRecord, Report, ReportStatus } from './grant.js';
import { findReport } from './grant.js';
import type { ReportKind } from './plan.js';
import { plannedReport } from './plan.js';
import type { ExplainedDate } from './schedule.js';
import { reportDeadlines } from './schedule.js';

/** A request for more time as it was asked. */
export interface AskedFor {
  readonly by: string;
  readonly at: Instant;
  readonly until: CivilDate;
  readonly reason: string | null;
}

/** One thing that was decided, or asked, about a deadline. */
export interface DeadlineStep {
  readonly at: Instant;
  readonly event: GrantEventType;
  readonly by: string;
  readonly reason: string | null;
  /** The deadline before and after it; before is null where it was set, after where nothing moved. */
  readonly from: CivilDate | null;
  readonly dueOn: CivilDate | null;
  /** The bulk move behind it. */
  readonly move: number | null;
  /** The request that it made, answered or refused. */
  readonly request: AskedFor | null;
}

/** `planned`: still to come. `silent`: it passed, or will pass, and nobody is told. */
export type MomentOutcome = 'planned' | 'sent' | 'superseded' | 'silent';

export interface ExplainedMoment {
  readonly at: Instant;
  readonly outcome: MomentOutcome;
  readonly told: readonly { readonly to: string; readonly outcome: ReminderRecord['outcome'] }[];
}

export interface ExplainedDeadline {
  readonly grant: string;
  readonly report: string;
  readonly title: string | null;
  readonly kind: ReportKind;
  readonly reportStatus: ReportStatus;
  readonly state: DeadlineState;
  readonly extended: boolean;
  readonly dueOn: CivilDate;
  /** Where the day ends that is due, and where the clock hangs by which reminders go out. */
  readonly timeZone: TimeZone;
  /** What the plan made of it at award: from where, by which rule, before and after the shift, and why it shifted. */
  readonly rule: ExplainedDate;
  /** Everything since, oldest first. */
  readonly history: readonly DeadlineStep[];
  /** More time that is asked for and not answered. */
  readonly request: ExtensionRequest | null;
  readonly extensions: {
    readonly granted: number;
    readonly times: number | null;
    readonly longest: string | null;
    readonly latest: CivilDate | null;
    /** The last day to which it may be extended. */
    readonly lastDay: CivilDate | null;
    readonly askBefore: string | null;
    /** The last day on which more time may be asked. */
    readonly askedBy: CivilDate | null;
  };
  /** The windows of the evaluations that judge the report. */
  readonly windows: readonly {
    readonly evaluation: string;
    readonly from: CivilDate;
    readonly to: CivilDate;
    readonly moved: boolean;
  }[];
  readonly reminders: readonly (ExplainedMoment & { readonly offset: string })[];
  readonly escalation: ExplainedMoment | null;
  /** What was sent, or superseded, of deadlines before the present one. */
  readonly earlier: readonly ReminderRecord[];
}

/** Explains the deadline of a report out of its grant's whole stream; null where the grant has no such report. */
export function explainDeadline(
  grant: Grant,
  code: string,
  events: readonly GrantEvent[],
  facts: Facts,
): ExplainedDeadline | null {
  const report = findReport(grant, code);
  if (report === undefined) return null;
  const { plan, calendar, now } = facts;
  const planned = plannedReport(plan, code);
  const ruled = reportDeadlines(plan, planned, grant, calendar).find((deadline) => deadline.code === code);
  if (ruled === undefined) throw new Error(`report ${code} of ${grant.code} has no deadline in its plan`);
  const { times, longest, latest, askBefore } = planned.extensions;
  const { granted, request, dueOn, status: reportStatus } = report;
  return {
    grant: grant.code,
    report: code,
    title: planned.title,
    kind: planned.kind,
    reportStatus,
    ...deadlineOf(report, civilDateOf(now, plan.timeZone)),
    dueOn,
    timeZone: plan.timeZone,
    rule: ruled.date,
    history: historyOf(code, events),
    request,
    extensions: {
      granted,
      times,
      longest,
      latest,
      lastDay: lastDayAllowed(plan, report),
      askBefore,
      askedBy: lastDayToAsk(plan, report),
    },
    windows: windowsOf(grant, code, facts),
    ...messagesOf(grant, report, facts),
  };
}

function windowsOf(grant: Grant, report: string, { plan }: Facts): ExplainedDeadline['windows'] {
  return plan.evaluations
    .filter((evaluation) => evaluation.report === report)
    .flatMap(({ code: evaluation }) => {
      const window = evaluationWindow(grant, plan, evaluation);
      const moved = grant.evaluations.some((one) => one.code === evaluation && one.window !== null);
      return window === null ? [] : [{ evaluation, ...window, moved }];
    });
}

const told: readonly string[] = [
  'deadline.set',
  'deadline.extended',
  'deadline.restored',
  'extension.asked',
  'extension.refused',
];

function historyOf(report: string, events: readonly GrantEvent[]): DeadlineStep[] {
  const steps: DeadlineStep[] = [];
  let open: AskedFor | null = null;
  let returned: GrantEvent | null = null;
  for (const event of events) {
    if (!('report' in event.data) || event.data.report !== report) continue;
    if (event.type === 'report.returned') returned = event;
    if (event.type === 'report.submitted') open = null;
    if (!told.includes(event.type)) continue;
    if (event.type === 'extension.asked')
      open = { by: event.actor, at: event.occurredAt, until: event.data.until, reason: event.reason };
    steps.push(stepOf(event, open, returned));
    if (answers(event, open)) open = null;
    returned = null;
  }
  return steps;
}

/** A bulk move answers a request only where it gives all that was asked. */
function answers(event: GrantEvent, open: AskedFor | null): boolean {
  if (event.type === 'deadline.set' || event.type === 'extension.refused') return true;
  if (event.type !== 'deadline.extended' || open === null) return false;
  return event.data.move === undefined || open.until <= event.data.dueOn;
}

/** A returned report sets a deadline of its own, with the reason for which it was returned. */
function stepOf(event: GrantEvent, open: AskedFor | null, returned: GrantEvent | null): DeadlineStep {
  const data = event.data as {
    readonly dueOn?: CivilDate;
    readonly previousDueOn?: CivilDate;
    readonly move?: number;
  };
  const asked = event.type === 'extension.asked' || event.type === 'extension.refused';
  const ofRequest = asked || (event.type === 'deadline.extended' && answers(event, open));
  return {
    at: event.occurredAt,
    event: event.type,
    by: event.actor,
    reason: event.reason ?? (event.type === 'deadline.set' ? (returned?.reason ?? null) : null),
    from: data.previousDueOn ?? null,
    dueOn: data.dueOn ?? null,
    move: data.move ?? null,
    request: ofRequest ? open : null,
  };
}

function messagesOf(
  grant: Grant,
  report: Report,
  facts: Facts,
): Pick<ExplainedDeadline, 'reminders' | 'escalation' | 'earlier'> {
  const pending = new Set(pendingMoments(grant, report, facts).map(({ offset }) => offset));
  const reminders = reminderMoments(facts.plan, report).map(({ offset, at }) => {
    const sent = report.reminders.filter((one) => one.offset === offset && one.dueOn === report.dueOn);
    return {
      offset,
      at,
      outcome: outcomeOf(sent, pending.has(offset)),
      told: sent.map(({ to, outcome }) => ({ to, outcome })),
    };
  });
  const at = escalationMoment(facts.plan, report);
  const escalated = report.escalations.filter(({ dueOn }) => dueOn === report.dueOn);
  const escalation =
    at === null
      ? null
      : {
          at,
          outcome: outcomeOf(
            escalated.map(() => ({ outcome: 'sent' as const })),
            pending.has('escalation'),
          ),
          told: escalated.map(({ to }) => ({ to, outcome: 'sent' as const })),
        };
  return { reminders, escalation, earlier: report.reminders.filter(({ dueOn }) => dueOn !== report.dueOn) };
}

function outcomeOf(told: readonly Pick<ReminderRecord, 'outcome'>[], pending: boolean): MomentOutcome {
  if (told.some(({ outcome }) => outcome === 'sent')) return 'sent';
  if (told.length > 0) return 'superseded';
  return pending ? 'planned' : 'silent';
}
