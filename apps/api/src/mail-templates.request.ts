import { IsOptional } from 'class-validator';

import { textUpTo } from '#domain/faults.js';

import { ReadBy } from './validation.js';

const longestSource = 65_536;

/** The text of a mail: Markdown with Liquid, its first line the subject after "# ". */
export class MailTemplateRequest {
  @ReadBy(textUpTo(longestSource))
  source!: string;
}

/** What is tried out; without a source the text in force. */
export class MailTemplatePreviewRequest {
  @IsOptional()
  @ReadBy(textUpTo(longestSource))
  source?: string;

  /** The id of a message whose facts are taken; example facts unless given. */
  @IsOptional()
  @ReadBy(textUpTo(19))
  message?: string;
}
