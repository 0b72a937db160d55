/** The names a plan declares, and what is wrong with a name that gates, evaluations or commands use. */
import type { Reading } from './faults.js';
import { quoted } from './parsed.js';

export interface PlanNames {
  readonly tranches: readonly number[];
  /** The codes under which reports exist in grants; of a yearly report one a year. */
  readonly reports: readonly string[];
  /** The bare code of each yearly report, with the codes that are to be named instead. */
  readonly yearly: ReadonlyMap<string, readonly string[]>;
  /** Codes of reports whose own deadline could not be read: what they are called is not known. */
  readonly uncertain: readonly string[];
  readonly evaluations: readonly string[];
}

/** What is wrong with a report's code, or null; the bare code of a yearly report is answered with its codes. */
export function faultOfReport(reading: Reading, names: PlanNames, ref: string): string | null {
  const ofYears = names.yearly.get(ref);
  if (names.reports.includes(ref)) return null;
  if (ofYears !== undefined)
    return `"${ref}" is due every year and has one report a year; name one of ${ofYears.join(', ')}`;
  if (names.uncertain.some((code) => ref === code || ref.startsWith(`${code}-`))) return null;
  return reading.unknown('is no report of the plan', ref, names.reports);
}

/** What is wrong with an evaluation's code, or null. */
export function faultOfEvaluation(reading: Reading, names: PlanNames, ref: string): string | null {
  if (names.evaluations.includes(ref)) return null;
  return reading.unknown('is no evaluation of the plan', ref, names.evaluations);
}

/** What is wrong with a tranche's number, or null. */
export function faultOfTranche(names: PlanNames, ref: number | string): string | null {
  if (names.tranches.some((no) => String(no) === String(ref))) return null;
  return `${quoted(ref)} is no tranche of the plan; it has ${names.tranches.join(', ') || 'none'}`;
}
