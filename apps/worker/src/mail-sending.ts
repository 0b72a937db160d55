import type { DataSource } from 'typeorm';

import { restAfter } from '#notifications/back-off.js';
import type { MailTransport } from '#notifications/mail-transport.js';
import type { Handed } from '#notifications/smtp-outcome.js';

import { errorText } from './effects.js';
import type { MailWriter, MailToWrite } from './mail-writing.js';

/** Mails claimed at once by each of the lanes: enough to keep every connection busy, few enough to hold in memory. */
const CLAIM = 100;
const LANES = 4;
/** A mail whose sender died is taken up by another after this, in seconds; who sends says so in between. */
const LEASE_S = 15;
const BEAT_MS = 5_000;
/** While the server cannot be reached, one batch is tried this often at first, and at last, in ms. */
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;

/** Told of an address that is refused for good; `attempt` names it, so that telling again changes nothing. */
export type Bounce = (
  attempt: string,
  bounced: { readonly person: string; readonly mail: string; readonly response: string },
) => Promise<void>;

interface Claimed extends MailToWrite {
  readonly attempts: number;
  readonly recipient: string;
  readonly bounced: string | null;
}

interface Settled {
  readonly mail: Claimed;
  readonly state: 'sent' | 'waiting' | 'failed' | 'parked';
  readonly says: string;
  readonly restMs: number | null;
}

/**
 * Hands over the mails that wait, each at least once and always under its one Message-ID: a mail is claimed in its row,
 * sent, and what came of it is recorded. Killed between the server's answer and that record it is sent again, and
 * whoever reads it sees by the Message-ID that it is the same.
 */
export class MailSending {
  private stopped = false;
  private restMs = 0;
  private restsUntil = 0;

  constructor(
    private readonly database: DataSource,
    private readonly transport: MailTransport,
    private readonly writer: MailWriter,
    private readonly bounce: Bounce,
  ) {}

  /** Sends until nothing waits, the server cannot be reached, or it is stopped. Answers how many were tried. */
  async sendWaiting(): Promise<number> {
    if (Date.now() < this.restsUntil) return 0;
    await this.writer.refresh();
    const tried = await Promise.all(Array.from({ length: LANES }, () => this.lane()));
    return tried.reduce((sum, one) => sum + one, 0);
  }

  /** What is under way is finished, nothing more is claimed. */
  stop(): void {
    this.stopped = true;
  }

  private async lane(): Promise<number> {
    let tried = 0;
    while (!this.stopped && Date.now() >= this.restsUntil) {
      const claimed = await this.claim();
      if (claimed.length === 0) break;
      tried += claimed.length;
      await this.keptClaimed(claimed, async () => {
        await this.record(await Promise.all(claimed.map((mail) => this.handOver(mail))));
      });
      if (claimed.length < CLAIM) break;
    }
    return tried;
  }

  private async claim(): Promise<Claimed[]> {
    return this.database.query(claimMails);
  }

  /** What takes long is not taken for lost. */
  private async keptClaimed(mails: readonly Claimed[], work: () => Promise<void>): Promise<void> {
    const beat = setInterval(() => {
      // Where the database is away, recording what came of it fails by itself.
      this.database
        .query(
          `UPDATE mails SET next_attempt_at = clock_timestamp() + interval '${LEASE_S} seconds'
            WHERE id = ANY ($1::bigint[]) AND state = 'sending'`,
          [mails.map(({ id }) => id)],
        )
        .catch(() => undefined);
    }, BEAT_MS);
    try {
      await work();
    } finally {
      clearInterval(beat);
    }
  }

  private async handOver(mail: Claimed): Promise<Settled> {
    const parked = (says: string): Settled => ({ mail, state: 'parked', says, restMs: null });
    if (mail.address === null) return parked('has no mail address');
    if (mail.bounced !== null) return parked(`the address took no mail before: ${mail.bounced}`);
    let written;
    try {
      written = this.writer.write(mail);
    } catch (error) {
      return parked(`could not be written: ${errorText(error)}`);
    }
    const handed = await this.transport.send({ ...written, to: mail.address });
    this.rest(handed);
    if (handed.kind !== 'bounced') return this.settle(mail, handed);
    try {
      const { recipient: person, address, messageId, attempts } = mail;
      await this.bounce(`bounce:${messageId}:${attempts}`, { person, mail: address, response: handed.says });
      return this.settle(mail, handed);
    } catch (error) {
      // Not marked, so not settled either: the next attempt bounces again.
      return this.settle(mail, { kind: 'later', says: errorText(error) });
    }
  }

  private settle(mail: Claimed, handed: Handed): Settled {
    const { kind, says } = handed;
    if (kind === 'taken') return { mail, state: 'sent', says, restMs: null };
    if (kind === 'bounced' || kind === 'refused') return { mail, state: 'failed', says, restMs: null };
    const restMs = restAfter(mail.attempts);
    return restMs === null
      ? { mail, state: 'parked', says: `given up after ${mail.attempts} attempts: ${says}`, restMs }
      : { mail, state: 'waiting', says, restMs };
  }

  /** A server that is away is not asked a hundred thousand times. */
  private rest({ kind }: Handed): void {
    if (kind !== 'unreachable') {
      if (kind === 'taken') this.restMs = 0;
      return;
    }
    if (Date.now() < this.restsUntil) return;
    this.restMs = Math.min(LONGEST_REST_MS, Math.max(FIRST_REST_MS, this.restMs * 2));
    this.restsUntil = Date.now() + this.restMs;
  }

  private async record(settled: readonly Settled[]): Promise<void> {
    await this.database.query(recordOutcomes, [
      settled.map(({ mail }) => mail.id),
      settled.map(({ mail }) => mail.attempts),
      settled.map(({ state }) => state),
      settled.map(({ says }) => says),
      settled.map(({ restMs }) => restMs),
      settled.map(({ mail }) => mail.address),
    ]);
  }
}

// What a dead sender left is what waits: a claimed mail's next attempt is the end of its claim. The time is a value of
// its own, so that the index answers: mails are read in their order, and no more of them than are claimed.
const claimMails = `
  WITH claimed AS (
    UPDATE mails m SET state = 'sending', attempts = m.attempts + 1,
           next_attempt_at = clock_timestamp() + interval '${LEASE_S} seconds'
      FROM (
        SELECT id FROM mails
         WHERE next_attempt_at <= (SELECT clock_timestamp())
         ORDER BY next_attempt_at, id LIMIT ${CLAIM} FOR UPDATE SKIP LOCKED
      ) due WHERE m.id = due.id
    RETURNING m.id, m.recipient, m.message_id, m.fixed_at, m.attempts, m.opt_out
  )
  SELECT c.id::text, c.recipient, c.message_id AS "messageId", c.fixed_at AS date, c.attempts, c.opt_out AS "optOut",
         coalesce(p.language, '') AS language, p.mail AS address, p.mail_bounce AS bounced,
         (SELECT json_agg(x.facts ORDER BY x.id) FROM messages x WHERE x.mail = c.id) AS items
    FROM claimed c LEFT JOIN people p ON p.id = c.recipient
   ORDER BY c.id`;

// Who lost a claim meanwhile (its lease ran out, another took it up) records nothing: that other does.
const recordOutcomes = `
  UPDATE mails m SET state = o.state, address = o.address,
         next_attempt_at = CASE WHEN o.state = 'waiting' THEN clock_timestamp() + o.rest_ms * interval '1 millisecond' END,
         response = CASE WHEN o.state = 'sent' THEN o.says END,
         last_error = CASE WHEN o.state <> 'sent' THEN o.says END,
         handed_over_at = CASE WHEN o.state = 'sent' THEN clock_timestamp() END,
         late_ms = CASE WHEN o.state = 'sent' THEN (extract(epoch FROM now.rules - m.due_at) * 1000)::bigint END
    FROM unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::text[])
         AS o (id, attempts, state, says, rest_ms, address)
    CROSS JOIN (SELECT sluis_now() AS rules) now
   WHERE m.id = o.id AND m.state = 'sending' AND m.attempts = o.attempts`;
