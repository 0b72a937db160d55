import { refuse } from '#domain/refusal.js';

import type { RegisterWrite } from './registers.js';

/** A mail that nobody tries any more is tried again, under the Message-ID it had: it is the same mail. */
export function retryMail(mail: string): RegisterWrite<{ id: string; state: 'waiting' }> {
  return async (client) => {
    const none = refuse('not-found', { mail });
    if (!/^\d{1,18}$/.test(mail)) return none;
    const { rows } = await client.query({
      text: 'SELECT state FROM mails WHERE id = $1 FOR UPDATE',
      values: [mail],
    });
    const [known] = rows as { state: string }[];
    if (known === undefined) return none;
    if (!['failed', 'parked', 'waiting'].includes(known.state))
      return refuse('wrong-state', { mail, state: known.state, needed: ['failed', 'parked', 'waiting'] });
    await client.query({
      text: `UPDATE mails SET state = 'waiting', attempts = 0, next_attempt_at = clock_timestamp() WHERE id = $1`,
      values: [mail],
    });
    return { result: { id: mail, state: 'waiting' } };
  };
}

/** Whoever holds the secret of a digest's link leaves the digest; every other mail is owed to them and stays. */
export function leaveDigest(secret: string): RegisterWrite<{ id: string; digest: false }> {
  return async (client) => {
    const { rows } = await client.query({
      text: `UPDATE people SET digest = false
              WHERE id = (SELECT recipient FROM mails WHERE opt_out::text = $1) RETURNING id`,
      values: [secret],
    });
    const [left] = rows as { id: string }[];
    return left === undefined
      ? refuse('not-found', { link: 'unsubscribe' })
      : { result: { id: left.id, digest: false } };
  };
}
