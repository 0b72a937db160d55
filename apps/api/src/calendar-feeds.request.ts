import { IsOptional } from 'class-validator';

import { textUpTo } from '#domain/faults.js';

import { ReadBy } from './validation.js';

export class CalendarFeedRequest {
  /** To know later which one it is: a device, a calendar. */
  @IsOptional()
  @ReadBy(textUpTo(200))
  name?: string;
}
