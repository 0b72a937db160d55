import { IsString } from 'class-validator';

import { PageQuery } from './list-query.js';
import { Asks } from './validation.js';

export class DeadlineMovesQuery extends PageQuery {
  @Asks({ type: String })
  @IsString({ message: 'is the code of a programme' })
  programme?: string;
}
