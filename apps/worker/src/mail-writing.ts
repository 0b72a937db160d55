import { mailLanguageOf } from '#notifications/message-facts.js';
import type { MessageFacts } from '#notifications/message-facts.js';
import type { OutgoingMail } from '#notifications/mail-transport.js';
import { render } from '#notifications/render.js';
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

/** Writes mails from the facts of their messages, by the templates in force. */
export class MailWriter {
  private templates = new MailTemplates();

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
    const { subject, text, html } = render(items, read, this.templates);
    const unsubscribe = optOut === null ? null : `${this.publicUrl}/unsubscribe/${optOut}`;
    return { subject, text, html, messageId, date, language: read, unsubscribe };
  }
}
