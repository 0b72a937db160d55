import { OmitType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, Matches } from 'class-validator';

import { parseCivilDate } from '#domain/civil-date.js';
import { type DeadlineState, deadlineStates } from '#domain/deadline.js';
import { codeUpTo } from '#domain/faults.js';
import type { GrantStatus, PayoutStatus } from '#domain/grant.js';
import { grantMachine, payoutMachine } from '#domain/grant.js';

import { PageQuery } from './list-query.js';
import { Asks, ReadBy } from './validation.js';

const grantStatuses = Object.keys(grantMachine);
const payoutStatuses = Object.keys(payoutMachine);
const code = codeUpTo(64);

/** Filters that every list over grants has. */
class AcrossGrantsQuery extends PageQuery {
  @Asks({ type: String, description: 'code of a programme' })
  @ReadBy(code)
  programme?: string;

  @Asks({ type: String, description: 'id of a beneficiary' })
  @ReadBy(code)
  beneficiary?: string;
}

export class GrantsQuery extends AcrossGrantsQuery {
  @Asks({ enum: grantStatuses })
  @IsIn(grantStatuses, { message: `is one of ${grantStatuses.join(', ')}` })
  status?: GrantStatus;

  @Asks({ type: String, description: 'the person who handles the grant' })
  @ReadBy(code)
  handler?: string;
}

export class DeadlinesQuery extends AcrossGrantsQuery {
  @Asks({ type: String, format: 'date', description: 'first day' })
  @ReadBy(parseCivilDate)
  from?: string;

  @Asks({ type: String, format: 'date', description: 'last day, included' })
  @ReadBy(parseCivilDate)
  to?: string;

  @Asks({ enum: deadlineStates })
  @IsIn(deadlineStates, { message: `is one of ${deadlineStates.join(', ')}` })
  state?: DeadlineState;

  @Asks({ type: String, description: 'the person who handles the grant' })
  @ReadBy(code)
  handler?: string;

  @Asks({ type: Boolean, description: 'only where an extension waits for an answer, or only the rest' })
  @Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsIn([true, false], { message: 'is true or false' })
  asked?: boolean;
}

/** Counts take what narrows the list, but neither its pages nor a state. */
export class DeadlineCountsQuery extends OmitType(DeadlinesQuery, ['after', 'limit', 'state'] as const) {}

export class PayoutsQuery extends AcrossGrantsQuery {
  @Asks({ enum: payoutStatuses })
  @IsIn(payoutStatuses, { message: `is one of ${payoutStatuses.join(', ')}` })
  state?: PayoutStatus;

  @Asks({ type: Boolean, description: 'only what something holds back, or only the rest' })
  @Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsIn([true, false], { message: 'is true or false' })
  held?: boolean;
}

export class MessagesQuery extends PageQuery {
  @Asks({ type: String, description: 'to whom' })
  @ReadBy(code)
  recipient?: string;

  @Asks({ type: String, description: 'type of the event it tells of' })
  @Matches(/^([a-z]+\.[a-z-]+|digest)$/, {
    message: 'is the type of an event, for example reminder.sent, or digest',
  })
  kind?: string;

  @Asks({ type: String, description: 'code of a grant' })
  @ReadBy(code)
  grant?: string;
}
