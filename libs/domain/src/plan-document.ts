/** Reads a programme and its plan as they are written in files and requests (scenario.md, "File"). */
import {
  type MonthRule,
  type TimeZone,
  defaultTimeZone,
  parseCivilDate,
  parsePeriod,
  parseTimeZone,
} from './civil-date.js';
import { defaultShift, gate, readEscalation, readReminders, readReportDue } from './due-document.js';
import { readClosingDays, readExtensions } from './extension-document.js';
import { type Fault, type Given, Reading, codeUpTo, fieldPath, flag, oneOf, textUpTo } from './faults.js';
import { parseAmount } from './money.js';
import type {
  ApprovalPolicy,
  Plan,
  PlannedEvaluation,
  PlannedReport,
  PlannedTranche,
  ReportKind,
} from './plan.js';
import { codesOfReport } from './plan.js';
import { type ReadTranche, checkTranches } from './plan-checks.js';
import { type PlanNames, faultOfReport } from './plan-names.js';
import { readTranches } from './tranche-document.js';

/** A programme as a document states it. */
export interface ProgrammeDocument {
  readonly code: string;
  readonly title: string;
  readonly plan: Plan;
}

/** What a reader got out of a programme: complete only where the reading holds no fault. */
export interface ReadProgramme {
  readonly programme: ProgrammeDocument;
  readonly names: PlanNames;
}

/** Calendars of holidays that come with the service. */
export const knownCalendars: readonly string[] = ['BE'];
export const monthRules: readonly MonthRule[] = ['same-date', 'day-before-ordinal', 'month-end-sticky'];
export const reportKinds: readonly ReportKind[] = ['substantive', 'financial', 'both'];
export const shifts: readonly PlannedReport['shift'][] = ['next-working-day', 'none'];

/** A yearly report adds "-YYYY" to its code, and commands take report codes of up to 64 characters. */
const LONGEST_CODE = 59;
const LONGEST_NAME = 64;
const MOST_REPORTS = 240;

const planFields = [
  'timeZone',
  'calendar',
  'closingDays',
  'monthRule',
  'tranches',
  'reports',
  'evaluations',
  'approval',
];

/**
 * Reads the plan of a programme: the programme part of a scenario, with or without its `code` and
 * `title`. Refuses with every fault of domain.md's "Plan", each at its path below `path`. Whether fixed
 * amounts make an award is seen only when one is awarded.
 */
export function parsePlan(
  input: unknown,
  path = 'programme',
): { readonly plan: Plan } | { readonly faults: readonly Fault[] } {
  const reading = new Reading();
  const read = readProgramme(reading, path, input, []);
  if (read === undefined || reading.faults.length > 0) return { faults: reading.faults };
  return { plan: read.programme.plan };
}

/** As `parsePlan`, of a whole programme: its `code` and `title` are required. */
export function parseProgramme(
  input: unknown,
  path = 'programme',
): { readonly programme: ProgrammeDocument } | { readonly faults: readonly Fault[] } {
  const reading = new Reading();
  const read = readProgramme(reading, path, input);
  if (read === undefined || reading.faults.length > 0) return { faults: reading.faults };
  return { programme: read.programme };
}

/**
 * Reads a programme within a larger document. With faults added to `reading` it still gives what was
 * readable, so that the rest of the document can be checked against the names it declares.
 */
export function readProgramme(
  reading: Reading,
  path: string,
  input: unknown,
  required: readonly string[] = ['code', 'title'],
): ReadProgramme | undefined {
  const optional = ['code', 'title', ...planFields].filter(
    (name) => !required.includes(name) && name !== 'tranches',
  );
  const given = reading.object(path, input, {
    what: 'a programme',
    required: [...required, 'tranches'],
    optional,
  });
  if (given === undefined) return undefined;
  const code = reading.field(path, given, 'code', codeUpTo(LONGEST_NAME)) ?? '';
  const title = reading.field(path, given, 'title', textUpTo(200)) ?? '';
  const { plan, names } = readPlan(reading, path, given);
  return { programme: { code, title, plan }, names };
}

function readPlan(reading: Reading, path: string, given: Given): { plan: Plan; names: PlanNames } {
  const timeZone: TimeZone = reading.field(path, given, 'timeZone', parseTimeZone) ?? defaultTimeZone;
  const calendar = reading.field(path, given, 'calendar', oneOf(knownCalendars)) ?? 'BE';
  const monthRule = reading.field(path, given, 'monthRule', oneOf(monthRules)) ?? 'same-date';
  const closingDays = readClosingDays(reading, path, given);
  const tranches = readTranches(reading, path, given);
  const { reports, uncertain } = readReports(reading, path, given);
  const ofReports = namesOfReports(reports, uncertain);
  const evaluations = readEvaluations(reading, path, given, ofReports);
  const names: PlanNames = {
    ...ofReports,
    tranches: tranches.map((_, index) => index + 1),
    evaluations: evaluations.map((evaluation) => evaluation.code),
  };
  checkTranches(reading, path, tranches, names);
  const approval = readApproval(reading, path, given);
  const plan = {
    timeZone,
    calendar,
    closingDays,
    monthRule,
    tranches: tranches.map(trancheOf),
    reports,
    evaluations,
    approval,
  };
  return { plan, names };
}

/** Stands in where a part was faulty: the plan then goes nowhere, for its reading has faults. */
function trancheOf(tranche: ReadTranche, index: number): PlannedTranche {
  return {
    no: index + 1,
    amount: tranche.amount ?? { kind: 'remainder' },
    due: tranche.due,
    requires: tranche.requires.map(({ requirement }) => requirement),
    settles: tranche.settles,
  };
}

function readReports(
  reading: Reading,
  path: string,
  given: Given,
): { reports: PlannedReport[]; uncertain: string[] } {
  const seen = new Map<string, string>();
  const uncertain: string[] = [];
  const items = reading.list(path, given, 'reports', 'reports');
  if (items.length > MOST_REPORTS)
    reading.add(
      fieldPath(path, 'reports'),
      `${items.length} are too many; a plan has at most ${MOST_REPORTS} reports`,
    );
  const reports = items.slice(0, MOST_REPORTS).flatMap((item) => {
    const read = readReport(reading, item.path, item.input);
    if (read === undefined) return [];
    if (!read.dated) uncertain.push(read.report.code);
    const codes = [read.report.code, ...codesOfReport(read.report)];
    const taken = codes.find((code) => seen.has(code)) ?? read.report.code;
    reading.once(seen, fieldPath(item.path, 'code'), 'the report', taken);
    for (const code of codes) seen.set(code, fieldPath(item.path, 'code'));
    return read.report;
  });
  return { reports, uncertain };
}

function readReport(
  reading: Reading,
  path: string,
  input: unknown,
): { report: PlannedReport; dated: boolean } | undefined {
  const given = reading.object(path, input, {
    what: 'a report',
    required: ['code', 'kind', 'due'],
    optional: ['title', 'shift', 'reminders', 'escalate', 'extensions'],
  });
  if (given === undefined) return undefined;
  const code = reading.field(path, given, 'code', codeUpTo(LONGEST_CODE));
  const title = reading.field(path, given, 'title', textUpTo(200)) ?? null;
  const kind = reading.field(path, given, 'kind', oneOf(reportKinds)) ?? 'both';
  const dueGiven = given['due'];
  const read = dueGiven === undefined ? undefined : readReportDue(reading, fieldPath(path, 'due'), dueGiven);
  const due = read ?? gate;
  const shift = reading.field(path, given, 'shift', oneOf(shifts)) ?? defaultShift(due);
  const reminders = readReminders(reading, fieldPath(path, 'reminders'), given['reminders']);
  const escalate = readEscalation(reading, path, given);
  const extensions = readExtensions(reading, fieldPath(path, 'extensions'), given['extensions'], due);
  if (code === undefined) return undefined;
  const report = { code, title, kind, due, shift, reminders, escalate, extensions };
  return { report, dated: read !== undefined };
}

function namesOfReports(
  reports: readonly PlannedReport[],
  uncertain: readonly string[],
): Omit<PlanNames, 'tranches' | 'evaluations'> {
  const yearly = new Map<string, readonly string[]>();
  for (const report of reports)
    if (report.due.kind === 'yearly') yearly.set(report.code, codesOfReport(report));
  return { reports: reports.flatMap(codesOfReport), yearly, uncertain };
}

function readEvaluations(
  reading: Reading,
  path: string,
  given: Given,
  ofReports: Omit<PlanNames, 'tranches' | 'evaluations'>,
): PlannedEvaluation[] {
  const names = { ...ofReports, tranches: [], evaluations: [] };
  const seen = new Map<string, string>();
  return reading.list(path, given, 'evaluations', 'evaluations').flatMap((item) => {
    const evaluation = readEvaluation(reading, item.path, item.input, names);
    if (evaluation !== undefined)
      reading.once(seen, fieldPath(item.path, 'code'), 'the evaluation', evaluation.code);
    return evaluation ?? [];
  });
}

function readEvaluation(
  reading: Reading,
  path: string,
  input: unknown,
  names: PlanNames,
): PlannedEvaluation | undefined {
  const given = reading.object(path, input, {
    what: 'an evaluation',
    required: ['code', 'report'],
    optional: ['window', 'questions'],
  });
  if (given === undefined) return undefined;
  const code = reading.field(path, given, 'code', codeUpTo(LONGEST_NAME));
  const report = reading.field(path, given, 'report', codeUpTo(LONGEST_NAME)) ?? '';
  const wrong = report === '' ? null : faultOfReport(reading, names, report);
  if (wrong !== null) reading.add(fieldPath(path, 'report'), wrong);
  const window = readWindow(reading, fieldPath(path, 'window'), given['window']);
  const questions = reading
    .list(path, given, 'questions', 'questions, each a text')
    .flatMap((item) => reading.take(item.path, textUpTo(500)(item.input)) ?? []);
  return code === undefined ? undefined : { code, report, window, questions };
}

function readWindow(reading: Reading, path: string, input: unknown): PlannedEvaluation['window'] {
  if (input === undefined) return null;
  const given = reading.object(path, input, {
    what: 'a window {from, to}',
    required: ['from', 'to'],
    optional: [],
  });
  if (given === undefined) return null;
  const from = reading.field(path, given, 'from', parseCivilDate);
  const to = reading.field(path, given, 'to', parseCivilDate);
  if (from === undefined || to === undefined) return null;
  if (to < from)
    reading.add(
      fieldPath(path, 'to'),
      `${to} comes before ${from}; a window runs from its first day to its last`,
    );
  return { from, to };
}

function readApproval(reading: Reading, path: string, given: Given): ApprovalPolicy {
  const unlimited = { fourEyes: true, secondApproverAboveCents: null, coolingOff: null };
  const at = fieldPath(path, 'approval');
  if (given['approval'] === undefined) return unlimited;
  const policy = reading.object(at, given['approval'], {
    what: 'an approval policy {fourEyes, secondApproverAbove, coolingOff}',
    required: [],
    optional: ['fourEyes', 'secondApproverAbove', 'coolingOff'],
  });
  if (policy === undefined) return unlimited;
  return {
    fourEyes: reading.field(at, policy, 'fourEyes', flag) ?? true,
    secondApproverAboveCents: reading.field(at, policy, 'secondApproverAbove', parseAmount) ?? null,
    coolingOff: reading.field(at, policy, 'coolingOff', parsePeriod) ?? null,
  };
}
