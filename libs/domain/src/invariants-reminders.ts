import type { Instant } from './civil-date.js';
import type { GrantEvent } from './events.js';
import { reminderMoments } from './due.js';
import type { Grant, Report } from './grant.js';
import { findReport } from './grant.js';
import type { Step, Violation } from './invariants.js';
import type { Contact } from './people.js';
import type { Plan } from './plan.js';
import { isOwed } from './report.js';

/** Who was to be reminded, and the moment up to which everything due has been swept. */
export interface RemindedHistory {
  readonly contacts: readonly Contact[];
  /** Some of them were named, or stood in for others: then a moment is told to some, and who that was no log says. */
  readonly chosen?: boolean;
  readonly sweptUntil: Instant;
}

/**
 * I5: every due reminder is sent once or superseded, never both; none goes out for what is no longer owed.
 * That none stayed silent is checked where `reminded` says who was to be told.
 */
export function checkReminders(
  steps: readonly Step[],
  plan: Plan,
  reminded: RemindedHistory | null,
): Violation[] {
  const found: Violation[] = [];
  const told = new Map<string, string>();
  for (const { event, before } of steps) {
    if (event.type !== 'reminder.sent' && event.type !== 'reminder.superseded') continue;
    const key = keyOf(event.data);
    const earlier = told.get(key);
    if (earlier !== undefined) found.push(broken(`${key} is ${event.type} after ${earlier}`));
    told.set(key, event.type);
    const wrong = before === null ? 'no grant' : faultOf(event, before, plan);
    if (wrong !== null) found.push(broken(`${key} is ${event.type}: ${wrong}`));
  }
  if (reminded !== null)
    for (const [key, moment] of dueReminders(steps, plan, reminded)) {
      const somebody = reminded.chosen === true && [...told.keys()].some((one) => one.startsWith(moment));
      if (!told.has(key) && !somebody) found.push(broken(`${key} fell due and stayed silent`));
    }
  return found;
}

type Reminder = Extract<GrantEvent, { type: 'reminder.sent' | 'reminder.superseded' }>;

function faultOf(event: Reminder, before: Grant, plan: Plan): string | null {
  const report = findReport(before, event.data.report);
  if (report === undefined || !isOwed(report)) return 'its report is not owed';
  if (!isReminding(before)) return `its grant is ${before.status}`;
  if (report.dueOn !== event.data.dueOn) return `the deadline is ${report.dueOn}`;
  const moment = reminderMoments(plan, report).find(({ offset }) => offset === event.data.offset);
  return moment !== undefined && moment.at <= event.occurredAt ? null : 'it is not due';
}

/** Between two events nothing of a grant moves, so a moment in between falls due as the first left it. */
function dueReminders(steps: readonly Step[], plan: Plan, reminded: RemindedHistory): Map<string, string> {
  const due = new Map<string, string>();
  const moments = remembered(plan);
  steps.forEach(({ event, after }, index) => {
    // What falls due at the instant of a command comes before it, so the gap includes its end.
    const until = steps[index + 1]?.event.occurredAt ?? reminded.sweptUntil;
    if (until <= event.occurredAt || !isReminding(after)) return;
    for (const report of after.reports.filter(isOwed))
      for (const { at, offset } of moments(report)) {
        if (at <= event.occurredAt || at > until) continue;
        // Who came at that very instant came before the moment was decided or after it: no event says which.
        for (const { id, since } of reminded.contacts)
          if (at > since) {
            const moment = { report: report.code, dueOn: report.dueOn, offset };
            due.set(keyOf({ ...moment, to: id }), keyOf({ ...moment, to: '' }));
          }
      }
  });
  return due;
}

function remembered(plan: Plan): (report: Report) => ReturnType<typeof reminderMoments> {
  const known = new Map<string, ReturnType<typeof reminderMoments>>();
  return (report) => {
    const key = `${report.code} ${report.dueOn}`;
    const moments = known.get(key) ?? reminderMoments(plan, report);
    known.set(key, moments);
    return moments;
  };
}

function isReminding({ status, muted }: Grant): boolean {
  return status === 'awarded' || status === 'active' || (status === 'suspended' && !muted);
}

function keyOf(data: { report: string; dueOn: string; offset: string; to: string }): string {
  return `reminder ${data.offset} of ${data.report}, due on ${data.dueOn}, to ${data.to}`;
}

function broken(message: string): Violation {
  return { invariant: 'I5', message };
}
