/** What is still to be paid, and when it is expected: the rule behind payout schedule and cash-flow forecast. */
import type { CivilDate, Period } from './civil-date.js';
import { addPeriod, civilDateOf } from './civil-date.js';
import { evaluationWindow } from './evaluation-window.js';
import type { Facts } from './facts.js';
import { missingConditions, paysOut, requirementsOf } from './gate.js';
import type { Grant, Tranche, TrancheStatus } from './grant.js';
import { findReport, findTranche, livePayout } from './grant.js';
import type { Cents } from './money.js';
import type { Plan, PlannedTranche, Requirement } from './plan.js';
import { plannedTranche, requirementText } from './plan.js';
import { isUsable } from './usable-account.js';

/** One condition of a gate, and where the day comes from on which it may be expected to be met. */
export interface DatedCondition {
  /** `report:interim` */
  readonly requirement: string;
  readonly kind: Requirement['kind'];
  readonly ref: string;
  /** The report whose deadline it is met by at the earliest: the one asked for, or the one that is judged. */
  readonly report: string | null;
  /** The last day of an evaluation's window in the plan; one grant's may have moved (`evaluationWindow`). */
  readonly until: CivilDate | null;
}

/** What the expected payment of a planned tranche rests on, beside its due date and what became of it. */
export interface PaymentBasis {
  readonly no: number;
  readonly settles: boolean;
  /** In the gate's order; a settling tranche's includes every other tranche. */
  readonly conditions: readonly DatedCondition[];
  /** The tranches among them. */
  readonly after: readonly number[];
  /** From the opening of the gate to the latest payment date; null: paid as the gate opens. */
  readonly paymentPeriod: Period | null;
}

/**
 * The tranches of a plan with what each payment rests on, in an order in which every tranche comes after those it
 * waits for: each may build on the dates of the ones before it.
 */
export function paymentBases(plan: Plan): PaymentBasis[] {
  const bases = new Map(plan.tranches.map((tranche) => [tranche.no, basisOf(plan, tranche)]));
  const ordered = new Set<PaymentBasis>();
  const add = (basis: PaymentBasis | undefined): void => {
    if (basis === undefined || ordered.has(basis)) return;
    // A plan is refused where tranches wait for one another, so this comes to an end.
    for (const no of basis.after) add(bases.get(no));
    ordered.add(basis);
  };
  for (const basis of bases.values()) add(basis);
  return [...ordered];
}

function basisOf(plan: Plan, tranche: PlannedTranche): PaymentBasis {
  const { no, settles, due } = tranche;
  const conditions = requirementsOf(plan, tranche).map((requirement) => datedCondition(plan, requirement));
  const after = conditions.filter(({ kind }) => kind === 'tranche').map(({ ref }) => Number(ref));
  const fromGate = due.kind === 'relative' && due.on === 'gate';
  return { no, settles, conditions, after, paymentPeriod: fromGate ? due.period : null };
}

function datedCondition(plan: Plan, requirement: Requirement): DatedCondition {
  const { kind, ref } = requirement;
  const judged = kind === 'evaluation' ? plan.evaluations.find(({ code }) => code === ref) : undefined;
  return {
    requirement: requirementText(requirement),
    kind,
    ref,
    report: kind === 'report' ? ref : (judged?.report ?? null),
    until: judged?.window?.to ?? null,
  };
}

/** The state of a tranche that is still to be paid; while it is ordered, that of its live payout. */
export type AwaitedStatus =
  | Extract<TrancheStatus, 'planned' | 'withheld' | 'payable' | 'approved' | 'ordered'>
  | 'handed-over'
  | 'unknown';

/** A payment still to come. */
export interface ExpectedPayment {
  readonly tranche: number;
  readonly amountCents: Cents;
  /** The amount is the most it can be: the settlement that fixes it is still to come. */
  readonly upTo: boolean;
  readonly status: AwaitedStatus;
  /** Nothing but time, an approval or the bank stands between. */
  readonly certain: boolean;
  /** null: undated, since it rests on something that nobody has dated. */
  readonly expectedOn: CivilDate | null;
  /** The conditions still missing, as their texts. */
  readonly waitsFor: readonly string[];
  /** In words what it waits for, and what stands in its way. */
  readonly why: string;
}

type ForecastFacts = Pick<Facts, 'plan' | 'account' | 'now'>;

/**
 * What is still to be paid of a grant, by tranche: every tranche that is neither paid nor cancelled, so that the
 * amounts make what was committed less what was paid. Rules (domain.md, "Plan" and "Life of a grant"):
 *
 * - From a tranche that has become payable, the day it did so plus its payment period.
 * - From a planned one the last of: today, the grant's start, its due date, and for each missing condition the
 *   deadline of the report, the end of the evaluation's window (or the deadline of its report, where that is
 *   later), or the expected date of the other tranche; plus the payment period.
 * - A day that has passed counts as today: it is expected now.
 * - Undated are those that wait for a document, for an approval by name, or for a report that does not arise;
 *   withheld ones; those of a grant that pays no more, closed or terminated; and those that wait for any of these.
 *
 * Certain are only those whose gate is open, that a running grant pays to an account it may be paid to, and of
 * whose payout it is not unknown what became.
 */
export function expectedPayments(grant: Grant, facts: ForecastFacts): ExpectedPayment[] {
  const dates = new Map<number, CivilDate | null>();
  const payments = paymentBases(facts.plan).flatMap((basis) => {
    const tranche = findTranche(grant, basis.no);
    if (tranche === undefined || tranche.status === 'paid' || tranche.status === 'cancelled') return [];
    const payment = expectedPayment(grant, tranche, basis, dates, facts);
    dates.set(basis.no, payment.expectedOn);
    return [payment];
  });
  return payments.sort((a, b) => a.tranche - b.tranche);
}

function expectedPayment(
  grant: Grant,
  tranche: Tranche,
  basis: PaymentBasis,
  dates: ReadonlyMap<number, CivilDate | null>,
  facts: ForecastFacts,
): ExpectedPayment {
  const status = awaitedStatus(grant, tranche);
  const waitsFor =
    status === 'planned' ? missingConditions(grant, facts.plan, plannedTranche(facts.plan, tranche.no)) : [];
  const hindered = hindrances(grant, tranche, facts);
  const open = status !== 'withheld' && status !== 'unknown' && waitsFor.length === 0;
  return {
    tranche: tranche.no,
    amountCents: tranche.amountCents,
    upTo: basis.settles && (status === 'withheld' || waitsFor.length > 0),
    status,
    certain: open && hindered.length === 0,
    expectedOn: expectedOn(grant, tranche, { basis, waitsFor, dates }, facts),
    waitsFor,
    why: [waitsInWords(tranche, { status, waitsFor }, facts), ...hindered].join('; '),
  };
}

function awaitedStatus(grant: Grant, { no, status }: Tranche): AwaitedStatus {
  const payout = livePayout(grant, no);
  const atBank = payout?.status === 'handed-over' || payout?.status === 'unknown';
  return atBank ? payout.status : (status as AwaitedStatus);
}

/** What a date is reckoned from: the missing conditions, and the dates of the tranches that come before. */
interface Waiting {
  readonly basis: PaymentBasis;
  readonly waitsFor: readonly string[];
  readonly dates: ReadonlyMap<number, CivilDate | null>;
}

function expectedOn(
  grant: Grant,
  tranche: Tranche,
  { basis, waitsFor, dates }: Waiting,
  { plan, now }: ForecastFacts,
): CivilDate | null {
  if (tranche.status === 'withheld' || paysNoMore(grant, tranche.no)) return null;
  const today = civilDateOf(now, plan.timeZone);
  const latest = (opening: CivilDate): CivilDate =>
    basis.paymentPeriod === null ? opening : addPeriod(opening, basis.paymentPeriod, 1, plan.monthRule);
  if (tranche.payableSince !== null)
    return later(today, latest(civilDateOf(tranche.payableSince, plan.timeZone)));
  const missing = basis.conditions.filter(({ requirement }) => waitsFor.includes(requirement));
  const met = missing.map((condition) => metOn(grant, condition, dates, plan));
  if (met.includes(null)) return null;
  return latest([today, grant.start, tranche.dueOn, ...met].reduce(laterOf, today));
}

/** The day by which a missing condition may be expected to be met; null where nobody dated it. */
function metOn(
  grant: Grant,
  { kind, ref, report }: DatedCondition,
  dates: Waiting['dates'],
  plan: Plan,
): CivilDate | null {
  const until = kind === 'evaluation' ? (evaluationWindow(grant, plan, ref)?.to ?? null) : null;
  if (kind === 'tranche') return dates.get(Number(ref)) ?? null;
  const dueOn = report === null ? undefined : findReport(grant, report)?.dueOn;
  return dueOn === undefined ? null : laterOf(dueOn, until);
}

function later(one: CivilDate, other: CivilDate): CivilDate {
  return one < other ? other : one;
}

function laterOf(one: CivilDate, other: CivilDate | null): CivilDate {
  return other === null ? one : later(one, other);
}

/** Whether the grant has ended without sparing the tranche, and no payout of it is still under way. */
function paysNoMore(grant: Grant, no: number): boolean {
  const ended = grant.status === 'closed' || grant.status === 'terminated';
  return ended && !paysOut(grant, no) && livePayout(grant, no) === undefined;
}

/** What keeps the money in, beside the gate and time. */
function hindrances(grant: Grant, { no }: Tranche, { account, plan, now }: ForecastFacts): string[] {
  const runs = grant.status === 'awarded' || paysOut(grant, no);
  const payout = livePayout(grant, no);
  const usable =
    isUsable(account, plan, now) && (payout?.accountVersion ?? account.version) === account.version;
  return [
    ...(runs ? [] : [`the grant is ${grant.status}`]),
    ...(usable ? [] : ['its account may not be paid to']),
  ];
}

const stands: Readonly<Record<Exclude<AwaitedStatus, 'planned' | 'withheld'>, string>> = {
  payable: 'waits to be approved',
  approved: 'approved, its payout is to be ordered',
  ordered: 'its payout is ordered',
  'handed-over': 'its payout is with the bank',
  unknown: 'nobody knows what became of its payout',
};

function waitsInWords(
  { dueOn, because }: Tranche,
  { status, waitsFor }: Pick<ExpectedPayment, 'status' | 'waitsFor'>,
  { plan, now }: ForecastFacts,
): string {
  if (status === 'withheld') return because === null ? 'withheld' : `withheld by ${because}`;
  if (status !== 'planned') return stands[status];
  if (waitsFor.length > 0) return `waits for ${waitsFor.join(', ')}`;
  return dueOn !== null && dueOn > civilDateOf(now, plan.timeZone)
    ? `waits for its date, ${dueOn}`
    : 'its gate is open';
}
