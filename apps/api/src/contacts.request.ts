import { IsIn, IsOptional, ValidateIf } from 'class-validator';

import { parseCivilDate } from '#domain/civil-date.js';
import { codeUpTo } from '#domain/faults.js';
import { parseMail } from '#domain/mail-address.js';
import { parseGrantCode } from '#domain/scenario-document.js';
import { type Topic, topics } from '#domain/who-is-told.js';

import { ReadBy } from './validation.js';

/** A last day; none: it is over at once. */
export class EndRequest {
  @IsOptional()
  @ReadBy(parseCivilDate)
  until?: string;
}

/** Where a person's mail goes; null: they have no address any more. */
export class MailRequest {
  @ValidateIf((_, mail) => mail !== null)
  @ReadBy(parseMail)
  mail!: string | null;
}

/** The days on which something holds, both included; none: from today, and for good. */
class DaysRequest extends EndRequest {
  @IsOptional()
  @ReadBy(parseCivilDate)
  from?: string;
}

/** A person of the beneficiary who is told of something, about one of its grants or about all. */
export class ContactRequest extends DaysRequest {
  @ReadBy(codeUpTo(64))
  person!: string;

  @IsIn(topics, { message: `is one of ${topics.join(', ')}` })
  of!: Topic;

  @IsOptional()
  @ReadBy(parseGrantCode)
  grant?: string;
}

/** Who is told in a person's stead. */
export class DeputyRequest extends DaysRequest {
  @ReadBy(codeUpTo(64))
  deputy!: string;
}
