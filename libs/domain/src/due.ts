import { addPeriod, civilDateOf, dayAfter, instantAt, startOfDay } from './civil-date.js';
import type { CivilDate, Instant, TimeZone } from './civil-date.js';
import { lay, withConsequences } from './consequences.js';
import type { NewEvent } from './events.js';
import { evaluationWindow } from './evaluation-window.js';
import { sparedReports } from './spared.js';
import type { Facts } from './facts.js';
import { bySystem } from './facts.js';
import type { Grant, Report, TrancheStatus } from './grant.js';
import type { Contact } from './people.js';
import { plannedReport } from './plan.js';
import type { Plan, PlannedReport } from './plan.js';
import { isOwed } from './report.js';
import { usabilityMoments } from './usable-account.js';
import { lookingAfter } from './who-is-told.js';

/** A moment at which a reminder of a report goes out. */
export interface ReminderMoment {
  /** `-P7D` before, `+P1D` after the deadline. */
  readonly offset: string;
  readonly at: Instant;
  readonly after: boolean;
}

/**
 * What fell due for a grant by `facts.now`, in the order of domain.md ("At one instant"): the grant
 * starts, deadlines end, evaluation windows begin, tranches fall due, reminders, escalations. Empty where
 * nothing did. Also right after an outage: then of several reminders only the latest that still means
 * something is sent, the others are recorded as superseded.
 */
export function dueEvents(grant: Grant, facts: Facts): NewEvent[] {
  let draft = lay({ grant, events: [] }, [...starting(grant, facts), ...overdue(grant, facts)], facts);
  draft = withConsequences(draft, facts);
  const messages = [...reminders(draft.grant, facts), ...escalations(draft.grant, facts)];
  return [...draft.events, ...messages];
}

/** The next moment, strictly after `facts.now`, at which something falls due; null when nothing will. */
export function nextDueAt(grant: Grant, facts: Facts): Instant | null {
  let next: Instant | null = null;
  for (const at of moments(grant, facts)) if (at > facts.now && (next === null || at < next)) next = at;
  return next;
}

/** States in which a tranche becomes payable, or falls back, with the account. */
const asksForAccount: readonly TrancheStatus[] = ['planned', 'payable', 'approved'];

function* moments(grant: Grant, facts: Facts): Generator<Instant> {
  const { plan } = facts;
  const { timeZone } = plan;
  if (grant.status === 'draft' || grant.status === 'closed') return;
  if (grant.status === 'awarded') yield startOfDay(grant.start, timeZone);
  for (const report of grant.reports) {
    if (!isOwed(report)) continue;
    if (!report.overdue) yield deadlineMoments(plan, report).over;
    if (!remindsNow(grant)) continue;
    for (const { at } of reminderMoments(plan, report)) if (notPassed(grant, report, at)) yield at;
    const escalatesAt = escalationMoment(plan, report);
    if (escalatesAt !== null && notPassed(grant, report, escalatesAt)) yield escalatesAt;
  }
  for (const evaluation of grant.evaluations) {
    if (evaluation.status !== 'awaiting-report') continue;
    const window = evaluationWindow(grant, plan, evaluation.code);
    if (window !== null) yield startOfDay(window.from, timeZone);
  }
  for (const tranche of grant.tranches)
    if (tranche.status === 'planned' && tranche.dueOn !== null) yield startOfDay(tranche.dueOn, timeZone);
  if (grant.tranches.some(({ status }) => asksForAccount.includes(status))) yield* usabilityMoments(facts);
}

function starting(grant: Grant, facts: Facts): NewEvent[] {
  const today = civilDateOf(facts.now, facts.plan.timeZone);
  return grant.status === 'awarded' && grant.start <= today ? [bySystem('grant.started', {})] : [];
}

function overdue(grant: Grant, facts: Facts): NewEvent[] {
  if (grant.status === 'draft' || grant.status === 'closed') return [];
  const spared = grant.status === 'terminated' ? sparedReports(grant, facts.plan) : null;
  const today = civilDateOf(facts.now, facts.plan.timeZone);
  return byCode(grant.reports)
    .filter((report) => isOwed(report) && !report.overdue && today > report.dueOn)
    .filter(({ code }) => spared === null || spared.has(code))
    .map(({ code, dueOn }) => bySystem('report.overdue', { report: code, dueOn }));
}

/** Terminating, closing and a muted suspension silence reminders and escalations. */
function remindsNow(grant: Pick<Grant, 'status' | 'muted'>): boolean {
  if (grant.status === 'suspended') return !grant.muted;
  return grant.status === 'awarded' || grant.status === 'active';
}

/** A moment counts only after its deadline was set and after the last silence ended. */
function notPassed(
  grant: Pick<Grant, 'silentUntil'>,
  report: Pick<Report, 'deadlineSetAt'>,
  at: Instant,
): boolean {
  return at > report.deadlineSetAt && (grant.silentUntil === null || at > grant.silentUntil);
}

/** The moments of a report's deadline. */
interface DeadlineMoments {
  /** Earliest first. */
  readonly reminders: readonly ReminderMoment[];
  /** The first moment at which it is late. */
  readonly over: Instant;
  /** Null where escalation is off. */
  readonly escalation: Instant | null;
}

/**
 * Moments by planned report (of an immutable plan) and deadline: a thousand grants share a plan and most of their
 * deadlines, and every decision asks. Without it these dates were 42% of the time of a decision.
 */
const momentsKnown = new WeakMap<PlannedReport, Map<string, DeadlineMoments>>();
const MOST_DEADLINES_KNOWN = 1_000;

function deadlineMoments(plan: Plan, report: Pick<Report, 'code' | 'dueOn'>): DeadlineMoments {
  const planned = plannedReport(plan, report.code);
  let known = momentsKnown.get(planned);
  if (known === undefined || known.size >= MOST_DEADLINES_KNOWN)
    momentsKnown.set(planned, (known = new Map<string, DeadlineMoments>()));
  const key = `${report.dueOn} ${plan.timeZone}`;
  let moments = known.get(key);
  if (moments === undefined) known.set(key, (moments = momentsOf(planned, report.dueOn, plan.timeZone)));
  return moments;
}

function momentsOf(planned: PlannedReport, dueOn: CivilDate, timeZone: TimeZone): DeadlineMoments {
  const { escalate, reminders } = planned;
  const { before, after, at } = reminders;
  const moment = (offset: string, sign: 1 | -1): ReminderMoment => ({
    offset: `${sign === 1 ? '+' : '-'}${offset}`,
    at: instantAt(addPeriod(dueOn, offset, sign), at, timeZone),
    after: sign === 1,
  });
  return {
    reminders: [...before.map((p) => moment(p, -1)), ...after.map((p) => moment(p, 1))].sort((a, b) =>
      a.at === b.at ? (a.offset < b.offset ? -1 : 1) : a.at < b.at ? -1 : 1,
    ),
    over: startOfDay(dayAfter(dueOn), timeZone),
    escalation: escalate === null ? null : instantAt(addPeriod(dueOn, escalate, 1), at, timeZone),
  };
}

/** The reminder moments of a report's present deadline, earliest first. */
export function reminderMoments(
  plan: Plan,
  report: Pick<Report, 'code' | 'dueOn'>,
): readonly ReminderMoment[] {
  return deadlineMoments(plan, report).reminders;
}

/** What of a grant and of a report decides whether reminders still go out. */
export type Reminding = Pick<Grant, 'status' | 'muted' | 'silentUntil'>;
export type Reminded = Pick<Report, 'code' | 'status' | 'dueOn' | 'deadlineSetAt'>;

/** The reminder of a report that is still to come after `now`, as things stand; null where none is. */
export function nextReminder(
  grant: Reminding,
  report: Reminded,
  plan: Plan,
  now: Instant,
): ReminderMoment | null {
  if (!isOwed(report) || !remindsNow(grant)) return null;
  return reminderMoments(plan, report).find(({ at }) => at > now && notPassed(grant, report, at)) ?? null;
}

/** When the handler is told of a missing report; null where escalation is off. */
export function escalationMoment(plan: Plan, report: Pick<Report, 'code' | 'dueOn'>): Instant | null {
  return deadlineMoments(plan, report).escalation;
}

function reminders(grant: Grant, facts: Facts): NewEvent[] {
  if (!remindsNow(grant)) return [];
  return byCode(grant.reports).flatMap((report) => {
    if (!isOwed(report)) return [];
    const decided = decidedOffsets(report);
    const due = reminderMoments(facts.plan, report).filter(
      ({ at, offset }) => at <= facts.now && notPassed(grant, report, at) && !decided.has(offset),
    );
    if (due.length === 0) return [];
    return byId(facts.contacts)
      .flatMap((contact) => remindersTo(contact, report, due, facts))
      .sort((a, b) => order(due, a) - order(due, b));
  });
}

/** A moment is decided once, for whoever is told then: who becomes a contact later is not told of it again. */
function decidedOffsets({ reminders: decided, dueOn }: Report): ReadonlySet<string> {
  return new Set(decided.filter((one) => one.dueOn === dueOn).map(({ offset }) => offset));
}

/** Events of one report in the order of their moments; recipients keep theirs. */
function order(due: readonly ReminderMoment[], event: NewEvent): number {
  return due.findIndex(({ offset }) => 'offset' in event.data && event.data.offset === offset);
}

/** Of what is pending for one recipient the latest that still means something is sent (I5). */
function remindersTo(
  contact: Contact,
  report: Report,
  due: readonly ReminderMoment[],
  facts: Facts,
): NewEvent[] {
  const pending = due.filter(({ at }) => at >= contact.since);
  const today = civilDateOf(facts.now, facts.plan.timeZone);
  const latest = pending.findLast(({ after }) => after || today <= report.dueOn);
  return pending.map((moment) =>
    bySystem(moment === latest ? 'reminder.sent' : 'reminder.superseded', {
      report: report.code,
      offset: moment.offset,
      dueOn: report.dueOn,
      to: contact.id,
    }),
  );
}

/** Told once per deadline date: to the grant's handler, else to every administrator, or to who stands in for them. */
function escalations(grant: Grant, facts: Facts): NewEvent[] {
  if (!remindsNow(grant)) return [];
  return byCode(grant.reports).flatMap((report) => {
    if (!isOwed(report)) return [];
    const at = escalationMoment(facts.plan, report);
    if (at === null || at > facts.now || !notPassed(grant, report, at)) return [];
    if (report.escalations.some(({ dueOn }) => dueOn === report.dueOn)) return [];
    const { administrators, deputies = [] } = facts;
    const present = administrators.filter(({ id, since }) => at >= since || id === grant.handler);
    const today = civilDateOf(facts.now, facts.plan.timeZone);
    return byId(lookingAfter(grant.handler, present, deputies, today)).map(({ id: to }) =>
      bySystem('report.escalated', { report: report.code, dueOn: report.dueOn, to }),
    );
  });
}

/** A moment still to come at which a report is reminded of, or escalated (`escalation`). */
export interface PendingMoment {
  readonly offset: string;
  readonly at: Instant;
}

/** What is still to be sent of a report's present deadline, earliest first; none while its grant is silent. */
export function pendingMoments(grant: Grant, report: Report, { plan, now }: Facts): PendingMoment[] {
  if (!isOwed(report) || !remindsNow(grant)) return [];
  const escalatesAt = escalationMoment(plan, report);
  const escalation = escalatesAt === null ? [] : [{ offset: 'escalation', at: escalatesAt }];
  return [...reminderMoments(plan, report).map(({ offset, at }) => ({ offset, at })), ...escalation].filter(
    ({ at }) => at > now && notPassed(grant, report, at),
  );
}

function byCode(reports: readonly Report[]): Report[] {
  return [...reports].sort((a, b) => (a.code < b.code ? -1 : 1));
}

function byId(contacts: readonly Contact[]): Contact[] {
  return [...contacts].sort((a, b) => (a.id < b.id ? -1 : 1));
}
