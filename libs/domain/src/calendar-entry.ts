import type { CivilDate, Instant } from './civil-date.js';

/** Whose grant it is, as it is shown. */
export interface GrantNamed {
  readonly grant: string;
  readonly programmeTitle: string;
  readonly beneficiaryName: string;
}

/** What an entry of a calendar feed is about; amounts are euro text with two decimals. */
export type CalendarSubject =
  | ({
      readonly kind: 'deadline';
      readonly report: string;
      readonly title: string | null;
      readonly overdue: boolean;
      readonly extended: boolean;
      readonly waiting: readonly { readonly tranche: number; readonly amount: string }[];
    } & GrantNamed)
  | ({ readonly kind: 'window'; readonly evaluation: string } & GrantNamed)
  /** Windows of many grants together; `open` of `all` are still to be decided. */
  | {
      readonly kind: 'windows';
      readonly evaluation: string;
      readonly programmeTitle: string;
      readonly open: number;
      readonly all: number;
    }
  | ({
      readonly kind: 'payment';
      readonly tranche: number;
      readonly amount: string;
      readonly certain: boolean;
      /** The amount is the most it can be. */
      readonly upTo: boolean;
    } & GrantNamed)
  /** Payments of many grants on one day together. */
  | {
      readonly kind: 'payments';
      readonly certain: string;
      readonly certainCount: number;
      readonly expected: string;
      readonly expectedCount: number;
    };

/**
 * An entry of a calendar feed: whole days of something a person waits for. Sequence and moment follow from the
 * record and its clock alone, so that every process says the same.
 */
export interface CalendarEntry {
  /** Its kind and what names it, in parts: the same as long as it is the same thing, wherever it moves. */
  readonly key: readonly [CalendarSubject['kind'], ...string[]];
  /** Grows whenever what it says of days or of its end changes, and never falls. */
  readonly sequence: number;
  readonly modifiedAt: Instant;
  /** First and last day. */
  readonly from: CivilDate;
  readonly to: CivilDate;
  /** `met`: done, nothing is owed any more. `dropped`: it will not happen. Null: it stands. */
  readonly closed: 'met' | 'dropped' | null;
  readonly subject: CalendarSubject;
}
