import { type CivilDate, daysBetween } from './civil-date.js';
import type { Report } from './grant.js';

/** Days before a deadline from which it is due soon (domain.md, "Life of a grant"). */
export const soonDays = 14;

export const deadlineStates = ['open', 'due-soon', 'met', 'met-late', 'overdue'] as const;
export type DeadlineState = (typeof deadlineStates)[number];

/** A report's deadline as it stands on a day; an extended one may be in any state. */
export interface Deadline {
  readonly state: DeadlineState;
  readonly extended: boolean;
}

/**
 * The deadline of a report on `today`, a civil day in its plan's time zone. Derived, never stored (domain.md,
 * "Life of a grant"). The day itself still counts: overdue begins with the next one, or with its event. A waived
 * report that was never handed in owes nothing any more: met. A returned one owes again, by its new date.
 */
export function deadlineOf(
  {
    status,
    dueOn,
    late,
    overdue,
    extended,
  }: Pick<Report, 'status' | 'dueOn' | 'late' | 'overdue' | 'extended'>,
  today: CivilDate,
): Deadline {
  if (status === 'submitted' || status === 'accepted' || status === 'waived')
    return { state: late === true ? 'met-late' : 'met', extended };
  const left = daysBetween(today, dueOn);
  if (overdue || left < 0) return { state: 'overdue', extended };
  return { state: left <= soonDays ? 'due-soon' : 'open', extended };
}
