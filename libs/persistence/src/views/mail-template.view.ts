import type { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';

import { instantText } from './sql-text.js';

/** The version in force of a template that was saved; `source` is null where it was reset. */
export interface MailTemplateSaved {
  readonly kind: string;
  readonly language: 'nl' | 'fr' | 'en';
  readonly version: number;
  readonly source: string | null;
  readonly setBy: string;
  readonly setAt: Instant;
  /** Null unless a mail was to be written by this version and it failed. */
  readonly failed: MailTemplateFailed | null;
}

/** The first time a saved text failed when a mail was to be written by it, and how. */
export interface MailTemplateFailed {
  /** By the machine's clock. */
  readonly at: Instant;
  /** `line 3, column 4: …` */
  readonly fault: string;
}

export class MailTemplateView {
  constructor(private readonly database: DataSource) {}

  /** Another text when a template was saved or reset since. */
  async stamp(): Promise<string> {
    const [row]: { stamp: string }[] = await this.database.query(
      'SELECT coalesce(max(id), 0)::text AS stamp FROM mail_templates',
    );
    return row?.stamp ?? '0';
  }

  /** What was last saved for each kind and language. At most one for each, so this is no list in pages. */
  saved(): Promise<MailTemplateSaved[]> {
    return this.database.query(
      `SELECT DISTINCT ON (kind, language) kind, language, version, source, set_by AS "setBy",
              ${instantText('set_at')} AS "setAt",
              CASE WHEN fault IS NOT NULL
                THEN json_build_object('at', ${instantText('failed_at')}, 'fault', fault) END AS failed
         FROM mail_templates LEFT JOIN mail_template_faults USING (kind, language, version)
        ORDER BY kind, language, version DESC`,
    );
  }

  /** The facts of a message as they were recorded, with its kind; null where there is no such message, or none were. */
  async factsOf(message: string): Promise<{ readonly kind: string } | null> {
    const rows: { kind: string; facts: object | null }[] = await this.database.query(
      'SELECT kind, facts FROM messages WHERE id = $1',
      [message],
    );
    const [row] = rows;
    return row === undefined || row.facts === null ? null : { ...row.facts, kind: row.kind };
  }
}
