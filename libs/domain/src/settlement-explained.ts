import type { Instant } from './civil-date.js';
import type { GrantEvent } from './events.js';
import { evolve } from './evolve.js';
import { missingConditions } from './gate.js';
import type { Grant, Recovery, Since, Tranche, TrancheStatus } from './grant.js';
import { findTranche } from './grant.js';
import type { Cents } from './money.js';
import type { Plan } from './plan.js';
import { plannedTranche } from './plan.js';
import { settlementOf, smallestShare } from './settlement.js';
import type { Settlement } from './settlement.js';

/** What a settlement finds paid too much is repaid at once under this article. */
export const settlementGround = 'law of 16 May 2003, art. 13';

/** The legal ground of a recovery: the one a person named, or the law behind a settlement's; null for none. */
export function groundOf({ ground, tranche }: Recovery): string | null {
  return ground ?? (tranche === null ? null : settlementGround);
}

/** Why the last tranche is what it is: every term of its settlement in cents, and where each came from. */
export interface SettlementExplanation extends Settlement {
  readonly tranche: number;
  readonly status: TrancheStatus;
  /** The event that fixed it; the terms are those of that moment. Null: a preview, of what it would be now. */
  readonly fixed: Since | null;
  /** Whether its gate is open now, and if not what it misses. */
  readonly open: boolean;
  readonly missing: readonly string[];
  readonly awardedCents: Cents;
  readonly released: readonly {
    readonly tranche: number;
    readonly amountCents: Cents;
    /** `evaluation:<code>`, `recovery`, `zero`, `terminated`; `person` where one cancelled it. */
    readonly because: readonly string[];
  }[];
  readonly compensated: readonly { readonly tranche: number; readonly amountCents: Cents }[];
  readonly accepted: readonly {
    readonly report: string;
    readonly amountCents: Cents;
    /** Its acceptance; of a report that was reopened since, that. */
    readonly since: Since;
  }[];
  readonly paid: readonly {
    readonly endToEndId: string;
    readonly tranche: number;
    readonly amountCents: Cents;
    readonly at: Instant;
  }[];
  readonly recovered: readonly {
    readonly recovery: number;
    readonly amountCents: Cents;
    readonly how: 'repaid' | 'offset';
  }[];
  /** What the tranche would be if nothing were taken off. */
  readonly plannedCents: Cents;
  /** What is left of it: the balance, never below zero and never above what was planned. */
  readonly amountCents: Cents;
  /** What was paid too much and is proposed to be recovered. */
  readonly recovery: { readonly amountCents: Cents; readonly ground: string } | null;
}

/**
 * Explains the settlement of a grant out of its whole stream: as it was when its gate opened and fixed it, or,
 * as long as nothing did, what it would come to now (domain.md, "Settlement"). Null where no tranche settles,
 * or where the grant is not awarded yet.
 */
export function explainSettlement(events: readonly GrantEvent[], plan: Plan): SettlementExplanation | null {
  const no = plan.tranches.find(({ settles }) => settles)?.no;
  if (no === undefined) return null;
  const { now, fixed } = history(events, plan, no);
  const tranche = now === null ? undefined : findTranche(now, no);
  if (now === null || tranche === undefined) return null;
  const missing = missingConditions(now, plan, plannedTranche(plan, no));
  return {
    tranche: no,
    status: tranche.status,
    fixed: fixed?.by ?? null,
    open: missing.length === 0,
    missing,
    ...termsOf(fixed?.before ?? now, plan, no),
  };
}

interface Fixed {
  readonly before: Grant;
  readonly by: Since;
}

/** The grant as it stands, and as it stood before the event that fixed the tranche, unless that was undone. */
function history(
  events: readonly GrantEvent[],
  plan: Plan,
  no: number,
): { readonly now: Grant | null; readonly fixed: Fixed | null } {
  let now: Grant | null = null;
  let fixed: Fixed | null = null;
  for (const event of events) {
    const before: Grant | null = now;
    now = evolve(before, event, plan);
    if (!isFixed(findTranche(now, no))) fixed = null;
    else if (fixed === null && before !== null)
      fixed = { before, by: { at: event.occurredAt, event: event.type, sequence: event.sequence } };
  }
  return { now, fixed };
}

/** A settlement that takes something off says so; one that takes nothing off lets the tranche become payable. */
function isFixed(tranche: Tranche | undefined): boolean {
  if (tranche === undefined) return false;
  return (
    tranche.settlementCents !== null || ['payable', 'approved', 'ordered', 'paid'].includes(tranche.status)
  );
}

type Terms = Omit<SettlementExplanation, 'tranche' | 'status' | 'fixed' | 'open' | 'missing'>;

function termsOf(grant: Grant, plan: Plan, no: number): Terms {
  const settlement = settlementOf(grant);
  const { balanceCents } = settlement;
  const tranche = findTranche(grant, no);
  const gone = tranche === undefined || tranche.status === 'cancelled';
  const plannedCents = gone ? 0n : tranche.amountCents;
  const left = balanceCents < plannedCents ? balanceCents : plannedCents;
  return {
    ...settlement,
    awardedCents: grant.amountCents,
    released: grant.tranches
      .filter(({ releasedCents }) => releasedCents > 0n)
      .map((part) => ({
        tranche: part.no,
        amountCents: part.releasedCents,
        because: becauseOf(grant, plan, part),
      })),
    compensated: grant.tranches
      .filter(({ compensatedCents }) => compensatedCents > 0n)
      .map((part) => ({ tranche: part.no, amountCents: part.compensatedCents })),
    accepted: grant.reports.flatMap(({ code: report, acceptedCostsCents: amountCents, since }) =>
      amountCents === null ? [] : [{ report, amountCents, since }],
    ),
    paid: grant.payouts
      .filter(({ status }) => status === 'settled')
      .map((payout) => ({
        endToEndId: payout.endToEndId,
        tranche: payout.tranche,
        amountCents: payout.amountCents,
        at: payout.since.at,
      })),
    recovered: grant.recoveries.flatMap(recoveredBy),
    plannedCents,
    amountCents: left > 0n ? left : 0n,
    recovery: gone || balanceCents >= 0n ? null : { amountCents: -balanceCents, ground: settlementGround },
  };
}

/** What released a part of a tranche, or all of it. */
function becauseOf(grant: Grant, plan: Plan, tranche: Tranche): string[] {
  const found = new Set<string>();
  const share = smallestShare(grant, plan, tranche);
  if (share !== null) found.add(`evaluation:${share.evaluation}`);
  if (tranche.offsetCents > 0n) found.add('recovery');
  if (tranche.settlementCents !== null) found.add('settlement');
  // Which recovery emptied it is no more than that one did.
  if (tranche.status === 'cancelled' && !tranche.because?.startsWith('recovery:'))
    found.add(tranche.because ?? 'person');
  return [...found];
}

function recoveredBy({ no, settledCents, compensatedCents }: Recovery): SettlementExplanation['recovered'] {
  const parts = [
    { recovery: no, amountCents: settledCents, how: 'repaid' },
    { recovery: no, amountCents: compensatedCents, how: 'offset' },
  ] as const;
  return parts.filter(({ amountCents }) => amountCents > 0n);
}
