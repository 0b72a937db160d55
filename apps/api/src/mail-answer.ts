import { mailLanguageOf } from '#notifications/message-facts.js';
import type { MessageFacts } from '#notifications/message-facts.js';
import { render } from '#notifications/render.js';
import type { MailTemplates } from '#notifications/templates.js';
import type { MailRead } from '#persistence/views/mail.view.js';

/** A mail as its reader sees it, written by the templates in force. */
export function mailAnswer({ items, language: theirs, ...mail }: MailRead, templates: MailTemplates) {
  const language = mailLanguageOf(theirs);
  const facts = items.map((item) => item.facts as unknown as MessageFacts);
  const { subject, text, html } = render(facts, language, templates);
  const told = items.map(({ id: message, kind, event }) => ({ message, kind, event }));
  return { ...mail, language, subject, text, html, items: told };
}
