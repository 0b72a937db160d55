import { IsIn } from 'class-validator';

import { parseCivilDate } from '#domain/civil-date.js';
import { codeUpTo } from '#domain/faults.js';
import { type AgeBucket, ageBuckets } from '#persistence/views/ageing.view.js';
import { type ForecastGrouping, forecastGroupings } from '#persistence/views/schedule.view.js';

import { PageQuery } from './list-query.js';
import { Asks, ReadBy } from './validation.js';

export class CommitmentsQuery extends PageQuery {
  @Asks({ type: String, description: 'code of a programme' })
  @ReadBy(codeUpTo(64))
  programme?: string;

  @Asks({ type: String, description: 'id of a beneficiary' })
  @ReadBy(codeUpTo(64))
  beneficiary?: string;
}

export class ScheduleQuery extends CommitmentsQuery {
  @Asks({ type: String, format: 'date', description: 'first day; what is undated lies in no period' })
  @ReadBy(parseCivilDate)
  from?: string;

  @Asks({ type: String, format: 'date', description: 'last day, included' })
  @ReadBy(parseCivilDate)
  to?: string;
}

export class ForecastQuery extends ScheduleQuery {
  @Asks({ enum: [...forecastGroupings], default: 'month', description: 'whose sums stand apart in a month' })
  @IsIn(forecastGroupings, { message: `is one of ${forecastGroupings.join(', ')}` })
  by: ForecastGrouping = 'month';
}

export class PayoutsDoneQuery extends CommitmentsQuery {
  @Asks({ type: String, format: 'date', description: 'first day on which money left or came back' })
  @ReadBy(parseCivilDate)
  from?: string;

  @Asks({ type: String, format: 'date', description: 'last day, included' })
  @ReadBy(parseCivilDate)
  to?: string;
}

export class AgeingQuery extends CommitmentsQuery {
  @Asks({ enum: [...ageBuckets], description: 'days since it was handed over' })
  @IsIn(ageBuckets, { message: `is one of ${ageBuckets.join(', ')}` })
  bucket?: AgeBucket;
}
