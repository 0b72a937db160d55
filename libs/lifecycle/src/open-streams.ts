import type { AccountFacts, BeneficiaryFile } from '#domain/account.js';
import type { Instant } from '#domain/civil-date.js';
import { withConsequences } from '#domain/consequences.js';
import { dueEvents, nextDueAt } from '#domain/due.js';
import type { AccountEvent, GrantEvent, NewEvent } from '#domain/events.js';
import { eventVersion } from '#domain/events.js';
import { evolveAccount } from '#domain/evolve-account.js';
import { evolve } from '#domain/evolve.js';
import type { Facts } from '#domain/facts.js';
import type { Grant } from '#domain/grant.js';
import { accountFactsOf, usabilityMoments } from '#domain/usable-account.js';
import { handOverEvents } from '#domain/payout.js';
import { type ChainedEvent, StreamTail } from '#persistence/event-log.js';
import type { GrantChanges } from '#persistence/grant-changes.js';
import type { LoadedBeneficiary, LoadedGrant } from '#persistence/grant-file.js';
import type { KnownPlan } from '#persistence/plans.js';

/** A grant under lock: as it was loaded, and as the commands of this transaction have made it. */
export class OpenGrant {
  readonly events: ChainedEvent[] = [];
  grant: Grant | null;
  readonly tail: StreamTail;
  /** The account for which due events were laid at this instant; undefined: not yet. */
  #dueFor: AccountFacts | null | undefined;

  constructor(
    readonly code: string,
    readonly loaded: LoadedGrant | null,
    readonly known: KnownPlan,
  ) {
    this.grant = loaded?.grant ?? null;
    const { sequence, lastEventAt } = loaded?.grant ?? { sequence: 0, lastEventAt: null };
    this.tail = new StreamTail(`grant:${code}`, sequence, loaded?.hash ?? null, lastEventAt);
  }

  append(events: readonly NewEvent[], commandId: string, now: Instant): ChainedEvent[] {
    const chained = events.map((event) =>
      this.tail.append({ ...event, version: eventVersion }, commandId, now),
    );
    for (const event of chained) this.grant = evolve(this.grant, event as GrantEvent, this.known.plan);
    this.events.push(...chained);
    return chained;
  }

  /**
   * Lays what fell due, once per instant and account. It stands whatever becomes of the command after it.
   * Before the moment the grant waits for, nothing can be due by the clock: then only what follows from
   * the account is looked at, which changes apart from the grant.
   */
  layDue(facts: Facts, commandId = `due:${this.code}:${this.tail.sequence + 1}`): void {
    if (this.grant === null || this.#dueFor === facts.account) return;
    const first = this.#dueFor === undefined;
    this.#dueFor = facts.account;
    if (first) this.#layHandOvers(facts);
    const waitsFor = this.loaded?.nextDueAt ?? null;
    const events =
      waitsFor !== null && waitsFor <= facts.now
        ? dueEvents(this.grant, facts)
        : withConsequences({ grant: this.grant, events: [] }, facts).events;
    this.append(events, commandId, facts.now);
  }

  /** What batches took along comes before everything else: the money left when they did. */
  #layHandOvers(facts: Facts): void {
    if (this.grant === null) return;
    for (const { event, batch, sequence } of handOverEvents(this.grant, facts))
      this.append([event], `effect:batch:${batch}#${sequence}:hand-over-payouts:${this.code}`, facts.now);
  }

  #isOrdered(payout: string): boolean {
    return this.grant?.payouts.find(({ endToEndId }) => endToEndId === payout)?.status === 'ordered';
  }

  /** Hands over what is to be written: nothing where neither the grant nor its next due moment changed. */
  collect(changes: GrantChanges, facts: Facts): void {
    if (this.grant === null || this.tail.hash === null) return;
    // Only what the grant itself says by now: a command that was answered before, or came too late, lays nothing.
    for (const { endToEndId, handedOverBy } of this.loaded?.batched ?? [])
      if (handedOverBy !== null && !this.#isOrdered(endToEndId)) changes.recorded(endToEndId);
    const before = this.loaded?.grant ?? null;
    const stored = this.loaded?.nextDueAt ?? null;
    // The account moves apart from the grant, and brings moments of its own.
    const asStored = this.grant === before && (stored === null || stored > facts.now);
    if (asStored && usabilityMoments(facts).length === 0) return;
    const next = nextDueAt(this.grant, facts);
    if (this.grant === before && next === stored) return;
    changes.grant(before, this.grant, this.tail.hash, next);
    changes.events(this.events);
  }
}

/** A beneficiary with its accounts under lock. */
export class OpenBeneficiary {
  readonly events: ChainedEvent[] = [];
  readonly #before: BeneficiaryFile | null;
  file: BeneficiaryFile | null;
  readonly tail: StreamTail;
  account: AccountFacts | null;

  constructor(
    readonly id: string,
    readonly loaded: LoadedBeneficiary,
  ) {
    this.#before = loaded.file;
    this.file = loaded.file;
    this.account = loaded.account;
    const { sequence, lastEventAt } = loaded.file ?? { sequence: 0, lastEventAt: null };
    this.tail = new StreamTail(`beneficiary:${id}`, sequence, loaded.hash, lastEventAt);
  }

  append(events: readonly NewEvent[], commandId: string, now: Instant): ChainedEvent[] {
    const chained = events.map((event) =>
      this.tail.append({ ...event, version: eventVersion }, commandId, now),
    );
    for (const event of chained)
      if (this.file !== null) this.file = evolveAccount(this.file, event as AccountEvent);
    const current = this.file?.accounts.at(-1);
    if (current !== undefined && chained.length > 0) this.account = accountFactsOf(current);
    this.events.push(...chained);
    return chained;
  }

  collect(changes: GrantChanges): void {
    if (this.file === this.#before || this.file === null || this.#before === null) return;
    if (this.tail.hash !== null) changes.beneficiary(this.#before, this.file, this.tail.hash);
    changes.events(this.events);
  }
}
