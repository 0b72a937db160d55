import { sentenceOf } from '#notifications/mail-template.js';
import { mailLanguageOf } from '#notifications/message-facts.js';
import type { MailLanguage, MessageFacts } from '#notifications/message-facts.js';
import type { OutgoingMail } from '#notifications/mail-transport.js';
import { type FailedTemplate, render } from '#notifications/render.js';
import type { TemplateKind } from '#notifications/template-kinds.js';
import { MailTemplates } from '#notifications/templates.js';

/** A mail as its rows have it. */
export interface MailToWrite {
  readonly id: string;
  readonly messageId: string;
  /** When it was fixed. */
  readonly date: Date;
  readonly language: string;
  readonly address: string | null;
  /** Its secret for leaving the digest; null for what is owed to its reader. */
  readonly optOut: string | null;
  readonly items: readonly MessageFacts[];
}

/** A saved template that failed on the facts of a mail, which went with the one that came with the service. */
export interface TemplateFailure {
  readonly kind: TemplateKind;
  readonly language: MailLanguage;
  readonly version: number;
  /** `line 3, column 4: …` */
  readonly fault: string;
}

/** Writes mails from the facts of their messages, by the templates in force. */
export class MailWriter {
  private templates = new MailTemplates();
  /** The first failure of each version of a template. */
  private readonly failed = new Map<string, TemplateFailure>();

  constructor(
    private readonly publicUrl: string,
    private readonly loadTemplates: () => Promise<MailTemplates>,
  ) {}

  /** Takes up what an agency saved since. */
  async refresh(): Promise<void> {
    this.templates = await this.loadTemplates();
  }

  /** Throws where a template that came with the service fails on the facts. */
  write({ items, language, messageId, date, optOut }: MailToWrite): Omit<OutgoingMail, 'to'> {
    const read = mailLanguageOf(language);
    const { subject, text, html, faults } = render(items, read, this.templates);
    for (const fault of faults) this.keep(read, fault);
    const unsubscribe = optOut === null ? null : `${this.publicUrl}/unsubscribe/${optOut}`;
    return { subject, text, html, messageId, date, language: read, unsubscribe };
  }

  /** Every saved template that failed so far, once for each version. */
  failures(): readonly TemplateFailure[] {
    return [...this.failed.values()];
  }

  private keep(language: MailLanguage, { kind, version, ...fault }: FailedTemplate): void {
    const key = `${language}/${kind}/${version}`;
    if (version === null || this.failed.has(key)) return;
    this.failed.set(key, { kind, language, version, fault: sentenceOf(fault) });
  }
}
