import { registerProblem } from '#api/answer.js';
import { mailAnswer } from '#api/mail-answer.js';
import { keeps } from '#api/permissions.js';
import { retryMail } from '#lifecycle/mail-writes.js';
import { onlyFor } from '#lifecycle/person-writes.js';
import { KeptTemplates } from '#notifications/kept-templates.js';
import type { MailState } from '#persistence/views/mail.view.js';

import { acting, everyRow, refusedHere } from './acting.js';
import type { ActingOptions } from './program-finance.js';
import type { MailListOptions, MailShowOptions } from './program-mail.js';
import { UsageFault } from './usage-fault.js';

const states: readonly MailState[] = ['open', 'waiting', 'sending', 'sent', 'recorded', 'failed', 'parked'];

/** `sluis mail list` */
export async function listMails(options: MailListOptions): Promise<void> {
  const state = states.find((known) => known === options.state);
  if (options.state !== undefined && state === undefined)
    throw new UsageFault(`--state: "${options.state}" is none of ${states.join(', ')}`);
  const filter = {
    ...(state === undefined ? {} : { state }),
    ...(options.to === undefined ? {} : { recipient: options.to }),
  };
  await acting(options, async (me) => {
    me.mayRead('mails');
    for await (const row of everyRow((page) => me.views.mails.list(filter, page))) {
      const { id, recipient, class: kind, moment, messages, attempts, lastError } = row;
      const words = [
        id.padStart(5),
        row.state.padEnd(8),
        kind.padEnd(6),
        moment,
        recipient,
        messages === 1 ? '1 message' : `${messages} messages`,
      ];
      const why = lastError === null ? '' : `  after ${attempts} attempts: ${lastError}`;
      process.stdout.write(options.json ? `${JSON.stringify(row)}\n` : `${words.join('  ')}${why}\n`);
    }
  });
}

/** `sluis mail show ID` */
export async function showMail(id: string, options: MailShowOptions): Promise<void> {
  await acting(options, async (me) => {
    me.mayRead('mails');
    const found = await me.views.mails.one(id, null);
    if (found === null) throw new UsageFault(`there is no mail ${id}; sluis mail list shows those there are`);
    const mail = mailAnswer(found, await new KeptTemplates(me.views.mailTemplates).current());
    const { recipient, address, subject, text, html } = mail;
    const to = address === null ? recipient : `${recipient} <${address}>`;
    const plain = options.html
      ? html
      : `To: ${to}\nSubject: ${subject}\nMessage-ID: ${mail.messageId ?? 'not yet'}\n\n${text}`;
    process.stdout.write(options.json ? `${JSON.stringify(mail)}\n` : plain);
  });
}

/** `sluis mail retry ID` */
export async function retry(id: string, options: ActingOptions): Promise<void> {
  await acting(options, async (me) => {
    const write = onlyFor(me.person, keeps.mails, retryMail(id));
    const outcome = await me.registers.register(me.commandId, me.person, 'retry-mail', { mail: id }, write);
    if (!outcome.accepted) throw refusedHere(registerProblem(outcome.refused).problem);
    process.stdout.write(
      options.json ? `${JSON.stringify(outcome.result)}\n` : `Mail ${id} is tried again.\n`,
    );
  });
}
