import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { cents, identity, instant, integer, optional, text } from './columns.js';

/** What fell due, what just happened, or a morning's digest. */
export type MailClass = 'due' | 'news' | 'digest';

/**
 * `open` takes messages still; `waiting` for an attempt, `sending` in one; `sent`: the server took it; `recorded`:
 * there is no server, it lies in the local outbox; `failed`: refused for good; `parked`: nothing tries it any more.
 */
export type MailState = 'open' | 'waiting' | 'sending' | 'sent' | 'recorded' | 'failed' | 'parked';

/** A mail to one person. Times are the machine's but for `moment` and `dueAt`, which are the rules'. */
export interface MailRow {
  id: bigint;
  recipient: string;
  class: MailClass;
  moment: Instant;
  dueAt: Instant;
  openedAt: Instant;
  state: MailState;
  fixedAt: Instant | null;
  part: number | null;
  messageId: string | null;
  attempts: number;
  /** When it may be tried; of one that is being sent, when its sender is given up. */
  nextAttemptAt: Instant | null;
  address: string | null;
  response: string | null;
  lastError: string | null;
  handedOverAt: Instant | null;
  /** From due to handed over, in milliseconds of the rules' time. */
  lateMs: bigint | null;
  /** The secret in the link by which a digest's reader leaves it. */
  optOut: string | null;
}

export const mailTable = new EntitySchema<MailRow>({
  name: 'mail',
  tableName: 'mails',
  columns: {
    id: identity('id'),
    recipient: text('recipient'),
    class: text('class'),
    moment: instant('moment'),
    dueAt: instant('due_at'),
    openedAt: instant('opened_at'),
    state: text('state'),
    fixedAt: optional(instant('fixed_at')),
    part: optional(integer('part')),
    messageId: optional(text('message_id')),
    attempts: integer('attempts'),
    nextAttemptAt: optional(instant('next_attempt_at')),
    address: optional(text('address')),
    response: optional(text('response')),
    lastError: optional(text('last_error')),
    handedOverAt: optional(instant('handed_over_at')),
    lateMs: optional(cents('late_ms')),
    optOut: optional(text('opt_out')),
  },
});
