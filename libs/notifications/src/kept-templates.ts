import type { MailLanguage } from './message-facts.js';
import { templateKindOf } from './template-kinds.js';
import { MailTemplates } from './templates.js';

/** Where saved templates are: the record's view of them. */
export interface TemplateSource {
  /** Another text when something was saved since; cheap. */
  stamp(): Promise<string>;
  saved(): Promise<
    readonly {
      readonly kind: string;
      readonly language: MailLanguage;
      readonly version: number;
      readonly source: string | null;
    }[]
  >;
}

/**
 * The templates in force, kept as long as nothing was saved since: a running worker writes the next mail by
 * what an agency saved the moment before, in whatever process that was.
 */
export class KeptTemplates {
  private stamp: string | null = null;
  private templates = new MailTemplates();

  constructor(private readonly source: TemplateSource) {}

  async current(): Promise<MailTemplates> {
    const stamp = await this.source.stamp();
    if (stamp === this.stamp) return this.templates;
    const saved = await this.source.saved();
    this.templates = new MailTemplates(
      saved.flatMap(({ kind, language, version, source }) => {
        const known = templateKindOf(kind);
        return known === null || source === null ? [] : [{ kind: known, language, version, source }];
      }),
    );
    // What is saved between the two reads gets a higher stamp, and is read the next time.
    this.stamp = stamp;
    return this.templates;
  }
}
