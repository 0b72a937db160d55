import type { Instant } from '#domain/civil-date.js';
import type { Command } from '#domain/commands.js';
import type { RecordedEvent } from '#domain/events.js';
import type { Refusal } from '#domain/refusal.js';

/** A command as it reaches the record. */
export interface CommandRequest extends Command {
  /**
   * The sequence its sender last saw (If-Match). Where the stream has moved on, the answer is `conflict`;
   * what falls due in the same moment does not count as moving on.
   */
  readonly expectedSequence?: number;
}

/** The command took effect; `sequence` is where its stream then stood (the ETag), `now` when. */
export interface Accepted {
  readonly accepted: true;
  readonly events: readonly RecordedEvent[];
  readonly now: Instant;
  readonly sequence: number;
  /** The id was known: this is the answer it got then. */
  readonly replayed: boolean;
}

export interface RefusedOutcome {
  readonly accepted: false;
  readonly refused: Refusal;
  readonly now: Instant;
  readonly replayed: boolean;
}

export type Outcome = Accepted | RefusedOutcome;
