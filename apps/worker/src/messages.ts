import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { addPeriod, instantAt } from '#domain/civil-date.js';
import type { Instant } from '#domain/civil-date.js';
import type { NewEvent } from '#domain/events.js';
import type { Plan } from '#domain/plan.js';
import { plannedReport } from '#domain/plan.js';
import { inTurns } from '#lifecycle/lanes.js';
import { messageFor } from '#notifications/facts-of-event.js';
import type { MessageFacts } from '#notifications/message-facts.js';
import { domainOf } from '#notifications/sender-address.js';
import { subjectOf } from '#notifications/subject.js';
import { type Client, inTransaction } from '#persistence/client.js';
import type { MailClass } from '#persistence/tables/mail.table.js';

import type { Effect } from './effects.js';
import { claimDone, ownerOf } from './effects.js';
import {
  MOST_MESSAGES,
  allTold,
  beingTold,
  fixedAs,
  fixedColumns,
  isOpen,
  nextPartOf,
  nowFor,
} from './mail-set.js';
import { TELLING, senderOf } from './mail-settings.js';
import type { TellingSettings } from './mail-settings.js';
import { ToldAboutReader } from './told-about.js';
import type { Told } from './told-about.js';

/**
 * The most on its way to others that is read for each batch, to know to whom nothing more comes. Behind a longer
 * backlog mails are opened, and fixed by those who read it once for thousands of them: each is written twice then.
 */
export const MOST_BEING_TOLD = 20_000;

/** One person is told of one effect's event. */
export interface Telling {
  readonly effect: Effect;
  readonly recipient: string;
}

/** What waits on one person, on one working morning. */
export interface Digest {
  readonly recipient: string;
  /** The moment of the morning: one digest for each, whatever crashes. */
  readonly morning: Instant;
  readonly facts: MessageFacts<'digest'>;
}

/**
 * The local outbox: who was told what, once per event, person and kind, with all that a template needs. A message
 * joins the open mail of its recipient and moment; where no mail service is configured the mails lie here for the
 * API to show; nothing is silently dropped.
 */
@Injectable()
export class Messages {
  private readonly about: ToldAboutReader;

  constructor(
    private readonly database: DataSource,
    @Inject(TELLING) private readonly settings: TellingSettings,
  ) {
    this.about = new ToldAboutReader(database, settings.publicUrl);
  }

  /**
   * Records what these effects tell, and that they are done, in one transaction: whoever else has the same effects in hand
   * waits, and then finds them done.
   */
  async record(effects: readonly Effect[], tellings: readonly Telling[]): Promise<'done'> {
    const rows = await this.rowsOf(tellings);
    await inTransaction(this.database, async (client) => {
      const undone = new Set(await claimDone(client, effects));
      await this.insert(
        client,
        rows.filter(({ telling }) => undone.has(telling.effect)),
      );
    });
    return 'done';
  }

  private async rowsOf(tellings: readonly Telling[]): Promise<readonly MessageToRecord[]> {
    if (this.settings.mails === null) return tellings.map((telling) => plain(telling));
    if (tellings.length === 0) return [];
    const effects = tellings.map(({ effect }) => effect);
    const told = await this.about.read(
      effects,
      tellings.map(({ recipient }) => recipient),
    );
    const rows: MessageToRecord[] = [];
    await inTurns(tellings, (telling) => void rows.push(withFacts(telling, told)));
    return rows;
  }

  /** One statement for all: what was recorded before is passed over, and opens no mail. */
  private async insert(client: Client, rows: readonly MessageToRecord[]): Promise<void> {
    if (rows.length === 0) return;
    const { mails } = this.settings;
    await client.query({
      text: insertMessages,
      values: [
        JSON.stringify(rows.map((row) => fieldsOf(row))),
        mails?.smtp != null,
        mails && domainOf(senderOf(mails)),
      ],
    });
  }

  /** Digests, each in a mail of its own; who has that morning's already gets no other. */
  async recordDigests(digests: readonly Digest[]): Promise<void> {
    if (digests.length === 0) return;
    await this.database.query(insertDigests, [
      digests.map(({ recipient }) => recipient),
      digests.map(({ morning }) => morning),
      digests.map(({ facts }) => JSON.stringify(facts)),
      this.settings.mails !== null,
    ]);
  }
}

interface MessageToRecord {
  readonly telling: Telling;
  readonly facts: object;
  /** The mail it joins; null where none is put together. */
  readonly joins: Joined | null;
}

interface Joined {
  readonly class: MailClass;
  readonly moment: Instant;
  readonly dueAt: Instant;
  /** Whose person its recipient is; null for one of the agency. */
  readonly beneficiary: string | null;
}

function plain(telling: Telling): MessageToRecord {
  return { telling, facts: {}, joins: null };
}

function withFacts(telling: Telling, told: Told): MessageToRecord {
  const { effect, recipient } = telling;
  const shared = told.factsOf(effect);
  const reader = told.readerOf(recipient);
  if (shared === null || reader === null) return plain(telling);
  const facts = messageFor(reader, effect.event.type, shared);
  const plan = told.planOf(effect.stream);
  const due = plan === undefined ? null : dueMomentOf(plan, effect.event);
  const joins =
    due === null
      ? { class: 'news' as const, moment: minuteOf(effect.occurredAt), dueAt: effect.occurredAt }
      : { class: 'due' as const, moment: due, dueAt: due };
  return { telling, facts, joins: { ...joins, beneficiary: told.beneficiaryOf(recipient) } };
}

/** In the order in which `insertMessages` reads them. */
function fieldsOf({ telling: { effect, recipient }, facts, joins }: MessageToRecord): readonly unknown[] {
  const { eventId, event, stream } = effect;
  return [
    eventId,
    recipient,
    event.type,
    subjectOf(ownerOf(stream), event),
    facts,
    joins?.class ?? null,
    joins?.moment ?? null,
    joins?.dueAt ?? null,
    joins?.beneficiary ?? null,
  ];
}

/** News of one minute goes together, so that a clock that jumps by days never mixes them. */
function minuteOf(instant: Instant): Instant {
  return `${instant.slice(0, 16)}:00.000Z`;
}

/** Due moments by plan, which never changes: of a hundred thousand reminders a few are different. */
const momentsKnown = new WeakMap<Plan, Map<string, Instant>>();
const MOST_MOMENTS_KNOWN = 1_000;

/**
 * The moment at which a reminder or an escalation fell due, null for any other event. Not when it was decided: the
 * grants of one person are decided one after another, and after an outage all are late.
 */
function dueMomentOf(plan: Plan, event: NewEvent): Instant | null {
  if (event.type !== 'reminder.sent' && event.type !== 'report.escalated') return null;
  const offset = event.type === 'reminder.sent' ? event.data.offset : 'escalate';
  const { report, dueOn } = event.data;
  let known = momentsKnown.get(plan);
  if (known === undefined || known.size >= MOST_MOMENTS_KNOWN)
    momentsKnown.set(plan, (known = new Map<string, Instant>()));
  const key = `${report} ${dueOn} ${offset}`;
  let moment = known.get(key);
  if (moment === undefined) {
    const { escalate, reminders } = plannedReport(plan, report);
    const [sign, period] =
      offset === 'escalate' ? (['+', escalate ?? 'P0D'] as const) : [offset[0], offset.slice(1)];
    const day = addPeriod(dueOn, period, sign === '-' ? -1 : 1);
    known.set(key, (moment = instantAt(day, reminders.at, plan.timeZone)));
  }
  return moment;
}

// Mails are opened in the order of their key, the same everywhere: no two recorders wait for each other crosswise.
// Joining an open mail locks it, so that it is not fixed before its message is committed.
//
// A mail to which nothing more can come is fixed as it is opened (decision 0012): on a deadline day most are, and each
// saves its second writing. These effects are done already, in this transaction; those of others are not, to anyone but
// them, until their messages are there as well.
const insertMessages = `
  WITH now AS (${nowFor('$2', '$3')}
  ), given AS MATERIALIZED (
    SELECT (t ->> 0)::bigint AS event_id, t ->> 1 AS recipient, t ->> 2 AS kind, t ->> 3 AS subject, t -> 4 AS facts,
           t ->> 5 AS class, (t ->> 6)::timestamptz AS moment, (t ->> 7)::timestamptz AS due_at, t ->> 8 AS beneficiary
      FROM jsonb_array_elements($1::jsonb) AS t
  ), told AS (
    SELECT * FROM given WHERE (event_id, recipient, kind) NOT IN (
      SELECT event_id, recipient, kind FROM messages WHERE event_id = ANY (ARRAY(SELECT event_id FROM given)))
  ), being_told AS MATERIALIZED (SELECT * FROM (${beingTold}) AS b LIMIT ${MOST_BEING_TOLD} + 1
  ), mailed AS (
    SELECT recipient, class, moment, min(due_at) AS due_at, count(*) AS messages, min(beneficiary) AS beneficiary
      FROM told WHERE class IS NOT NULL GROUP BY recipient, class, moment
  ), settled AS (
    SELECT m.*, ${nextPartOf('m')} AS part FROM mailed m
     WHERE m.class = 'due' AND m.messages <= ${MOST_MESSAGES} AND ${allTold('m', 'm.beneficiary')}
       AND (SELECT count(*) FROM being_told) <= ${MOST_BEING_TOLD}
       AND NOT ${isOpen('m')}
  ), fixed AS (
    INSERT INTO mails (recipient, class, moment, due_at, ${fixedColumns})
    SELECT s.recipient, s.class, s.moment, s.due_at, ${fixedAs('s', 's.part')} FROM settled s CROSS JOIN now
     ORDER BY s.recipient COLLATE "C", s.class, s.moment
    RETURNING id, recipient, class, moment
  ), opened AS (
    INSERT INTO mails (recipient, class, moment, due_at)
    SELECT recipient, class, moment, due_at FROM mailed m
     WHERE (m.recipient, m.class, m.moment) NOT IN (SELECT recipient, class, moment FROM settled)
     ORDER BY recipient COLLATE "C", class, moment
    ON CONFLICT (recipient, class, moment) WHERE state = 'open'
      DO UPDATE SET due_at = least(mails.due_at, excluded.due_at)
    RETURNING id, recipient, class, moment
  )
  INSERT INTO messages (event_id, recipient, kind, subject, facts, mail, at)
  SELECT t.event_id, t.recipient, t.kind, t.subject, t.facts, o.id, (SELECT rules FROM now)
    FROM told t LEFT JOIN (SELECT * FROM fixed UNION ALL SELECT * FROM opened) o USING (recipient, class, moment)
   ORDER BY t.event_id, t.recipient
  ON CONFLICT DO NOTHING`;

// A digest is unique twice over (mails_one_open, mails_one_digest), and an index that ON CONFLICT does not watch raises:
// it watches both, for another worker may write the same morning at the same instant.
const insertDigests = `
  WITH told AS (
    SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::jsonb[]) AS t (recipient, moment, facts)
  ), opened AS (
    INSERT INTO mails (recipient, class, moment, due_at, opt_out)
    SELECT recipient, 'digest', moment, moment, gen_random_uuid() FROM told WHERE $4
    ON CONFLICT DO NOTHING
    RETURNING id, recipient, moment
  )
  INSERT INTO messages (event_id, recipient, kind, facts, mail)
  SELECT NULL, t.recipient, 'digest', t.facts, o.id
    FROM told t LEFT JOIN opened o USING (recipient, moment)
   WHERE NOT $4 OR o.id IS NOT NULL`;
