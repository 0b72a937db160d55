import { EntitySchema } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { cents, instant, integer, key, optional, text } from './columns.js';

/** A version of the text of a mail that an agency saved; the last one is in force. Never changed. */
export interface MailTemplateRow {
  id: bigint;
  kind: string;
  language: string;
  version: number;
  /** Null: the text that comes with the service again. */
  source: string | null;
  setBy: string;
  setAt: Instant;
}

export const mailTemplateTable = new EntitySchema<MailTemplateRow>({
  name: 'mail-template',
  tableName: 'mail_templates',
  columns: {
    id: cents('id'),
    kind: key(text('kind')),
    language: key(text('language')),
    version: key(integer('version')),
    source: optional(text('source')),
    setBy: text('set_by'),
    setAt: instant('set_at'),
  },
});

/** A version of a saved text that failed when a mail was to be written by it: the first time, and how. */
export interface MailTemplateFaultRow {
  kind: string;
  language: string;
  version: number;
  fault: string;
  failedAt: Instant;
}

export const mailTemplateFaultTable = new EntitySchema<MailTemplateFaultRow>({
  name: 'mail-template-fault',
  tableName: 'mail_template_faults',
  columns: {
    kind: key(text('kind')),
    language: key(text('language')),
    version: key(integer('version')),
    fault: text('fault'),
    failedAt: instant('failed_at'),
  },
});
