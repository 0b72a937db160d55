import { IsIn } from 'class-validator';

import { type BankEntryStatus, bankEntryStatuses } from '#domain/bank-file-decisions.js';
import { textUpTo } from '#domain/faults.js';

import { PageQuery } from './list-query.js';
import { Asks, ReadBy } from './validation.js';

export class BankEntriesQuery extends PageQuery {
  @Asks({ enum: bankEntryStatuses })
  @IsIn(bankEntryStatuses, { message: `is one of ${bankEntryStatuses.join(', ')}` })
  status?: BankEntryStatus;
}

export class BankFileName {
  @Asks({ type: String, maxLength: 500, description: 'what the file is called' })
  @ReadBy(textUpTo(500))
  name?: string;
}
