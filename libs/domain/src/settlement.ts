import type { Grant, Tranche } from './grant.js';
import { sums } from './grant.js';
import type { Cents, Share } from './money.js';
import { shareOf } from './money.js';
import type { Plan } from './plan.js';
import { evaluationsBehind, plannedTranche } from './plan.js';

/** The terms of a settlement, each in cents. */
export interface Settlement {
  readonly acceptedCents: Cents;
  readonly paidCents: Cents;
  /** What came back, in money or by being offset against other grants. */
  readonly recoveredCents: Cents;
  /** What recoveries of other grants took off tranches of this one: paid by offsetting. */
  readonly compensatedCents: Cents;
  /** award − released, in which what was compensated is owed still: it was paid, not given up. */
  readonly owedCents: Cents;
  /** The smaller of what is owed and what was accepted. */
  readonly ceilingCents: Cents;
  /** min(owed, accepted) − compensated − (paid − recovered); may lie below zero. */
  readonly balanceCents: Cents;
}

/**
 * The settlement of the last tranche: min(award − released, Σ accepted costs) − (paid − recovered), where an
 * offset between two grants counts as recovered on the one and as paid on the other.
 * Source: domain.md, "Settlement"; product.md trap 9; law of 16 May 2003 art. 13 for what is negative.
 */
export function settlementOf(grant: Grant): Settlement {
  const { awarded, released, paid, recovered } = sums(grant);
  const { receivedCents, givenCents } = compensations(grant);
  // As last accepted: a report that was reopened since and is not in this gate still counts.
  const acceptedCents = grant.reports.reduce((sum, report) => sum + (report.acceptedCostsCents ?? 0n), 0n);
  const owedCents = awarded - released + givenCents;
  const ceilingCents = acceptedCents < owedCents ? acceptedCents : owedCents;
  const recoveredCents = recovered + receivedCents;
  return {
    acceptedCents,
    paidCents: paid,
    recoveredCents,
    compensatedCents: givenCents,
    owedCents,
    ceilingCents,
    balanceCents: ceilingCents - givenCents - (paid - recoveredCents),
  };
}

/** Offsets between grants: what this one's recoveries took off others, and what theirs took off this one. */
export function compensations(grant: Grant): { readonly receivedCents: Cents; readonly givenCents: Cents } {
  return {
    receivedCents: grant.recoveries.reduce((sum, recovery) => sum + recovery.compensatedCents, 0n),
    givenCents: grant.tranches.reduce((sum, tranche) => sum + tranche.compensatedCents, 0n),
  };
}

/** The smallest partly favourable share in force among the evaluations a tranche requires, and whose it is. */
export function smallestShare(
  grant: Grant,
  plan: Plan,
  tranche: Tranche,
): { readonly evaluation: string; readonly share: Share } | null {
  const required = evaluationsBehind(plannedTranche(plan, tranche.no));
  let smallest: { evaluation: string; share: Share } | null = null;
  for (const { code, status, decided } of grant.evaluations)
    if (required.has(code) && status === 'decided' && decided?.share != null)
      if (smallest === null || decided.share < smallest.share)
        smallest = { evaluation: code, share: decided.share };
  return smallest;
}

/**
 * What the evaluations in force leave of a tranche: the smallest partly favourable share of the amount
 * fixed at award, in whole cents, less what recoveries were offset against it (domain.md, "Money").
 */
export function amountInForce(grant: Grant, plan: Plan, tranche: Tranche): Cents {
  const smallest = smallestShare(grant, plan, tranche);
  const whole = smallest === null ? tranche.awardedCents : shareOf(tranche.awardedCents, smallest.share);
  const left = whole - tranche.offsetCents;
  return left > 0n ? left : 0n;
}
