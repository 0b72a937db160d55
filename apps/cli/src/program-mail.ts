import type { Command } from 'commander';

import { asPerson, changing } from './program-finance.js';
import type { ActingOptions } from './program-finance.js';

export interface MailListOptions extends ActingOptions {
  readonly state?: string;
  readonly to?: string;
}

export interface MailShowOptions extends ActingOptions {
  readonly html?: boolean;
}

/** `sluis mail …` */
export function addMails(mail: Command): void {
  asPerson(mail, 'list', 'Mails and how far each got.')
    .option('--state <state>', 'only open, waiting, sending, sent, recorded, failed or parked ones')
    .option('--to <person>', 'only to this person')
    .action(async (options: MailListOptions) => (await import('./mail.js')).listMails(options));
  asPerson(mail, 'show <id>', 'A mail as its reader sees it.')
    .option('--html', 'its HTML instead of its text')
    .action(async (id: string, options: MailShowOptions) =>
      (await import('./mail.js')).showMail(id, options),
    );
  changing(mail, 'retry <id>', 'Try a mail again that failed or was given up on.').action(
    async (id: string, options: ActingOptions) => (await import('./mail.js')).retry(id, options),
  );
}
