import { IsIn } from 'class-validator';

import { type BatchStatus, batchMachine } from '#domain/batch.js';

import { PageQuery } from './list-query.js';
import { Asks } from './validation.js';

const states = Object.keys(batchMachine);

export class BatchesQuery extends PageQuery {
  @Asks({ enum: states })
  @IsIn(states, { message: `is one of ${states.join(', ')}` })
  state?: BatchStatus;
}
