import { civilDateOf } from './civil-date.js';
import type { Input } from './commands.js';
import type { Decide } from './decision.js';
import { missingThing, reasonRequired } from './decision.js';
import { evaluationWindow } from './evaluation-window.js';
import { sparedReports } from './spared.js';
import { by } from './facts.js';
import type { Facts } from './facts.js';
import type { Evaluation, EvaluationStatus, Grant } from './grant.js';
import { evaluationMachine, findEvaluation } from './grant.js';
import { allows, statesAllowing } from './machine.js';
import type { Machine } from './machine.js';
import { formatShare } from './money.js';
import { evaluationsBehind, plannedTranche } from './plan.js';
import { refuseOnceOrdered } from './report.js';
import type { Refused } from './refusal.js';
import { isRefused, refuse } from './refusal.js';

/** An evaluation that `event` may move, or the refusal that names what is wrong. */
function movable(grant: Grant, code: string, event: string, facts: Facts): Evaluation | Refused {
  const planned = facts.plan.evaluations.find((evaluation) => evaluation.code === code);
  const evaluation = findEvaluation(grant, code);
  if (planned === undefined || evaluation === undefined)
    return missingThing(grant, 'evaluation', code, planned !== undefined);
  const running = grant.status === 'awarded' || grant.status === 'active' || grant.status === 'suspended';
  const spared = grant.status === 'terminated' && sparedReports(grant, facts.plan).has(planned.report);
  if (!running && !spared) return refuse('wrong-state', { grantStatus: grant.status });
  const machine: Machine<EvaluationStatus> = evaluationMachine;
  if (allows(machine, evaluation.status, event)) return evaluation;
  return refuse('wrong-state', {
    evaluation: code,
    state: evaluation.status,
    needed: statesAllowing(machine, event),
  });
}

/** Whether its window has passed: flagged, never refused (domain.md, "Life of a grant"). */
function isLate(grant: Grant, { plan, now }: Facts, code: string): boolean {
  const window = evaluationWindow(grant, plan, code);
  return window !== null && civilDateOf(now, plan.timeZone) > window.to;
}

type Judgement = Input<'recommend-evaluation'> | Input<'decide-evaluation'>;

function judgement(input: Judgement): { evaluation: string; outcome: Judgement['outcome']; share?: string } {
  const { evaluation, outcome, share } = input;
  return share === undefined ? { evaluation, outcome } : { evaluation, outcome, share: formatShare(share) };
}

export const recommendEvaluation: Decide<'recommend-evaluation'> = (grant, actor, input, facts) => {
  const evaluation = movable(grant, input.evaluation, 'evaluation.recommended', facts);
  if (isRefused(evaluation)) return evaluation;
  const missing = input.outcome === 'favourable' ? null : reasonRequired(input.reason);
  if (missing !== null) return missing;
  return {
    events: [by(actor, 'evaluation.recommended', judgement(input), input.reason ?? null)],
  };
};

/**
 * The decision stands whatever was recommended, with a reason where it differs or is not favourable
 * (law of 29 July 1991 on the statement of reasons). What it does to tranches follows in consequences.ts.
 */
export const decideEvaluation: Decide<'decide-evaluation'> = (grant, actor, input, facts) => {
  const evaluation = movable(grant, input.evaluation, 'evaluation.decided', facts);
  if (isRefused(evaluation)) return evaluation;
  const { recommended } = evaluation;
  if (facts.plan.approval.fourEyes && recommended?.by === actor.id)
    return refuse('four-eyes', { who: recommended.by, did: 'recommend-evaluation' });
  const differs =
    recommended?.outcome !== input.outcome || (recommended.share ?? null) !== (input.share ?? null);
  const missing = input.outcome !== 'favourable' || differs ? reasonRequired(input.reason) : null;
  if (missing !== null) return missing;
  const late = isLate(grant, facts, input.evaluation);
  const decided = by(actor, 'evaluation.decided', { ...judgement(input), late }, input.reason ?? null);
  return { events: [decided] };
};

export const reopenEvaluation: Decide<'reopen-evaluation'> = (grant, actor, input, facts) => {
  const evaluation = movable(grant, input.evaluation, 'evaluation.reopened', facts);
  if (isRefused(evaluation)) return evaluation;
  const resting = grant.tranches.filter((tranche) =>
    evaluationsBehind(plannedTranche(facts.plan, tranche.no)).has(input.evaluation),
  );
  const refused = refuseOnceOrdered(grant, resting) ?? reasonRequired(input.reason);
  if (refused !== null) return refused;
  return {
    events: [by(actor, 'evaluation.reopened', { evaluation: input.evaluation }, input.reason)],
  };
};
