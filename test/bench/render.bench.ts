/**
 * Writing mails: a reminder in three languages, each with facts of its own, subject, text and HTML. Against a
 * bare string concatenation that writes the same three from the same facts without a template.
 * Claim (README, "How fast"): at least 5,000 a second on one thread.
 */
import { exampleOf } from '#notifications/message-examples.js';
import type { MessageFacts } from '#notifications/message-facts.js';
import { mailLanguages } from '#notifications/message-facts.js';
import { formatsOf } from '#notifications/language-formats.js';
import { escapeHtml } from '#notifications/mail-values.js';
import { render } from '#notifications/render.js';
import { MailTemplates } from '#notifications/templates.js';

type Reminder = MessageFacts<'reminder.sent'>;

const measured = 30_000;
const templates = new MailTemplates();

describe('writing mails', () => {
  it('of one reminder each', () => {
    const rendered = timed((facts, index) => {
      const mail = render([facts], mailLanguages[index % 3] ?? 'nl', templates);
      return mail.subject.length + mail.text.length + mail.html.length;
    });
    const concatenated = timed((facts, index) => byHand(facts, index));
    print('rendered', rendered);
    print('by hand', concatenated);
    console.log(`ratio: ${(rendered / concatenated).toFixed(2)}`);
    expect(rendered).toBeGreaterThanOrEqual(5_000);
  });

  it('of ten reminders each', () => {
    const ten = timed((facts, index) => {
      const items = Array.from({ length: 10 }, (_, at) => ({ ...facts, grant: `${facts.grant}-${at}` }));
      return render(items, mailLanguages[index % 3] ?? 'nl', templates).html.length;
    }, measured / 10);
    print('mails of ten', ten);
    expect(ten).toBeGreaterThanOrEqual(500);
  });
});

/** Calls a second of this process's own time, so that what else runs on the machine does not count. */
function timed(write: (facts: Reminder, index: number) => number, times = measured): number {
  const example = exampleOf('reminder.sent');
  const factsOf = (index: number): Reminder => ({ ...example, grant: `GRANT-${index}`, days: index % 60 });
  for (let index = 0; index < times / 10; index += 1) write(factsOf(index), index);
  const before = process.cpuUsage();
  let characters = 0;
  for (let index = 0; index < times; index += 1) characters += write(factsOf(index), index);
  const { user, system } = process.cpuUsage(before);
  expect(characters).toBeGreaterThan(times);
  return times / ((user + system) / 1e6);
}

const formats = mailLanguages.map((language) => formatsOf(language));

function byHand(facts: Reminder, index: number): number {
  const words = formats[index % 3] ?? formatsOf('nl');
  const date = words.date(facts.dueOn);
  const subject = `${date}: ${facts.report} (${facts.grant})`;
  const waiting = facts.waiting.map(({ tranche, amount }) => `schijf ${tranche}: ${words.amount(amount)}`);
  const text = `Beste ${facts.recipient},\n\n${facts.report} ${date} ${facts.days}\n\n${facts.grant} ${facts.programme} ${facts.beneficiary}\n\n- ${waiting.join('\n- ')}\n\n${facts.link}\n\n${facts.contact} ${facts.contactMail}\n`;
  const html = `<!doctype html><html><head><title>${escapeHtml(subject)}</title></head><body><p>${escapeHtml(facts.recipient)}</p><p>${escapeHtml(facts.report)} <b>${date}</b> ${facts.days}</p><p>${escapeHtml(facts.grant)} ${escapeHtml(facts.programme)} ${escapeHtml(facts.beneficiary)}</p><ul><li>${waiting.map(escapeHtml).join('</li><li>')}</li></ul><p><a href="${escapeHtml(facts.link)}">x</a></p><p>${escapeHtml(facts.contact ?? '')} ${escapeHtml(facts.contactMail ?? '')}</p></body></html>`;
  return subject.length + text.length + html.length;
}

function print(what: string, perSecond: number): void {
  console.log(`${what}: ${Math.round(perSecond)} a second`);
}
