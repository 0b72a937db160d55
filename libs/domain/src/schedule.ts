import type { BusinessCalendar } from './business-calendar.js';
import { nextWorkingDay, whyClosed } from './business-calendar.js';
import { addPeriod, dayAfter, yearlyDate } from './civil-date.js';
import type { CivilDate } from './civil-date.js';
import { splitByShares } from './money.js';
import type { Cents } from './money.js';
import { codesOfReport } from './plan.js';
import type { DueRule, Plan, PlannedReport, PlannedTranche } from './plan.js';

/** What of a grant the plan is laid over. */
export interface Term {
  readonly amountCents: Cents;
  readonly start: CivilDate;
  readonly end: CivilDate;
}

/** A computed date that can explain itself: where it started, by which rule, before and after the shift. */
export interface ExplainedDate {
  readonly from: CivilDate;
  readonly rule: string;
  readonly rawDueOn: CivilDate;
  readonly shift: 'next-working-day' | 'none';
  readonly dueOn: CivilDate;
  /** The days the shift passed over, each with its reason: `Saturday`, or the name of the holiday or closing. */
  readonly passedOver: readonly ClosedDay[];
}

export interface ClosedDay {
  readonly on: CivilDate;
  readonly because: string;
}

/**
 * The amount of every tranche in cents, in the plan's order: fixed amounts as stated, shares by largest
 * remainder, the remainder what is left. Null where fixed amounts and shares do not fit the award;
 * `difference` is then award − scheduled (negative: too much is scheduled). Rule: domain.md, "Plan".
 */
export function splitAward(
  plan: Plan,
  awardCents: Cents,
): { readonly amounts: readonly Cents[] } | { readonly differenceCents: Cents } {
  const shares = plan.tranches.flatMap(({ amount }) => (amount.kind === 'share' ? [amount.share] : []));
  const byShare = splitByShares(awardCents, shares);
  let nextShare = 0;
  let scheduled = 0n;
  const amounts = plan.tranches.map(({ amount }) => {
    const cents =
      amount.kind === 'amount'
        ? amount.amountCents
        : amount.kind === 'share'
          ? (byShare[nextShare++] as Cents)
          : 0n;
    scheduled += cents;
    return cents;
  });
  const left = awardCents - scheduled;
  const remainder = plan.tranches.findIndex(({ amount }) => amount.kind === 'remainder');
  if (left < 0n || (left > 0n && remainder < 0)) return { differenceCents: left };
  if (remainder >= 0) amounts[remainder] = left;
  return { amounts };
}

/**
 * The first day on which a tranche may be paid; null where it is payable as soon as its gate opens.
 * Never shifted; a date before the grant's start waits for the start.
 */
export function trancheDueOn(plan: Plan, tranche: PlannedTranche, term: Term): CivilDate | null {
  if (tranche.due.kind === 'relative' && tranche.due.on === 'gate') return null;
  const raw = rawDate(plan, tranche.due, term);
  return raw < term.start ? term.start : raw;
}

/**
 * The deadlines of a planned report within a grant: one, or one a year of which those whose raw date
 * precedes the grant's start do not arise. Throws CalendarRangeError where a shift needs a holiday
 * table that does not reach that year. Rule: Regulation 1182/71 art. 3(4).
 */
export function reportDeadlines(
  plan: Plan,
  report: PlannedReport,
  term: Term,
  calendar: BusinessCalendar,
): { readonly code: string; readonly date: ExplainedDate }[] {
  const { due } = report;
  if (due.kind !== 'yearly') {
    const raw = rawDate(plan, due, term);
    const from = due.kind === 'date' ? due.on : due.on === 'grant-end' ? term.end : term.start;
    return [
      {
        code: report.code,
        date: explain(report, { rawDueOn: raw, from, rule: ruleText(due) }, plan, calendar),
      },
    ];
  }
  return codesOfReport(report).flatMap((code, index) => {
    const raw = yearlyDate(due.from + index, due.on);
    if (raw < term.start) return [];
    const stated = { rawDueOn: raw, from: raw, rule: `every year on ${due.on}` };
    return [{ code, date: explain(report, stated, plan, calendar) }];
  });
}

/** A due rule in words that a plan's reader knows: `grant-end plus P2M`. */
export function ruleText(rule: DueRule): string {
  if (rule.kind === 'date') return rule.on;
  if (rule.period === null) return rule.on;
  return `${rule.on} ${rule.sign === 1 ? 'plus' : 'minus'} ${rule.period}`;
}

interface Raw {
  readonly rawDueOn: CivilDate;
  readonly from: CivilDate;
  readonly rule: string;
}

function explain(
  report: PlannedReport,
  { rawDueOn, from, rule }: Raw,
  plan: Plan,
  calendar: BusinessCalendar,
): ExplainedDate {
  const { shift } = report;
  if (shift === 'none') return { from, rule, rawDueOn, shift, dueOn: rawDueOn, passedOver: [] };
  const working = withClosingDays(calendar, plan);
  const dueOn = nextWorkingDay(rawDueOn, working);
  return { from, rule, rawDueOn, shift, dueOn, passedOver: daysPassedOver(rawDueOn, dueOn, working) };
}

/** By plan, which is immutable; the calendar is the one its code names. */
const closedKnown = new WeakMap<Plan, BusinessCalendar>();

/** The calendar of a programme: the holidays of its country and the closing days of its own offices. */
export function withClosingDays(calendar: BusinessCalendar, plan: Plan): BusinessCalendar {
  if (plan.closingDays.length === 0) return calendar;
  const known = closedKnown.get(plan);
  if (known !== undefined) return known;
  const closed = new Map<CivilDate, string>();
  for (const { from, to, name } of plan.closingDays)
    for (let day = from; day <= to; day = dayAfter(day)) closed.set(day, name);
  // A holiday keeps its name where the offices close on it as well.
  const merged = { ...calendar, holidays: new Map([...closed, ...calendar.holidays]) };
  closedKnown.set(plan, merged);
  return merged;
}

function daysPassedOver(from: CivilDate, to: CivilDate, calendar: BusinessCalendar): ClosedDay[] {
  const days: ClosedDay[] = [];
  for (let on = from; on < to; on = dayAfter(on)) {
    const because = whyClosed(on, calendar);
    if (because !== null) days.push({ on, because });
  }
  return days;
}

function rawDate(plan: Plan, rule: DueRule, term: Term): CivilDate {
  if (rule.kind === 'date') return rule.on;
  const from = rule.on === 'grant-end' ? term.end : term.start;
  return rule.period === null ? from : addPeriod(from, rule.period, rule.sign, plan.monthRule);
}
