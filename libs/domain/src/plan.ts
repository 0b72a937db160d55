import type { CivilDate, MonthRule, Period, TimeZone } from './civil-date.js';
import type { Cents, Share } from './money.js';

/** What a programme version says: tranches, reports, evaluations and who approves (domain.md, "Plan"). */
export interface Plan {
  readonly timeZone: TimeZone;
  /** Code of the business calendar whose holidays shift deadlines. */
  readonly calendar: string;
  /** Days on which the programme's offices are closed besides: a shifted deadline passes over them too. */
  readonly closingDays: readonly ClosingDays[];
  readonly monthRule: MonthRule;
  readonly tranches: readonly PlannedTranche[];
  readonly reports: readonly PlannedReport[];
  readonly evaluations: readonly PlannedEvaluation[];
  readonly approval: ApprovalPolicy;
}

export type TrancheAmount =
  | { readonly kind: 'share'; readonly share: Share }
  | { readonly kind: 'amount'; readonly amountCents: Cents }
  | { readonly kind: 'remainder' };

/** A date, or a period counted from the grant's start or end, or from the opening of the gate. */
export type DueRule =
  | { readonly kind: 'date'; readonly on: CivilDate }
  | {
      readonly kind: 'relative';
      readonly on: 'grant-start' | 'grant-end' | 'gate';
      readonly sign: 1 | -1;
      readonly period: Period | null;
    };

/** One report each year on a month and day, for the years `from` to `to`. */
export interface YearlyRule {
  readonly kind: 'yearly';
  /** MM-DD */
  readonly on: string;
  readonly from: number;
  readonly to: number;
}

export type RequirementKind = 'report' | 'evaluation' | 'tranche' | 'document' | 'approval';

/** One condition of a gate; written `report:interim`, `tranche:2`, `document:permit`. */
export interface Requirement {
  readonly kind: RequirementKind;
  readonly ref: string;
}

export interface PlannedTranche {
  readonly no: number;
  readonly amount: TrancheAmount;
  readonly due: DueRule;
  readonly requires: readonly Requirement[];
  /** The last tranche may settle: capped by what was accepted minus what was paid. */
  readonly settles: boolean;
}

export interface ReminderPolicy {
  readonly before: readonly Period[];
  readonly after: readonly Period[];
  /** Local time HH:MM at which reminders and escalations go out. */
  readonly at: string;
}

/** Days in a row, both included, and why they are closed. */
export interface ClosingDays {
  readonly from: CivilDate;
  readonly to: CivilDate;
  readonly name: string;
}

/** How often and how far the deadline of a report may be extended, and until when one may ask. */
export interface ExtensionPolicy {
  /** How many requests may be granted per deadline; null: any number. */
  readonly times: number | null;
  /** The last day allowed counts from the deadline as it was set; null: no such bound. */
  readonly longest: Period | null;
  /** A last day that holds whatever the deadline was; null: none. */
  readonly latest: CivilDate | null;
  /** How long before the deadline one may still ask; null: as long as the report is owed. */
  readonly askBefore: Period | null;
}

export type ReportKind = 'substantive' | 'financial' | 'both';

export interface PlannedReport {
  readonly code: string;
  readonly title: string | null;
  readonly kind: ReportKind;
  readonly due: DueRule | YearlyRule;
  readonly shift: 'next-working-day' | 'none';
  readonly reminders: ReminderPolicy;
  /** Period after the deadline at which the handler is told; null turns it off. */
  readonly escalate: Period | null;
  readonly extensions: ExtensionPolicy;
}

export interface PlannedEvaluation {
  readonly code: string;
  readonly report: string;
  readonly window: { readonly from: CivilDate; readonly to: CivilDate } | null;
  readonly questions: readonly string[];
}

export interface ApprovalPolicy {
  readonly fourEyes: boolean;
  /** Strictly above this amount a tranche needs a second approver; null: never. */
  readonly secondApproverAboveCents: Cents | null;
  /** How long payouts stay frozen after a beneficiary's account was replaced; null: until verified only. */
  readonly coolingOff: Period | null;
}

export const defaultReminders: ReminderPolicy = {
  before: ['P60D', 'P30D', 'P14D', 'P7D', 'P1D'],
  after: ['P1D', 'P7D', 'P14D'],
  at: '09:00',
};

export const defaultExtensions: ExtensionPolicy = {
  times: null,
  longest: null,
  latest: null,
  askBefore: null,
};

export const defaultEscalation: Period = 'P14D';

export function requirementText(requirement: Requirement): string {
  return `${requirement.kind}:${requirement.ref}`;
}

/** The codes under which the reports of a plan exist in its grants; a yearly report has one a year. */
export function reportCodes(plan: Plan): string[] {
  return plan.reports.flatMap((report) => codesOfReport(report));
}

export function codesOfReport(report: PlannedReport): string[] {
  if (report.due.kind !== 'yearly') return [report.code];
  const codes = [];
  for (let year = report.due.from; year <= report.due.to; year += 1) codes.push(`${report.code}-${year}`);
  return codes;
}

/** The planned report behind the code of a grant's report, e.g. `annual` behind `annual-2024`. */
export function plannedReport(plan: Plan, code: string): PlannedReport {
  const found = plan.reports.find((report) => codesOfReport(report).includes(code));
  if (found === undefined) throw new Error(`the plan has no report "${code}"`);
  return found;
}

export function plannedTranche(plan: Plan, no: number): PlannedTranche {
  const found = plan.tranches.find((tranche) => tranche.no === no);
  if (found === undefined) throw new Error(`the plan has no tranche ${no}`);
  return found;
}

/**
 * The reports a gate rests on: those it names and those judged by the evaluations it names.
 * A gate that settles rests on the same; the other tranches it waits for are no reports.
 */
export function reportsBehind(plan: Plan, tranche: PlannedTranche): Set<string> {
  const codes = new Set<string>();
  for (const requirement of tranche.requires) {
    if (requirement.kind === 'report') codes.add(requirement.ref);
    if (requirement.kind === 'evaluation')
      for (const evaluation of plan.evaluations)
        if (evaluation.code === requirement.ref) codes.add(evaluation.report);
  }
  return codes;
}

/** The tranches whose gates rest on a report, by number: what waits for it. */
export function tranchesRestingOn(plan: Plan, report: string): number[] {
  return plan.tranches.filter((tranche) => reportsBehind(plan, tranche).has(report)).map(({ no }) => no);
}

export function evaluationsBehind(tranche: PlannedTranche): Set<string> {
  return new Set(
    tranche.requires.filter((r) => r.kind === 'evaluation').map((requirement) => requirement.ref),
  );
}
