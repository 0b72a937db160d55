import type { DataSource } from 'typeorm';

import { mailAnswer } from '#api/mail-answer.js';
import { formatLocal } from '#domain/civil-date.js';
import type { Instant, TimeZone } from '#domain/civil-date.js';
import { KeptTemplates } from '#notifications/kept-templates.js';
import { domainOf, readSender } from '#notifications/sender-address.js';
import { MailTemplateView } from '#persistence/views/mail-template.view.js';
import { MailView } from '#persistence/views/mail.view.js';
import { MailFixing } from '#worker/mail-fixing.js';
import type { TellingSettings } from '#worker/mail-settings.js';

interface DemoMail {
  readonly moment: Instant;
  readonly recipient: string;
  readonly subject: string;
}

/** The machine's moment, by the database: mails of the demo are told apart by it, since its own clock stands. */
export async function machineNow(database: DataSource): Promise<string> {
  const [row] = (await database.query('SELECT clock_timestamp()::text AS now')) as { now: string }[];
  return row?.now ?? '-infinity';
}

/** The mails that came of a move of the clock, put together at once: nobody waits for what belongs with them. */
export async function newMails(
  database: DataSource,
  { mails }: TellingSettings,
  since: string,
): Promise<readonly DemoMail[]> {
  const sender = mails === null ? null : readSender(mails.from);
  if (mails === null || sender === null) return [];
  const fixing = new MailFixing(database, mails, domainOf(sender));
  while ((await fixing.fixSettled({ atOnce: true })) > 0);
  const rows: { id: string }[] = await database.query(
    'SELECT id::text FROM mails WHERE opened_at >= $1 AND fixed_at IS NOT NULL ORDER BY moment, recipient, id',
    [since],
  );
  const view = new MailView(database);
  const templates = await new KeptTemplates(new MailTemplateView(database)).current();
  const read = [];
  for (const { id } of rows) {
    const mail = await view.one(id, null);
    if (mail !== null) read.push(mailAnswer(mail, templates));
  }
  return read;
}

/** One line a mail; nothing where there is none. */
export function readableMails(mails: readonly DemoMail[], timeZone: TimeZone): string {
  if (mails.length === 0) return '';
  const width = Math.max(...mails.map(({ recipient }) => recipient.length));
  const lines = mails.map(
    ({ moment, recipient, subject }) =>
      `  ${formatLocal(moment, timeZone).slice(0, 16).replace('T', ' ')}  ${recipient.padEnd(width)}  ${subject}\n`,
  );
  return `Mails that came of it (sluis mail list, sluis mail show):\n${lines.join('')}`;
}
