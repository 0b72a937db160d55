import { IsIn } from 'class-validator';

import { parseCivilDate } from '#domain/civil-date.js';
import { codeUpTo } from '#domain/faults.js';
import { type RefusalCode, refusalCodes } from '#domain/refusal.js';

import { PageQuery } from './list-query.js';
import { Asks, ReadBy } from './validation.js';

const code = codeUpTo(64);

export class GrantRefusalsQuery extends PageQuery {
  @Asks({ enum: [...refusalCodes] })
  @IsIn(refusalCodes, { message: `is one of ${refusalCodes.join(', ')}` })
  code?: RefusalCode;

  @Asks({ type: String, description: 'the person whose command it was' })
  @ReadBy(code)
  by?: string;

  @Asks({ type: String, format: 'date', description: 'first day, in Brussels' })
  @ReadBy(parseCivilDate)
  from?: string;

  @Asks({ type: String, format: 'date', description: 'last day, in Brussels, included' })
  @ReadBy(parseCivilDate)
  to?: string;
}

export class RefusalsQuery extends GrantRefusalsQuery {
  @Asks({ type: String, description: 'code of a grant, whether it exists or not' })
  @ReadBy(code)
  grant?: string;
}
