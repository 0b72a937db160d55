import type { AccountFacts } from './account.js';
import type { BusinessCalendar } from './business-calendar.js';
import type { Instant } from './civil-date.js';
import type { EventData, EventType, NewEvent } from './events.js';
import type { Actor, Contact } from './people.js';
import { system } from './people.js';
import type { Plan } from './plan.js';
import type { Refused } from './refusal.js';

/** All a decision may look at beside the grant itself. Nothing else: decisions are pure. */
export interface Facts {
  readonly plan: Plan;
  readonly calendar: BusinessCalendar;
  /** The beneficiary's account in force; null where none was entered. */
  readonly account: AccountFacts | null;
  /** The persons of the beneficiary, who are reminded. */
  readonly contacts: readonly Contact[];
  /** Every administrator, told of an escalation where a grant has no handler. */
  readonly administrators: readonly Contact[];
  readonly now: Instant;
}

/** What a command comes to: what happened, or why not. */
export type Decision = { readonly events: readonly NewEvent[] } | Refused;

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
