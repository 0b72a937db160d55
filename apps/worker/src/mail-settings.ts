import { type SenderAddress, readSender } from '#notifications/sender-address.js';

/** How the worker tells people. */
export interface TellingSettings {
  /** Where links in mails lead; without a slash at its end. */
  readonly publicUrl: string;
  /** Null: messages are recorded and no mail is put together of them, as in a simulation. */
  readonly mails: MailSettings | null;
}

export interface MailSettings {
  /** Where mail is handed over; null: it stays in the local outbox, recorded. */
  readonly smtp: SmtpSettings | null;
  /** The sender, `Sluis <sluis@agency.example>`; its domain is that of every Message-ID. */
  readonly from: string;
  /** How long a mail stays open for what belongs with it, in ms. */
  readonly settleMs: { readonly due: number; readonly news: number };
}

export interface SmtpSettings {
  /** `smtp://user:password@host:587` or `smtps://…:465`; see docs/operations.md for what may follow `?`. */
  readonly url: string;
}

export const TELLING = Symbol('TELLING');

/** Reminders of one moment are decided within a minute, or late. */
export const settleMs = { due: 60_000, news: 5_000 } as const;

/** The sender of mail that stays in the local outbox. */
export const localSender = 'Sluis <sluis@localhost>';

/** What a worker does that was told nothing else: mails lie in the local outbox. */
export const localTelling: TellingSettings = {
  publicUrl: 'http://127.0.0.1:3000',
  mails: { smtp: null, from: localSender, settleMs },
};

/** What a simulation's worker does: its output is its events. */
export const simulatedTelling: TellingSettings = { publicUrl: localTelling.publicUrl, mails: null };

/** The sender of all mail; throws where the setting is none. */
export function senderOf({ from }: MailSettings): SenderAddress {
  const sender = readSender(from);
  if (sender === null) throw new Error(`"${from}" is no sender of mail`);
  return sender;
}
