import { by, bySystem } from '#domain/facts.js';
import { eventVersion } from '#domain/events.js';
import type { NewEvent } from '#domain/events.js';
import { parseMail } from '#domain/mail-address.js';
import { isFault } from '#domain/parsed.js';
import type { Actor } from '#domain/people.js';
import { system } from '#domain/people.js';
import { refuse, refuseInvalid } from '#domain/refusal.js';
import type { Client } from '#persistence/client.js';
import { instantOf } from '#persistence/database-values.js';
import { StreamTail } from '#persistence/event-log.js';
import { GrantChanges } from '#persistence/grant-changes.js';

import type { RegisterOutcome, RegisterWrite, Registers } from './registers.js';

/** Longest text kept of what a mail server said, in characters. */
const longestResponse = 500;

/** What became of a bounce: `known` where the address had bounced before, was changed since, or its person has left. */
export interface Bounced {
  readonly person: string;
  readonly known: boolean;
}

/**
 * Marks the address of a person as one that takes no mail (`contact.bounced`, in the stream `person:<id>`): it is sent
 * nothing until another is entered, and administrators are told. Once per address: `mail` is the one that was tried, which
 * may have been changed meanwhile. `id` names the attempt, so that repeating it does nothing.
 */
export async function recordBounce(
  registers: Registers,
  id: string,
  bounce: { readonly person: string; readonly mail: string; readonly response: string },
): Promise<RegisterOutcome<Bounced>> {
  return registers.register<Bounced>(id, system, 'bounce-contact', bounce, async (client, now) => {
    const { person: whose, mail, response } = bounce;
    const person = await lockPerson(client, whose);
    if (person === null) return refuse('not-found', { person: whose });
    if (person.mail !== mail || person.bounced) return { result: { person: whose, known: true } };
    const said = response.slice(0, longestResponse);
    await append(client, person, bySystem('contact.bounced', { mail, response: said }), id, now);
    await client.query({
      text: 'UPDATE people SET mail_bounced_at = $2, mail_bounce = $3 WHERE id = $1',
      values: [whose, now, said === '' ? 'no reason given' : said],
    });
    return { result: { person: whose, known: false } };
  });
}

/**
 * Gives a person another mail address; null takes it away. Entered anew, also the same one, an address that bounced is
 * tried again (`contact.restored`). `commandId` is that of the register command this is the write of.
 */
export function changeMail(
  actor: Actor,
  commandId: string,
  { person: whose, mail }: { readonly person: string; readonly mail: string | null },
): RegisterWrite<{ id: string; mail: string | null }> {
  return async (client, now) => {
    const read = mail === null ? null : parseMail(mail);
    if (read !== null && isFault(read)) return refuseInvalid('mail', read.fault);
    const person = await lockPerson(client, whose);
    if (person === null) return refuse('not-found', { person: whose });
    if (person.bounced)
      await append(
        client,
        person,
        by(actor, 'contact.restored', mail === null ? {} : { mail }),
        commandId,
        now,
      );
    await client.query({
      text: 'UPDATE people SET mail = $2, mail_bounced_at = NULL, mail_bounce = NULL WHERE id = $1',
      values: [whose, mail],
    });
    return { result: { id: whose, mail } };
  };
}

interface LockedPerson {
  readonly id: string;
  readonly mail: string | null;
  readonly bounced: boolean;
  readonly sequence: number;
  readonly last_event_at: Date | null;
  readonly hash: string | null;
}

async function lockPerson(client: Client, id: string): Promise<LockedPerson | null> {
  const { rows } = await client.query({
    text: `SELECT id, mail, mail_bounced_at IS NOT NULL AS bounced, sequence, last_event_at,
        encode(head_hash, 'hex') AS hash
      FROM people WHERE id = $1 AND ended IS NULL FOR UPDATE`,
    values: [id],
  });
  return (rows as LockedPerson[])[0] ?? null;
}

async function append(
  client: Client,
  person: LockedPerson,
  event: NewEvent,
  commandId: string,
  now: string,
): Promise<void> {
  const last = person.last_event_at === null ? null : instantOf(person.last_event_at);
  const tail = new StreamTail(`person:${person.id}`, person.sequence, person.hash, last);
  const changes = new GrantChanges();
  changes.events([tail.append({ ...event, version: eventVersion }, commandId, now)]);
  await changes.write(client);
  await client.query({
    text: `UPDATE people SET sequence = $2, last_event_at = $3, head_hash = decode($4, 'hex') WHERE id = $1`,
    values: [person.id, tail.sequence, tail.lastEventAt, tail.hash],
  });
}
