import { civilDateOf } from './civil-date.js';
import type { GrantEvent, NewEvent } from './events.js';
import { eventVersion } from './events.js';
import { evolve } from './evolve.js';
import { evaluationWindow } from './evaluation-window.js';
import { sparedReports } from './spared.js';
import type { Facts } from './facts.js';
import { bySystem } from './facts.js';
import { approvalHolds, missingConditions, obstacles } from './gate.js';
import type { Evaluation, Grant, Tranche } from './grant.js';
import { findReport, livePayout } from './grant.js';
import { formatAmount } from './money.js';
import { evaluationsBehind, plannedTranche } from './plan.js';
import { amountInForce, settlementOf, smallestShare } from './settlement.js';
import type { Settlement } from './settlement.js';

/** A grant in the middle of a decision: what it has become, and the events that made it so. */
export interface Draft {
  readonly grant: Grant;
  readonly events: readonly NewEvent[];
}

/** Lays further events on a draft. Their sequence and time are those the record will give them. */
export function lay(draft: Draft, events: readonly NewEvent[], facts: Facts): Draft {
  let { grant } = draft;
  for (const event of events) {
    const recorded = {
      ...event,
      stream: `grant:${grant.code}`,
      sequence: grant.sequence + 1,
      version: eventVersion,
      commandId: '',
      occurredAt: facts.now,
    } as GrantEvent;
    grant = evolve(grant, recorded, facts.plan);
  }
  return { grant, events: [...draft.events, ...events] };
}

/**
 * What follows from a grant's new state by nobody's click, until nothing more follows: evaluations open,
 * the last tranche settles, tranches become payable or fall back to planned. Each round looks at the
 * grant afresh, because one tranche's fate may be another's gate.
 */
export function withConsequences(draft: Draft, facts: Facts): Draft {
  let current = draft;
  // Every round moves something along a machine without cycles; far more rounds than things means a bug.
  const bound = 10 + 10 * (facts.plan.tranches.length + facts.plan.evaluations.length);
  for (let round = 0; round < bound; round += 1) {
    const events = following(current.grant, facts);
    if (events.length === 0) return current;
    current = lay(current, events, facts);
  }
  throw new Error(`the consequences for grant ${draft.grant.code} do not come to rest`);
}

function following(grant: Grant, facts: Facts): NewEvent[] {
  if (!['awarded', 'active', 'suspended', 'terminated'].includes(grant.status)) return [];
  const opened = grant.evaluations
    .filter((evaluation) => opensNow(grant, evaluation, facts))
    .map(({ code }) => bySystem('evaluation.opened', { evaluation: code }));
  if (opened.length > 0) return opened;
  for (const tranche of grant.tranches) {
    if (grant.status === 'terminated' && grant.spared !== tranche.no) continue;
    const events = ofTranche(grant, tranche, facts);
    if (events.length > 0) return events;
  }
  return [];
}

/** An evaluation opens when its report is accepted or waived and its window has begun. */
function opensNow(grant: Grant, evaluation: Evaluation, facts: Facts): boolean {
  if (evaluation.status !== 'awaiting-report') return false;
  const planned = facts.plan.evaluations.find(({ code }) => code === evaluation.code);
  if (planned === undefined) return false;
  const report = findReport(grant, planned.report);
  if (report?.status !== 'accepted' && report?.status !== 'waived') return false;
  if (grant.status === 'terminated' && !sparedReports(grant, facts.plan).has(planned.report)) return false;
  const window = evaluationWindow(grant, facts.plan, evaluation.code);
  return window === null || window.from <= civilDateOf(facts.now, facts.plan.timeZone);
}

function ofTranche(grant: Grant, tranche: Tranche, facts: Facts): NewEvent[] {
  if (livePayout(grant, tranche.no) !== undefined) return [];
  const missing = missingConditions(grant, facts.plan, plannedTranche(facts.plan, tranche.no));
  if (missing.length > 0) {
    const undone = undoSettlement(grant, tranche, facts);
    if (undone.length > 0) return undone;
  }
  const judged = byEvaluations(grant, tranche, facts);
  if (judged.length > 0) return judged;
  switch (tranche.status) {
    case 'planned':
      return ofPlanned(grant, tranche, missing, facts);
    case 'payable': {
      const [obstacle] = obstacles(grant, tranche, facts);
      if (obstacle !== undefined) return [fallBack(tranche, obstacle.code, missing)];
      const { firstApproval } = tranche;
      return firstApproval !== null && !approvalHolds(firstApproval, facts)
        ? [fallBack(tranche, 'account-not-verified', [])]
        : [];
    }
    case 'approved':
      if (missing.length > 0) return [fallBack(tranche, 'gate-closed', missing)];
      return tranche.approval !== null && !approvalHolds(tranche.approval, facts)
        ? [fallBack(tranche, 'account-not-verified', [])]
        : [];
    default:
      return [];
  }
}

/**
 * What the evaluations in force do to a tranche: unfavourable withholds it, partly favourable reduces it,
 * and once neither is decided any more both are undone. A person's withholding and cancelling stay
 * (domain.md, "Money" and "Life of a grant").
 */
function byEvaluations(grant: Grant, tranche: Tranche, facts: Facts): NewEvent[] {
  if (tranche.because === 'zero' || tranche.settlementCents !== null) return [];
  const { status, amountCents } = tranche;
  const judgedAside = isAsideByRule(tranche);
  const unfavourable = unfavourableEvaluation(grant, tranche, facts);
  if (status === 'withheld' && judgedAside && unfavourable === undefined)
    return [restore(grant, tranche, facts)];
  if (status === 'planned' && unfavourable !== undefined)
    return [
      bySystem('tranche.withheld', {
        tranche: tranche.no,
        amount: formatAmount(amountCents),
        because: `evaluation:${unfavourable}`,
      }),
    ];
  const inForce = amountInForce(grant, facts.plan, tranche);
  if (status === 'cancelled') return judgedAside && inForce > 0n ? [restore(grant, tranche, facts)] : [];
  if (inForce > amountCents) return [restore(grant, tranche, facts)];
  const because = `evaluation:${smallestShare(grant, facts.plan, tranche)?.evaluation}`;
  const cancelled = bySystem('tranche.cancelled', { tranche: tranche.no, amount: '0.00', because });
  if (inForce === amountCents) return inForce === 0n && status === 'planned' ? [cancelled] : [];
  const reduced = bySystem('tranche.reduced', {
    tranche: tranche.no,
    amount: formatAmount(inForce),
    released: formatAmount(amountCents - inForce),
    because,
  });
  // A withholding outlives the last cent: nothing is left to restore, so it is cancelled once that ends.
  return inForce > 0n || status === 'withheld' ? [reduced] : [reduced, cancelled];
}

/** Withheld or cancelled by an evaluation, or cancelled because an offset left nothing: by no person. */
function isAsideByRule({ because }: Tranche): boolean {
  return because !== null && /^(evaluation|recovery):/.test(because);
}

function unfavourableEvaluation(grant: Grant, tranche: Tranche, facts: Facts): string | undefined {
  const required = evaluationsBehind(plannedTranche(facts.plan, tranche.no));
  return grant.evaluations.find(
    ({ code, status, decided }) =>
      required.has(code) && status === 'decided' && decided?.outcome === 'unfavourable',
  )?.code;
}

function fallBack(tranche: Tranche, code: string, missing: readonly string[]): NewEvent {
  const data = { tranche: tranche.no, amount: formatAmount(tranche.amountCents) };
  return bySystem('tranche.planned', missing.length > 0 ? { ...data, missing } : data, code);
}

function ofPlanned(grant: Grant, tranche: Tranche, missing: readonly string[], facts: Facts): NewEvent[] {
  if (missing.length > 0) return [];
  if (plannedTranche(facts.plan, tranche.no).settles && tranche.settlementCents === null) {
    const settled = settle(grant, tranche);
    if (settled.length > 0) return settled;
  }
  if (obstacles(grant, tranche, facts).length > 0) return [];
  return [bySystem('tranche.payable', { tranche: tranche.no, amount: formatAmount(tranche.amountCents) })];
}

/** Fixes the amount of a settling tranche the moment its gate opens; empty where nothing is taken off. */
function settle(grant: Grant, tranche: Tranche): NewEvent[] {
  const settlement = settlementOf(grant);
  const { balanceCents } = settlement;
  const terms = termsOf(settlement);
  if (balanceCents > 0n) {
    if (balanceCents >= tranche.amountCents) return [];
    return [
      bySystem('tranche.reduced', {
        tranche: tranche.no,
        amount: formatAmount(balanceCents),
        released: formatAmount(tranche.amountCents - balanceCents),
        because: 'settlement',
        ...terms,
      }),
    ];
  }
  const cancelled = bySystem('tranche.cancelled', {
    tranche: tranche.no,
    amount: formatAmount(tranche.amountCents),
    because: 'settlement',
    ...terms,
  });
  if (balanceCents === 0n) return [cancelled];
  const amount = formatAmount(-balanceCents);
  const recovery = grant.recoveries.length + 1;
  return [
    cancelled,
    bySystem(
      'recovery.proposed',
      { recovery, amount, open: amount, tranche: tranche.no },
      'more was paid than was accepted',
    ),
  ];
}

function termsOf(settlement: Settlement): {
  accepted: string;
  paid: string;
  recovered: string;
  compensated?: string;
} {
  const { compensatedCents } = settlement;
  return {
    accepted: formatAmount(settlement.acceptedCents),
    paid: formatAmount(settlement.paidCents),
    recovered: formatAmount(settlement.recoveredCents),
    ...(compensatedCents > 0n ? { compensated: formatAmount(compensatedCents) } : {}),
  };
}

/**
 * Undoes a settlement whose gate has shut again: the tranche gets back what its evaluations leave of it,
 * even one the settlement cancelled, and the recovery it proposed is waived. Once that recovery is
 * notified the settlement stands (reopening the report is then refused, domain.md "Settlement").
 */
function undoSettlement(grant: Grant, tranche: Tranche, facts: Facts): NewEvent[] {
  if (tranche.settlementCents === null) return [];
  if (tranche.status === 'cancelled' && tranche.because !== 'settlement' && !isAsideByRule(tranche))
    return [];
  const recovery = settlementRecovery(grant, tranche.no);
  if (recovery !== undefined && recovery.status !== 'proposed') return [];
  const events = [restore(grant, tranche, facts)];
  if (recovery !== undefined)
    events.push(
      bySystem(
        'recovery.waived',
        { recovery: recovery.no, amount: formatAmount(recovery.openCents), open: '0.00' },
        'the settlement that proposed it was undone',
      ),
    );
  return events;
}

/** The recovery that the settlement in force of a tranche proposed, unless it was waived since. */
export function settlementRecovery(grant: Grant, tranche: number): Grant['recoveries'][number] | undefined {
  return grant.recoveries.findLast(
    (recovery) => recovery.tranche === tranche && recovery.status !== 'waived',
  );
}

/** Puts back what evaluations and settlement took off a tranche; a person's withholding stays. */
function restore(grant: Grant, tranche: Tranche, facts: Facts): NewEvent {
  const data = { tranche: tranche.no, amount: formatAmount(amountInForce(grant, facts.plan, tranche)) };
  const stays = tranche.status === 'withheld' && tranche.because === null;
  return bySystem('tranche.restored', stays ? { ...data, stays: 'withheld' as const } : data);
}
