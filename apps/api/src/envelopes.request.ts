import { Type } from 'class-transformer';
import { IsOptional } from 'class-validator';

import { firstBudgetYear, lastBudgetYear, parseArticle, parseBudgetYear } from '#domain/envelope.js';
import { codeUpTo, textUpTo } from '#domain/faults.js';
import { parseAmount } from '#domain/money.js';

import { PageQuery } from './list-query.js';
import { Asks, ReadBy } from './validation.js';

export class EnvelopesQuery extends PageQuery {
  @Asks({ type: String, description: 'code of a programme' })
  @ReadBy(codeUpTo(64))
  programme?: string;

  @Asks({ type: 'integer', minimum: firstBudgetYear, maximum: lastBudgetYear, description: 'civil year' })
  @Type(() => Number)
  @ReadBy(parseBudgetYear)
  year?: number;
}

/** The amount that an envelope gets; 0.00 closes it to further awards. */
export class EnvelopeRequest {
  @ReadBy(parseBudgetYear)
  year!: number;

  @ReadBy(parseArticle)
  article!: string;

  @ReadBy(parseAmount)
  amount!: string;

  @IsOptional()
  @ReadBy(textUpTo(2000))
  reason?: string;
}
