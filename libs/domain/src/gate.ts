import { civilDateOf } from './civil-date.js';
import type { CivilDate, Instant } from './civil-date.js';
import type { Facts } from './facts.js';
import type { Approval, Grant, Since, Tranche } from './grant.js';
import { findEvaluation, findReport, findTranche } from './grant.js';
import type { Plan, PlannedTranche, Requirement } from './plan.js';
import { plannedTranche, requirementText } from './plan.js';
import type { AccountUse, Unusable } from './usable-account.js';
import { isUsable, unusable } from './usable-account.js';

/** One condition of a gate: met or missing, and the event that made it so (null: nothing has happened yet). */
export interface Condition {
  /** `report:interim`, `evaluation:interim`, `tranche:2`, `document:permit`, `approval:minister` */
  readonly requirement: string;
  readonly met: boolean;
  /** The state the condition's thing is in, in words of its machine. */
  readonly state: string;
  readonly since: Since | null;
}

/** Every condition of a tranche's gate in the plan's order; an empty list is an open gate. */
export function gateConditions(grant: Grant, plan: Plan, tranche: PlannedTranche): Condition[] {
  return requirementsOf(plan, tranche).map((requirement) => condition(grant, requirement));
}

/** The conditions still missing, as their texts; empty when the gate is open. */
export function missingConditions(grant: Grant, plan: Plan, tranche: PlannedTranche): string[] {
  return gateConditions(grant, plan, tranche)
    .filter(({ met }) => !met)
    .map(({ requirement }) => requirement);
}

/** A tranche that settles waits for every other tranche as well (domain.md, "Settlement"). */
export function requirementsOf(plan: Plan, tranche: PlannedTranche): Requirement[] {
  if (!tranche.settles) return [...tranche.requires];
  const named = new Set(tranche.requires.map(requirementText));
  const others = plan.tranches
    .filter(({ no }) => no !== tranche.no && !named.has(`tranche:${no}`))
    .map(({ no }): Requirement => ({ kind: 'tranche', ref: String(no) }));
  return [...tranche.requires, ...others];
}

function condition(grant: Grant, requirement: Requirement): Condition {
  const text = requirementText(requirement);
  const { ref } = requirement;
  switch (requirement.kind) {
    case 'report': {
      const report = findReport(grant, ref);
      const met = report?.status === 'accepted' || report?.status === 'waived';
      return { requirement: text, met, state: report?.status ?? 'not-set', since: report?.since ?? null };
    }
    case 'evaluation': {
      const evaluation = findEvaluation(grant, ref);
      const outcome = evaluation?.status === 'decided' ? evaluation.decided?.outcome : undefined;
      const met = outcome === 'favourable' || outcome === 'partly-favourable';
      const state = outcome ?? evaluation?.status ?? 'not-set';
      return { requirement: text, met, state, since: evaluation?.since ?? null };
    }
    case 'tranche': {
      const tranche = findTranche(grant, Number(ref));
      const met = tranche?.status === 'paid' || tranche?.status === 'cancelled';
      return { requirement: text, met, state: tranche?.status ?? 'not-set', since: tranche?.since ?? null };
    }
    default: {
      const receipt = grant.receipts.find(({ kind, name }) => kind === requirement.kind && name === ref);
      const given = requirement.kind === 'document' ? 'received' : 'given';
      const state = receipt === undefined ? `not-${given}` : given;
      return { requirement: text, met: receipt !== undefined, state, since: receipt?.since ?? null };
    }
  }
}

/** What beside the gate keeps a tranche from being payable, in the order in which refusals answer. */
export type Obstacle =
  | { readonly code: 'grant-suspended' }
  | { readonly code: 'gate-closed'; readonly missing: readonly string[] }
  | ({ readonly code: 'account-not-verified' } & Unusable)
  | { readonly code: 'grant-not-active'; readonly status: string }
  | { readonly code: 'not-due'; readonly dueOn: CivilDate };

/**
 * Everything that keeps a tranche from being payable now: grant suspended, gate shut, account not
 * usable, grant not active, due date not reached. Empty: it is payable (domain.md, "Life of a grant").
 */
export function obstacles(grant: Grant, tranche: Tranche, facts: Facts): Obstacle[] {
  const found: Obstacle[] = [];
  if (grant.status === 'suspended') found.push({ code: 'grant-suspended' });
  const missing = missingConditions(grant, facts.plan, plannedTranche(facts.plan, tranche.no));
  if (missing.length > 0) found.push({ code: 'gate-closed', missing });
  const unfit = unusable(facts);
  if (unfit !== null) found.push({ code: 'account-not-verified', ...unfit });
  if (grant.status !== 'suspended' && !paysOut(grant, tranche.no))
    found.push({ code: 'grant-not-active', status: grant.status });
  const today = civilDateOf(facts.now, facts.plan.timeZone);
  if (tranche.dueOn !== null && today < tranche.dueOn) found.push({ code: 'not-due', dueOn: tranche.dueOn });
  return found;
}

/** Whether money may leave for this tranche: the grant is active, or its termination spares it. */
export function paysOut(grant: Grant, tranche: number): boolean {
  return grant.status === 'active' || (grant.status === 'terminated' && grant.spared === tranche);
}

/** Whether an approval, or a payout, still stands: of the account version that is in force and usable. */
export function approvalHolds(
  approval: Pick<Approval, 'accountVersion'>,
  { account, plan, now }: AccountUse,
): boolean {
  return isUsable(account, plan, now) && account.version === approval.accountVersion;
}

/** The gate of a tranche as someone asks for it: conditions, what else is in the way, and since when. */
export interface GateExplanation {
  readonly tranche: number;
  readonly status: string;
  readonly open: boolean;
  /** When the last missing condition was met; null while shut, or where nothing was asked. */
  readonly openSince: Instant | null;
  readonly conditions: readonly Condition[];
  readonly obstacles: readonly Obstacle[];
}

/** Explains a tranche's gate to whoever asks "why not yet" (product.md, trap 2). */
export function explainGate(grant: Grant, tranche: Tranche, facts: Facts): GateExplanation {
  const conditions = gateConditions(grant, facts.plan, plannedTranche(facts.plan, tranche.no));
  const open = conditions.every(({ met }) => met);
  const metAt = conditions.flatMap(({ since }) => (since === null ? [] : [since.at])).sort();
  return {
    tranche: tranche.no,
    status: tranche.status,
    open,
    openSince: open ? (metAt.at(-1) ?? null) : null,
    conditions,
    obstacles: tranche.status === 'planned' ? obstacles(grant, tranche, facts) : [],
  };
}
