import type { CivilDate } from './civil-date.js';
import type { Grant } from './grant.js';
import { findEvaluation } from './grant.js';
import type { Plan } from './plan.js';

/** The days in which an evaluation is made, both included. */
export interface EvaluationWindow {
  readonly from: CivilDate;
  readonly to: CivilDate;
}

/** The window of an evaluation of one grant: its own where a bulk move took it along, else its plan's; null: none. */
export function evaluationWindow(grant: Grant, plan: Plan, code: string): EvaluationWindow | null {
  const own = findEvaluation(grant, code)?.window ?? null;
  const planned = plan.evaluations.find((evaluation) => evaluation.code === code)?.window ?? null;
  const { from, to } = own ?? planned ?? {};
  return from === undefined || to === undefined ? null : { from, to };
}
