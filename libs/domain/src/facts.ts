import type { AccountFacts } from './account.js';
import type { BatchedPayout } from './batch.js';
import type { BusinessCalendar } from './business-calendar.js';
import type { Instant } from './civil-date.js';
import type { Envelope } from './envelope.js';
import type { EventData, EventType, NewEvent } from './events.js';
import type { Grant } from './grant.js';
import type { Actor, Contact } from './people.js';
import { system } from './people.js';
import type { Plan } from './plan.js';
import type { Refused } from './refusal.js';
import type { Deputy } from './who-is-told.js';

/** All a decision may look at beside the grant itself. Nothing else: decisions are pure. */
export interface Facts {
  readonly plan: Plan;
  readonly calendar: BusinessCalendar;
  /** The beneficiary's account in force; null where none was entered. */
  readonly account: AccountFacts | null;
  /** The persons of the beneficiary who are told of this grant's reports now (`toldOf`): they are reminded. */
  readonly contacts: readonly Contact[];
  /** Every administrator, told of an escalation where a grant has no handler. */
  readonly administrators: readonly Contact[];
  /** Who stands in for whom about now; absent where nobody does. */
  readonly deputies?: readonly Deputy[];
  readonly now: Instant;
  /** Payouts of this grant that a batch binds, or took along. */
  readonly batched: readonly BatchedPayout[];
  /** The other grant that the command acts on as well; absent where it names none, or one that does not exist. */
  readonly other?: OtherGrant;
  /** Every envelope of the grant's programme, as it stands now; given to an award only. */
  readonly envelopes?: readonly Envelope[];
}

/** Another grant under the same lock, with the facts of its own. */
export interface OtherGrant {
  readonly grant: Grant;
  readonly facts: Facts;
}

/** What a command comes to: what happened, on the grant and on the other one, or why not. */
export type Decision = Happened | Refused;
export interface Happened {
  readonly events: readonly NewEvent[];
  /** What happened on `Facts.other`. */
  readonly elsewhere?: readonly NewEvent[];
}

/** An event by whoever gave the command, with their reason. */
export function by<T extends EventType>(
  actor: Actor,
  type: T,
  data: EventData[T],
  reason: string | null = null,
): NewEvent {
  return { type, data, actor: actor.id, reason } as unknown as NewEvent;
}

/** An event that follows from the rules and from nobody's click. */
export function bySystem<T extends EventType>(
  type: T,
  data: EventData[T],
  reason: string | null = null,
): NewEvent {
  return by(system, type, data, reason);
}
