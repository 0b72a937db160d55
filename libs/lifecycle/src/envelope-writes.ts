import type { EnvelopeName } from '#domain/envelope.js';
import { type Cents, formatAmount } from '#domain/money.js';
import { refuse, refuseInvalid } from '#domain/refusal.js';
import type { Client } from '#persistence/client.js';

import type { RegisterWrite } from './registers.js';

/** The amount that a budget envelope of a programme gets, in cents, and why. */
export interface EnvelopeSetting extends EnvelopeName {
  readonly programme: string;
  readonly amountCents: Cents;
  readonly reason: string | null;
}

/** An envelope as it then stands; `version` counts the amounts it had. */
export interface EnvelopeSet extends EnvelopeName {
  readonly programme: string;
  readonly amount: string;
  readonly version: number;
}

/**
 * Sets what a programme may commit in a year on a budget article. Another amount makes a new version, the
 * same one none. Refused as `not-found` where there is no such programme, as `invalid` where the amount is
 * lowered below what is committed. Awards on the envelope wait for it and it for them.
 */
export function setEnvelope(by: string, setting: EnvelopeSetting): RegisterWrite<EnvelopeSet> {
  return async (client, now) => {
    const { programme, year, article, amountCents, reason } = setting;
    const name = [programme, year, article];
    const programmes = await client.query({
      text: 'SELECT 1 FROM programmes WHERE code = $1',
      values: [programme],
    });
    if (programmes.rows.length === 0) return refuse('not-found', { programme });
    await client.query({
      text: `INSERT INTO envelopes (programme, year, article, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      values: [...name, by, now],
    });
    const { version, inForce, committed } = await lock(client, name);
    const lowered = inForce !== null && amountCents < inForce;
    if (lowered && amountCents < committed)
      return refuseInvalid(
        'amount',
        `${formatAmount(committed)} of the envelope is committed; it cannot be lowered to ${formatAmount(amountCents)}`,
      );
    const set = { programme, year, article, amount: formatAmount(amountCents) };
    if (amountCents === inForce) return { result: { ...set, version } };
    await client.query({
      text: `INSERT INTO envelope_versions (programme, year, article, version, amount_cents, set_by, set_at, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      values: [...name, version + 1, amountCents.toString(), by, now, reason],
    });
    return { result: { ...set, version: version + 1 } };
  };
}

/** Its version and amount in force (0 and null before the first), and what is committed once no award is under way. */
async function lock(
  client: Client,
  name: readonly unknown[],
): Promise<{ version: number; inForce: Cents | null; committed: Cents }> {
  const key = 'e.programme = $1 AND e.year = $2 AND e.article = $3';
  await client.query({ text: `SELECT 1 FROM envelopes e WHERE ${key} FOR UPDATE`, values: [...name] });
  // A statement of its own: it sees what the awards committed that the lock waited for.
  const { rows } = await client.query({
    text: `SELECT coalesce(v.version, 0) AS version, v.amount_cents AS in_force,
        envelope_committed_cents(e) AS committed
      FROM envelopes e
      LEFT JOIN envelope_versions v ON v.programme = e.programme AND v.year = e.year AND v.article = e.article
     WHERE ${key} ORDER BY v.version DESC LIMIT 1`,
    values: [...name],
  });
  const [row] = rows as { version: number; in_force: string | null; committed: string }[];
  if (row === undefined) throw new Error(`envelope ${name.join('/')} is gone`);
  const { version, in_force: inForce, committed } = row;
  return { version, inForce: inForce === null ? null : BigInt(inForce), committed: BigInt(committed) };
}
