import { IsIn } from 'class-validator';

import { codeUpTo } from '#domain/faults.js';
import type { MailClass, MailState } from '#persistence/views/mail.view.js';

import { PageQuery } from './list-query.js';
import { Asks, ReadBy } from './validation.js';

const states: readonly MailState[] = ['open', 'waiting', 'sending', 'sent', 'recorded', 'failed', 'parked'];
const classes: readonly MailClass[] = ['due', 'news', 'digest'];

export class MailsQuery extends PageQuery {
  @Asks({ type: String, description: 'to whom' })
  @ReadBy(codeUpTo(64))
  recipient?: string;

  @Asks({ enum: states, description: 'how far it got' })
  @IsIn(states, { message: `is one of ${states.join(', ')}` })
  state?: MailState;

  @Asks({ enum: classes, description: 'what fell due, what just happened, or a digest' })
  @IsIn(classes, { message: `is one of ${classes.join(', ')}` })
  class?: MailClass;
}
