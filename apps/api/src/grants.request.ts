import { Transform } from 'class-transformer';
import { IsIn, IsOptional, Matches } from 'class-validator';

import { parseCivilDate } from '#domain/civil-date.js';
import { codeUpTo } from '#domain/faults.js';
import type { GrantStatus, PayoutStatus } from '#domain/grant.js';
import { grantMachine, payoutMachine } from '#domain/grant.js';
import { type DeadlineState, deadlineStates } from '#persistence/views/sql-text.js';

import { PageQuery } from './list-query.js';
import { ReadBy } from './validation.js';

const grantStatuses = Object.keys(grantMachine);
const payoutStatuses = Object.keys(payoutMachine);
const code = codeUpTo(64);

/** Filters that every list over grants has. */
class AcrossGrantsQuery extends PageQuery {
  @IsOptional()
  @ReadBy(code)
  programme?: string;

  @IsOptional()
  @ReadBy(code)
  beneficiary?: string;
}

export class GrantsQuery extends AcrossGrantsQuery {
  @IsOptional()
  @IsIn(grantStatuses, { message: `is one of ${grantStatuses.join(', ')}` })
  status?: GrantStatus;

  @IsOptional()
  @ReadBy(code)
  handler?: string;
}

export class DeadlinesQuery extends AcrossGrantsQuery {
  /** First day. */
  @IsOptional()
  @ReadBy(parseCivilDate)
  from?: string;

  /** Last day, included. */
  @IsOptional()
  @ReadBy(parseCivilDate)
  to?: string;

  @IsOptional()
  @IsIn(deadlineStates, { message: `is one of ${deadlineStates.join(', ')}` })
  state?: DeadlineState;

  @IsOptional()
  @ReadBy(code)
  handler?: string;
}

export class PayoutsQuery extends AcrossGrantsQuery {
  @IsOptional()
  @IsIn(payoutStatuses, { message: `is one of ${payoutStatuses.join(', ')}` })
  state?: PayoutStatus;

  @IsOptional()
  @Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsIn([true, false], { message: 'is true or false' })
  held?: boolean;
}

export class MessagesQuery extends PageQuery {
  @IsOptional()
  @ReadBy(code)
  recipient?: string;

  @IsOptional()
  @Matches(/^[a-z]+\.[a-z-]+$/, { message: 'is the type of an event, for example reminder.sent' })
  kind?: string;

  @IsOptional()
  @ReadBy(code)
  grant?: string;
}
