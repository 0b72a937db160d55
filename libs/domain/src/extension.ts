/** How far a deadline may be moved, and until when more time may be asked (the plan's extension policy). */
import { addPeriod, civilDateOf } from './civil-date.js';
import type { CivilDate } from './civil-date.js';
import type { Facts } from './facts.js';
import type { Report } from './grant.js';
import type { Plan } from './plan.js';
import { plannedReport } from './plan.js';
import type { Refused } from './refusal.js';
import { refuse, refuseInvalid } from './refusal.js';

/** The last day to which a report's deadline may be extended; null where its programme sets none. */
export function lastDayAllowed(plan: Plan, report: Pick<Report, 'code' | 'setDueOn'>): CivilDate | null {
  const { longest, latest } = plannedReport(plan, report.code).extensions;
  const counted = longest === null ? null : addPeriod(report.setDueOn, longest, 1, plan.monthRule);
  if (counted === null || latest === null) return counted ?? latest;
  return counted < latest ? counted : latest;
}

/** The last day on which more time may still be asked; null: as long as the report is owed. */
export function lastDayToAsk(plan: Plan, report: Pick<Report, 'code' | 'dueOn'>): CivilDate | null {
  const { askBefore } = plannedReport(plan, report.code).extensions;
  return askBefore === null ? null : addPeriod(report.dueOn, askBefore, -1, plan.monthRule);
}

/**
 * What is wrong with a new deadline, in words; null where nothing is. That it is past is said elsewhere. Once the last
 * day itself has passed no other day would do, so none is asked for.
 */
export function faultOfUntil(
  report: Report,
  until: CivilDate,
  { plan, now }: Pick<Facts, 'plan' | 'now'>,
): string | null {
  const { code, dueOn } = report;
  const last = lastDayAllowed(plan, report);
  if (last !== null && last < civilDateOf(now, plan.timeZone))
    return `the programme allows no more time for report ${code}: the last day that could be given was ${last}, and it has passed`;
  if (until === dueOn) return `${until} is the deadline already; name a later day`;
  if (until < dueOn) return `${until} gives no more time; name a day after the deadline of ${dueOn}`;
  if (last === null || until <= last) return null;
  return last > dueOn
    ? `${until} is later than the programme allows for report ${code}; name a day up to ${last}`
    : `the programme allows no more time for report ${code}: its last day is ${last}, and it is due on ${dueOn}`;
}

export function refuseUntil(report: Report, until: CivilDate, facts: Facts): Refused | null {
  const fault = faultOfUntil(report, until, facts);
  return fault === null ? null : refuseInvalid('until', fault);
}

/** Whether more time may still be asked: not after the day to ask by, nor once it was granted often enough. */
export function refuseRequest(report: Report, { plan, now }: Facts): Refused | null {
  const { times } = plannedReport(plan, report.code).extensions;
  const { code, status: state, granted } = report;
  if (times !== null && granted >= times)
    return refuse('wrong-state', {
      report: code,
      state,
      granted,
      times,
      message:
        times === 0
          ? `the programme gives no more time for report ${code}`
          : `more time was granted ${granted === 1 ? 'once' : `${granted} times`} already, and the programme allows no more`,
    });
  const last = lastDayToAsk(plan, report);
  if (last === null || civilDateOf(now, plan.timeZone) <= last) return null;
  return refuse('wrong-state', {
    report: code,
    state,
    askedBy: last,
    message: `more time was to be asked by ${last} at the latest`,
  });
}
