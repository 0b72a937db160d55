import type { BeneficiaryFile } from './account.js';
import type { Instant } from './civil-date.js';
import type { AccountEvent, GrantEvent } from './events.js';
import { evolveAccount } from './evolve-account.js';
import { evolve } from './evolve.js';
import { paysOut, missingConditions } from './gate.js';
import type { Grant } from './grant.js';
import { findTranche, isLive, livePayout, sums } from './grant.js';
import { checkReminders } from './invariants-reminders.js';
import type { RemindedHistory } from './invariants-reminders.js';
import { formatAmount } from './money.js';
import { system } from './people.js';
import type { Plan } from './plan.js';
import { evaluationsBehind, plannedTranche } from './plan.js';
import { accountFactsOf, isUsable } from './usable-account.js';

/** An invariant of domain.md that does not hold, and where. */
export interface Violation {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I5' | 'I6' | 'I8' | 'I9' | 'I12';
  readonly message: string;
}

/** What a check knows beside the grant and its events. */
export interface History {
  readonly plan: Plan;
  /** The beneficiary's whole stream, in sequence. */
  readonly accounts: readonly AccountEvent[];
  /** Who was to be reminded, up to when everything due was swept; null leaves "never silent" (I5) unchecked. */
  readonly reminded: RemindedHistory | null;
  /** When each batch that took a payout of this grant along was handed over; none where no batch did. */
  readonly batches?: ReadonlyMap<number, Instant>;
}

type Event<T extends GrantEvent['type']> = Extract<GrantEvent, { type: T }>;

/** One event with the grant before it and after it. */
export interface Step {
  readonly event: GrantEvent;
  readonly before: Grant | null;
  readonly after: Grant;
}

/** The grant that `events` fold to (I6). Throws on a history that the state machines do not allow. */
export function refold(events: readonly GrantEvent[], plan: Plan): Grant {
  const grant = replay(events, plan).at(-1)?.after;
  if (grant === undefined) throw new Error('a grant without events does not exist');
  return grant;
}

function replay(events: readonly GrantEvent[], plan: Plan): Step[] {
  let before: Grant | null = null;
  return events.map((event) => {
    const after: Grant = evolve(before, event, plan);
    const step = { event, before, after };
    before = after;
    return step;
  });
}

/**
 * Every invariant that a grant's history alone can show broken (domain.md, "Invariants": I1, I2, I3, I5, I6,
 * I8, I9 and the order of events behind I12). `grant` is what is recorded, `events` its whole stream in
 * sequence. Empty where all hold; never throws.
 */
export function checkGrant(grant: Grant, events: readonly GrantEvent[], history: History): Violation[] {
  let steps: Step[];
  try {
    steps = replay(events, history.plan);
  } catch (error) {
    return [violation('I6', `the events do not fold: ${(error as Error).message}`)];
  }
  const last = steps.at(-1);
  if (last === undefined) return [violation('I6', `${grant.code} has no events`)];
  return [
    ...checkStream(grant, events),
    ...differences(last.after, grant, grant.code).map((path) =>
      violation('I6', `the rows differ from the events at ${path}`),
    ),
    ...steps.flatMap((step) => [
      ...checkSums(step.after, step.event),
      ...checkReleased(step),
      ...checkPayouts(step, history),
      ...checkEyes(step, history.plan),
    ]),
    ...checkReminders(steps, history.plan, history.reminded),
  ];
}

/** Sequences without a gap, one stream, and time that never runs back (I6, I12). */
function checkStream(grant: Grant, events: readonly GrantEvent[]): Violation[] {
  const found: Violation[] = [];
  events.forEach((event, index) => {
    if (event.sequence !== index + 1)
      found.push(violation('I6', `event ${index + 1} carries sequence ${event.sequence}`));
    if (event.stream !== `grant:${grant.code}`)
      found.push(violation('I6', `event ${event.sequence} is of stream ${event.stream}`));
    const previous = events[index - 1];
    if (previous !== undefined && previous.occurredAt > event.occurredAt)
      found.push(violation('I12', `event ${event.sequence} lies before the one it follows`));
  });
  return found;
}

/** I1, and the chain of sums of I3: awarded ≥ scheduled ≥ approved ≥ ordered ≥ paid, paid − recovered ≤ approved. */
function checkSums(grant: Grant, event: GrantEvent): Violation[] {
  const at = `after event ${event.sequence} (${event.type})`;
  const found: Violation[] = [];
  const { awarded, scheduled, approved, ordered, paid, released, recovered } = sums(grant);
  if (grant.tranches.length > 0 && scheduled + released !== awarded)
    found.push(
      violation(
        'I1',
        `${at} ${formatAmount(scheduled)} scheduled and ${formatAmount(released)} released make no ${formatAmount(awarded)}`,
      ),
    );
  const chain = [awarded, scheduled, approved, ordered, paid, 0n];
  if (chain.some((sum, index) => index > 0 && sum > (chain[index - 1] as bigint)))
    found.push(violation('I3', `${at} the sums are no chain: ${chain.map(formatAmount).join(' ≥ ')}`));
  if (paid - recovered > approved)
    found.push(violation('I3', `${at} more was paid and not recovered than approved`));
  for (const { no, amountCents, releasedCents } of grant.tranches) {
    if (amountCents < 0n || releasedCents < 0n)
      found.push(violation('I1', `${at} tranche ${no} holds or released less than nothing`));
    if (grant.payouts.filter((payout) => payout.tranche === no && isLive(payout)).length > 1)
      found.push(violation('I3', `${at} tranche ${no} has two live payouts`));
  }
  for (const { no, openCents, amountCents } of grant.recoveries)
    if (openCents < 0n || openCents > amountCents)
      found.push(violation('I3', `${at} recovery ${no} has ${formatAmount(openCents)} open`));
  return found;
}

/** What an event says was released is what its tranche lost (I1, told by the log itself). */
function checkReleased({ event, before, after }: Step): Violation[] {
  if (event.type !== 'tranche.reduced' && event.type !== 'tranche.cancelled') return [];
  const { tranche: no } = event.data;
  const was = before === null ? undefined : findTranche(before, no);
  const is = findTranche(after, no);
  if (was === undefined || is === undefined) return [];
  const released = event.type === 'tranche.reduced' ? event.data.released : event.data.amount;
  return formatAmount(is.releasedCents - was.releasedCents) === released
    ? []
    : [violation('I1', `event ${event.sequence} (${event.type}) released something else than ${released}`)];
}

/** I2 and I3 at every order, I9 at every order and handing over. */
function checkPayouts({ event, before }: Step, history: History): Violation[] {
  if (event.type !== 'payout.ordered' && event.type !== 'payout.handed-over') return [];
  const { tranche: no, endToEndId } = event.data;
  const tranche = before === null ? undefined : findTranche(before, no);
  if (before === null || tranche === undefined) return [violation('I2', `${endToEndId} has no tranche`)];
  const found: Violation[] = [];
  if (!paysOut(before, no))
    found.push(violation('I9', `${event.type} of ${endToEndId} while the grant was ${before.status}`));
  const payout = before.payouts.find((known) => known.endToEndId === endToEndId);
  const version = event.type === 'payout.ordered' ? event.data.accountVersion : payout?.accountVersion;
  // A payout that went with a batch left when the batch did, also where its grant recorded that later.
  const batch = event.type === 'payout.handed-over' ? event.data.batch : undefined;
  const leftAt = batch === undefined ? event.occurredAt : history.batches?.get(batch);
  if (leftAt === undefined)
    found.push(violation('I9', `${endToEndId} went with batch ${batch}, which was not handed over`));
  else if (!wasUsable(history, version ?? 0, leftAt))
    found.push(violation('I9', `${event.type} of ${endToEndId} to account ${version}, not the usable one`));
  if (event.type === 'payout.handed-over') return found;
  const missing = missingConditions(before, history.plan, plannedTranche(history.plan, no));
  if (missing.length > 0)
    found.push(violation('I2', `${endToEndId} was ordered while its gate missed ${missing.join(', ')}`));
  if (tranche.status !== 'approved' || tranche.approval === null)
    found.push(violation('I3', `${endToEndId} was ordered while tranche ${no} was ${tranche.status}`));
  if (livePayout(before, no) !== undefined || payout !== undefined)
    found.push(violation('I3', `${endToEndId} was ordered beside a live payout, or twice`));
  if (event.data.amount !== formatAmount(tranche.amountCents))
    found.push(violation('I3', `${endToEndId} is of another amount than its tranche`));
  return found;
}

/**
 * Whether account `version` was in force and usable at `at`. Events of two streams at one instant have
 * no order between them, so of those the reading counts that lets the payout stand.
 */
function wasUsable({ accounts, plan }: History, version: number, at: Instant): boolean {
  let file: BeneficiaryFile = { id: '', accounts: [], sequence: 0, lastEventAt: null };
  const usable = (): boolean => {
    const current = file.accounts.at(-1);
    return current?.version === version && isUsable(accountFactsOf(current), plan, at);
  };
  for (const event of accounts) {
    if (event.occurredAt > at) break;
    if (event.occurredAt === at && usable()) return true;
    file = evolveAccount(file, event);
  }
  return usable();
}

/** I8 over a grant: the pairs in force under its plan. The service itself is no person. */
function checkEyes({ event, before }: Step, plan: Plan): Violation[] {
  if (before === null || event.actor === system.id) return [];
  if (event.type === 'evaluation.decided') {
    const who = recommender(before, event.data.evaluation);
    return plan.approval.fourEyes && who === event.actor
      ? [violation('I8', `${who} recommended and decided evaluation ${event.data.evaluation}`)]
      : [];
  }
  if (event.type === 'payout.settled') return checkExecuted(before, event);
  if (event.type !== 'tranche.first-approved' && event.type !== 'tranche.approved') return [];
  const { tranche: no } = event.data;
  const found: Violation[] = [];
  const judged = plan.approval.fourEyes ? [...evaluationsBehind(plannedTranche(plan, no))] : [];
  for (const code of judged)
    if (recommender(before, code) === event.actor)
      found.push(violation('I8', `${event.actor} recommended evaluation ${code} and approved tranche ${no}`));
  if (event.type === 'tranche.first-approved') return found;
  const tranche = findTranche(before, no);
  if (tranche?.firstApproval?.by === event.actor)
    found.push(violation('I8', `${event.actor} approved tranche ${no} twice`));
  const above = plan.approval.secondApproverAboveCents;
  if (above !== null && (tranche?.amountCents ?? 0n) > above && tranche?.firstApproval === null)
    found.push(violation('I8', `tranche ${no} was approved by one person alone`));
  return found;
}

/** What the answers in a bank file are recorded under; what a person gives is under an id of their own. */
const bankAnswerIds = 'effect:bank-file:';

/**
 * I8 over a payout without a bank file: whoever confirms it is not whoever marked it, whichever way they
 * confirm; evidence is that of the mark. A bank's answer is a second proof, whoever imported it.
 */
function checkExecuted(before: Grant, { actor, data, commandId }: Event<'payout.settled'>): Violation[] {
  const executed = before.payouts.find(({ endToEndId }) => endToEndId === data.endToEndId)?.executed;
  if (data.evidence !== undefined && executed?.evidence !== data.evidence)
    return [violation('I8', `${data.endToEndId} was confirmed as executed by one person alone`)];
  return executed?.by === actor && !commandId.startsWith(bankAnswerIds)
    ? [violation('I8', `${actor} marked ${data.endToEndId} as executed and confirmed it`)]
    : [];
}

function recommender(grant: Grant, evaluation: string): string | undefined {
  return grant.evaluations.find(({ code }) => code === evaluation)?.recommended?.by;
}

/**
 * I8 over a beneficiary's stream: whoever verified an account, or lifted the block of its payee check by an
 * override or another check, is not whoever entered it; versions count up, and only the last one is checked
 * and verified.
 */
export function checkAccounts(events: readonly AccountEvent[]): Violation[] {
  const found: Violation[] = [];
  let entered = 0;
  let blocked = false;
  for (const event of events) {
    const { version } = event.data;
    if (event.type === 'account.changed') {
      if (version !== entered + 1) found.push(violation('I6', `account ${version} follows ${entered}`));
      entered = version;
      blocked = false;
      continue;
    }
    const did = event.type.slice('account.'.length);
    if (version !== entered) found.push(violation('I6', `account ${version} was ${did} after ${entered}`));
    const wasBlocked = blocked;
    if (event.type === 'account.payee-checked') blocked = event.data.result === 'no-match';
    if (event.type === 'account.payee-check-overridden') blocked = false;
    if (event.type === 'account.payee-checked' && (blocked || !wasBlocked)) continue;
    const by = events.find(({ type, data }) => type === 'account.changed' && data.version === version)?.actor;
    if (by === event.actor && by !== system.id)
      found.push(violation('I8', `${by} entered account ${version}, and it was ${did} by them`));
  }
  return found;
}

/** Where two JSON-like values differ, as paths; amounts compare as bigint. At most ten. */
function differences(expected: unknown, found: unknown, path: string): string[] {
  if (Object.is(expected, found)) return [];
  if (typeof expected !== 'object' || typeof found !== 'object' || expected === null || found === null)
    return [`${path}: ${String(expected)} by the events, ${String(found)} in the rows`];
  const left = expected as Record<string, unknown>;
  const right = found as Record<string, unknown>;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) => differences(left[key], right[key], `${path}.${key}`)).slice(0, 10);
}

function violation(invariant: Violation['invariant'], message: string): Violation {
  return { invariant, message };
}
