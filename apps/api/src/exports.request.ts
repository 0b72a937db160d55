import { IsIn } from 'class-validator';

import { parseCivilDate } from '#domain/civil-date.js';
import { type DeadlineState, deadlineStates } from '#domain/deadline.js';
import { codeUpTo } from '#domain/faults.js';
import { type ForecastGrouping, forecastGroupings } from '#persistence/views/schedule.view.js';

import { Asks, ReadBy } from './validation.js';

const formats = ['csv', 'xlsx', 'json'] as const;
const decimals = ['comma', 'point'] as const;

export class ExportQuery {
  @Asks({ enum: formats, default: 'csv', description: 'json: one object a line' })
  @IsIn(formats, { message: `is one of ${formats.join(', ')}` })
  format: (typeof formats)[number] = 'csv';

  @Asks({ enum: decimals, default: 'comma', description: 'of a CSV; a comma puts ";" between its cells' })
  @IsIn(decimals, { message: `is one of ${decimals.join(', ')}` })
  decimal: (typeof decimals)[number] = 'comma';

  @Asks({ type: String, description: 'code of a programme' })
  @ReadBy(codeUpTo(64))
  programme?: string;

  @Asks({ type: String, description: 'id of a beneficiary' })
  @ReadBy(codeUpTo(64))
  beneficiary?: string;

  @Asks({ type: String, format: 'date', description: 'first day' })
  @ReadBy(parseCivilDate)
  from?: string;

  @Asks({ type: String, format: 'date', description: 'last day, included' })
  @ReadBy(parseCivilDate)
  to?: string;

  @Asks({ enum: forecastGroupings, description: 'of a forecast: whose sums stand apart' })
  @IsIn(forecastGroupings, { message: `is one of ${forecastGroupings.join(', ')}` })
  by?: ForecastGrouping;

  @Asks({ enum: deadlineStates, description: 'of deadlines' })
  @IsIn(deadlineStates, { message: `is one of ${deadlineStates.join(', ')}` })
  state?: DeadlineState;

  @Asks({ type: String, description: 'of deadlines: the person who handles the grant' })
  @ReadBy(codeUpTo(64))
  handler?: string;
}
