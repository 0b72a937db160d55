import type { Environment } from '#config/environment.js';
import { readSender } from '#notifications/sender-address.js';
import { readSmtpUrl } from '#notifications/smtp-server-url.js';
import { StartRefused } from '#persistence/start-refused.js';
import { localSender, settleMs } from '#worker/mail-settings.js';
import type { TellingSettings } from '#worker/mail-settings.js';

/** How people are told, as the environment says. Throws StartRefused with one sentence for what cannot be meant. */
export function tellingOf({ smtpUrl, mailFrom, publicUrl }: Environment): TellingSettings {
  const server = smtpUrl === null ? null : readSmtpUrl(smtpUrl);
  if (server !== null && 'fault' in server) throw new StartRefused(`SMTP_URL ${server.fault}.`);
  if (mailFrom !== null && readSender(mailFrom) === null)
    throw new StartRefused(
      `SLUIS_MAIL_FROM is ${JSON.stringify(mailFrom)}; write one address, like Sluis <sluis@agency.example>.`,
    );
  if (smtpUrl !== null && mailFrom === null)
    throw new StartRefused('SMTP_URL is set and SLUIS_MAIL_FROM is not; say who the sender of all mail is.');
  const smtp = smtpUrl === null ? null : { url: smtpUrl };
  return { publicUrl, mails: { smtp, from: mailFrom ?? localSender, settleMs } };
}
