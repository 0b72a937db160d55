import { setTimeout as pause } from 'node:timers/promises';

import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { recordBounce } from '#lifecycle/person-addresses.js';
import { Registers } from '#lifecycle/registers.js';
import { KeptTemplates } from '#notifications/kept-templates.js';
import { MailTransport } from '#notifications/mail-transport.js';
import { domainOf } from '#notifications/sender-address.js';
import { readSmtpUrl } from '#notifications/smtp-server-url.js';
import { MailTemplateView } from '#persistence/views/mail-template.view.js';
import { mailsUnderWay } from '#persistence/views/sql-text.js';

import { MailFixing } from './mail-fixing.js';
import { MailSending } from './mail-sending.js';
import { TELLING, senderOf } from './mail-settings.js';
import type { MailSettings, TellingSettings } from './mail-settings.js';
import { type TemplateFailure, MailWriter } from './mail-writing.js';

/** Mail that was put together this long ago and is not handed over yet is an alarm, in seconds. */
export const LATE_AFTER_S = 900;
/** How often mails of what fell due are looked for while they wait for the last of them, in ms. */
const FOLLOW_MS = 500;
/** How often it is looked for late mail, and how often the alarm is said again, in ms. */
const LOOK_EVERY_MS = 30_000;
const SAY_AGAIN_MS = 300_000;
/** What is kept of what is wrong with a template, in characters. */
const LONGEST_FAULT = 2_000;

/** The way of all mail: what has settled is fixed, what waits is handed over, what is late is said. */
@Injectable()
export class Mails {
  private readonly log = new Logger('Mail');
  private readonly fixing: MailFixing | null;
  private readonly sending: MailSending | null;
  private readonly transport: MailTransport | null;
  private readonly writer: MailWriter;
  private lookAgainAt = 0;
  private stopped = false;
  private readonly failuresSaid = new Set<TemplateFailure>();

  constructor(
    private readonly database: DataSource,
    @Inject(TELLING) { mails, publicUrl }: TellingSettings,
  ) {
    this.fixing = mails && new MailFixing(database, mails, domainOf(senderOf(mails)));
    this.transport = mails && transportOf(mails);
    const kept = new KeptTemplates(new MailTemplateView(database));
    this.writer = new MailWriter(publicUrl, () => kept.current());
    const registers = new Registers(database);
    this.sending =
      this.transport &&
      new MailSending(database, this.transport, this.writer, async (attempt, bounced) => {
        await recordBounce(registers, attempt, bounced);
      });
  }

  /**
   * What falls due together settles together, once the last of it is told: while such mails are open it is looked for
   * more often than the schedule says.
   */
  async follow(): Promise<void> {
    while (!this.stopped) {
      await this.run();
      if (!(await this.fixing?.isDueUnderWay())) return;
      await pause(FOLLOW_MS);
    }
  }

  /** Until nothing has settled and nothing waits. */
  async run(): Promise<{ fixed: number; tried: number }> {
    const done = { fixed: 0, tried: 0 };
    for (;;) {
      const fixed = (await this.fixing?.fixSettled()) ?? 0;
      const tried = (await this.sending?.sendWaiting()) ?? 0;
      done.fixed += fixed;
      done.tried += tried;
      await this.sayFailures();
      if (fixed === 0 && tried === 0) break;
    }
    await this.sayLate();
    return done;
  }

  /** Nothing more is begun. */
  stop(): void {
    this.stopped = true;
    this.sending?.stop();
  }

  /** Ends the connections. */
  close(): void {
    this.transport?.close();
  }

  /** Once for each version of a template, whichever process met it first: by its row. */
  private async sayFailures(): Promise<void> {
    for (const failure of this.writer.failures()) {
      if (this.failuresSaid.has(failure)) continue;
      const { kind, language, version, fault } = failure;
      const recorded: unknown[] = await this.database.query(
        `INSERT INTO mail_template_faults (kind, language, version, fault) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING RETURNING version`,
        [kind, language, version, fault.slice(0, LONGEST_FAULT)],
      );
      this.failuresSaid.add(failure);
      if (recorded.length > 0)
        this.log.warn(
          `The ${language} text of ${kind}, version ${version}, failed and mails go with the service's own: ${fault}. Save it anew: sluis template set ${kind} ${language}.`,
        );
    }
  }

  private async sayLate(): Promise<void> {
    if (Date.now() < this.lookAgainAt) return;
    this.lookAgainAt = Date.now() + LOOK_EVERY_MS;
    const [{ late, oldest }] = (await this.database.query(
      `SELECT count(*)::int AS late, extract(epoch FROM sluis_now() - min(due_at))::int AS oldest
         FROM ${mailsUnderWay('due_at, opened_at')}
        WHERE opened_at < clock_timestamp() - interval '${LATE_AFTER_S} seconds'`,
    )) as [{ late: number; oldest: number }];
    if (late === 0) return;
    this.lookAgainAt = Date.now() + SAY_AGAIN_MS;
    this.log.warn(
      `${late} ${late === 1 ? 'mail is' : 'mails are'} late; the oldest was due ${Math.round(oldest / 60)} minutes ago. See GET /api/v1/failures.`,
    );
  }
}

function transportOf(mails: MailSettings): MailTransport | null {
  if (mails.smtp === null) return null;
  const server = readSmtpUrl(mails.smtp.url);
  if ('fault' in server) throw new Error(`the address of the mail server ${server.fault}`);
  return new MailTransport(server, senderOf(mails));
}
